#include "src/saving/weight_tree.h"

#include <algorithm>
#include <map>
#include <set>

#include "kcpp/core/symbolic.h"
#include "src/layers/lora.h"
#include "src/optimizers/multi_optimizer.h"
#include "src/saving/layer_assets.h"

namespace kcpp::saving {
namespace {

std::string join(const std::string& a, const std::string& b) { return a.empty() ? b : a + "/" + b; }

bool is_input(const Layer& layer) { return layer->class_info().name == "InputLayer"; }

class Walker {
 public:
  Walker(const std::function<void(const std::string&, const LayerImpl&)>& visit,
         bool checkpoint_names)
      : visit_(visit), checkpoint_names_(checkpoint_names) {}

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
      const bool old = checkpoint_names_ && child.attribute == "layers";
      const std::string container = old ? "_layer_checkpoint_dependencies" : child.attribute;
      std::map<std::string, int> used;
      for (const Layer& c : child.layers) {
        // A Sequential of Keras does not count its InputLayer among its layers.
        if (is_input(c) && l.class_info().name == "Sequential") continue;
        std::string name = symbolic::snake_case(c->class_info().own_name());
        const auto [it, fresh] = used.emplace(name, 0);
        if (!fresh) name += "_" + std::to_string(++it->second);
        // A layer with weights stands there twice: the names "dense", "dense_2", "dense_4" ...
        if (old && !c->weights().empty()) ++it->second;
        layer(join(join(path, container), name), *c);
      }
    }
  }

 private:
  const std::function<void(const std::string&, const LayerImpl&)>& visit_;
  bool checkpoint_names_;
  std::set<const LayerImpl*> seen_;
};

/// What a file holds of a layer: all but the matrices of LoRA, whose update is part of the weight.
Variables own_variables(const LayerImpl& layer) {
  Variables out = layer.own_trainable();
  out.insert(out.end(), layer.own_non_trainable().begin(), layer.own_non_trainable().end());
  if (const Lora* lora = layer.lora())
    std::erase_if(out, [&](const Variable& v) { return v.same(lora->a) || v.same(lora->b); });
  return out;
}

Variables written_variables(const LayerImpl& layer) {
  Variables out = own_variables(layer);
  if (const Lora* lora = layer.lora()) {
    for (Variable& v : out) {
      if (v.same(lora->weight))
        v = Variable(lora->merged(), {.dtype = v.dtype(), .name = v.name()});
    }
  }
  return out;
}

/// The path as the file has it: attributes became private, or public, in the course of time.
std::string stored_path(const TreeSource& root, const std::string& path) {
  if (root.exists(path)) return path;
  std::string found;
  for (size_t at = 0; at < path.size();) {
    const size_t slash = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, slash - at);
    std::string next = join(found, part);
    if (!root.exists(next)) {
      const std::string other = part[0] == '_' ? part.substr(1) : "_" + part;
      if (!root.exists(join(found, other))) return path;
      next = join(found, other);
    }
    found = std::move(next);
    at = slash + 1;
  }
  return found;
}

}  // namespace

void walk(const LayerImpl& model,
          const std::function<void(const std::string&, const LayerImpl&)>& visit,
          bool checkpoint_names) {
  Walker(visit, checkpoint_names).layer("", model);
}

namespace {

/// The groups of a compiled model's optimizer.
void add_optimizer(std::vector<TreeEntry>& out, const std::string& path, const Model& model) {
  if (!model.compiled() || !model.optimizer()) return;
  const Optimizer o = model.optimizer();
  const std::string place = join(path, "optimizer");
  const Variables all = o->variables();
  out.push_back({place + "/vars", o->name(), all});
  const Config config = o->get_config();
  if (const Config* inner = config.find("inner_optimizer"); inner && o->built()) {
    // A LossScaleOptimizer counts the inner one's variables as its own, behind its four.
    out.push_back(
        {place + "/inner_optimizer/vars", inner->at("config").at("name").as_string(),
         Variables(all.begin() + std::min<std::ptrdiff_t>(4, std::ssize(all)), all.end())});
  }
  if (const auto* multi = dynamic_cast<const MultiOptimizerImpl*>(o.impl().get())) {
    // A MultiOptimizer's variables hold those of its optimizers, which stand there by themselves,
    // too.
    std::map<std::string, int> seen;
    for (const Optimizer& part : multi->optimizers()) {
      std::string name = symbolic::snake_case(part->class_info().name);
      if (const int count = seen[name]++) name += "_" + std::to_string(count);
      out.push_back({place + "/optimizers/" + name + "/vars", part->name(), part->variables()});
    }
  }
}

}  // namespace

void for_each_nested_model(
    const Model& model,
    const std::function<void(const std::string& path, const Model& nested)>& visit) {
  std::map<const LayerImpl*, std::shared_ptr<LayerImpl>> handles;
  for (const auto& layer : model->flatten_layers()) handles.emplace(layer.get(), layer);
  walk(model.model(), [&](const std::string& path, const LayerImpl& layer) {
    if (&layer == &model.model()) return;
    if (auto nested = std::dynamic_pointer_cast<ModelImpl>(handles.at(&layer)))
      visit(path, Model(std::move(nested)));
  });
}

std::vector<TreeEntry> tree_entries(const Model& model, bool optimizer) {
  std::vector<TreeEntry> out;
  walk(model.model(), [&](const std::string& path, const LayerImpl& layer) {
    out.push_back({join(path, "vars"), layer.name(), written_variables(layer)});
  });
  if (!optimizer) return out;
  for_each_nested_model(model, [&](const std::string& path, const Model& nested) {
    add_optimizer(out, path, nested);
  });
  add_optimizer(out, "", model);
  return out;
}

void write_variable(hdf5::GroupWriter root, const TreeEntry& entry, size_t i) {
  const Variable& v = entry.variables[i];
  hdf5::ObjectWriter dataset = root.group(entry.path).dataset(std::to_string(i), v.value());
  if (v.dtype() == DType::bfloat16) dataset.attribute("dtype", "bfloat16");
}

void write_tree(const Model& model, hdf5::GroupWriter root, bool optimizer) {
  for (const TreeEntry& entry : tree_entries(model, optimizer)) {
    root.group(entry.path).attribute("name", entry.name);
    for (size_t i = 0; i < entry.variables.size(); ++i) write_variable(root, entry, i);
  }
  write_named_variables(model, root);
}

bool TreeSource::exists(const std::string& path) const {
  return std::any_of(roots_.begin(), roots_.end(),
                     [&](const hdf5::Group& root) { return root.exists(path); });
}

StoredWeights TreeSource::numbered(const std::string& path) const {
  std::vector<hdf5::Group> groups;
  for (const hdf5::Group& root : roots_)
    if (root.is_group(path)) groups.push_back(root.group(path));
  StoredWeights out;
  while (true) {
    const std::string name = std::to_string(out.size());
    const auto it = std::find_if(groups.begin(), groups.end(),
                                 [&](const hdf5::Group& g) { return g.is_dataset(name); });
    if (it == groups.end()) return out;
    out.emplace_back(name, it->dataset(name));
  }
}

std::optional<StoredWeight> TreeSource::named(const std::string& path,
                                              const std::string& name) const {
  for (const hdf5::Group& root : roots_) {
    if (!root.is_group(path)) continue;
    const hdf5::Group group = root.group(path);
    if (group.is_dataset(name)) return StoredWeight(name, group.dataset(name));
  }
  return {};
}

namespace {

/// What keeps a layer from taking these values; empty when nothing does.
std::string mismatch_of(const LayerImpl& layer, const Variables& variables,
                        const StoredWeights& stored, size_t& fitting) {
  fitting = 0;
  if (stored.size() != variables.size())
    return text("Layer '", layer.name(), "' expected ", variables.size(),
                " variables, but received ", stored.size(), " variables during loading.");
  for (; fitting < variables.size(); ++fitting) {
    const Variable& v = variables[fitting];
    if (!(stored[fitting].shape() == v.shape()))
      return text(
          "The shape of the target variable and the shape of the target value in "
          "`variable.assign(value)` must match. variable.shape=",
          v.shape(), ", Received: value.shape=", stored[fitting].shape(),
          ". Target variable: ", v.path());
  }
  return {};
}

}  // namespace

WeightPlan read_tree(const Model& model, const TreeSource& tree, const LoadWeightsOptions& options,
                     const std::string& file) {
  check(!options.by_name,
        "`by_name` only supports loading legacy '.h5' or '.hdf5' files. Received: ", file);
  WeightPlan plan;
  std::string first;
  std::vector<std::string> failed;
  walk(
      model.model(),
      [&](const std::string& path, const LayerImpl& layer) {
        const Variables variables = own_variables(layer);
        const std::string group = stored_path(tree, join(path, "vars"));
        const StoredWeights stored = tree.numbered(group);
        plan_named_variables(layer, tree, group, plan);
        size_t fitting = 0;
        const std::string what = mismatch_of(layer, variables, stored, fitting);
        // As in Keras, what stands before the first misfit is taken.
        for (size_t i = 0; i < fitting; ++i) plan.add(variables[i], stored[i]);
        if (const Lora* lora = layer.lora()) {  // as in Keras, the update begins at nothing again
          for (const Variable& v : {lora->a, lora->b}) plan.add(v, StoredWeight::zeros(v.shape()));
        }
        if (what.empty()) return;
        failed.push_back(text("<", layer.class_info().name, " name=", layer.name(), ">"));
        if (first.empty())
          first = text(failed.back(), ": ", what, " (at '", group, "' in ", file, ")");
        if (options.report && options.skip_mismatch)
          options.report->notes.push_back(text(what, " (at '", group, "' in ", file, ")"));
      },
      tree.exists("_layer_checkpoint_dependencies"));
  if (!failed.empty() && !options.skip_mismatch) {
    std::string list;
    for (const std::string& name : failed) list += (list.empty() ? "" : ", ") + name;
    throw ValueError(text("A total of ", failed.size(),
                          " objects could not be loaded. Example error message for object ", first,
                          " List of objects that could not be loaded: [", list, "]"));
  }
  return plan;
}

std::map<const LayerImpl*, StoredWeights> stored_of_layers(const Model& model,
                                                           const TreeSource& tree) {
  std::map<const LayerImpl*, StoredWeights> out;
  walk(
      model.model(),
      [&](const std::string& path, const LayerImpl& layer) {
        out.emplace(&layer, tree.numbered(stored_path(tree, join(path, "vars"))));
      },
      tree.exists("_layer_checkpoint_dependencies"));
  return out;
}

StoredWeights read_optimizer_vars(const TreeSource& tree, const Model& model,
                                  const std::string& path) {
  // Keras wraps the optimizer of a model in mixed_float16, but writes the config of the one inside.
  const bool wrapped = model.compiled() && model.optimizer() &&
                       model.optimizer()->class_info().name == "LossScaleOptimizer";
  const std::string inner = join(path, "optimizer/inner_optimizer/vars");
  return tree.numbered(!wrapped && tree.exists(inner) ? inner : join(path, "optimizer/vars"));
}

}  // namespace kcpp::saving
