/// Models from tensors in the middle of a graph (keras.src.models.functional.clone_graph_nodes).
#pragma once

#include "kcpp/core/tensor.h"

namespace kcpp {

/// Where an input was not made by an InputLayer, it gets one, and the calls between inputs and
/// outputs are made anew, on the same layers. Leaves tensors that are no graph as they are.
void clone_graph(Tensors& inputs, Tensors& outputs);

}  // namespace kcpp
