/// Pipeline (keras.layers): layers one after the other, as one layer.
#pragma once

#include <string>

#include "kcpp/layers/layer.h"

namespace kcpp::layers {

struct PipelineOptions {
  std::string name = {};
};
/// Runs its input through layers, above all image augmentations. Outside of a model it trains
/// unless told otherwise, as in Keras.
class KCPP_API Pipeline : public Layer {
 public:
  explicit Pipeline(LayerList layers, PipelineOptions options = {});
};

}  // namespace kcpp::layers
