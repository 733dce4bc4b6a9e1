/// What the options of all layers share.
#pragma once

#include <string>

#include "kcpp/core/dtype_policy.h"
#include "kcpp/core/numbers.h"
#include "kcpp/regularizers.h"

namespace kcpp::layers {

/// The options of a layer that has none of its own. Every other options struct ends with these
/// four.
struct LayerOptions {
  Regularizer activity_regularizer = {};  ///< a penalty on the output
  std::string name = {};                  ///< empty: "dense", "dense_1", ...
  DTypePolicy dtype = {};                 ///< default: the global policy
  bool trainable = true;
};

using kcpp::Numbers;

}  // namespace kcpp::layers
