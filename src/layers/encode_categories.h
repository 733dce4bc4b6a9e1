/// Whole numbers as categories (keras.src.utils.numerical_utils.encode_categorical_inputs).
#pragma once

#include <string>

#include "kcpp/core/tensor.h"

namespace kcpp::layers {

/// indices as `mode` says: int, one_hot, multi_hot or count. What lies outside of [0, depth) counts
/// for nothing.
Tensor encode_categories(const Tensor& indices, const std::string& mode, int64_t depth, DType dtype,
                         const Tensor& count_weights = {});

}  // namespace kcpp::layers
