/// Attention, AdditiveAttention (keras.layers).
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

struct AttentionOptions {
  bool use_scale = false;          ///< a learned factor of the scores
  std::string score_mode = "dot";  ///< or "concat": the sum of tanh(query + key)
  double dropout = 0.0;            ///< of the attention weights
  std::optional<int64_t> seed = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Luong attention: softmax(query key^T) value. Called with {query, value} or {query, value, key},
/// each (batch, steps, size); masks of query and value count. Call arguments: use_causal_mask,
/// return_attention_scores.
class KCPP_API Attention : public Layer {
 public:
  explicit Attention(AttentionOptions options = {});
};

struct AdditiveAttentionOptions {
  bool use_scale = true;
  double dropout = 0.0;
  std::optional<int64_t> seed = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Bahdanau attention: softmax(sum(scale tanh(query + key))) value. Weight: scale (size,).
class KCPP_API AdditiveAttention : public Layer {
 public:
  explicit AdditiveAttention(AdditiveAttentionOptions options = {});
};

}  // namespace kcpp::layers
