/// How the arguments of a call in a graph refer to its inputs: {"__tensor_input__": i}.
#pragma once

#include <vector>

#include "kcpp/core/config.h"
#include "kcpp/core/symbolic.h"

namespace kcpp {

Config reference(size_t input);
/// The inputs that the arguments refer to, in Keras's order: a dict by the order of its keys.
void references_in(const Config& arguments, std::vector<size_t>& out);
/// The dict that the inputs of a call make up (CallOptions::structure): of an argument that is one,
/// each reference's place in Keras's order, else null.
Config input_structure(const Config& argument);
/// {"args", "kwargs"} as a file has them: an entry "written" of the call's arguments holds what is
/// written otherwise than the call was made (inputs by name).
Config written_arguments(const symbolic::Call& call);
/// The inputs as Keras flattens the arguments: by position, then by name. It decides the order of
/// a model's layers, and so the names of their weights in a file.
Tensors flattened_inputs(const symbolic::Call& call);

}  // namespace kcpp
