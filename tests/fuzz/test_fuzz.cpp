#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>

#include "src/saving/containers/byte_sink.h"
#include "src/saving/containers/zip_reader.h"
#include "src/saving/containers/zip_writer.h"
#include "tests/fuzz/targets.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

using namespace kcpp::test;

namespace {

using Target = void (*)(std::span<const std::byte>);

void run(Target target, const std::string& bytes) { target(std::as_bytes(std::span(bytes))); }

/// Changes a few bytes, copies pieces to other places, cuts: what libFuzzer does, without its
/// guidance.
std::string mutate(std::string bytes, std::mt19937& random) {
  const auto place = [&](size_t size) { return static_cast<size_t>(random()) % size; };
  for (unsigned n = 1 + random() % 4; n > 0 && !bytes.empty(); --n) {
    const size_t at = place(bytes.size());
    switch (random() % 6) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        break;
      case 2: {  // a number such as counts and addresses are
        const uint64_t values[] = {
            0, 1, UINT64_MAX, UINT32_MAX, bytes.size(), uint64_t{1} << 40, place(bytes.size())};
        const size_t width = std::min<size_t>(size_t{1} << random() % 4, bytes.size() - at);
        std::memcpy(bytes.data() + at, &values[random() % 7], width);
        break;
      }
      case 3: {
        const size_t from = place(bytes.size()), most = bytes.size() - std::max(at, from);
        std::memmove(bytes.data() + at, bytes.data() + from,
                     std::min<size_t>(most, 1 + random() % 64));
        break;
      }
      case 4:
        bytes.insert(at, std::string(1 + random() % 8, static_cast<char>(random())));
        break;
      default:
        if (random() % 4 == 0)
          bytes.resize(at);
        else
          bytes.erase(at, 1 + random() % 8);
    }
  }
  return bytes;
}

/// KCPP_LONG_TESTS=N: N times as many mutations, others than those of a short run.
int effort() {
  const char* wanted = std::getenv("KCPP_LONG_TESTS");
  return wanted ? std::max(1, std::atoi(wanted)) : 1;
}

void replay(Target target, const std::vector<std::string>& seeds, int mutations) {
  std::mt19937 random(41 + static_cast<unsigned>(effort()));
  mutations *= effort();
  for (const std::string& seed : seeds) {
    run(target, seed);
    for (int i = 0; i < mutations; ++i) run(target, mutate(seed, random));
  }
  SUCCEED();
}

std::vector<std::string> golden_files(const std::string& folder, const std::string& suffix) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(GoldenFile::path(folder)))
    if (entry.path().string().ends_with(suffix)) out.push_back(slurp(entry.path().string()));
  REQUIRE_FALSE(out.empty());
  return out;
}

/// A .keras archive with one member changed and the checksums right.
std::string mutate_member(const std::string& archive, std::mt19937& random) {
  const std::vector<std::byte> bytes = bytes_of(archive);
  const auto reader = kcpp::zip::Reader::open(kcpp::io::view_bytes(bytes, "seed.keras"));
  const std::vector<std::string> names = reader.names();
  const std::string changed = names[random() % names.size()];
  kcpp::io::MemorySink sink;
  kcpp::zip::Writer writer(sink);
  for (const std::string& name : names) {
    const std::string content = reader.read_text(name);
    writer.add(name, name == changed ? mutate(content, random) : content);
  }
  writer.finish();
  return {reinterpret_cast<const char*>(sink.bytes().data()), sink.bytes().size()};
}

/// config.json of each .keras file.
std::vector<std::string> configs(const std::vector<std::string>& archives) {
  std::vector<std::string> out;
  for (const std::string& archive : archives) {
    const std::vector<std::byte> bytes = bytes_of(archive);
    out.push_back(kcpp::zip::Reader::open(kcpp::io::view_bytes(bytes, "seed.keras"))
                      .read_text("config.json"));
  }
  return out;
}

}  // namespace

TEST_CASE("mutations of HDF5 files end in an error or a value") {
  replay(fuzz_hdf5, golden_files("files_hdf5", ".h5"), 150);
}

TEST_CASE("mutations of zip archives end in an error or a value") {
  replay(fuzz_zip, golden_files("files_npy", ".npz"), 2000);
}

TEST_CASE("mutations of npy and npz files end in an error or a value") {
  replay(fuzz_npz, golden_files("files_npy", ".npz"), 1000);
  replay(fuzz_npz, golden_files("files_npy", ".npy"), 300);
}

TEST_CASE("mutations of JSON end in an error or a value") {
  replay(
      fuzz_json,
      {R"({"module": "keras", "class_name": "Dense", "config": {"units": 3, "x": [1, -2.5e-3, NaN, -Infinity, true, null]}})",
       R"(["\u00e4\ud83d\ude00\n", {"a": {"b": [[[]]]}}, 12345678901234567890, 1e400, ""])", "0",
       "\"\""},
      20000);
}

TEST_CASE("mutations of IDX and CSV files end in an error or a value") {
  using namespace std::string_literals;
  replay(fuzz_table,
         {"\0\0\x08\x02\0\0\0\x02\0\0\0\x03\1\2\3\4\5\6"s,
          "\0\0\x0d\x01\0\0\0\x02\x3f\x80\0\0\x40\0\0\0"s, "a,b,\"c d\"\n1,2.5,-3e4\n4,,\"6\"\n",
          "1;2\n3;4\n", "\"a\"\"b\",c\r\n1,2\r\n"},
         5000);
}

TEST_CASE("mutations of whole models end in an error or a model") {
  const auto archives = golden_files("files", ".keras");
  replay(fuzz_model, archives, 30);
  replay(fuzz_model, golden_files("files", ".h5"), 100);
  replay(fuzz_model, configs(archives), 150);
  std::mt19937 random(43);
  for (const std::string& archive : archives)
    for (int i = 0; i < 100 * effort(); ++i) run(fuzz_model, mutate_member(archive, random));
}
