/// Helpers for data (keras.utils).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kcpp/core/random.h"
#include "kcpp/core/tensor.h"

namespace kcpp::utils {

using kcpp::set_random_seed;

/// Class indices, shape (...) or (..., 1), to rows with a 1 at the class: (..., num_classes) in
/// floatx. Without num_classes: max(x) + 1. Throws IndexError for an index outside [0,
/// num_classes).
KCPP_API Tensor to_categorical(const Tensor& x, std::optional<int64_t> num_classes = {});

/// x divided by its norm of that order along an axis.
KCPP_API Tensor normalize(const Tensor& x, int axis = -1, int order = 2);

struct PadSequencesOptions {
  std::optional<int64_t> maxlen = {};  ///< without it: the longest sequence's length
  DType dtype = DType::int32;
  std::string padding = "pre";     ///< "pre" or "post": where the value is put
  std::string truncating = "pre";  ///< "pre" or "post": where a longer sequence is cut
  double value = 0.0;
};
/// Sequences of different lengths as one tensor (sequences, maxlen).
KCPP_API Tensor pad_sequences(const std::vector<std::vector<double>>& sequences,
                              const PadSequencesOptions& options = {});
KCPP_API Tensor pad_sequences(const std::vector<std::vector<int>>& sequences,
                              const PadSequencesOptions& options = {});

}  // namespace kcpp::utils
