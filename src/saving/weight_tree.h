/// The tree of a `.weights.h5` file: a path for each layer, found by walking the attributes
/// (keras.src.saving.saving_lib).
#pragma once

#include <functional>
#include <map>
#include <optional>
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

/// Visits the models below a model as `walk` does, with the path of each.
void for_each_nested_model(
    const Model& model,
    const std::function<void(const std::string& path, const Model& nested)>& visit);

/// Writes all variables, and an optimizer's under "optimizer" where a model is compiled.
void write_tree(const Model& model, hdf5::GroupWriter root, bool optimizer);

/// A tree to be read: one file, or the shards of several.
class TreeSource {
 public:
  TreeSource(const hdf5::Group& root) : roots_{root} {}
  explicit TreeSource(std::vector<hdf5::Group> roots) : roots_(std::move(roots)) {}

  bool exists(const std::string& path) const;
  /// The arrays "0", "1" ... of a group, wherever they lie; empty without the group.
  StoredWeights numbered(const std::string& path) const;
  /// An array of a group by name, if it is there.
  std::optional<StoredWeight> named(const std::string& path, const std::string& name) const;

 private:
  std::vector<hdf5::Group> roots_;
};

/// Finds the values of a model's variables. Throws ValueError where count or shape differ (unless
/// skip_mismatch).
WeightPlan read_tree(const Model& model, const TreeSource& tree, const LoadWeightsOptions& options,
                     const std::string& file);

/// The arrays that a tree has of each layer of a model.
std::map<const LayerImpl*, StoredWeights> stored_of_layers(const Model& model,
                                                           const TreeSource& tree);

/// The list of the variables of a model's optimizer; empty without one. `path`: of the model.
StoredWeights read_optimizer_vars(const TreeSource& tree, const Model& model,
                                  const std::string& path);

/// One `vars` group of a tree.
struct TreeEntry {
  std::string path;  ///< "layers/dense/vars"
  std::string name;
  Variables variables;
};
/// All groups of a model's tree, those of optimizers at the end.
std::vector<TreeEntry> tree_entries(const Model& model, bool optimizer);
/// Writes variable `i` of an entry below `root`.
void write_variable(hdf5::GroupWriter root, const TreeEntry& entry, size_t i);

}  // namespace kcpp::saving
