/// The state of an optimizer, in whatever order the Keras that wrote it keeps it.
#pragma once

#include "kcpp/models/model.h"
#include "kcpp/saving.h"
#include "src/saving/legacy/layer_weights.h"

namespace kcpp::saving {

/// The values of the variables of the model's optimizer, from a file's list; nothing without a list
/// or an optimizer. The layouts:
///
///   Keras 3           iteration, learning_rate, then the slots, those of one variable together
///   2.11 to 2.15      the same without learning_rate; SGD has momentums even if they are 0
///   tf.keras to 2.10  iteration, then a block for each kind of slot: all m, all v
///   keras 1 to 2.3    so too, but often without the iteration, and (to 2.0) in the order of the
///                     weights' names; Adam writes placeholders for `vhat`
///
/// `weights` are the file's weights when it lists them by layer: their order is the slots' order,
/// and what was converted there is converted here. The optimizer is built, if it was not. A state
/// that fits no layout is noted and left: training then starts with a fresh optimizer, as in Keras.
WeightPlan plan_optimizer_state(const Model& model, const StoredWeights& state, const Epoch& epoch,
                                const LayerWeights* weights, LoadReport* report);

}  // namespace kcpp::saving
