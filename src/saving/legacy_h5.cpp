#include "src/saving/legacy_h5.h"

#include <algorithm>

#include "src/saving/weight_tree.h"

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
  for (const Variable& v : variables) names.push_back(v.path());
  group.attribute_strings("weight_names", names);
  for (const Variable& v : variables) group.dataset(v.path(), v.value());
}

/// "kernel" of "dense/kernel:0".
std::string base_name(const std::string& path) {
  std::string name = path.substr(path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
  return name.substr(0, name.find(':'));
}

void note(LoadReport* report, std::string text) {
  if (report) report->notes.push_back(std::move(text));
}

/// The file's weights in the order of the layer's: by name where the names tell, since frozen
/// layers change the order.
std::vector<std::string> match_names(const Variables& variables,
                                     const std::vector<std::string>& stored) {
  std::vector<std::string> wanted, have;
  for (const Variable& v : variables) wanted.push_back(v.path());
  for (const std::string& s : stored) have.push_back(s);
  std::sort(wanted.begin(), wanted.end());
  std::sort(have.begin(), have.end());
  if (wanted == have) {
    std::vector<std::string> out;
    for (const Variable& v : variables) out.push_back(v.path());
    return out;
  }
  std::vector<std::string> out;
  for (const Variable& v : variables) {
    const std::string base = base_name(v.path());
    std::vector<std::string> found;
    for (const std::string& s : stored) {
      if (base_name(s) == base) found.push_back(s);
    }
    if (found.size() != 1) return stored;  // several of one name: the order decides
    out.push_back(found[0]);
  }
  return out;
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

void read_layer_weights(const Model& model, const hdf5::Group& group,
                        const LoadWeightsOptions& options, const std::string& file) {
  struct Stored {
    std::string name;
    std::vector<std::string> weights;
  };
  std::vector<Stored> stored;
  for (const std::string& name : group.attribute_strings("layer_names")) {
    std::vector<std::string> weights = group.group(name).attribute_strings("weight_names");
    if (!weights.empty()) stored.push_back({name, std::move(weights)});
  }
  LayerList layers;
  for (const Layer& layer : model.layers()) {
    if (!layer->weights().empty()) layers.push_back(layer);
  }
  Variables targets;
  std::vector<hdf5::Dataset> sources;
  const auto mismatch = [&](const std::string& what) {
    check(options.skip_mismatch, what);
    note(options.report, what);
  };
  const auto take = [&](const Layer& layer, const Stored& from) {
    const Variables variables = legacy_weights(*layer);
    if (variables.size() != from.weights.size()) {
      mismatch(text("Weight count mismatch for layer '", layer.name(), "' in ", file,
                    ". Layer expects ", variables.size(), " weight(s). Received ",
                    from.weights.size(), " saved weight(s)."));
      return;
    }
    const std::vector<std::string> names = match_names(variables, from.weights);
    for (size_t i = 0; i < variables.size(); ++i) {
      hdf5::Dataset dataset = group.group(from.name).dataset(names[i]);
      if (!(dataset.shape() == variables[i].shape())) {
        mismatch(text("Shape mismatch in layer '", layer.name(), "' for weight ",
                      variables[i].path(), " in ", file, ". Weight expects shape ",
                      variables[i].shape(), ". Received saved weight with shape ",
                      dataset.shape()));
        continue;
      }
      targets.push_back(variables[i]);
      sources.push_back(std::move(dataset));
    }
  };
  if (options.by_name) {
    for (const Layer& layer : layers) {
      const auto it = std::find_if(stored.begin(), stored.end(),
                                   [&](const Stored& s) { return s.name == layer.name(); });
      if (it == stored.end()) {
        note(options.report, text("No weights for layer '", layer.name(), "' in ", file, "."));
      } else {
        take(layer, *it);
      }
    }
  } else {
    check(stored.size() == layers.size(), "Layer count mismatch when loading weights from file ",
          file, ". Model expected ", layers.size(), " layers, found ", stored.size(),
          " saved layers.");
    for (size_t i = 0; i < layers.size(); ++i) take(layers[i], stored[i]);
  }
  if (group.is_group("top_level_model_weights")) {
    const hdf5::Group top = group.group("top_level_model_weights");
    const auto names = top.attribute_strings("weight_names");
    Variables own = model.model().own_trainable();
    for (const Variable& v : model.model().own_non_trainable()) own.push_back(v);
    if (!names.empty() && names.size() == own.size()) {
      for (size_t i = 0; i < own.size(); ++i) {
        targets.push_back(own[i]);
        sources.push_back(top.dataset(names[i]));
      }
    }
  }
  assign_all(targets, sources);
}

void write_optimizer_weights(const Model& model, hdf5::GroupWriter root) {
  if (!model.compiled() || !model.optimizer() || !model.optimizer()->built()) return;
  write_group(root.group("optimizer_weights"), model.optimizer()->variables());
}

void read_optimizer_weights(const Model& model, const hdf5::Group& root, LoadReport* report) {
  if (!model.compiled() || !model.optimizer() || !root.is_group("optimizer_weights")) return;
  const hdf5::Group group = root.group("optimizer_weights");
  OptimizerImpl& optimizer = *model.optimizer();
  optimizer.build(model.trainable_weights());
  const std::vector<std::string> names = group.attribute_strings("weight_names");
  const Variables variables = optimizer.variables();
  std::vector<hdf5::Dataset> datasets;
  bool fits = names.size() == variables.size();
  for (size_t i = 0; fits && i < names.size(); ++i) {
    datasets.push_back(group.dataset(names[i]));
    fits = datasets.back().shape() == variables[i].shape();
  }
  if (!fits) {
    note(report, text("Skipping the optimizer's state: the optimizer '", optimizer.name(), "' has ",
                      variables.size(), " variables, the file has ", names.size(),
                      " (or of other shapes)."));
    return;
  }
  assign_all(variables, datasets);
}

Config to_legacy_config(const Config& config) {
  Config out =
      Config::dict({{"class_name", config.at("class_name")}, {"config", config.at("config")}});
  Config* inner = out.find("config");
  if (Config* layers = inner->find("layers"); layers && layers->is_list()) {
    for (Config& layer : layers->as_list()) {
      Config plain = to_legacy_config(layer);
      for (const char* key : {"name", "inbound_nodes"}) {
        if (const Config* value = layer.find(key)) plain.set(key, *value);
      }
      layer = std::move(plain);
    }
  }
  return out;
}

}  // namespace kcpp::saving
