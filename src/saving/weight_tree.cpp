#include "src/saving/weight_tree.h"

#include <algorithm>
#include <map>
#include <set>

#include "kcpp/core/symbolic.h"

namespace kcpp::saving {
namespace {

std::string join(const std::string& a, const std::string& b) { return a.empty() ? b : a + "/" + b; }

class Walker {
 public:
  explicit Walker(const std::function<void(const std::string&, const LayerImpl&)>& visit)
      : visit_(visit) {}

  void layer(const std::string& path, const LayerImpl& l) {
    if (!seen_.insert(&l).second) return;  // a shared layer is saved once, at its first path
    visit_(path, l);
    std::vector<LayerImpl::Child> children = l.children();
    // Keras walks attributes in the order of their names.
    std::stable_sort(children.begin(), children.end(),
                     [](const auto& a, const auto& b) { return a.attribute < b.attribute; });
    for (const LayerImpl::Child& child : children) {
      if (!child.is_list) {
        for (const Layer& c : child.layers) layer(join(path, child.attribute), *c);
        continue;
      }
      std::map<std::string, int> used;
      for (const Layer& c : child.layers) {
        std::string name = symbolic::snake_case(c->class_info().name);
        const auto [it, fresh] = used.emplace(name, 0);
        if (!fresh) name += "_" + std::to_string(++it->second);
        layer(join(join(path, child.attribute), name), *c);
      }
    }
  }

 private:
  const std::function<void(const std::string&, const LayerImpl&)>& visit_;
  std::set<const LayerImpl*> seen_;
};

Variables own_variables(const LayerImpl& layer) {
  Variables out = layer.own_trainable();
  out.insert(out.end(), layer.own_non_trainable().begin(), layer.own_non_trainable().end());
  return out;
}

void write_vars(hdf5::GroupWriter root, const std::string& path, const std::string& name,
                const Variables& variables) {
  hdf5::GroupWriter vars = root.group(join(path, "vars"));
  vars.attribute("name", name);
  for (size_t i = 0; i < variables.size(); ++i) {
    hdf5::ObjectWriter dataset = vars.dataset(std::to_string(i), variables[i].value());
    if (variables[i].dtype() == DType::bfloat16) dataset.attribute("dtype", "bfloat16");
  }
}

/// Keras 2.12 to 2.14 kept the list under another name.
std::string stored_path(const hdf5::Group& root, const std::string& path) {
  if (root.exists(path)) return path;
  std::string old = path;
  for (size_t at = old.find("layers/"); at != std::string::npos;
       at = old.find("layers/", at + 32)) {
    if (at == 0 || old[at - 1] == '/') old.replace(at, 7, "_layer_checkpoint_dependencies/");
  }
  return root.exists(old) ? old : path;
}

std::vector<hdf5::Dataset> numbered_datasets(const hdf5::Group& vars) {
  std::vector<hdf5::Dataset> out;
  for (size_t i = 0; vars.is_dataset(std::to_string(i)); ++i)
    out.push_back(vars.dataset(std::to_string(i)));
  return out;
}

void note(LoadReport* report, std::string text) {
  if (report) report->notes.push_back(std::move(text));
}

}  // namespace

void walk(const LayerImpl& model,
          const std::function<void(const std::string&, const LayerImpl&)>& visit) {
  Walker(visit).layer("", model);
}

void write_tree(const Model& model, hdf5::GroupWriter root, bool optimizer) {
  walk(model.model(), [&](const std::string& path, const LayerImpl& layer) {
    write_vars(root, path, layer.name(), own_variables(layer));
  });
  if (optimizer && model.compiled() && model.optimizer()) {
    write_vars(root, "optimizer", model.optimizer()->name(), model.optimizer()->variables());
  }
}

void assign_all(const Variables& variables, const std::vector<hdf5::Dataset>& values) {
  for (size_t i = 0; i < variables.size(); ++i) {
    Variable v = variables[i];
    values[i].read_into(
        v.shape(), v.dtype(),
        {static_cast<std::byte*>(v.mutable_value().mutable_raw()), v.value().bytes()});
  }
}

void read_tree(const Model& model, const hdf5::Group& root, const LoadWeightsOptions& options,
               const std::string& file) {
  Variables targets;
  std::vector<hdf5::Dataset> sources;
  walk(model.model(), [&](const std::string& path, const LayerImpl& layer) {
    const Variables variables = own_variables(layer);
    const std::string group = stored_path(root, join(path, "vars"));
    std::vector<hdf5::Dataset> datasets;
    if (root.is_group(group)) datasets = numbered_datasets(root.group(group));
    if (datasets.size() != variables.size()) {
      const std::string what = text("Layer '", layer.name(), "' expected ", variables.size(),
                                    " variables, but received ", datasets.size(),
                                    " variables during loading, at '", group, "' in ", file, ".");
      check(options.skip_mismatch, what);
      note(options.report, what);
      return;
    }
    for (size_t i = 0; i < variables.size(); ++i) {
      if (!(datasets[i].shape() == variables[i].shape())) {
        const std::string what = text(
            "The shape of the target variable and the shape of the target value in "
            "`variable.assign(value)` must match. "
            "variable.shape=",
            variables[i].shape(), ", Received: value.shape=", datasets[i].shape(),
            ". Target variable: ", variables[i].path(), ", at '", group, "/", i, "' in ", file);
        check(options.skip_mismatch, what);
        note(options.report, what);
        continue;
      }
      targets.push_back(variables[i]);
      sources.push_back(datasets[i]);
    }
  });
  assign_all(targets, sources);
}

void read_optimizer(const Model& model, const hdf5::Group& root, LoadReport* report) {
  if (!model.compiled() || !model.optimizer() || !root.is_group("optimizer/vars")) return;
  const std::vector<hdf5::Dataset> datasets = numbered_datasets(root.group("optimizer/vars"));
  OptimizerImpl& optimizer = *model.optimizer();
  const size_t unbuilt = optimizer.variables().size();
  if (datasets.size() > unbuilt) optimizer.build(model.trainable_weights());
  const Variables variables = optimizer.variables();
  bool fits = datasets.size() == variables.size();
  for (size_t i = 0; fits && i < variables.size(); ++i)
    fits = datasets[i].shape() == variables[i].shape();
  if (!fits) {
    note(report, text("Skipping the optimizer's state: the optimizer '", optimizer.name(), "' has ",
                      variables.size(), " variables, the file has ", datasets.size(),
                      " (or of other shapes)."));
    return;
  }
  assign_all(variables, datasets);
}

}  // namespace kcpp::saving
