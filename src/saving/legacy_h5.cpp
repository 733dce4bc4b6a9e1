#include "src/saving/legacy_h5.h"

#include <set>

namespace kcpp::saving {
namespace {

constexpr const char* keras_version = "3.15.1";

/// Trainable, then non-trainable: the order of `weight_names`.
Variables legacy_weights(const LayerImpl& layer) {
  Variables out = layer.trainable_weights();
  for (const Variable& v : layer.non_trainable_weights()) out.push_back(v);
  return out;
}

void write_group(hdf5::GroupWriter group, const Variables& variables) {
  std::vector<std::string> names;
  std::set<std::string> used;
  for (const Variable& v : variables) {
    // Adafactor's slots bear their variables' bare names: Keras itself cannot write them.
    std::string name = v.path();
    for (int i = 1; !used.insert(name).second; ++i) name = v.path() + "_" + std::to_string(i);
    names.push_back(std::move(name));
  }
  group.attribute_strings("weight_names", names);
  for (size_t i = 0; i < names.size(); ++i) group.dataset(names[i], variables[i].value());
}

}  // namespace

void write_layer_weights(const Model& model, hdf5::GroupWriter group) {
  const LayerList layers = model.layers();
  std::vector<std::string> names;
  for (const Layer& layer : layers) names.push_back(layer.name());
  group.attribute_strings("layer_names", names);
  group.attribute("backend", "tensorflow");
  group.attribute("keras_version", keras_version);
  for (const Layer& layer : layers) write_group(group.group(layer.name()), legacy_weights(*layer));
  Variables top = model.model().own_trainable();
  for (const Variable& v : model.model().own_non_trainable()) top.push_back(v);
  write_group(group.group("top_level_model_weights"), top);
}

void write_optimizer_weights(const Model& model, hdf5::GroupWriter root) {
  if (!model.compiled() || !model.optimizer() || !model.optimizer()->built()) return;
  write_group(root.group("optimizer_weights"), model.optimizer()->variables());
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
