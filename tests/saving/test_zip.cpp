#include <zlib.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <functional>

#include "src/saving/containers/little_endian.h"
#include "src/saving/containers/zip_reader.h"
#include "src/saving/containers/zip_writer.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::ContainsSubstring;

namespace {

zip::Reader open(const std::string& bytes, const io::ZipLimits& limits = {}) {
  return zip::Reader::open(io::own_bytes(bytes_of(bytes), "test.zip"), limits);
}

std::string text_of(io::MemorySink& sink) {
  return {reinterpret_cast<const char*>(sink.bytes().data()), sink.bytes().size()};
}

/// An entry of a handmade archive, with every field free to lie.
struct Entry {
  std::string name;
  std::string data = "hello";
  uint16_t method = 0, flags = 0, made_by = 3 << 8;
  uint32_t mode = 0100600;
  std::string local_name = {};  ///< when another than `name`
  int64_t size = -1;            ///< declared
  int64_t header = -1;          ///< where the directory says that the local header is
  uint32_t inflated_crc = 0;
  int64_t inflated = -1;
};

std::string archive(const std::vector<Entry>& entries, const std::string& in_front = "") {
  std::string out = in_front, directory;
  for (const Entry& e : entries) {
    const auto header =
        static_cast<uint32_t>(e.header >= 0 ? e.header : static_cast<int64_t>(out.size()));
    const std::string local_name = e.local_name.empty() ? e.name : e.local_name;
    const auto crc =
        e.inflated_crc
            ? e.inflated_crc
            : static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(e.data.data()),
                                          static_cast<uInt>(e.data.size())));
    const auto size =
        static_cast<uint32_t>(e.size >= 0 ? e.size : static_cast<int64_t>(e.data.size()));
    const auto inflated =
        static_cast<uint32_t>(e.inflated >= 0 ? e.inflated : static_cast<int64_t>(size));
    std::string common;
    io::append<uint16_t>(common, 20);
    io::append<uint16_t>(common, e.flags);
    io::append<uint16_t>(common, e.method);
    io::append<uint32_t>(common, 0);
    io::append<uint32_t>(common, crc);
    io::append<uint32_t>(common, size);
    io::append<uint32_t>(common, inflated);
    std::string local = "PK\3\4" + common;
    io::append<uint16_t>(local, static_cast<uint16_t>(local_name.size()));
    io::append<uint16_t>(local, 0);
    out += local + local_name + e.data;
    directory += "PK\1\2";
    io::append<uint16_t>(directory, e.made_by);
    directory += common;
    io::append<uint16_t>(directory, static_cast<uint16_t>(e.name.size()));
    directory.append(8, '\0');
    io::append<uint32_t>(directory, e.mode << 16);
    io::append<uint32_t>(directory, header);
    directory += e.name;
  }
  const auto at = static_cast<uint32_t>(out.size());
  out += directory + std::string("PK\5\6\0\0\0\0", 8);
  io::append<uint16_t>(out, static_cast<uint16_t>(entries.size()));
  io::append<uint16_t>(out, static_cast<uint16_t>(entries.size()));
  io::append<uint32_t>(out, static_cast<uint32_t>(directory.size()));
  io::append<uint32_t>(out, at);
  io::append<uint16_t>(out, 0);
  return out;
}

std::string deflated(const std::string& data) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(compressBound(data.size()) + 100, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  z.avail_in = static_cast<uInt>(data.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

Entry deflated_entry(const std::string& name, const std::string& data) {
  Entry e{.name = name, .data = deflated(data), .method = 8};
  e.inflated = static_cast<int64_t>(data.size());
  e.inflated_crc = static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
  return e;
}

}  // namespace

TEST_CASE("a zip archive comes back as it was written") {
  io::MemorySink sink;
  zip::Writer writer(sink);
  writer.add("metadata.json", "{}");
  writer.add("model.weights.h5", [](io::ByteSink& out) {
    out.write("first ");
    out.write("second");
  });
  writer.add("assets/\u00e4.txt", "");
  writer.finish();
  const zip::Reader reader = open(text_of(sink));
  CHECK(reader.names() ==
        std::vector<std::string>{"metadata.json", "model.weights.h5", "assets/\u00e4.txt"});
  CHECK(reader.read_text("metadata.json") == "{}");
  CHECK(reader.read_text("model.weights.h5") == "first second");
  CHECK(reader.read_text("assets/\u00e4.txt").empty());
  CHECK(reader.size_of("model.weights.h5") == 12);
  const auto source = reader.source("model.weights.h5");
  char middle[6];
  source->read(6, middle, 6);
  CHECK(std::string(middle, 6) == "second");
  CHECK_THROWS_AS(source->read(7, middle, 6), IOError);
  CHECK_FALSE(reader.has("config.json"));
  CHECK_THROWS_WITH(reader.read("config.json"),
                    ContainsSubstring("'test.zip' has no member 'config.json'"));
}

TEST_CASE("a deflated member is inflated and checked") {
  const std::string data(100000, 'x');
  const zip::Reader reader =
      open(archive({deflated_entry("a", data), {.name = "folder/", .data = "", .mode = 0040755}}));
  CHECK(reader.read_text("a") == data);
  CHECK(reader.source("a")->size() == data.size());
  CHECK(reader.names() == std::vector<std::string>{"a"});
  Entry short_one = deflated_entry("a", data);
  short_one.inflated -= 1;
  CHECK_THROWS_WITH(open(archive({short_one})).read("a"),
                    ContainsSubstring("inflates to more than 99999 bytes"));
  Entry long_one = deflated_entry("a", data);
  long_one.inflated += 1;
  CHECK_THROWS_WITH(open(archive({long_one})).read("a"),
                    ContainsSubstring("inflates to 100000 bytes, but declares 100001"));
  Entry wrong = deflated_entry("a", data);
  wrong.inflated_crc ^= 1;
  CHECK_THROWS_WITH(open(archive({wrong})).read("a"), ContainsSubstring("its checksum is wrong"));
  Entry cut = deflated_entry("a", data);
  cut.data.resize(cut.data.size() - 10);
  cut.size = static_cast<int64_t>(cut.data.size());
  CHECK_THROWS_WITH(open(archive({cut})).read("a"), ContainsSubstring("end too early"));
}

TEST_CASE("zip: names that an attack needs are refused") {
  const auto refuse = [](const std::string& name, const std::string& reason) {
    INFO(name);
    CHECK_THROWS_WITH(open(archive({{.name = name}})),
                      ContainsSubstring("'test.zip' is refused") && ContainsSubstring(reason));
  };
  refuse("/etc/passwd", "has an absolute path");
  refuse("../evil", "leaves the archive by '..'");
  refuse("assets/../../evil", "leaves the archive by '..'");
  refuse("assets/..", "leaves the archive by '..'");
  refuse("assets\\evil", "has a backslash in its name");
  refuse("C:evil", "has a drive letter");
  refuse(std::string("config.json\0.txt", 16), "has a zero byte in its name");
  refuse("", "has no name");
  refuse("\xff", "not valid UTF-8");
  CHECK_NOTHROW(open(archive({{.name = "a..b/c..d"}, {.name = "x"}})));
}

TEST_CASE("zip: duplicates, links, encryption and odd compression are refused") {
  CHECK_THROWS_WITH(open(archive({{.name = "config.json"}, {.name = "config.json"}})),
                    ContainsSubstring("'config.json' stands there twice"));
  CHECK_THROWS_WITH(open(archive({{.name = "a", .mode = 0120777}})),
                    ContainsSubstring("is a link or a special file"));
  CHECK_THROWS_WITH(open(archive({{.name = "a", .mode = 0010777}})),
                    ContainsSubstring("is a link or a special file"));
  CHECK_THROWS_WITH(open(archive({{.name = "a", .flags = 1}})), ContainsSubstring("is encrypted"));
  CHECK_THROWS_WITH(open(archive({{.name = "a", .method = 12}})),
                    ContainsSubstring("compressed by method 12"));
  CHECK_THROWS_WITH(open(archive({{.name = "a", .local_name = "b"}})),
                    ContainsSubstring("does not fit to the directory"));
  CHECK_THROWS_WITH(open(archive({{.name = "folder/", .mode = 0040755}})),
                    ContainsSubstring("holds data"));
}

TEST_CASE("zip: places and sizes that lie are refused") {
  Entry a{.name = "a"}, b{.name = "a2"};
  b.header = 0;
  b.local_name = "a2";
  CHECK_THROWS_AS(open(archive({a, b})), IOError);
  Entry same{.name = "b"};
  same.header = 0;
  CHECK_THROWS_AS(open(archive({a, same})), IOError);
  CHECK_THROWS_WITH(open(archive({{.name = "a", .size = 1000}})),
                    ContainsSubstring("lies outside"));
  CHECK_THROWS_WITH(open(archive({{.name = "a", .size = 5, .inflated = 6}})),
                    ContainsSubstring("has two sizes"));
  CHECK_THROWS_WITH(open(archive({{.name = "a", .header = 100000}})),
                    ContainsSubstring("lies outside"));
  CHECK_THROWS_WITH(open(archive({{.name = "a", .size = 40}, {.name = "b"}})),
                    ContainsSubstring("overlaps another one"));
  CHECK_THROWS_WITH(open(archive({a}, "in front")), ContainsSubstring("stands in front"));
  CHECK_THROWS_WITH(open(archive({a}) + "behind"), ContainsSubstring("directory was not found"));
  CHECK_THROWS_WITH(open("PK\5\6"), ContainsSubstring("is not a zip archive"));
  CHECK_THROWS_WITH(open(std::string(100, 'x')), ContainsSubstring("is not a zip archive"));
}

TEST_CASE("zip: decompression bombs are refused, each and in sum") {
  io::ZipLimits limits;
  limits.free_bytes = 1 << 20;
  const std::string zeros(1 << 20, '\0');
  CHECK(open(archive({deflated_entry("a", zeros)}), limits).read("a").size() == zeros.size());
  std::vector<Entry> many;
  for (int i = 0; i < 10; ++i) many.push_back(deflated_entry(text("a", i), zeros));
  CHECK_THROWS_WITH(open(archive(many), limits), ContainsSubstring("a decompression bomb"));
  Entry one = deflated_entry("a", zeros);
  one.inflated = 0x7fffffff;
  CHECK_THROWS_WITH(open(archive({one})), ContainsSubstring("a decompression bomb"));
  io::ZipLimits few;
  few.members = 3;
  CHECK_THROWS_WITH(
      open(archive({{.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"}}), few),
      ContainsSubstring("declares 4 members"));
}

TEST_CASE("zip: truncated or changed archives give an IOError or other bytes, never more") {
  const std::string good = archive(
      {deflated_entry("config.json", "some text, some text"), {.name = "b", .data = "hello"}});
  const auto read_all = [](const std::string& bytes) {
    const zip::Reader reader = open(bytes);
    for (const std::string& name : reader.names()) reader.read(name);
  };
  CHECK_NOTHROW(read_all(good));
  for (size_t n = 0; n < good.size(); ++n) CHECK_THROWS_AS(read_all(good.substr(0, n)), IOError);
  for (size_t at = 0; at < good.size(); ++at) {
    for (int other = 1; other < 256; ++other) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ other);
      try {
        read_all(bad);
      } catch (const IOError&) {
      }
    }
  }
  SUCCEED();
}

TEST_CASE("the zip writer writes what Python's zipfile writes") {
  io::MemorySink sink;
  zip::Writer writer(sink);
  writer.add("metadata.json", "{}");
  writer.add("assets/\u00e4.txt", "hello");
  writer.finish();
  CHECK(text_of(sink) == slurp(GoldenFile::path("files_npy/zipfile.zip")));
}
