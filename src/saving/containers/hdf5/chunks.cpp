#include "src/saving/containers/hdf5/chunks.h"

#include <algorithm>

#include "src/saving/containers/inflate.h"
#include "src/saving/containers/lzf.h"

namespace kcpp::hdf5 {
namespace {

/// HDF5's Fletcher checksum over big-endian 16-bit words.
uint32_t fletcher32(View data) {
  uint32_t sum1 = 0, sum2 = 0;
  size_t at = 0, words = data.size() / 2;
  const auto fold = [](uint32_t s) { return (s & 0xffff) + (s >> 16); };
  while (words > 0) {
    const size_t n = std::min<size_t>(words, 360);
    words -= n;
    for (size_t i = 0; i < n; ++i, at += 2) {
      sum1 += static_cast<uint32_t>(data[at]) << 8 | static_cast<uint32_t>(data[at + 1]);
      sum2 += sum1;
    }
    sum1 = fold(sum1);
    sum2 = fold(sum2);
  }
  if (data.size() % 2) {
    sum1 += static_cast<uint32_t>(data[at]) << 8;
    sum2 += sum1;
    sum1 = fold(sum1);
    sum2 = fold(sum2);
  }
  return fold(sum2) << 16 | fold(sum1);
}

/// Puts the bytes of each element together again, which the filter had sorted by their place in it.
void unshuffle(Bytes& data, size_t width) {
  const size_t count = width > 1 ? data.size() / width : 0;
  if (count < 2) return;
  Bytes out(data);  // bytes that do not make a whole element stay at the end
  for (size_t b = 0; b < width; ++b) {
    const std::byte* from = data.data() + b * count;
    for (size_t i = 0; i < count; ++i) out[i * width + b] = from[i];
  }
  data = std::move(out);
}

Bytes undo_filters(const Scope& scope, const ChunkedArray& array, Bytes data, uint32_t mask,
                   size_t chunk_bytes) {
  for (size_t i = array.filters.size(); i-- > 0;) {
    if (mask >> i & 1) continue;
    const Filter& filter = array.filters[i];
    switch (filter.id) {
      case Filter::fletcher32: {
        scope.require(data.size() >= 4, "a chunk is too short");
        const auto stored = io::load<uint32_t>(data, data.size() - 4);
        data.resize(data.size() - 4);
        const uint32_t sum = fletcher32(data);
        // Old versions of HDF5 wrote the two bytes of each half the other way round.
        const uint32_t other = (sum & 0x00ff00ff) << 8 | (sum >> 8 & 0x00ff00ff);
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
        scope.require(stored == sum || stored == other, "a chunk has a wrong checksum");
#else
        (void)stored, (void)other;
#endif
        break;
      }
      case Filter::deflate:
      case Filter::lzf: {
        Bytes whole(chunk_bytes + 64);  // room for the checksums of further filters
        const auto decompress = filter.id == Filter::lzf ? io::lzf_into : io::inflate_into;
        whole.resize(decompress(data, whole, scope.label()));
        data = std::move(whole);
        break;
      }
      case Filter::shuffle:
        unshuffle(data, filter.first_value);
        break;
    }
  }
  scope.require(data.size() == chunk_bytes, "a chunk has another size than its shape");
  return data;
}

/// Copies the part of a chunk that lies within the array.
void place(const ChunkedArray& array, const Chunk& chunk, const Bytes& data,
           std::span<std::byte> out) {
  const auto rank = chunk.at.size();
  if (rank == 0) {
    std::copy(data.begin(), data.end(), out.begin());
    return;
  }
  std::vector<uint64_t> extent(rank), index(rank, 0);
  for (size_t i = 0; i < rank; ++i)
    extent[i] = std::min(array.layout.chunk[i],
                         static_cast<uint64_t>(array.shape[static_cast<int>(i)]) - chunk.at[i]);
  const size_t row = extent[rank - 1] * array.element_size;
  for (;;) {
    uint64_t from = 0, to = 0;  // in elements
    for (size_t i = 0; i < rank; ++i) {
      from = from * array.layout.chunk[i] + index[i];
      to = to * static_cast<uint64_t>(array.shape[static_cast<int>(i)]) + chunk.at[i] + index[i];
    }
    std::memcpy(out.data() + to * array.element_size, data.data() + from * array.element_size, row);
    size_t i = rank - 1;  // rows are copied whole, so the last dimension does not count
    while (i > 0 && ++index[i - 1] == extent[i - 1]) index[--i] = 0;
    if (i == 0) return;
  }
}

}  // namespace

void read_chunks(const Scope& scope, const ChunkedArray& array, const std::vector<Chunk>& chunks,
                 std::span<std::byte> out) {
  size_t chunk_bytes = array.element_size;
  for (const uint64_t dim : array.layout.chunk) chunk_bytes *= dim;
  for (const Chunk& chunk : chunks) {
    Bytes data(chunk.size);
    scope.file().source->read(chunk.address, data.data(), data.size());
    bool over_edge = false;
    for (size_t i = 0; i < chunk.at.size(); ++i)
      over_edge =
          over_edge || array.layout.chunk[i] >
                           static_cast<uint64_t>(array.shape[static_cast<int>(i)]) - chunk.at[i];
    if (over_edge && array.layout.whole_edge_chunks_only) {
      scope.require(data.size() == chunk_bytes, "a chunk has another size than its shape");
    } else {
      data = undo_filters(scope, array, std::move(data), chunk.filter_mask, chunk_bytes);
    }
    place(array, chunk, data, out);
  }
}

}  // namespace kcpp::hdf5
