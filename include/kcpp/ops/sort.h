/// Ops of order, named as in keras.ops.
#pragma once

#include "kcpp/ops/types.h"

namespace kcpp::ops {

/// Sorted ascending along `axis`; the flattened tensor for nullopt.
KCPP_API Tensor sort(const Tensor& x, std::optional<int> axis = -1);
/// int32 indices that sort along `axis` (stable); of the flattened tensor for nullopt.
KCPP_API Tensor argsort(const Tensor& x, std::optional<int> axis = -1);
/// Indices such that the kth element is in its sorted place, the smaller before it, the greater
/// after it.
KCPP_API Tensor argpartition(const Tensor& x, int kth, std::optional<int> axis = -1);
/// {values, int32 indices} of the k greatest of the last axis, in falling order.
KCPP_API std::pair<Tensor, Tensor> top_k(const Tensor& x, int64_t k, bool sorted = true);
/// Whether the target class (n,) is among the k greatest predictions (n, classes).
KCPP_API Tensor in_top_k(const Tensor& targets, const Tensor& predictions, int64_t k);

struct UniqueOptions {
  bool sorted = true;
  bool return_index = false;
  bool return_inverse = false;
  bool return_counts = false;
  std::optional<int> axis = {};      ///< unique sub-tensors of that axis; elements without one
  std::optional<int64_t> size = {};  ///< pad or cut to that many
  std::optional<double> fill_value = {};
};
/// {values, index?, inverse?, counts?}: the distinct elements, ascending (in order of appearance
/// unless `sorted`), and int32 tensors when asked for: where each occurs first, which one each
/// element of x is, how often each occurs.
KCPP_API Tensors unique(const Tensor& x, const UniqueOptions& options = {});

}  // namespace kcpp::ops
