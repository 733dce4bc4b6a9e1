#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <thread>

#include "src/saving/containers/hdf5_reader.h"
#include "src/saving/containers/lzf.h"
#include "tests/support/golden.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::ContainsSubstring;

namespace {

hdf5::File golden(const std::string& name) {
  return hdf5::File::open(GoldenFile::path("files_hdf5/" + name));
}

void check_grid(const Tensor& t) {
  REQUIRE(t.dtype() == DType::float32);
  REQUIRE(t.shape() == Shape{7, 10});
  int wrong = 0;
  for (int i = 0; i < 70; ++i)
    wrong += t.data<float>()[static_cast<size_t>(i)] != static_cast<float>(i);
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("HDF5 attributes of every kind, in every version of the format") {
  for (const char* name : {"classic.h5", "v18.h5", "latest.h5"}) {
    INFO(name);
    const hdf5::Group root = golden(name).root();
    CHECK(root.attribute_string("vlen_utf8") == "b\u00e4r");
    CHECK(root.attribute_string("vlen_ascii") == "bear");
    CHECK(root.attribute_string("fixed") == "bear");
    CHECK(root.attribute_strings("names") == std::vector<std::string>{"dense", "dense_1"});
    CHECK(root.attribute_strings("vlen_names") == std::vector<std::string>{"one", "", "three"});
    CHECK(root.attribute_strings("none").empty());
    CHECK(root.attribute_strings("parts") == std::vector<std::string>{"a", "b", "c"});
    CHECK(root.has_attribute_strings("parts"));
    CHECK_FALSE(root.has_attribute("parts"));
    CHECK(root.attribute("int").as_int() == 7);
    CHECK(root.attribute("float").as_double() == 0.5);
    CHECK(root.attribute("float32").as_double() == 0.25);
    CHECK(root.attribute("bool").is_bool());
    CHECK(root.attribute("bool").as_bool());
    CHECK(root.attribute("ints") == Config::list({0, 1, 2}));
    CHECK(root.attribute("big_endian") == Config::list({1.5, -2.5}));
    CHECK(root.attribute("empty").size() == 0);
    CHECK_FALSE(root.find_attribute("missing").has_value());
    CHECK_THROWS_WITH(root.attribute("missing"),
                      ContainsSubstring("'/' in") && ContainsSubstring("no attribute 'missing'"));
    CHECK_THROWS_WITH(root.attribute_string("int"), ContainsSubstring("is not a text"));
    CHECK(root.attribute_names().size() == 15);
  }
}

TEST_CASE("HDF5 datasets of every dtype, in every version of the format") {
  for (const char* name : {"classic.h5", "v18.h5", "latest.h5"}) {
    INFO(name);
    const hdf5::Group numbers = golden(name).root().group("numbers");
    for (const char* dtype : {"uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32",
                              "int64", "float16", "float32", "float64", "bfloat16"}) {
      INFO(dtype);
      const hdf5::Dataset d = numbers.dataset(dtype);
      CHECK(d.dtype() == dtype_of(dtype));
      CHECK(d.shape() == Shape{2, 3});
      CHECK(d.bytes() == 6 * size_of(d.dtype()));
      Tensor as_float = Tensor::empty({2, 3}, DType::float32);
      d.read_into(as_float);
      CHECK(as_float.to_vector<float>() == std::vector<float>{0, 1, 2, 3, 4, 5});
      Tensor as_int = Tensor::empty({2, 3}, DType::int64);
      d.read_into(as_int);
      CHECK(as_int.at<int64_t>(1, 2) == 5);
      CHECK(d.read().dtype() == d.dtype());
    }
    CHECK(numbers.dataset("float32").read().at<float>(1, 2) == 5);
    CHECK(numbers.dataset("big_endian").read().at<float>(1, 2) == 5);
    CHECK(numbers.dataset("scalar").read().item<int64_t>() == 42);
    CHECK(numbers.dataset("scalar").shape() == Shape{});
    CHECK(numbers.dataset("nothing").read().shape() == Shape{0, 3});
    const Tensor bools = numbers.dataset("bool").read();
    REQUIRE(bools.dtype() == DType::bool_);
    CHECK((bools.at<bool>(0) && !bools.at<bool>(1) && bools.at<bool>(2)));
    const Tensor texts = golden(name).root().dataset("strings/vlen").read();
    CHECK(texts.at<std::string>(1) == "\u00e4");
    CHECK(golden(name).root().dataset("strings/fixed").read().at<std::string>(1) == "c");
  }
}

TEST_CASE("HDF5 layouts and filters, in every version of the format") {
  for (const char* name : {"classic.h5", "v18.h5", "latest.h5"}) {
    const hdf5::Group layouts = golden(name).root().group("layouts");
    for (const std::string& layout : layouts.names()) {
      INFO(name << " " << layout);
      const Tensor t = layouts.dataset(layout).read();
      if (layout == "holes") {
        CHECK(t.at<float>(0, 0) == 1);
        CHECK(t.at<float>(0, 1) == 9);
        CHECK(t.at<float>(6, 9) == 9);
      } else if (layout == "unwritten") {
        CHECK(t.to_vector<float>() == std::vector<float>{3, 3, 3, 3});
      } else {
        check_grid(t);
      }
    }
    CHECK(layouts.names().size() == 15);
  }
  const hdf5::Group many = golden("many_chunks.h5").root();
  for (const std::string& chunked : many.names()) {
    INFO(chunked);
    const Tensor t = many.dataset(chunked).read();
    REQUIRE(t.shape() == Shape{2500});
    int wrong = 0;
    for (int i = 0; i < 2500; ++i) wrong += t.data<uint8_t>()[static_cast<size_t>(i)] != i % 251;
    CHECK(wrong == 0);
  }
}

TEST_CASE("HDF5 groups list, find and tell apart what is in them") {
  for (const char* name : {"classic.h5", "v18.h5", "latest.h5"}) {
    INFO(name);
    const hdf5::Group root = golden(name).root();
    CHECK(root.names() == std::vector<std::string>{"empty", "layouts", "numbers", "strings"});
    CHECK(root.exists("empty/deeper"));
    CHECK(root.exists("/empty//deeper/"));
    CHECK_FALSE(root.exists("empty/nothing"));
    CHECK_FALSE(root.exists("empty/nothing/at/all"));
    CHECK_FALSE(root.exists("numbers/int8/x"));
    CHECK(root.is_group("empty"));
    CHECK_FALSE(root.is_group("numbers/int8"));
    CHECK(root.is_dataset("numbers/int8"));
    CHECK_FALSE(root.is_dataset("numbers"));
    CHECK_FALSE(root.is_dataset("nothing"));
    CHECK(root.group("empty/deeper").names().empty());
    CHECK(root.group("empty").group("deeper").path() == "empty/deeper");
    CHECK_THROWS_WITH(root.group("nothing"),
                      ContainsSubstring("There is no 'nothing' in '") && ContainsSubstring(name));
    CHECK_THROWS_WITH(root.group("numbers/int8"), ContainsSubstring("'numbers/int8' in '") &&
                                                      ContainsSubstring("is not a group"));
    CHECK_THROWS_WITH(root.dataset("numbers"), ContainsSubstring("is not a dataset"));
  }
  CHECK(golden("ordered.h5").root().names() == std::vector<std::string>{"z", "a", "m"});
}

TEST_CASE("HDF5 groups with hundreds of links and attributes") {
  for (const char* name : {"many_classic.h5", "many_latest.h5"}) {
    INFO(name);
    const hdf5::Group links = golden(name).root().group("links");
    CHECK(links.names().size() == 600);
    CHECK(links.names()[599] == "link_with_a_long_name_0599");
    CHECK(links.dataset("link_with_a_long_name_0321").read().item<float>() == 1);
    for (int i = 0; i < 20; ++i)
      CHECK(links.attribute(text("attribute_", i < 10 ? "0" : "", i)).as_int() == i);
  }
  const Config huge = golden("many_latest.h5").root().group("links").attribute("huge");
  REQUIRE(huge.size() == 9000);
  CHECK(huge.as_list()[8999].as_int() == 8999);
}

TEST_CASE("HDF5 files with a user block, named datatypes, and what kcpp has no dtype for") {
  CHECK(golden("user_block.h5").root().dataset("x").read().at<float>(2) == 2);
  CHECK(golden("named_type.h5").root().dataset("x").read().at<float>(2) == 2);
  CHECK_FALSE(golden("named_type.h5").root().is_dataset("type"));
  const hdf5::Group record = golden("record.h5").root();
  CHECK(record.dataset("x").read().item<float>() == 1);
  CHECK_THROWS_WITH(record.dataset("record"), ContainsSubstring("its elements are a record"));
  CHECK_THROWS_WITH(record.dataset("complex"), ContainsSubstring("its elements are a record"));
  CHECK_THROWS_WITH(record.dataset("scaleoffset"), ContainsSubstring("filter 6"));
}

TEST_CASE("LZF: literals, copies that overlap themselves, and what lies") {
  const auto decompress = [](std::vector<int> in, size_t room) {
    std::vector<std::byte> data, out(room);
    for (int b : in) data.push_back(static_cast<std::byte>(b));
    out.resize(io::lzf_into(data, out, "x.h5"));
    std::string text;
    for (std::byte b : out) text += static_cast<char>(b);
    return text;
  };
  CHECK(decompress({}, 4).empty());
  CHECK(decompress({1, 'a', 'b'}, 4) == "ab");
  CHECK(decompress({1, 'a', 'b', 2 << 5, 1}, 6) == "ababab");             // 4 from 2 back
  CHECK(decompress({0, 'z', 7 << 5, 3, 0}, 13) == std::string(13, 'z'));  // 12 from 1 back
  for (const std::vector<int>& damaged :
       std::vector<std::vector<int>>{{2, 'a', 'b'},
                                     {31},
                                     {1 << 5},
                                     {1 << 5, 0},
                                     {0, 'a', 1 << 5, 1},
                                     {0, 'a', 7 << 5},
                                     {1, 'a', 'b', 7 << 5, 255, 0}}) {
    CHECK_THROWS_WITH(decompress(damaged, 8), ContainsSubstring("x.h5 is damaged: its LZF data"));
  }
}

TEST_CASE("reading into a tensor of another shape says both") {
  const hdf5::Dataset d = golden("classic.h5").root().dataset("numbers/float32");
  Tensor wrong = Tensor::empty({3, 2});
  CHECK_THROWS_WITH(d.read_into(wrong),
                    ContainsSubstring("Shape mismatch at 'numbers/float32' in '") &&
                        ContainsSubstring("Expected shape (3, 2). Received: saved shape (2, 3)."));
}

TEST_CASE("HDF5 files from memory and within others") {
  const std::string path = GoldenFile::path("files_hdf5/classic.h5");
  const auto bytes = io::read_all(*io::open_file(path), 1 << 20);
  const hdf5::File file = hdf5::File::open(io::view_bytes(bytes, "classic"));
  check_grid(file.root().dataset("layouts/gzip").read());
  std::vector<std::byte> shifted(100);
  shifted.insert(shifted.end(), bytes.begin(), bytes.end());
  shifted.resize(shifted.size() + 10);
  const auto within = io::window(io::view_bytes(shifted, "outer"), 100, bytes.size(), "inner");
  check_grid(hdf5::File::open(within).root().dataset("layouts/contiguous").read());
}

TEST_CASE("many threads read one HDF5 file at once") {
  const hdf5::File file = golden("latest.h5");
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const hdf5::Group layouts = file.root().group("layouts");
        for (const char* name : {"contiguous", "filters", "growing", "compact"})
          right += layouts.dataset(name).read().at<float>(6, 9) == 69;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 320);
}
