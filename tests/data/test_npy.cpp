#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "kcpp/data_files.h"
#include "src/data/npy.h"
#include "src/data/npz.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string golden(const std::string& name) { return GoldenFile::path("files_npy/" + name); }

Tensor read_bytes(const std::string& bytes) {
  const auto b = bytes_of(bytes);
  return npy::read(*io::view_bytes(b, "test.npy"));
}

}  // namespace

TEST_CASE("every dtype that numpy.save writes is read, and written back byte for byte") {
  const TemporaryFolder folder;
  for (const char* name : {"bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32",
                           "int64", "float16", "float32", "float64", "bfloat16"}) {
    INFO(name);
    const Tensor t = load_npy(golden(std::string(name) + ".npy"));
    CHECK(t.dtype() == dtype_of(name));
    CHECK(t.shape() == Shape{2, 3});
    if (t.dtype() == DType::float32) CHECK(t.at<float>(1, 1) == 0);
    if (t.dtype() == DType::float32) CHECK(t.at<float>(1, 2) == 1);
    if (t.dtype() == DType::bfloat16) CHECK(t.at<bfloat16>(1, 2) == 5);
    if (t.dtype() == DType::int64) CHECK(t.at<int64_t>(1, 0) == 3);
    save_npy(folder / "copy.npy", t);
    CHECK(slurp(folder / "copy.npy") == slurp(golden(std::string(name) + ".npy")));
  }
}

TEST_CASE(".npy of other orders, ranks and versions") {
  const Tensor big = load_npy(golden("big_endian.npy"));
  CHECK(big.dtype() == DType::float64);
  CHECK(big.at<double>(1, 2) == 5);
  const Tensor fortran = load_npy(golden("fortran.npy"));
  REQUIRE(fortran.shape() == Shape{2, 3, 4});
  for (int i = 0; i < 24; ++i) CHECK(fortran.data<int32_t>()[static_cast<size_t>(i)] == i);
  CHECK(load_npy(golden("scalar.npy")).shape() == Shape{});
  CHECK(load_npy(golden("scalar.npy")).item<float>() == 2.5f);
  CHECK(load_npy(golden("empty.npy")).shape() == Shape{0, 3});
  CHECK(load_npy(golden("version2.npy")).at<float>(1, 2) == 5);
  CHECK(load_npy(golden("version3.npy")).at<float>(1, 2) == 5);
  const TemporaryFolder folder;
  for (const char* name : {"scalar.npy", "vector.npy", "empty.npy", "unicode.npy"}) {
    INFO(name);
    save_npy(folder / name, load_npy(golden(name)));
    CHECK(slurp(folder / name) == slurp(golden(name)));
  }
}

TEST_CASE(".npy of strings") {
  const Tensor text = load_npy(golden("unicode.npy"));
  REQUIRE(text.dtype() == DType::string);
  CHECK(text.at<std::string>(0) == "a");
  CHECK(text.at<std::string>(1) == "b\u00e4r");
  CHECK(text.at<std::string>(2) == "\U0001F600");
  CHECK(load_npy(golden("bytes.npy")).at<std::string>(1) == "c");
}

TEST_CASE(".npy of strings without characters in Fortran's order") {  // a find of the fuzzer
  std::string header = "{'descr': '<U0', 'fortran_order': True, 'shape': (2, 3), }";
  header.resize(117, ' ');
  const std::string start("\x93NUMPY\x01\x00\x76\x00", 10);
  const Tensor t = read_bytes(start + header + "\nsix bytes, which it does not take");
  CHECK(t.shape() == Shape{2, 3});
  CHECK(t.at<std::string>(1, 2).empty());
}

TEST_CASE(".npy files that cannot be read are refused with a sentence") {
  CHECK_THROWS_WITH(load_npy(golden("object.npy")),
                    ContainsSubstring("pickled objects are never loaded"));
  CHECK_THROWS_WITH(load_npy(golden("complex.npy")), ContainsSubstring("dtype '<c8'"));
  CHECK_THROWS_WITH(load_npy(golden("record.npy")), ContainsSubstring("records"));
  CHECK_THROWS_WITH(load_npy("/nowhere/x.npy"),
                    ContainsSubstring("Cannot open '/nowhere/x.npy': No such file"));
  CHECK_THROWS_WITH(load_npy("/tmp"), ContainsSubstring("it is a directory"));
  CHECK_THROWS_WITH(load_npy("/dev/zero"), ContainsSubstring("not a regular file"));
  CHECK_THROWS_WITH(read_bytes("PK\x03\x04 something else"),
                    ContainsSubstring("is not an .npy file"));
}

TEST_CASE("a truncated or changed .npy gives an IOError or an array, never more") {
  const std::string good = slurp(golden("float32.npy"));
  for (size_t n = 0; n < good.size(); ++n) {
    INFO(n);
    CHECK_THROWS_AS(read_bytes(good.substr(0, n)), IOError);
  }
  for (size_t at = 0; at < good.size(); ++at) {
    for (const int bit : {0, 1, 4, 6, 7}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      try {
        read_bytes(bad);
      } catch (const IOError&) {
      }
    }
  }
  SUCCEED();
}

TEST_CASE("an .npy that declares more than it stores is refused before anything is allocated") {
  const auto with_shape = [](const std::string& shape, const std::string& descr = "<f4") {
    std::string dict =
        "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
    dict.resize(117, ' ');
    return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + dict + "\n" + std::string(16, '\0');
  };
  CHECK_NOTHROW(read_bytes(with_shape("(4,)")));
  CHECK_THROWS_WITH(read_bytes(with_shape("(5,)")),
                    ContainsSubstring("needs more than the 16 bytes"));
  CHECK_THROWS_WITH(read_bytes(with_shape("(1000000000000,)")), ContainsSubstring("needs more"));
  CHECK_THROWS_WITH(read_bytes(with_shape("(4294967296, 4294967296)")),
                    ContainsSubstring("too large"));
  CHECK_THROWS_WITH(read_bytes(with_shape("(4294967296, 0, 4294967296)")),
                    ContainsSubstring("too large"));
  CHECK_THROWS_WITH(read_bytes(with_shape("(9223372036854775808,)")),
                    ContainsSubstring("header is not valid"));
  CHECK_THROWS_WITH(read_bytes(with_shape("(-1,)")), ContainsSubstring("header is not valid"));
  CHECK_THROWS_WITH(read_bytes(with_shape("(1000000000,)", "<U0")),
                    ContainsSubstring("needs more"));
  CHECK_THROWS_WITH(read_bytes(with_shape("(1, 1, 1, 1, 1, 1, 1, 1, 1)")),
                    ContainsSubstring("more than 8 dimensions"));
}

TEST_CASE(".npz archives are read, stored and deflated") {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    INFO(name);
    const NamedTensors data = load_npz(golden(name));
    CHECK(data["x"].at<float>(1, 2) == 5);
    CHECK(data["labels"].at<int64_t>(0) == 3);
    CHECK(data.contains("zeros") == (std::string(name) == "deflated.npz"));
    CHECK_THROWS_WITH(data["y"], ContainsSubstring("no array named 'y'") && ContainsSubstring("x"));
  }
  const NamedTensors positional = load_npz(golden("positional.npz"));
  CHECK(positional.names() == std::vector<std::string>{"arr_0", "arr_1"});
}

TEST_CASE("save_npz writes what numpy.savez writes") {
  const TemporaryFolder folder;
  save_npz(folder / "copy.npz", load_npz(golden("stored.npz")));
  CHECK(slurp(folder / "copy.npz") == slurp(golden("stored.npz")));
  save_npz(folder / "none.npz", {});
  CHECK(load_npz(folder / "none.npz").empty());
}

TEST_CASE("truncated or changed .npz archives give an IOError or arrays") {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const std::string good = slurp(golden(name));
    const auto attempt = [](const std::string& bytes) {
      const auto b = bytes_of(bytes);
      return npz::File::open(io::view_bytes(b, "test.npz")).read_all();
    };
    REQUIRE(attempt(good).contains("x"));
    for (size_t n = 0; n < good.size(); ++n) CHECK_THROWS_AS(attempt(good.substr(0, n)), IOError);
    for (size_t at = 0; at < good.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
        try {
          attempt(bad);
        } catch (const IOError&) {
        }
      }
    }
  }
}
