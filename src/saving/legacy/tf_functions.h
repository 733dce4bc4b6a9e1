/// TensorFlow's functions under the names of keras.ops.
#pragma once

#include <string>
#include <vector>

#include "kcpp/core/config.h"
#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {

/// A call of a TensorFlow function: tensors are __keras_tensor__, other values literals.
struct TfCall {
  std::string layer;     ///< the layer's name, for errors and for the last operation
  std::string function;  ///< "math.multiply"
  Config first;          ///< the positional argument: a tensor, a literal, or a list of either
  Config kwargs;         ///< the rest by TensorFlow's names
};

/// The operation nodes of Keras 3 that compute the same. Throws ValueError that names layer,
/// function and argument for what `ops` does not have.
TfOperations operations_of(const TfCall& call);

/// The call of a TensorFlow graph node (the `node_def` of a TensorFlowOpLayer): `inputs` in order.
TfCall call_of_node_def(const std::string& layer, const Config& node_def, const Config& inputs);

/// The function of a graph node and, as its one argument, the `dtype` that it casts to. The
/// function is "" for a node that kcpp does not know.
TfCall function_of_node_def(const Config& node_def);

/// A serialized NodeDef as the dict that later versions wrote.
Config parse_node_def(const std::string& bytes);

}  // namespace kcpp::saving
