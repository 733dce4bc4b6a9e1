#pragma once

#include "src/ops/common.h"

namespace kcpp::ops::detail {

/// softmax (or its logarithm) of a floating, eager tensor over one axis counted from the front;
/// differentiable.
Tensor softmax_axis(const Tensor& x, int axis, bool log);

}  // namespace kcpp::ops::detail
