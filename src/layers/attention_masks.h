/// Masks of attention layers.
#pragma once

#include "kcpp/core/tensor.h"

namespace kcpp::layers {

/// (1, targets, sources): a target sees the sources up to its own place.
Tensor causal_mask(int64_t targets, int64_t sources);
/// (1, targets, sources): a target sees the sources less than `width` away.
Tensor window_mask(int64_t targets, int64_t sources, int64_t width);
/// a and b; an undefined mask lets everything through.
Tensor both(const Tensor& a, const Tensor& b);

}  // namespace kcpp::layers
