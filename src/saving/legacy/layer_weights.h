/// Weights that a file keeps layer by layer: .h5 of every Keras, whole models and weights alone.
#pragma once

#include <string>
#include <vector>

#include "kcpp/models/model.h"
#include "kcpp/saving.h"
#include "src/saving/legacy/match.h"

namespace kcpp::saving {

/// A group of a file, and the layer that it belongs to.
struct LayerMatch {
  const LayerImpl* layer;
  std::string saved_name;
  StoredWeights stored;
};

/// The weights of a file, matched with a model's layers.
class LayerWeights {
 public:
  /// `group` is `model_weights`, or the root of a file of weights alone. With `same_model` the file
  /// holds the model's config too, so that the layers' names tell which is which. Throws ValueError
  /// in Keras's words where layers, counts or shapes do not fit, unless `options` say otherwise.
  LayerWeights(const Model& model, const hdf5::Group& group, const Epoch& epoch, bool same_model,
               const LoadWeightsOptions& options, const std::string& file);

  /// The values of the model's variables.
  const WeightPlan& plan() const { return plan_; }
  /// In the order of the file.
  const std::vector<LayerMatch>& matches() const { return matches_; }
  const Epoch& epoch() const { return epoch_; }

 private:
  void by_name(const Model& model, std::vector<LayerMatch> saved);
  void in_order(const Model& model, std::vector<LayerMatch> saved, bool same_model);
  void take(LayerMatch match, const std::string& label, bool may_skip);
  void take_top_level(const Model& model, const hdf5::Group& group);
  void take_shapes(const std::vector<MatchedWeight>& weights, const std::string& label);
  Conversion conversion() const { return {epoch_, false, options_.report}; }
  void note(const std::string& what) const;

  Epoch epoch_;
  LoadWeightsOptions options_;
  std::string file_;
  std::vector<LayerMatch> matches_;
  WeightPlan plan_;
};

/// The arrays of a layer by its name; empty where the file names none so.
StoredWeights stored_of_layer(const hdf5::Group& group, const std::string& name);

/// The group of layer weights below `root`, if it is such a file.
std::optional<hdf5::Group> find_layer_weights(const hdf5::Group& root);

}  // namespace kcpp::saving
