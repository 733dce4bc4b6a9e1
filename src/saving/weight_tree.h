/// The tree of a `.weights.h5` file: a path for each layer, found by walking the attributes
/// (keras.src.saving.saving_lib).
#pragma once

#include <functional>
#include <string>

#include "kcpp/models/model.h"
#include "kcpp/saving.h"
#include "src/saving/containers/hdf5_reader.h"
#include "src/saving/containers/hdf5_writer.h"

namespace kcpp::saving {

/// Visits a model and all below it once, with the path of each: "layers/dense_1",
/// "layers/rnn/cell".
void walk(const LayerImpl& model,
          const std::function<void(const std::string& path, const LayerImpl& layer)>& visit);

/// Writes all variables, and the optimizer's under "optimizer" when the model is compiled.
void write_tree(const Model& model, hdf5::GroupWriter root, bool optimizer);

/// Reads them back. Throws ValueError where count or shape differ (unless skip_mismatch); nothing
/// is changed then.
void read_tree(const Model& model, const hdf5::Group& root, const LoadWeightsOptions& options,
               const std::string& file);
/// The optimizer's variables, when the file has them in the same number and shapes; else a note.
void read_optimizer(const Model& model, const hdf5::Group& root, LoadReport* report);

/// Gives the variables their values, all or none. `values[i]` is a dataset for `variables[i]`.
void assign_all(const Variables& variables, const std::vector<hdf5::Dataset>& values);

}  // namespace kcpp::saving
