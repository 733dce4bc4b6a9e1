#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <filesystem>

#include "kcpp/core/error.h"
#include "src/saving/containers/atomic_file.h"
#include "tests/support/files.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::ContainsSubstring;

namespace {

size_t files_in(const TemporaryFolder& folder) {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path()))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("an atomic file appears only when it is complete") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.h5";
  spill(path, "old");
  {
    io::AtomicFile file(path);
    file.write("new");
    CHECK(slurp(path) == "old");
    file.commit();
  }
  CHECK(slurp(path) == "new");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("an atomic file that is given up leaves the old one and nothing else") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.h5";
  spill(path, "old");
  {
    io::AtomicFile file(path);
    file.write(std::string(1 << 20, 'x'));
  }
  CHECK(slurp(path) == "old");
  CHECK(files_in(folder) == 1);
  { io::AtomicFile file(folder / "other.h5"); }
  CHECK(files_in(folder) == 1);
}

TEST_CASE("small and large writes and patches end up in order") {
  const TemporaryFolder folder;
  std::string expected;
  {
    io::AtomicFile file(folder / "x");
    for (int i = 0; i < 2000; ++i) {
      const std::string piece(static_cast<size_t>(i % 7 == 0 ? 400000 / (i + 1) : i % 50),
                              static_cast<char>('a' + i % 26));
      file.write(piece);
      expected += piece;
    }
    CHECK(file.position() == expected.size());
    file.patch(10, "PATCH");
    expected.replace(10, 5, "PATCH");
    file.write("end");
    expected += "end";
    file.commit();
  }
  CHECK(slurp(folder / "x") == expected);
}

TEST_CASE("an atomic file follows a link and keeps the mode") {
  const TemporaryFolder folder;
  spill(folder / "real", "old");
  ::chmod((folder / "real").c_str(), 0640);
  std::filesystem::create_symlink("real", folder / "link");
  io::write_file(folder / "link", "new");
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(slurp(folder / "real") == "new");
  struct stat info {};
  ::stat((folder / "real").c_str(), &info);
  CHECK((info.st_mode & 07777) == 0640);
}

TEST_CASE("errors of writing are sentences that name the file") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(
      io::write_file(folder / "no/such/folder.h5", "x"),
      ContainsSubstring("Cannot write '") && ContainsSubstring("No such file or directory"));
  CHECK_THROWS_WITH(io::write_file(folder.path(), "x"), ContainsSubstring("it is a directory"));
  CHECK_THROWS_WITH(io::write_file("/dev/null", "x"), ContainsSubstring("not a regular file"));
  CHECK_THROWS_AS(io::write_file("", "x"), IOError);
  if (::geteuid() != 0) {
    ::chmod(folder.path().c_str(), 0500);
    CHECK_THROWS_WITH(io::write_file(folder / "x", "x"), ContainsSubstring("Permission denied"));
    ::chmod(folder.path().c_str(), 0700);
  }
}

TEST_CASE("a full disk leaves the old file whole") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.h5";
  spill(path, "old");
  // A limit on the size of files stands in for the disk's end.
  struct rlimit before {
  }, low{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  low = before;
  low.rlim_cur = 100000;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &low);
  std::string message;
  try {
    io::write_file(path, std::string(1000000, 'x'));
  } catch (const IOError& error) {
    message = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(message.find("Cannot write '") == 0);
  CHECK(slurp(path) == "old");
  CHECK(files_in(folder) == 1);
}
