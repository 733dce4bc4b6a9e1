#include "src/saving/nested_models.h"

#include <map>
#include <string>

#include "src/saving/legacy/optimizer_state.h"

namespace kcpp::saving {
namespace {

using Visit = std::function<void(const Layer& layer, Config& entry)>;

std::string name_in(const Config& entry) {
  const Config* config = entry.is_dict() ? entry.find("config") : nullptr;
  const Config* name = config && config->is_dict() ? config->find("name") : nullptr;
  return name && name->is_string() ? name->as_string() : std::string();
}

/// A layer's children lie in its config under the names of its attributes: "layers", or a wrapper's
/// "layer".
void visit_below(const Layer& layer, Config& entry, const Visit& visit) {
  visit(layer, entry);
  Config* config = entry.is_dict() ? entry.find("config") : nullptr;
  if (!config || !config->is_dict()) return;
  for (const LayerImpl::Child& child : layer->children()) {
    Config* place = config->find(child.attribute);
    if (!place) continue;
    if (place->is_dict() && child.layers.size() == 1) {
      visit_below(child.layers[0], *place, visit);
    } else if (place->is_list()) {
      std::map<std::string, Layer> by_name;
      for (const Layer& l : child.layers) by_name.emplace(l.name(), l);
      for (Config& item : place->as_list())
        if (const auto it = by_name.find(name_in(item)); it != by_name.end())
          visit_below(it->second, item, visit);
    }
  }
}

/// There are at least as many numbers as one slot for each weight has.
bool holds_slots(const StoredWeights& state, const Variables& weights) {
  int64_t stored = 0, wanted = 0;
  for (const StoredWeight& s : state) stored += s.shape().size();
  for (const Variable& v : weights) wanted += v.shape().size();
  return stored >= wanted;
}

}  // namespace

void for_each_layer(const Model& model, Config& config, const Visit& visit) {
  visit_below(model, config, visit);
}

void for_each_model(const Model& model, Config& config,
                    const std::function<void(const Model& model, Config& entry)>& visit) {
  for_each_layer(model, config, [&](const Layer& layer, Config& entry) {
    if (auto nested = std::dynamic_pointer_cast<ModelImpl>(layer.impl()))
      visit(Model(std::move(nested)), entry);
  });
}

WeightPlan plan_tree_optimizers(const Model& model, const TreeSource& tree, const Epoch& epoch,
                                LoadReport* report) {
  WeightPlan plan =
      plan_optimizer_state(model, read_optimizer_vars(tree, model, ""), epoch, nullptr, report);
  for_each_nested_model(model, [&](const std::string& path, const Model& nested) {
    if (!nested.compiled() || !nested.optimizer()) return;
    const StoredWeights state = read_optimizer_vars(tree, nested, path);
    const Variables weights = nested.trainable_weights();
    if (!nested.optimizer()->built() && holds_slots(state, weights))
      nested.optimizer()->build(weights);
    plan.add(plan_optimizer_state(nested, state, epoch, nullptr, report));
  });
  return plan;
}

}  // namespace kcpp::saving
