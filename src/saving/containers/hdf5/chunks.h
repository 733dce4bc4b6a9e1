/// Reading of chunked datasets: finding the chunks, undoing the filters, putting them in place.
#pragma once

#include "src/saving/containers/hdf5/messages.h"

namespace kcpp::hdf5 {

struct ChunkedArray {
  Shape shape;
  size_t element_size;
  Layout layout;
  std::vector<Filter> filters;
};

/// A stored chunk.
struct Chunk {
  std::vector<uint64_t> at;  ///< first element
  uint64_t address = 0, size = 0;
  uint32_t filter_mask = 0;
};
/// All stored chunks. Throws IOError when there are more than the shape has room for, when they lie
/// outside of the file, and when they would inflate to more than their bytes can hold.
std::vector<Chunk> find_chunks(const Scope& scope, const ChunkedArray& array);

/// Reads the chunks into `out`, which has the array's size. What no chunk covers is left as it is.
void read_chunks(const Scope& scope, const ChunkedArray& array, const std::vector<Chunk>& chunks,
                 std::span<std::byte> out);

}  // namespace kcpp::hdf5
