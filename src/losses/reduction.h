/// Shapes and weights of per-sample values (keras.src.losses.loss).
#pragma once

#include <string>

#include "kcpp/core/tensor.h"

namespace kcpp {

/// Where the ranks differ by one and a last axis is 1, drops that axis or adds one to the other.
void squeeze_or_expand_to_same_rank(Tensor& a, Tensor& b, bool expand_rank_1 = true);

/// The mask worked into the weights: masked samples weigh 0; for a mean the others weigh total /
/// valid.
Tensor apply_mask(Tensor sample_weight, const Tensor& mask, DType dtype,
                  const std::string& reduction);

/// keras reduce_weighted_values. `sample_weight` and `mask` may be undefined.
Tensor reduce_weighted_values(Tensor values, Tensor sample_weight, const Tensor& mask,
                              const std::string& reduction);

}  // namespace kcpp
