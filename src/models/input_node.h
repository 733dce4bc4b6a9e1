/// InputLayers, as models see them.
#pragma once

#include "kcpp/layers/layer.h"

namespace kcpp {

bool is_input_layer(const Layer& layer);
/// The symbolic tensor of an InputLayer.
Tensor input_tensor(const Layer& layer);
/// A new InputLayer for this (batch-inclusive) shape.
Layer make_input_layer(const Shape& batch_shape, DType dtype);

}  // namespace kcpp
