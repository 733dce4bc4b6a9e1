#include "src/saving/legacy/layer_weights.h"

#include <algorithm>
#include <map>
#include <set>

namespace kcpp::saving {
namespace {

/// Keras 0.x: `count` arrays param_0, param_1 ...
StoredWeights numbered(const hdf5::Group& group) {
  StoredWeights out;
  const int64_t count = group.attribute("nb_params").as_int();
  for (int64_t i = 0; i < count; ++i) {
    const std::string name = "param_" + std::to_string(i);
    out.emplace_back(name, group.dataset(name));
  }
  return out;
}

StoredWeights named(const hdf5::Group& group) {
  StoredWeights out;
  for (const std::string& name : group.attribute_strings("weight_names"))
    out.emplace_back(name, group.dataset(name));
  return out;
}

/// The groups that have weights, in the file's order.
std::vector<LayerMatch> saved_layers(const hdf5::Group& group) {
  std::vector<LayerMatch> out;
  const auto add = [&](const std::string& name, StoredWeights weights) {
    for (size_t i = 0; i < weights.size(); ++i) weights[i].set_origin(i);
    if (!weights.empty()) out.push_back({nullptr, name, std::move(weights)});
  };
  if (group.has_attribute("nb_layers")) {  // Keras 0.x and early 1.0
    const int64_t layers = group.attribute("nb_layers").as_int();
    for (int64_t k = 0; k < layers; ++k) {
      const std::string name = "layer_" + std::to_string(k);
      add(name, numbered(group.group(name)));
    }
  } else if (!group.has_attribute_strings("layer_names")) {
    add("graph", numbered(group.group("graph")));  // Keras 0.x's Graph: one list for all
  } else {
    for (const std::string& name : group.attribute_strings("layer_names"))
      add(name, named(group.group(name)));
  }
  return out;
}

/// Layers that have weights; nested models as they are, or with their layers in their place.
void add_layers(const ModelImpl& model, bool flat, std::vector<const LayerImpl*>& out) {
  for (const Layer& layer : model.layers()) {
    const auto* inner = dynamic_cast<const ModelImpl*>(layer.impl().get());
    if (inner && flat) {
      add_layers(*inner, true, out);
    } else if (!layer->weights().empty() &&
               std::find(out.begin(), out.end(), layer.impl().get()) == out.end()) {
      out.push_back(layer.impl().get());
    }
  }
}

std::vector<const LayerImpl*> layers_of(const Model& model, bool flat = false) {
  std::vector<const LayerImpl*> out;
  add_layers(model.model(), flat, out);
  return out;
}

/// The model's layers in the order of the file, when the names say so; else nothing.
std::vector<const LayerImpl*> by_names(const std::vector<const LayerImpl*>& layers,
                                       const std::vector<LayerMatch>& saved) {
  std::map<std::string, const LayerImpl*> index;
  for (const LayerImpl* layer : layers)
    if (!index.emplace(layer->name(), layer).second) return {};
  std::vector<const LayerImpl*> out;
  for (const LayerMatch& s : saved) {
    const auto it = index.find(s.saved_name);
    if (it == index.end()) return {};
    out.push_back(it->second);
    index.erase(it);
  }
  return index.empty() ? out : std::vector<const LayerImpl*>();
}

/// "layer #2 (named dense)".
std::string label_of(size_t k, const LayerImpl& layer) {
  return text("layer #", k, " (named ", layer.name(), ")");
}

}  // namespace

LayerWeights::LayerWeights(const Model& model, const hdf5::Group& group, const Epoch& epoch,
                           bool same_model, const LoadWeightsOptions& options,
                           const std::string& file)
    : epoch_(epoch), options_(options), file_(file) {
  std::vector<LayerMatch> saved = saved_layers(group);
  if (options.by_name) {
    check(group.has_attribute_strings("layer_names"), "The weight file ", file,
          " is in a legacy format that does not support name-based weight loading.");
    by_name(model, std::move(saved));
  } else {
    in_order(model, std::move(saved), same_model);
  }
  if (group.is_group("top_level_model_weights"))
    take_top_level(model, group.group("top_level_model_weights"));
}

void LayerWeights::note(const std::string& what) const {
  if (options_.report) options_.report->notes.push_back(what);
}

void LayerWeights::by_name(const Model& model, std::vector<LayerMatch> saved) {
  std::set<std::string> used;
  const LayerList layers = model.layers();
  for (size_t k = 0; k < saved.size(); ++k) {
    for (const Layer& layer : layers) {
      if (layer.name() != saved[k].saved_name) continue;
      used.insert(layer.name());
      take({layer.impl().get(), saved[k].saved_name, saved[k].stored}, label_of(k, *layer), true);
    }
    if (!used.count(saved[k].saved_name))
      note(text("The model has no layer '", saved[k].saved_name, "': its weights in ", file_,
                " were not used."));
  }
  for (const Layer& layer : layers)
    if (!layer->weights().empty() && !used.count(layer.name()))
      note(text("No weights for layer '", layer.name(), "' in ", file_, "."));
}

void LayerWeights::in_order(const Model& model, std::vector<LayerMatch> saved, bool same_model) {
  std::vector<const LayerImpl*> layers = layers_of(model);
  if (same_model) {
    if (const auto named_layers = by_names(layers, saved); !named_layers.empty())
      layers = named_layers;
  }
  if (layers.size() != saved.size() && epoch_.major < 2) {
    // Keras 1 listed the layers of the branches of a Merge one by one; Keras 0.x put all of a
    // Graph's, or of a Merge's branches, into one list.
    const std::vector<const LayerImpl*> flat = layers_of(model, true);
    if (flat.size() == saved.size()) {
      layers = flat;
    } else if (!saved.empty()) {
      LayerMatch all{&model.model(), "graph", {}};
      for (const LayerMatch& s : saved)
        all.stored.insert(all.stored.end(), s.stored.begin(), s.stored.end());
      for (size_t i = 0; i < all.stored.size(); ++i) all.stored[i].set_origin(i);
      if (match_weights(*all.layer, all.stored, {epoch_, true, nullptr})) {
        take(std::move(all), "the model", false);
        return;
      }
    }
  }
  check(layers.size() == saved.size(), "Layer count mismatch when loading weights from file ",
        file_, ". Model expected ", layers.size(), " layers, found ", saved.size(),
        " saved layers.");
  for (size_t k = 0; k < layers.size(); ++k) {
    saved[k].layer = layers[k];
    take(std::move(saved[k]), label_of(k, *layers[k]), false);
  }
}

void LayerWeights::take(LayerMatch match, const std::string& label, bool may_skip) {
  const auto weights = match_weights(*match.layer, match.stored, conversion());
  if (!weights) {
    const size_t expected = match.layer->weights().size(), received = match.stored.size();
    if (may_skip && options_.skip_mismatch) {
      note(text("Skipping loading of weights for ", label, " in ", file_,
                " due to mismatch in number of weights. Layer expects ", expected,
                " weight(s). Received ", received, " saved weight(s)"));
      return;
    }
    if (may_skip)
      throw ValueError(text("Weight count mismatch for ", label, " in ", file_, ". Layer expects ",
                            expected, " weight(s). Received ", received, " saved weight(s)"));
    throw ValueError(text("Weight count mismatch for ", label.substr(0, label.find(" (")),
                          " (named ", match.layer->name(), " in the current model, ",
                          match.saved_name, " in the save file ", file_, "). Layer expects ",
                          expected, " weight(s). Received ", received, " saved weight(s)"));
  }
  take_shapes(*weights, label);
  matches_.push_back(std::move(match));
}

void LayerWeights::take_shapes(const std::vector<MatchedWeight>& weights,
                               const std::string& label) {
  for (const auto& [variable, value] : weights) {
    if (value.shape() == variable.shape()) {
      plan_.add(variable, value);
      continue;
    }
    const std::string what =
        text("for weight ", variable.path(), ". Weight expects shape ", variable.shape(),
             ". Received saved weight with shape ", value.shape());
    check(options_.skip_mismatch, "Shape mismatch in ", label, " ", what, " in ", file_);
    note(text("Skipping loading weights for ", label, " due to mismatch in shape ", what, " in ",
              file_));
  }
}

void LayerWeights::take_top_level(const Model& model, const hdf5::Group& group) {
  const StoredWeights stored = named(group);
  Variables own = model.model().own_trainable();
  for (const Variable& v : model.model().own_non_trainable()) own.push_back(v);
  if (stored.size() != own.size()) {
    const std::string what = text("Model expects ", own.size(), " top-level weight(s). Received ",
                                  stored.size(), " saved top-level weight(s)");
    check(options_.by_name && options_.skip_mismatch,
          "Weight count mismatch for top-level weights when loading weights from file ", file_,
          ". ", what);
    note(text("Skipping loading top-level weights for model due to mismatch in number of weights. ",
              what));
    return;
  }
  std::vector<MatchedWeight> weights;
  for (size_t i = 0; i < own.size(); ++i) weights.push_back({own[i], stored[i]});
  take_shapes(weights, "top-level model");
}

StoredWeights stored_of_layer(const hdf5::Group& group, const std::string& name) {
  if (!group.is_group(name)) return {};
  const hdf5::Group layer = group.group(name);
  return layer.has_attribute_strings("weight_names") ? named(layer) : StoredWeights();
}

std::optional<hdf5::Group> find_layer_weights(const hdf5::Group& root) {
  const auto is_layers = [](const hdf5::Group& group) {
    return group.has_attribute_strings("layer_names") || group.has_attribute("nb_layers") ||
           (group.is_group("graph") && group.group("graph").has_attribute("nb_params"));
  };
  if (is_layers(root)) return root;
  if (root.is_group("model_weights")) return root.group("model_weights");
  return {};
}

}  // namespace kcpp::saving
