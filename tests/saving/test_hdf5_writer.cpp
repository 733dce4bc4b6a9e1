#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <numeric>

#include "src/saving/containers/atomic_file.h"
#include "src/saving/containers/hdf5_reader.h"
#include "src/saving/containers/hdf5_writer.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::ContainsSubstring;

namespace {

hdf5::File reread(const hdf5::FileWriter& writer) {
  io::MemorySink sink;
  writer.write_to(sink);
  return hdf5::File::open(io::own_bytes(sink.take(), "written.h5"));
}

/// What tests/golden/generate/check_written.py looks for by h5py.
hdf5::FileWriter sample() {
  hdf5::FileWriter file;
  hdf5::GroupWriter root = file.root();
  root.attribute("keras_version", "3.15.1");
  root.attribute("umlaut", "b\u00e4r");
  root.attribute_bytes("model_config", R"({"class_name": "Sequential"})");
  root.attribute("empty_text", "");
  root.attribute("flag", true);
  root.attribute("count", 7);
  root.attribute("rate", 0.5);
  root.attribute_strings("layer_names", {"dense", "dense_1"});
  root.attribute_strings("weight_names", {});
  hdf5::GroupWriter numbers = root.group("numbers");
  for (const DType dtype : {DType::uint8, DType::uint16, DType::uint32, DType::uint64, DType::int8,
                            DType::int16, DType::int32, DType::int64, DType::float16,
                            DType::float32, DType::float64, DType::bfloat16}) {
    // Elements 0 ... 5: the writer copies bytes, so the values are made from the reader's own.
    numbers.dataset(name_of(dtype), hdf5::File::open(GoldenFile::path("files_hdf5/classic.h5"))
                                        .root()
                                        .group("numbers")
                                        .dataset(name_of(dtype))
                                        .read());
  }
  const bool flags[] = {true, false, true};
  numbers.dataset("bool", Tensor::from(std::span<const bool>(flags), {3}));
  numbers.dataset("scalar", Tensor::from(std::vector<int64_t>{42}, Shape{}));
  numbers.dataset("nothing", Tensor::zeros({0, 3}));
  root.group("model_weights/empty/deeper");
  hdf5::GroupWriter many = root.group("many");
  for (int i = 0; i < 300; ++i) many.dataset(text("weight_", i), Tensor::full({}, i));
  root.group("weights")
      .dataset("dense/kernel:0", Tensor::full({2, 2}, 3))
      .attribute("dtype", "float32");
  return file;
}

}  // namespace

TEST_CASE("what the HDF5 writer writes is what the reader reads") {
  const hdf5::File file = reread(sample());
  const hdf5::Group root = file.root();
  CHECK(root.attribute_string("keras_version") == "3.15.1");
  CHECK(root.attribute_string("umlaut") == "b\u00e4r");
  CHECK(root.attribute_string("model_config") == R"({"class_name": "Sequential"})");
  CHECK(root.attribute_string("empty_text").empty());
  CHECK(root.attribute("flag") == Config(true));
  CHECK(root.attribute("count").as_int() == 7);
  CHECK(root.attribute("rate").as_double() == 0.5);
  CHECK(root.attribute_strings("layer_names") == std::vector<std::string>{"dense", "dense_1"});
  CHECK(root.attribute_strings("weight_names").empty());
  const hdf5::Group numbers = root.group("numbers");
  CHECK(numbers.names().size() == 15);
  for (const char* dtype : {"uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32",
                            "int64", "float16", "float32", "float64", "bfloat16"}) {
    INFO(dtype);
    CHECK(numbers.dataset(dtype).dtype() == dtype_of(dtype));
    Tensor values = Tensor::empty({2, 3});
    numbers.dataset(dtype).read_into(values);
    CHECK(values.to_vector<float>() == std::vector<float>{0, 1, 2, 3, 4, 5});
  }
  CHECK(numbers.dataset("bool").dtype() == DType::bool_);
  CHECK(numbers.dataset("scalar").shape() == Shape{});
  CHECK(numbers.dataset("scalar").read().item<int64_t>() == 42);
  CHECK(numbers.dataset("nothing").shape() == Shape{0, 3});
  CHECK(root.group("model_weights/empty/deeper").names().empty());
  CHECK(root.group("many").names().size() == 300);
  CHECK(root.dataset("many/weight_299").read().item<float>() == 299);
  CHECK(root.dataset("weights/dense/kernel:0").read().at<float>(1, 1) == 3);
  CHECK(root.dataset("weights/dense/kernel:0").attribute_string("dtype") == "float32");
}

TEST_CASE("the HDF5 writer's bytes are those that h5py was seen to open") {
  io::MemorySink sink;
  sample().write_to(sink);
  const std::string bytes(reinterpret_cast<const char*>(sink.bytes().data()), sink.bytes().size());
  const std::string path = GoldenFile::path("files_hdf5/written.h5");
  if (std::getenv("KCPP_UPDATE_GOLDEN"))
    spill(path, bytes);  // then run tests/golden/generate/check_written.py
  CHECK(bytes == slurp(path));
}

TEST_CASE("an HDF5 group of any size can be searched") {
  for (const int count : {1, 8, 9, 256, 257, 8192, 8193, 9000}) {
    INFO(count);
    hdf5::FileWriter file;
    const Tensor one = Tensor::ones({});
    for (int i = 0; i < count; ++i) file.root().dataset(text("w", i), one);
    const hdf5::Group root = reread(file).root();
    CHECK(root.names().size() == static_cast<size_t>(count));
    CHECK(root.is_dataset(text("w", count - 1)));
  }
}

TEST_CASE("long lists of names are split as Keras splits them") {
  hdf5::FileWriter file;
  std::vector<std::string> names;
  for (int i = 0; i < 3000; ++i) names.push_back(text("a_layer_with_a_rather_long_name_", i));
  file.root().attribute_strings("layer_names", names);
  const hdf5::Group root = reread(file).root();
  CHECK_FALSE(root.has_attribute("layer_names"));
  CHECK(root.has_attribute("layer_names1"));
  CHECK(root.attribute_strings("layer_names") == names);
  CHECK_THROWS_WITH(file.root().attribute_strings("layer_names", {std::string(70000, 'x')}),
                    ContainsSubstring("larger than 64512 bytes"));
}

TEST_CASE("a text of megabytes and very many texts fit into an HDF5 file") {
  hdf5::FileWriter file;
  const std::string config(5 << 20, 'x');
  file.root().attribute_bytes("model_config", config);
  for (int i = 0; i < 31000; ++i)
    file.root().group(text("g", i)).attribute("name", text("layer_", i));
  const hdf5::Group root = reread(file).root();
  CHECK(root.attribute_string("model_config") == config);
  CHECK(root.group("g30999").attribute_string("name") == "layer_30999");
}

TEST_CASE("what cannot be written to HDF5 is refused") {
  hdf5::FileWriter file;
  hdf5::GroupWriter root = file.root();
  root.dataset("a/b", Tensor::ones({1}));
  CHECK(root.exists("a/b"));
  CHECK_THROWS_WITH(root.dataset("a/b", Tensor::ones({1})),
                    ContainsSubstring("name already exists"));
  CHECK_THROWS_WITH(root.group("a/b"), ContainsSubstring("a dataset of that name exists"));
  CHECK_THROWS_WITH(root.group("a/b/c"), ContainsSubstring("it is a dataset"));
  CHECK_THROWS_WITH(root.dataset("t", Tensor::from(std::vector<std::string>{"x"}, {1})),
                    ContainsSubstring("dtype string"));
  CHECK_THROWS_WITH(root.attribute("zero", std::string("a\0b", 3)),
                    ContainsSubstring("a zero byte"));
  CHECK_THROWS_AS(root.dataset("s", Tensor::symbolic({-1, 2}, DType::float32)), ValueError);
}
