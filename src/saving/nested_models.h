/// Models that are layers of other models. Keras keeps what each is compiled with, and the state of
/// its optimizer, in a `.keras` (a GAN's discriminator trains by itself).
#pragma once

#include <functional>

#include "kcpp/models/model.h"
#include "kcpp/saving.h"
#include "src/saving/legacy/epoch.h"
#include "src/saving/legacy/stored_weight.h"
#include "src/saving/weight_tree.h"

namespace kcpp::saving {

/// Calls `visit` with a model and its config (what LayerImpl::serialize writes), then with each
/// layer below it and that one's entry.
void for_each_layer(const Model& model, Config& config,
                    const std::function<void(const Layer& layer, Config& entry)>& visit);
/// The same of models alone.
void for_each_model(const Model& model, Config& config,
                    const std::function<void(const Model& model, Config& entry)>& visit);

/// The states of the model's optimizer and of those of the models below it, each in the tree of its
/// model. A nested optimizer gets memory for its slots only where the file has values for them.
WeightPlan plan_tree_optimizers(const Model& model, const TreeSource& tree, const Epoch& epoch,
                                LoadReport* report);

}  // namespace kcpp::saving
