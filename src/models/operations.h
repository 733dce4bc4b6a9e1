/// Ops as nodes of a saved graph (Keras 3's Operation classes).
#pragma once

#include "kcpp/core/symbolic.h"

namespace kcpp {

/// `class_name` is an op that a graph can hold: "Add", "GetItem".
bool has_operation(std::string_view class_name);
/// {"module", "class_name", "config", "registered_name"} of an op's node.
Config serialize_operation(const symbolic::Call& call);
/// Calls the op of a config on tensors. `arguments` holds "args" and "kwargs"; tensors in them are
/// {"__tensor_input__": i}.
Tensors call_operation(const Config& operation, const Config& arguments, const Tensors& inputs);

}  // namespace kcpp
