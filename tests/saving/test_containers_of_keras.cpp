// Files that Keras 3.15 wrote, by way of the container code alone.
#include <catch2/catch_test_macros.hpp>

#include "src/saving/containers/hdf5_reader.h"
#include "src/saving/containers/json.h"
#include "src/saving/containers/zip_reader.h"
#include "tests/support/golden.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

std::string path_of(const std::string& name) { return GoldenFile::path("files_keras/" + name); }

void check_kernel(const Tensor& kernel) {
  REQUIRE(kernel.shape() == Shape{3, 4});
  REQUIRE(kernel.dtype() == DType::float32);
  CHECK(kernel.at<float>(2, 3) == 11);
}

}  // namespace

TEST_CASE("a whole-model .h5 of Keras") {
  const hdf5::Group root = hdf5::File::open(path_of("small.h5")).root();
  CHECK(root.attribute_string("keras_version").starts_with("3."));
  CHECK(root.attribute_string("backend") == "tensorflow");
  const Config config = io::parse_json(root.attribute_string("model_config"));
  CHECK(config.at("class_name").as_string() == "Sequential");
  const hdf5::Group weights = root.group("model_weights");
  const auto layers = weights.attribute_strings("layer_names");
  REQUIRE(layers.size() >= 3);
  CHECK(layers[0] == "hidden");
  const auto names = weights.group("hidden").attribute_strings("weight_names");
  REQUIRE(names.size() == 2);
  check_kernel(weights.group("hidden").dataset(names[0]).read());
  CHECK(weights.group("batch_normalization").attribute_strings("weight_names").size() == 4);
  const hdf5::Group optimizer = root.group("optimizer_weights");
  for (const std::string& name : optimizer.attribute_strings("weight_names")) {
    INFO(name);
    CHECK(optimizer.dataset(name).read().defined());
  }
}

TEST_CASE("a .weights.h5 of Keras") {
  const hdf5::Group root = hdf5::File::open(path_of("small.weights.h5")).root();
  CHECK_FALSE(root.has_attribute_strings("layer_names"));
  check_kernel(root.dataset("layers/dense/vars/0").read());
  CHECK(root.group("layers/dense/vars").attribute_string("name") == "hidden");
  CHECK(root.group("layers/batch_normalization/vars").names() ==
        std::vector<std::string>{"0", "1", "2", "3"});
}

TEST_CASE("a .keras archive, stored and deflated") {
  for (const char* name : {"small.keras", "small_deflated.keras"}) {
    INFO(name);
    const zip::Reader archive = zip::Reader::open(io::open_file(path_of(name)));
    CHECK(archive.has("config.json"));
    const Config metadata = io::parse_json(archive.read_text("metadata.json"));
    CHECK(metadata.at("keras_version").as_string().starts_with("3."));
    CHECK(io::parse_json(archive.read_text("config.json")).at("class_name") ==
          Config("Sequential"));
    const hdf5::Group root = hdf5::File::open(archive.source("model.weights.h5")).root();
    check_kernel(root.dataset("layers/dense/vars/0").read());
    CHECK(root.dataset("optimizer/vars/0").read().item<int64_t>() == 1);
    CHECK(root.dataset("optimizer/vars/0").dtype() == DType::int64);
  }
}
