#include "src/saving/containers/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "kcpp/core/error.h"

namespace kcpp::io {
namespace {

constexpr size_t buffer_size = 1 << 18;

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// Where the link at `path` leads, also when nothing is there yet; `path` itself when it is no
/// link.
std::string follow_links(std::string path) {
  for (int i = 0; i < 40; ++i) {
    char to[4096];
    const ssize_t n = ::readlink(path.c_str(), to, sizeof to);
    if (n <= 0 || n == sizeof to) return path;
    const std::string link(to, static_cast<size_t>(n));
    path = link.front() == '/' ? link : folder_of(path) + "/" + link;
  }
  return path;
}

}  // namespace

void AtomicFile::fail() const {
  const int error = errno;
  throw IOError(text("Cannot write '", path_, "': ", std::strerror(error), "."));
}

AtomicFile::AtomicFile(const std::string& path) : path_(path), target_(follow_links(path)) {
  check<IOError>(!path.empty(), "Cannot write a file without a name.");
  struct stat info {};
  const bool exists = ::stat(target_.c_str(), &info) == 0;
  if (exists && !S_ISREG(info.st_mode)) {
    // Renaming over a device would replace the device.
    throw IOError(text("Cannot write '", path_, "': it is ",
                       S_ISDIR(info.st_mode) ? "a directory." : "not a regular file."));
  }
  // The rename would also replace a file that may not be written.
  if (exists && ::access(target_.c_str(), W_OK) != 0) fail();
  static std::atomic<unsigned> counter{0};
  do {
    temporary_ = text(target_, ".", static_cast<int64_t>(::getpid()), "-", counter++, ".tmp");
    fd_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (fd_ < 0 && errno == EEXIST);
  if (fd_ < 0) fail();
  if (exists) (void)::fchmod(fd_, info.st_mode & 07777);
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write_at(uint64_t at, const char* data, size_t count) {
  while (count > 0) {
    const ssize_t done = ::pwrite(fd_, data, count, static_cast<off_t>(at));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail();
    data += done;
    at += static_cast<uint64_t>(done);
    count -= static_cast<size_t>(done);
  }
}

void AtomicFile::flush() {
  write_at(flushed_, buffer_.data(), buffer_.size());
  flushed_ += buffer_.size();
  buffer_.clear();
}

void AtomicFile::put(const void* data, size_t count) {
  const auto* from = static_cast<const char*>(data);
  if (buffer_.size() + count > buffer_size) flush();
  if (count > buffer_size) {
    write_at(flushed_, from, count);
    flushed_ += count;
  } else {
    buffer_.insert(buffer_.end(), from, from + count);
  }
}

void AtomicFile::patch(uint64_t at, std::string_view bytes) {
  flush();
  KCPP_ASSERT(at <= flushed_ && bytes.size() <= flushed_ - at);
  write_at(at, bytes.data(), bytes.size());
}

void AtomicFile::commit() {
  flush();
  if (::fsync(fd_) != 0) fail();
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail();
  // Some file systems report a full disk or quota only here; the data are safe after fsync.
  ::close(fd_);
  fd_ = -1;
  // The new name is durable once its folder is; a folder that cannot be opened is no reason to
  // fail.
  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    (void)::fsync(folder);
    ::close(folder);
  }
}

void write_file(const std::string& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace kcpp::io
