/// Ops that move elements or change the shape, named as in keras.ops.
#pragma once

#include "kcpp/ops/types.h"

namespace kcpp::ops {

/// The dimensions; -1 where a symbolic tensor's is unknown.
KCPP_API Shape shape(const Tensor& x);
/// The number of axes.
KCPP_API int ndim(const Tensor& x);
/// The number of elements.
KCPP_API int64_t size(const Tensor& x);

/// The same elements in another shape; one -1 is worked out. Shares the data.
KCPP_API Tensor reshape(const Tensor& x, const Shape& newshape);
/// reshape to one axis.
KCPP_API Tensor ravel(const Tensor& x);
/// Axes in another order; reversed without `axes`.
KCPP_API Tensor transpose(const Tensor& x, Axes axes = {});
/// New axes of length 1 at the positions `axis` of the result.
KCPP_API Tensor expand_dims(const Tensor& x, Axes axis);
/// Drops axes of length 1: all, or those named. ValueError if one is longer.
KCPP_API Tensor squeeze(const Tensor& x, Axes axis = {});
/// Two axes exchanged.
KCPP_API Tensor swapaxes(const Tensor& x, int axis1, int axis2);
/// Axes moved to other positions; the others keep their order.
KCPP_API Tensor moveaxis(const Tensor& x, Axes source, Axes destination);
/// Repeated along axes of length 1 (or missing in front) until the shape is reached.
KCPP_API Tensor broadcast_to(const Tensor& x, const Shape& shape);

/// Joined along an axis that exists; dtypes are promoted.
KCPP_API Tensor concatenate(const Tensors& xs, int axis = 0);
/// x2 appended to x1 along `axis`; both flattened without one.
KCPP_API Tensor append(const Tensor& x1, const Tensor& x2, std::optional<int> axis = {});
/// Joined along a new axis; all shapes must be equal.
KCPP_API Tensor stack(const Tensors& xs, int axis = 0);
/// Joined along axis 1 (0 for 1-d).
KCPP_API Tensor hstack(const Tensors& xs);
/// Joined as rows.
KCPP_API Tensor vstack(const Tensors& xs);
/// Joined along the third axis.
KCPP_API Tensor dstack(const Tensors& xs);
/// Cut into equal parts, or at indices. ValueError if it does not divide.
KCPP_API Tensors split(const Tensor& x, const Sections& indices_or_sections, int axis = 0);
/// split, where the last parts may be shorter by one.
KCPP_API Tensors array_split(const Tensor& x, const Sections& indices_or_sections, int axis = 0);
/// split along axis 1 (0 for 1-d).
KCPP_API Tensors hsplit(const Tensor& x, const Sections& indices_or_sections);
/// split along axis 0.
KCPP_API Tensors vsplit(const Tensor& x, const Sections& indices_or_sections);
/// split along axis 2.
KCPP_API Tensors dsplit(const Tensor& x, const Sections& indices_or_sections);
/// The sub-tensors along `axis`, which is dropped. `num` checks its length.
KCPP_API Tensors unstack(const Tensor& x, std::optional<int64_t> num = {}, int axis = 0);

/// The whole tensor repeated; repeats has one number an axis (missing ones in front are 1).
KCPP_API Tensor tile(const Tensor& x, const Shape& repeats);
/// Every element repeated along `axis`; of the flattened tensor without one. One number, or one an
/// element.
KCPP_API Tensor repeat(const Tensor& x, const std::vector<int64_t>& repeats,
                       std::optional<int> axis = {});
KCPP_API Tensor repeat(const Tensor& x, int64_t repeats, std::optional<int> axis = {});
/// Reversed along axes (all by default).
KCPP_API Tensor flip(const Tensor& x, Axes axis = {});
/// flip of axis 1.
KCPP_API Tensor fliplr(const Tensor& x);
/// flip of axis 0.
KCPP_API Tensor flipud(const Tensor& x);
/// Shifted along axes, what leaves at the end comes in at the front; of the flattened tensor
/// without an axis.
KCPP_API Tensor roll(const Tensor& x, Axes shift, Axes axis = {});
/// Turned k times by 90 degrees in the plane of two axes.
KCPP_API Tensor rot90(const Tensor& array, int k = 1, std::pair<int, int> axes = {0, 1});
/// Elements added around; mode: constant (of constant_values, 0 by default), reflect, symmetric or
/// edge.
KCPP_API Tensor pad(const Tensor& x, const PadWidth& pad_width,
                    const std::string& mode = "constant",
                    std::optional<double> constant_values = {});
/// einops' rearrange: rearrange(x, "b h w c -> b (h w) c"); lengths of new axes by name.
KCPP_API Tensor rearrange(const Tensor& tensor, const std::string& pattern,
                          const std::vector<std::pair<std::string, int64_t>>& axes_lengths = {});
/// Overlapping windows of the last axis: (.., n) -> (.., 1 + (n - length) / stride, length).
KCPP_API Tensor extract_sequences(const Tensor& x, int64_t sequence_length,
                                  int64_t sequence_stride);

}  // namespace kcpp::ops
