/// clone_model (keras.models).
#pragma once

#include "kcpp/models/model.h"

namespace kcpp {

/// The same architecture with layers and weights of its own, which are newly initialised.
inline Model clone_model(const Model& model) { return model.clone(); }

}  // namespace kcpp
