#include "src/models/input_node.h"

#include "kcpp/layers/input.h"

namespace kcpp {

bool is_input_layer(const Layer& layer) {
  return dynamic_cast<layers::InputLayerImpl*>(layer.impl().get()) != nullptr;
}

Tensor input_tensor(const Layer& layer) {
  auto* input = dynamic_cast<layers::InputLayerImpl*>(layer.impl().get());
  KCPP_ASSERT(input != nullptr);
  return input->output();
}

Layer make_input_layer(const Shape& batch_shape, DType dtype) {
  return layers::Input({}, {.dtype = dtype, .batch_shape = batch_shape});
}

}  // namespace kcpp
