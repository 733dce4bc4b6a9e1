/// A transformer that classifies sequences of ids.
#pragma once

#include <string>

#include "kcpp/activations.h"
#include "kcpp/models/model.h"

namespace kcpp::applications {

struct PositionsOptions {
  Initializer initializer = "uniform";
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// x + a learned vector for each step: (batch, steps, features) of a fixed number of steps. Weight:
/// pos (steps, features). Keras has no such layer; files name it "anchors>Positions", as the
/// benchmark's Python programs register it. register_layers makes it known to load_model.
class Positions : public Layer {
 public:
  explicit Positions(const PositionsOptions& options = {});
};

struct TransformerOptions {
  std::string weights = {};  ///< path of a weights file; empty: random weights
  int64_t vocabulary = 20000;
  int64_t sequence_length = 128;
  int64_t features = 256;
  int64_t heads = 8;  ///< each of features / heads
  int64_t feed_forward = 1024;
  int layers = 4;
  int64_t classes = 10;
  ActivationFn classifier_activation = {};  ///< default: logits
  std::string name = {};                    ///< empty: "functional"
};

/// The encoder of Vaswani et al. (2017), normalised after each residual sum: ids (batch, steps) ->
/// embedding + learned positions -> layers x [LN(x + attention(x)), LN(x + Dense(relu(Dense(x))))]
/// -> mean over the steps -> Dense. No dropout, no mask. Layers have the names that a fresh Python
/// session of Keras gives them.
///
///     Model model = applications::Transformer({.vocabulary = 8000, .layers = 2, .classes = 2});
Model Transformer(const TransformerOptions& options = {});

/// Makes the layers of this library known to load_model.
void register_layers();

}  // namespace kcpp::applications
