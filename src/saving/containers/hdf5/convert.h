/// Elements from a file's form into memory's.
#pragma once

#include <span>

#include "kcpp/core/dtype.h"

namespace kcpp::hdf5 {

/// In place: turns the byte order when `swapped`, and makes every bool 0 or 1.
void tidy(DType dtype, bool swapped, std::span<std::byte> data);

/// Converts elements between numeric dtypes; the numbers of elements must be equal.
void convert(DType from, std::span<const std::byte> data, DType to, std::span<std::byte> out);

}  // namespace kcpp::hdf5
