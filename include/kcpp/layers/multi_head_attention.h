/// MultiHeadAttention, GroupQueryAttention (keras.layers).
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"
#include "kcpp/ops/types.h"

namespace kcpp::layers {

struct MultiHeadAttentionOptions {
  std::optional<int64_t> value_dim = {};  ///< of each head; none: key_dim
  double dropout = 0.0;
  bool use_bias = true;
  std::optional<Shape> output_shape = {};  ///< last axes of the output; none: the query's
  ops::Axes attention_axes =
      {};  ///< axes that attention goes over; none: all but batch, heads and features
  std::optional<int64_t> sliding_window = {};
  std::optional<bool> flash_attention = {};  ///< no effect on the numbers
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool use_gate = false;  ///< multiplies what was attended to by a sigmoid of the query
  std::optional<int64_t> seed = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Attention of several heads (Vaswani et al., 2017). Called with {query, value} or {query, value,
/// key}, each (batch, steps, features). Tensors of the call: attention_mask; arguments:
/// use_causal_mask, return_attention_scores.
///
///     layers::MultiHeadAttention(8, 64)({x, x})
class KCPP_API MultiHeadAttention : public Layer {
 public:
  MultiHeadAttention(int64_t num_heads, int64_t key_dim, MultiHeadAttentionOptions options = {});
};

struct GroupQueryAttentionOptions {
  double dropout = 0.0;
  bool use_bias = true;
  std::optional<int64_t> sliding_window = {};
  std::optional<bool> flash_attention = {};  ///< no effect on the numbers
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool use_gate = false;
  std::optional<int64_t> seed = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Attention in which several query heads share a key and value head (Ainslie et al., 2023).
class KCPP_API GroupQueryAttention : public Layer {
 public:
  GroupQueryAttention(int64_t head_dim, int64_t num_query_heads, int64_t num_key_value_heads,
                      GroupQueryAttentionOptions options = {});
};

}  // namespace kcpp::layers
