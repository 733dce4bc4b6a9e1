#include "src/saving/legacy_h5.h"

#include <set>

#include "src/saving/legacy/epoch.h"
#include "src/saving/legacy/optimizer_slots.h"

namespace kcpp::saving {
namespace {

constexpr const char* keras_version = "3.15.1";

/// Trainable, then non-trainable: the order of `weight_names`.
Variables legacy_weights(const LayerImpl& layer) {
  Variables out = layer.trainable_weights();
  for (const Variable& v : layer.non_trainable_weights()) out.push_back(v);
  return out;
}

using Named = std::vector<std::pair<std::string, Variable>>;

void write_group(hdf5::GroupWriter group, const Named& variables) {
  std::vector<std::string> names;
  std::set<std::string> used;
  for (const auto& [own, variable] : variables) {
    // Adafactor's slots bear their variables' bare names: Keras itself cannot write them.
    std::string name = own;
    for (int i = 1; !used.insert(name).second; ++i) name = own + "_" + std::to_string(i);
    names.push_back(std::move(name));
  }
  group.attribute_strings("weight_names", names);
  for (size_t i = 0; i < names.size(); ++i) group.dataset(names[i], variables[i].second.value());
}

void write_group(hdf5::GroupWriter group, const Variables& variables) {
  Named named;
  for (const Variable& v : variables) named.emplace_back(v.path(), v);
  write_group(std::move(group), named);
}

/// An older Keras wrote the file that the model comes from, and may go on with it.
bool comes_from_older_keras(const Model& model) {
  const std::string& version = model.model().config_version();
  return !version.empty() && epoch_of_version(version).before(3);
}

}  // namespace

void write_layer_weights(const Model& model, hdf5::GroupWriter group) {
  const LayerList layers = model.layers();
  std::vector<std::string> names;
  for (const Layer& layer : layers) names.push_back(layer.name());
  group.attribute_strings("layer_names", names);
  group.attribute_bytes("backend", "tensorflow");
  group.attribute_bytes("keras_version", keras_version);
  for (const Layer& layer : layers) write_group(group.group(layer.name()), legacy_weights(*layer));
  Variables top = model.model().own_trainable();
  for (const Variable& v : model.model().own_non_trainable()) top.push_back(v);
  write_group(group.group("top_level_model_weights"), top);
}

void write_optimizer_weights(const Model& model, hdf5::GroupWriter root) {
  if (!model.compiled() || !model.optimizer() || !model.optimizer()->built()) return;
  OptimizerImpl& optimizer = *model.optimizer();
  Named for_tf;
  if (comes_from_older_keras(model)) for_tf = tf_optimizer_weights(optimizer);
  if (for_tf.empty()) {
    write_group(root.group("optimizer_weights"), optimizer.variables());
  } else {
    write_group(root.group("optimizer_weights"), for_tf);
  }
}

StoredWeights read_optimizer_weights(const hdf5::Group& root) {
  StoredWeights out;
  if (!root.is_group("optimizer_weights")) return out;
  const hdf5::Group group = root.group("optimizer_weights");
  for (const std::string& name : group.attribute_strings("weight_names"))
    out.emplace_back(name, group.dataset(name));
  return out;
}

}  // namespace kcpp::saving
