/// Embedding, ReversibleEmbedding (keras.layers).
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

struct EmbeddingOptions {
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;                 ///< id 0 is padding: it is masked
  Tensor weights = {};                    ///< first values, (input_dim, output_dim)
  std::optional<int64_t> lora_rank = {};  ///< as by `enable_lora` when it is built
  std::optional<double> lora_alpha = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// Rows of a table by integer ids in [0, input_dim): shape -> shape + (output_dim,). Weight:
/// embeddings.
///
///     layers::Embedding(10000, 64, {.mask_zero = true})
class KCPP_API Embedding : public Layer {
 public:
  Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions options = {});
};

struct ReversibleEmbeddingOptions {
  bool tie_weights = true;  ///< the way back uses the transposed table
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;
  std::optional<DType> reverse_dtype = {};
  std::optional<double> logit_soft_cap = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// An Embedding that also goes back: called with the argument `reverse` it maps (..., output_dim)
/// to logits (..., input_dim).
class KCPP_API ReversibleEmbedding : public Layer {
 public:
  ReversibleEmbedding(int64_t input_dim, int64_t output_dim,
                      ReversibleEmbeddingOptions options = {});
};

}  // namespace kcpp::layers
