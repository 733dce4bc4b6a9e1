/// The compile section of older files.
#pragma once

#include <string>
#include <vector>

#include "kcpp/core/config.h"
#include "src/saving/legacy/epoch.h"

namespace kcpp::saving {

/// What read_compile_config reads: optimizer keys (`lr`, `decay`), losses and metrics as Keras 3
/// spells them. `outputs`: the names of the model's outputs, which TensorFlow put before those of
/// metrics. `embeddings`: the model has some, whose gradients are sums of rows.
Config upgrade_training_config(Config training, const Epoch& epoch,
                               const std::vector<std::string>& outputs, bool embeddings = false);

}  // namespace kcpp::saving
