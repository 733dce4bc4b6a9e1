/// The compile section of older files.
#pragma once

#include <string>
#include <vector>

#include "kcpp/core/config.h"
#include "src/saving/legacy/epoch.h"

namespace kcpp::saving {

/// What a compile section does not say about its model.
struct CompiledModel {
  std::vector<std::string> outputs;  ///< their names, which TensorFlow put before those of metrics
  std::vector<std::string> activations;  ///< those that give the outputs: "softmax"; "" if unknown
  bool embeddings = false;               ///< there are some: their gradients are sums of rows
};

/// What read_compile_config reads: optimizer keys (`lr`, `decay`), losses and metrics as Keras 3
/// spells them.
Config upgrade_training_config(Config training, const Epoch& epoch, const CompiledModel& model);

}  // namespace kcpp::saving
