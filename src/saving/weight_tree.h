/// The tree of a `.weights.h5` file: a path for each layer, found by walking the attributes
/// (keras.src.saving.saving_lib).
#pragma once

#include <functional>
#include <string>

#include "kcpp/models/model.h"
#include "kcpp/saving.h"
#include "src/saving/containers/hdf5_reader.h"
#include "src/saving/containers/hdf5_writer.h"
#include "src/saving/legacy/stored_weight.h"

namespace kcpp::saving {

/// Visits a model and all below it once, with the path of each: "layers/dense_1",
/// "layers/rnn/cell". With `checkpoint_names`, as Keras 2.12 to 2.14 name them.
void walk(const LayerImpl& model,
          const std::function<void(const std::string& path, const LayerImpl& layer)>& visit,
          bool checkpoint_names = false);

/// Writes all variables, and the optimizer's under "optimizer" when the model is compiled.
void write_tree(const Model& model, hdf5::GroupWriter root, bool optimizer);

/// Finds their values. Throws ValueError where count or shape differ (unless skip_mismatch).
WeightPlan read_tree(const Model& model, const hdf5::Group& root, const LoadWeightsOptions& options,
                     const std::string& file);

/// The optimizer's list of a tree; empty without one.
StoredWeights read_optimizer_vars(const hdf5::Group& root);

}  // namespace kcpp::saving
