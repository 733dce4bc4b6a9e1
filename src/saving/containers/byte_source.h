/// ByteSource: where a container's bytes come from, a file or memory; read at any offset, by any
/// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kcpp/core/error.h"

namespace kcpp::io {

/// Read-only bytes of known size. `read` may be called from several threads at once.
class KCPP_API ByteSource {
 public:
  ByteSource(uint64_t size, std::string name) : size_(size), name_(std::move(name)) {}
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  uint64_t size() const { return size_; }
  /// What error messages call it: the file's path, or the member's name within it.
  const std::string& name() const { return name_; }
  /// Bytes [offset, offset + count) into `out`; throws IOError when the source ends before.
  void read(uint64_t offset, void* out, size_t count) const;
  bool contains(uint64_t offset, uint64_t count) const {
    return offset <= size_ && count <= size_ - offset;
  }

 protected:
  friend class WindowSource;
  virtual void fetch(uint64_t offset, void* out, size_t count) const = 0;

 private:
  uint64_t size_;
  std::string name_;
};

using SourcePtr = std::shared_ptr<const ByteSource>;

/// A regular file. Throws IOError when it is missing, unreadable, a directory or a device.
KCPP_API SourcePtr open_file(const std::string& path);
/// Memory that the caller keeps alive.
KCPP_API SourcePtr view_bytes(std::span<const std::byte> bytes, std::string name = "<memory>");
/// Memory that the source keeps.
KCPP_API SourcePtr own_bytes(std::vector<std::byte> bytes, std::string name = "<memory>");
/// Part of another source.
KCPP_API SourcePtr window(SourcePtr source, uint64_t offset, uint64_t size, std::string name);

/// All of it; throws IOError above `limit` bytes.
KCPP_API std::vector<std::byte> read_all(const ByteSource& source, uint64_t limit);

}  // namespace kcpp::io
