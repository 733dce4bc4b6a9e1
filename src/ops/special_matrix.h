/// Functions of matrices that Keras's ops do not have (see special.h).
#pragma once

#include "src/ops/op_table.h"

namespace kcpp::ops {

/// The exponential of square matrices (.., n, n).
Tensor expm(const Tensor& x);
/// The matrix whose square is x; NaN where x has eigenvalues that are negative or zero.
Tensor sqrtm(const Tensor& x);

/// Their entries in the table of operations.
std::span<const OpEntry> op_table_special_matrix();

}  // namespace kcpp::ops
