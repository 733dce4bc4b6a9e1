#include <zlib.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>

#include "kcpp/data_files.h"
#include "tests/support/files.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string idx(char code, const std::vector<uint32_t>& shape, const std::string& data) {
  std::string out{0, 0, code, static_cast<char>(shape.size())};
  for (const uint32_t dim : shape)
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(dim >> shift);
  return out + data;
}

void gzip(const std::string& path, const std::string& data) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, data.data(), static_cast<unsigned>(data.size()));
  gzclose(file);
}

}  // namespace

TEST_CASE("IDX files, plain and gzipped") {
  const TemporaryFolder folder;
  const std::string images = idx(8, {2, 2, 3}, "abcdefghijkl");
  spill(folder / "plain", images);
  gzip(folder / "zipped.gz", images);
  for (const std::string& path : {folder / "plain", folder / "zipped.gz"}) {
    const Tensor t = load_idx(path);
    CHECK(t.dtype() == DType::uint8);
    CHECK(t.shape() == Shape{2, 2, 3});
    CHECK(t.at<uint8_t>(1, 0, 1) == 'h');
  }
  spill(folder / "floats", idx(0x0d, {2}, std::string("\x3f\x80\0\0\xc0\0\0\0", 8)));
  CHECK(load_idx(folder / "floats").to_vector<float>() == std::vector<float>{1, -2});
  spill(folder / "ints", idx(0x0c, {1}, std::string("\0\0\1\0", 4)));
  CHECK(load_idx(folder / "ints").at<int32_t>(0) == 256);
  // Two gzip members one after the other are one stream.
  gzip(folder / "a.gz", images.substr(0, 10));
  gzip(folder / "b.gz", images.substr(10));
  spill(folder / "ab.gz", slurp(folder / "a.gz") + slurp(folder / "b.gz"));
  CHECK(load_idx(folder / "ab.gz").at<uint8_t>(1, 1, 2) == 'l');
}

TEST_CASE("IDX files that are damaged or lie are refused") {
  const TemporaryFolder folder;
  const auto refuse = [&](const std::string& bytes, const std::string& problem) {
    spill(folder / "x", bytes);
    CHECK_THROWS_WITH(load_idx(folder / "x"), ContainsSubstring(problem));
    gzip(folder / "x.gz", bytes);
    CHECK_THROWS_AS(load_idx(folder / "x.gz"), IOError);
  };
  refuse("", "is not an IDX file");
  refuse("hello, world", "is not an IDX file");
  refuse(idx(7, {1}, "x"), "element type 7 is unknown");
  refuse(idx(8, {2, 3}, "abcde"), "needs 6 bytes");
  refuse(idx(8, {0xffffffff, 0xffffffff, 0xffffffff}, "abcde"), "too large");
  refuse(idx(8, {0xffffffff}, "abcde"), "needs 4294967295 bytes");
  refuse(idx(8, {2, 3}, "abcdefg"), "more elements");
  gzip(folder / "cut.gz", idx(8, {1000}, std::string(1000, 'x')));
  const std::string whole = slurp(folder / "cut.gz");
  for (size_t n = 0; n < whole.size(); ++n) {
    spill(folder / "cut.gz", whole.substr(0, n));
    CHECK_THROWS_AS(load_idx(folder / "cut.gz"), IOError);
  }
  CHECK_THROWS_WITH(load_idx("/nowhere"), ContainsSubstring("Cannot open '/nowhere'"));
}

TEST_CASE("the real Fashion-MNIST, where Debian's package is installed") {
  const std::string path = "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz";
  if (!std::filesystem::exists(path)) return;
  const Tensor images = load_idx(path);
  CHECK(images.shape() == Shape{10000, 28, 28});
  CHECK(images.dtype() == DType::uint8);
}
