/// What the linear algebra ops share.
#pragma once

#include "src/ops/common.h"

namespace kcpp::ops::detail {

/// ValueError unless x has two axes at least, or is square; with Keras's words.
void check_matrix(const Tensor& x, const char* op);
void check_square(const Tensor& x, const char* op);
/// The last two axes exchanged.
Tensor transposed(const Tensor& x);
/// The identity of the size of x's last axis, in x's dtype.
Tensor eye_like(const Tensor& x);

}  // namespace kcpp::ops::detail
