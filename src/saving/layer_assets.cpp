#include "src/saving/layer_assets.h"

#include "src/layers/asset_holder.h"

namespace kcpp::saving {
namespace {

std::string member_of(const std::string& path, const std::string& name) {
  return "assets/" + (path.empty() ? "" : path + "/") + name;
}
std::string group_of(const std::string& path) { return path.empty() ? "vars" : path + "/vars"; }

/// Visits the layers that hold something. Loading changes it: the model is the loader's own.
void each_holder(const Model& model,
                 const std::function<void(const std::string&, AssetHolder&)>& visit) {
  walk(model.model(), [&](const std::string& path, const LayerImpl& layer) {
    if (auto* holder = dynamic_cast<AssetHolder*>(const_cast<LayerImpl*>(&layer)))
      visit(path, *holder);
  });
}

}  // namespace

void write_texts(const Model& model, zip::Writer& archive) {
  each_holder(model, [&](const std::string& path, AssetHolder& holder) {
    for (const auto& [name, content] : holder.texts()) archive.add(member_of(path, name), content);
  });
}

void read_texts(const Model& model,
                const std::function<std::optional<std::string>(const std::string& member)>& read) {
  each_holder(model, [&](const std::string& path, AssetHolder& holder) {
    for (const std::string& name : holder.text_names()) {
      if (const auto content = read(member_of(path, name))) holder.set_text(name, *content);
    }
  });
}

void write_named_variables(const Model& model, hdf5::GroupWriter root) {
  each_holder(model, [&](const std::string& path, AssetHolder& holder) {
    for (const auto& [name, variable] : holder.named_variables())
      root.group(group_of(path)).dataset(name, variable.value());
  });
}

void plan_named_variables(const LayerImpl& layer, const TreeSource& tree, const std::string& group,
                          WeightPlan& plan) {
  auto* holder = dynamic_cast<AssetHolder*>(const_cast<LayerImpl*>(&layer));
  if (!holder) return;
  for (const std::string& name : holder->variable_names()) {
    const auto stored = tree.named(group, name);
    if (!stored) continue;
    stored->dataset().require_stored();
    plan.add(holder->make_variable(name, stored->shape()), *stored);
  }
}

}  // namespace kcpp::saving
