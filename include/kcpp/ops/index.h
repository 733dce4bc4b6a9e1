/// Ops that pick, place and compare by index, named as in keras.ops.
#pragma once

#include "kcpp/ops/types.h"

namespace kcpp::ops {

/// Slices of `axis` by integer indices of any shape (negative ones from the end); of the flattened
/// tensor without axis. IndexError out of range.
KCPP_API Tensor take(const Tensor& x, const Tensor& indices, std::optional<int> axis = {});
/// Element by element along `axis`: y[i][j] = x[indices[i][j]][j] for axis 0.
KCPP_API Tensor take_along_axis(const Tensor& x, const Tensor& indices,
                                std::optional<int> axis = {});
/// Python's x[key]:
///
///     ops::get_item(x, {Slice{}, Slice{1}, 0, newaxis});    // x[:, 1:, 0, None]
KCPP_API Tensor get_item(const Tensor& x, const std::vector<Index>& key);
/// The block of `shape` that starts at start_indices.
KCPP_API Tensor slice(const Tensor& inputs, const Shape& start_indices, const Shape& shape);
/// inputs with the block that starts at start_indices replaced.
KCPP_API Tensor slice_update(const Tensor& inputs, const Shape& start_indices,
                             const Tensor& updates);
/// Zeros of `shape` with values added at indices (n, k), k <= rank: values is (n, shape[k:]).
KCPP_API Tensor scatter(const Tensor& indices, const Tensor& values, const Shape& shape);
/// inputs with updates (n, shape[k:]) at indices (n, k); reduction: "" (replace), add, max, min or
/// mul.
KCPP_API Tensor scatter_update(const Tensor& inputs, const Tensor& indices, const Tensor& updates,
                               const std::string& reduction = "");
/// A new axis of num_classes with 1 at the index, 0 elsewhere (everywhere when it is out of range).
KCPP_API Tensor one_hot(const Tensor& x, int64_t num_classes, int axis = -1,
                        OptionalDType dtype = {});
/// 1 where an index of the last axis names the class: (.., n) -> (.., num_classes).
KCPP_API Tensor multi_hot(const Tensor& inputs, int64_t num_classes, int axis = -1,
                          OptionalDType dtype = {});

/// The indices of the elements that are not zero, one int32 tensor an axis.
KCPP_API Tensors nonzero(const Tensor& x);
/// The same as nonzero.
KCPP_API Tensors where(const Tensor& condition);
/// Flat indices to one tensor of indices an axis.
KCPP_API Tensors unravel_index(const Tensor& indices, const Shape& shape);
/// Where values belong in a sorted 1-d sequence; side: left or right. int32.
KCPP_API Tensor searchsorted(const Tensor& sorted_sequence, const Tensor& values,
                             const std::string& side = "left");
/// The number of bin edges (1-d, ascending) that are not above x. int32.
KCPP_API Tensor digitize(const Tensor& x, const Tensor& bins);
/// Whether each element of x1 is in x2.
KCPP_API Tensor isin(const Tensor& x1, const Tensor& x2, bool assume_unique = false,
                     bool invert = false);

/// The lower triangle of the last two axes, up to diagonal k; else 0.
KCPP_API Tensor tril(const Tensor& x, int k = 0);
/// The upper triangle of the last two axes, from diagonal k; else 0.
KCPP_API Tensor triu(const Tensor& x, int k = 0);
/// A matrix with x on diagonal k, or diagonal k of a matrix.
KCPP_API Tensor diag(const Tensor& x, int k = 0);
/// The diagonal of two axes, as a new last axis.
KCPP_API Tensor diagonal(const Tensor& x, int offset = 0, int axis1 = 0, int axis2 = 1);
/// A matrix with the flattened x on diagonal k.
KCPP_API Tensor diagflat(const Tensor& x, int k = 0);
/// Coordinate grids of 1-d tensors; indexing: xy or ij.
KCPP_API Tensors meshgrid(const Tensors& x, const std::string& indexing = "xy");

}  // namespace kcpp::ops
