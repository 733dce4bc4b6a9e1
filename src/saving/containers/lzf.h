/// LZF (Lehmann), the fast compression of h5py's own (filter 32000 of HDF5).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "kcpp/core/export.h"

namespace kcpp::io {

/// Decompresses `in` into `out` and returns the bytes written; throws IOError, naming `what`, when
/// the data are damaged or need more room.
KCPP_API size_t lzf_into(std::span<const std::byte> in, std::span<std::byte> out,
                         std::string_view what);

}  // namespace kcpp::io
