/// The primitives that move elements. Pairs of them are each other's gradient, so every derivative
/// works.
#pragma once

#include "src/ops/common.h"

namespace kcpp::ops::detail {

/// A handle on the same storage with another shape, `offset` elements further. Not recorded.
Tensor share(const Tensor& x, const Shape& shape, int64_t offset = 0);

/// Elements starts, starts + strides, ... ; `sizes` is the result's shape. A symbolic x may have
/// unknown sizes.
Tensor slice_block(const Tensor& x, const Shape& starts, const Shape& sizes, const Shape& strides);
/// Zeros of `shape` with dy where slice_block would have read.
Tensor unslice_block(const Tensor& dy, const Shape& shape, const Shape& starts,
                     const Shape& strides);
/// Elements [start, start + size) of one axis.
Tensor slice_axis(const Tensor& x, int axis, int64_t start, int64_t size);

/// Slices of `axis` by integer indices, which must be in range.
Tensor gather_axis(const Tensor& x, const Tensor& indices, int axis);
Tensor scatter_axis(const Tensor& updates, const Tensor& indices, const Shape& shape, int axis);
/// Element by element along `axis`; all other dimensions of x and indices are equal.
Tensor gather_along(const Tensor& x, const Tensor& indices, int axis);
Tensor scatter_along(const Tensor& updates, const Tensor& indices, const Shape& shape, int axis);

/// Axes in another order, counted from the front.
Tensor permute(const Tensor& x, const std::vector<int>& permutation);
/// int32 numbers first, first + step, ...
Tensor int_range(int64_t count, int64_t first = 0, int64_t step = 1);

}  // namespace kcpp::ops::detail
