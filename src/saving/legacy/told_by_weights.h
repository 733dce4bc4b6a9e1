/// Options that a Keras left out of a layer's config, and that the layer's weights tell.
#pragma once

#include <functional>

#include "kcpp/models/model.h"
#include "kcpp/saving.h"
#include "src/saving/legacy/epoch.h"
#include "src/saving/legacy/stored_weight.h"

namespace kcpp::saving {

/// The model's config (upgraded) has layers of which that is so.
bool may_lack_options(const Config& model, const Epoch& epoch);

/// What a file has of a layer; empty where it cannot tell.
using StoredOf = std::function<StoredWeights(const LayerImpl&)>;

/// Completes the config that `model` was made of.
void take_told_options(const Model& model, Config& config, const Epoch& epoch,
                       const StoredOf& stored, LoadReport* report);

}  // namespace kcpp::saving
