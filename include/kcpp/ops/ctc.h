/// Decoding of connectionist temporal classification, named as in keras.ops.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "kcpp/ops/types.h"

namespace kcpp::ops {

struct CtcDecodeOptions {
  std::string strategy = "greedy";  ///< or "beam_search"
  int64_t beam_width = 100;
  int64_t top_paths = 1;       ///< of "beam_search"
  bool merge_repeated = true;  ///< of "greedy"
  int64_t mask_index = 0;      ///< the class that stands for "no label"
};
/// The labels that logits (batch, steps, classes) say: (top_paths, batch, steps) int32, filled with
/// -1; and their scores, (batch, 1) negated sums of logits ("greedy") or (batch, top_paths)
/// logarithms of probabilities.
KCPP_API std::pair<Tensor, Tensor> ctc_decode(const Tensor& inputs, const Tensor& sequence_lengths,
                                              const CtcDecodeOptions& options = {});

}  // namespace kcpp::ops
