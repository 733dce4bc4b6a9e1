/// Layers of a model's config.
#pragma once

#include "kcpp/layers/layer.h"

namespace kcpp {

/// layer_from_config, whose errors name the layer: a model has many of a class.
Layer read_layer(const Config& config);

}  // namespace kcpp
