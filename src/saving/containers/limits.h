/// Limits: what a file may ask of this process. One place for all containers.
///
/// They are far above what real models need, and low enough that a hostile file costs neither much
/// memory nor much time. Sizes are compared with what the file really stores before anything of
/// that size is allocated; the numbers here bound what remains.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kcpp::io {

struct JsonLimits {
  size_t bytes = size_t{128} << 20;  ///< length of the text
  size_t values = size_t{4} << 20;   ///< numbers, strings, lists ... in all
  int depth = 400;                   ///< lists and dicts inside each other
  /// Squares of the numbers of keys, summed over all dicts: a dict is searched from its beginning.
  /// One of 20000 keys.
  size_t squared_keys = 400'000'000;
};

struct ZipLimits {
  uint64_t members = 65536;
  uint64_t name_bytes = 4096;
  /// What members may inflate to, each and all together, beyond which the ratio counts.
  uint64_t free_bytes = uint64_t{256} << 20;
  /// Inflated bytes to stored bytes; a weights file of nothing but zeros has 1000.
  uint64_t ratio = 100;
};

struct Hdf5Limits {
  uint64_t objects = 1u << 20;            ///< groups, datasets, links and chunks met
  int depth = 64;                         ///< groups inside each other
  size_t name_bytes = 4096;               ///< a link's or an attribute's name
  uint64_t attribute_bytes = 256u << 20;  ///< one attribute's value, strings included
  uint64_t header_bytes = 16u << 20;      ///< one object's header
  uint64_t free_bytes = uint64_t{256}
                        << 20;  ///< as in ZipLimits, for compressed or sparse datasets
  uint64_t ratio = 1100;        ///< deflate's own limit is 1032
  uint64_t chunk_bytes = uint64_t{1} << 30;
};

}  // namespace kcpp::io
