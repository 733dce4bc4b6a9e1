#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstring>

#include "src/saving/containers/hdf5_reader.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string path_of(const std::string& name) { return GoldenFile::path("files_hdf5/" + name); }

/// Reads all that can be reached, as a loader would; returns how much there was.
size_t read_everything(const hdf5::Group& group) {
  size_t count = group.attribute_names().size();
  for (const std::string& name : group.attribute_names()) {
    try {
      count += group.attribute(name).size();
    } catch (const IOError&) {
    }
  }
  for (const std::string& name : group.names()) {
    try {
      if (group.is_group(name)) {
        count += read_everything(group.group(name));
      } else if (group.is_dataset(name)) {
        count += static_cast<size_t>(group.dataset(name).read().size());
      }
    } catch (const IOError&) {  // this object is damaged, others may not be
    }
  }
  return count;
}

/// Opens damaged bytes and reads all; anything but an IOError is a failure.
bool survives(const std::string& bytes) {
  const auto b = bytes_of(bytes);
  try {
    // A low limit, so that the many that only declare large arrays do not take all the time.
    io::Hdf5Limits limits;
    limits.free_bytes = 1 << 22;
    read_everything(hdf5::File::open(io::view_bytes(b, "damaged.h5"), limits).root());
    return true;
  } catch (const IOError&) {
    return false;
  }
}

}  // namespace

TEST_CASE("HDF5: nothing outside of the file is ever reached") {
  for (const char* name : {"hostile.h5", "hostile_latest.h5"}) {
    INFO(name);
    const hdf5::Group root = hdf5::File::open(path_of(name)).root();
    CHECK(root.dataset("x").read().size() == 4);
    CHECK_THROWS_WITH(root.dataset("soft"),
                      ContainsSubstring("a soft link stands in place of an object (at 'soft')"));
    CHECK_THROWS_WITH(root.dataset("dangling"), ContainsSubstring("a soft link"));
    CHECK_THROWS_WITH(root.dataset("group/x"), ContainsSubstring("a soft link"));
    CHECK_THROWS_WITH(root.exists("group/x"), ContainsSubstring("a soft link"));
    CHECK_THROWS_WITH(root.dataset("external"), ContainsSubstring("a link leads to another file"));
    CHECK_THROWS_WITH(root.dataset("raw"), ContainsSubstring("its data lie in another file"));
    CHECK_THROWS_WITH(root.dataset("virtual"), ContainsSubstring("virtual dataset"));
  }
}

TEST_CASE("HDF5: cycles are refused") {
  for (const char* name : {"hostile.h5", "hostile_latest.h5"}) {
    const hdf5::Group root = hdf5::File::open(path_of(name)).root();
    CHECK(root.is_group("cycle/inner"));
    CHECK_THROWS_WITH(root.group("cycle/inner/outer"),
                      ContainsSubstring("a group contains itself"));
    CHECK_THROWS_WITH(root.group("cycle").group("inner").group("outer"),
                      ContainsSubstring("a group contains itself"));
  }
}

TEST_CASE("HDF5: sizes that no data stand behind are refused before they are allocated") {
  for (const char* name : {"hostile.h5", "hostile_latest.h5"}) {
    const hdf5::Group root = hdf5::File::open(path_of(name)).root();
    CHECK(root.dataset("bomb").shape() == Shape{int64_t{1} << 40});
    CHECK_THROWS_WITH(root.dataset("bomb").read(),
                      ContainsSubstring("needs 4398046511104 bytes, and the whole file has"));
    CHECK_THROWS_WITH(root.dataset("unallocated").read(),
                      ContainsSubstring("needs 4398046511104 bytes"));
    Tensor expected = Tensor::empty({4});
    CHECK_THROWS_WITH(root.dataset("bomb").read_into(expected),
                      ContainsSubstring("Shape mismatch"));
    CHECK(root.dataset("zeros").read().size() == 1 << 16);  // compressed well, but honestly
  }
}

TEST_CASE("HDF5: a limit on what all datasets declare in sum") {
  io::Hdf5Limits limits;
  limits.free_bytes = 1 << 16;
  const hdf5::Group root = hdf5::File::open(path_of("hostile.h5"), limits).root();
  const auto many = [&] {
    for (int i = 0; i < 100; ++i) root.dataset("zeros").read();
  };
  CHECK_THROWS_WITH(many(), ContainsSubstring("bytes in sum"));
}

TEST_CASE("HDF5: a limit on how often and how deep") {
  io::Hdf5Limits limits;
  limits.objects = 100;
  const hdf5::Group root = hdf5::File::open(path_of("classic.h5"), limits).root();
  const auto many = [&] {
    for (int i = 0; i < 200; ++i) root.group("numbers");
  };
  CHECK_THROWS_WITH(many(), ContainsSubstring("its structure has no end"));
  io::Hdf5Limits shallow;
  shallow.depth = 1;
  CHECK_THROWS_WITH(hdf5::File::open(path_of("classic.h5"), shallow).root().group("empty/deeper"),
                    ContainsSubstring("nested too deeply"));
}

TEST_CASE("HDF5: what is not an HDF5 file says so") {
  CHECK_THROWS_WITH(hdf5::File::open("/nowhere/model.h5"),
                    ContainsSubstring("Cannot open '/nowhere/model.h5': No such file"));
  CHECK_THROWS_WITH(hdf5::File::open("/tmp"), ContainsSubstring("it is a directory"));
  const TemporaryFolder folder;
  spill(folder / "empty.h5", "");
  CHECK_THROWS_WITH(hdf5::File::open(folder / "empty.h5"),
                    ContainsSubstring("is not an HDF5 file"));
  spill(folder / "text.h5", std::string(5000, 'x'));
  CHECK_THROWS_WITH(hdf5::File::open(folder / "text.h5"), ContainsSubstring("is not an HDF5 file"));
}

TEST_CASE("HDF5: truncated files are refused at every length") {
  for (const char* name : {"secret.h5", "ordered.h5", "named_type.h5"}) {
    const std::string good = slurp(path_of(name));
    REQUIRE(survives(good));
    int accepted = 0;
    for (size_t n = 0; n < good.size(); ++n) accepted += survives(good.substr(0, n));
    CHECK(accepted == 0);
  }
  for (const char* name : {"classic.h5", "latest.h5"}) {
    const std::string good = slurp(path_of(name));
    for (size_t n = 0; n < good.size(); n += 97) CHECK_FALSE(survives(good.substr(0, n)));
  }
}

TEST_CASE("HDF5: flipped bits give an IOError or other data, never more") {
  for (const char* name : {"secret.h5", "ordered.h5", "named_type.h5"}) {
    const std::string good = slurp(path_of(name));
    for (size_t at = 0; at < good.size(); ++at) {
      for (const int bit : {0, 3, 7}) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
        survives(bad);
      }
    }
  }
  // Larger files: every byte in turn becomes 0, 255, or another one.
  for (const char* name : {"classic.h5", "latest.h5", "hostile.h5", "hostile_latest.h5"}) {
    const std::string good = slurp(path_of(name));
    for (size_t at = 0; at < good.size(); at += 7) {
      std::string bad = good;
      bad[at] = static_cast<char>(at % 2 ? 0xff : bad[at] + 1);
      survives(bad);
    }
  }
  SUCCEED();
}

TEST_CASE("HDF5: addresses that lead back give an IOError in good time") {
  // Every aligned 8-byte word that could be an address is pointed at each structure of the file in
  // turn.
  const std::string good = slurp(path_of("secret.h5"));
  std::vector<uint64_t> places = {0, 8, 96, UINT64_MAX - 8, uint64_t{1} << 62};
  for (const char* signature : {"TREE", "HEAP", "SNOD"})
    for (size_t at = good.find(signature); at != good.npos; at = good.find(signature, at + 1))
      places.push_back(at);
  for (size_t at = 8; at + 8 <= good.size(); at += 8) {
    for (const uint64_t place : places) {
      std::string bad = good;
      std::memcpy(bad.data() + at, &place, 8);
      survives(bad);
    }
  }
  SUCCEED();
}
