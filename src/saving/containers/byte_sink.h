/// ByteSink: where a writer's bytes go, a file or memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "kcpp/core/export.h"

namespace kcpp::io {

/// Takes bytes one after the other; bytes already written can be changed.
class KCPP_API ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// Bytes written so far.
  uint64_t position() const { return position_; }
  void write(const void* data, size_t count) {
    put(data, count);
    position_ += count;
  }
  void write(std::string_view bytes) { write(bytes.data(), bytes.size()); }
  /// Changes bytes that were written before.
  virtual void patch(uint64_t at, std::string_view bytes) = 0;

 protected:
  virtual void put(const void* data, size_t count) = 0;

 private:
  uint64_t position_ = 0;
};

class KCPP_API MemorySink final : public ByteSink {
 public:
  std::vector<std::byte> take() { return std::move(bytes_); }
  std::span<const std::byte> bytes() const { return bytes_; }
  void patch(uint64_t at, std::string_view bytes) override;

 protected:
  void put(const void* data, size_t count) override;

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace kcpp::io
