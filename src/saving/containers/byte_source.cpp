#include "src/saving/containers/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace kcpp::io {
namespace {

class FileSource final : public ByteSource {
 public:
  FileSource(int fd, uint64_t size, std::string name)
      : ByteSource(size, std::move(name)), fd_(fd) {}
  ~FileSource() override { ::close(fd_); }

 private:
  void fetch(uint64_t offset, void* out, size_t count) const override {
    auto* to = static_cast<char*>(out);
    while (count > 0) {
      const ssize_t got = ::pread(fd_, to, count, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      check<IOError>(got >= 0, "Cannot read '", name(), "': ", std::strerror(errno), ".");
      check<IOError>(got > 0, "Cannot read '", name(),
                     "': the file became shorter while it was being read.");
      to += got;
      offset += static_cast<uint64_t>(got);
      count -= static_cast<size_t>(got);
    }
  }

  int fd_;
};

class MemorySource final : public ByteSource {
 public:
  MemorySource(std::span<const std::byte> bytes, std::string name)
      : ByteSource(bytes.size(), std::move(name)), bytes_(bytes) {}
  MemorySource(std::vector<std::byte> bytes, std::string name)
      : ByteSource(bytes.size(), std::move(name)), owned_(std::move(bytes)), bytes_(owned_) {}

 private:
  void fetch(uint64_t offset, void* out, size_t count) const override {
    std::memcpy(out, bytes_.data() + offset, count);
  }

  std::vector<std::byte> owned_;
  std::span<const std::byte> bytes_;
};

}  // namespace

class WindowSource final : public ByteSource {
 public:
  WindowSource(SourcePtr source, uint64_t offset, uint64_t size, std::string name)
      : ByteSource(size, std::move(name)), source_(std::move(source)), offset_(offset) {}

 private:
  void fetch(uint64_t offset, void* out, size_t count) const override {
    source_->fetch(offset_ + offset, out, count);
  }

  SourcePtr source_;
  uint64_t offset_;
};

void ByteSource::read(uint64_t offset, void* out, size_t count) const {
  check<IOError>(contains(offset, count), "'", name_, "' is truncated or damaged: it has ", size_,
                 " bytes, but bytes ", offset, " to ", offset + count, " are needed.");
  if (count > 0) fetch(offset, out, count);
}

SourcePtr open_file(const std::string& path) {
  // O_NONBLOCK: opening a pipe must not wait for somebody to write into it.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  check<IOError>(fd >= 0, "Cannot open '", path, "': ", std::strerror(errno), ".");
  struct stat info {};
  const bool known = ::fstat(fd, &info) == 0;
  if (!known || !S_ISREG(info.st_mode)) {
    ::close(fd);
    throw IOError(text("Cannot open '", path, "': it is ",
                       known && S_ISDIR(info.st_mode) ? "a directory." : "not a regular file."));
  }
  return std::make_shared<FileSource>(fd, static_cast<uint64_t>(info.st_size), path);
}

SourcePtr view_bytes(std::span<const std::byte> bytes, std::string name) {
  return std::make_shared<MemorySource>(bytes, std::move(name));
}

SourcePtr own_bytes(std::vector<std::byte> bytes, std::string name) {
  return std::make_shared<MemorySource>(std::move(bytes), std::move(name));
}

SourcePtr window(SourcePtr source, uint64_t offset, uint64_t size, std::string name) {
  check<IOError>(source->contains(offset, size), "'", source->name(),
                 "' is truncated or damaged: it ends within '", name, "'.");
  return std::make_shared<WindowSource>(std::move(source), offset, size, std::move(name));
}

std::vector<std::byte> read_all(const ByteSource& source, uint64_t limit) {
  check<IOError>(source.size() <= limit, "'", source.name(), "' is too large: ", source.size(),
                 " bytes. At most ", limit, " are accepted.");
  std::vector<std::byte> bytes(source.size());
  source.read(0, bytes.data(), bytes.size());
  return bytes;
}

}  // namespace kcpp::io
