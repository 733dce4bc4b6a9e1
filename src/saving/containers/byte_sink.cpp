#include "src/saving/containers/byte_sink.h"

#include <cstring>

#include "kcpp/core/error.h"

namespace kcpp::io {

void MemorySink::put(const void* data, size_t count) {
  const auto* from = static_cast<const std::byte*>(data);
  bytes_.insert(bytes_.end(), from, from + count);
}

void MemorySink::patch(uint64_t at, std::string_view bytes) {
  KCPP_ASSERT(at <= bytes_.size() && bytes.size() <= bytes_.size() - at);
  std::memcpy(bytes_.data() + at, bytes.data(), bytes.size());
}

}  // namespace kcpp::io
