/// Inflating of deflated data (zip members, gzip files, HDF5 chunks) under a byte budget.
#pragma once

#include <memory>

#include "src/saving/containers/byte_source.h"

namespace kcpp::io {

enum class Wrapper {
  raw,   ///< bare deflate, as in zip
  zlib,  ///< with zlib's header and checksum, as in HDF5
  gzip,  ///< gzip; several members one after the other are one stream
};

/// Reads deflated bytes of a source as a stream. Nothing is held but two small buffers, so the
/// caller decides how much he takes.
class KCPP_API InflateStream {
 public:
  InflateStream(SourcePtr source, Wrapper wrapper);
  ~InflateStream();

  /// Up to `count` bytes; fewer only at the end. Throws IOError for data that are not deflated.
  size_t read(void* out, size_t count);
  /// Exactly `count` bytes; throws IOError when the stream ends before.
  void read_exactly(void* out, size_t count);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// All of a deflated source; throws IOError beyond `limit` bytes.
KCPP_API std::vector<std::byte> inflate_all(SourcePtr source, Wrapper wrapper, uint64_t limit);

/// Inflates `in` (zlib wrapper) into `out` and returns the bytes written; throws IOError, naming
/// `what`, when the data are damaged or need more room.
KCPP_API size_t inflate_into(std::span<const std::byte> in, std::span<std::byte> out,
                             std::string_view what);

}  // namespace kcpp::io
