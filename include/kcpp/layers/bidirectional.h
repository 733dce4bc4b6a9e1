/// Bidirectional (keras.layers.Bidirectional).
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

struct BidirectionalOptions {
  /// "concat", "sum", "mul", "ave", or null: two outputs.
  std::optional<std::string> merge_mode = "concat";
  Layer backward_layer = {};  ///< default: a copy of `layer` that goes backwards
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// A recurrent layer in both directions. The states of `initial_state` and `return_state`:
/// forward's, then backward's.
///
///     layers::Bidirectional(layers::LSTM(32, {.return_sequences = true}))
class KCPP_API Bidirectional : public Layer {
 public:
  explicit Bidirectional(const Layer& layer, BidirectionalOptions options = {});
  /// Stateful layers forget.
  void reset_state() const;
};

}  // namespace kcpp::layers
