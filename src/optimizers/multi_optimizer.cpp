#include "src/optimizers/multi_optimizer.h"

#include <algorithm>

#include "src/core/pattern.h"

namespace kcpp {
namespace {

using optimizers::OptimizerMap;

/// More than any model has, and few enough to compare each with each.
constexpr size_t most_optimizers_of_file = 1000;
/// Of matching all names with all patterns: about a second.
constexpr size_t most_steps = 200'000'000;
/// Of all patterns together.
constexpr size_t longest_patterns = 20'000;

/// A map that reads each of its patterns once, when a name that is none of its keys asks for it.
class Rules {
 public:
  explicit Rules(const OptimizerMap& map) : map_(map) {}

  const Optimizer& operator()(const Variable& variable) {
    const std::string& path = variable.path();
    for (const auto& [key, optimizer] : map_.items()) {
      if (key == path) return optimizer;
    }
    if (patterns_.empty()) read_patterns();
    const Optimizer* found = nullptr;
    for (size_t i = 0; i < patterns_.size(); ++i) {
      steps_ += patterns_[i].size() * (path.size() + 1);
      check(steps_ <= most_steps,
            "The patterns of the OptimizerMap are too long to match them with so many variables.");
      if (!patterns_[i].full_match(path)) continue;
      check(!found, "Multiple optimizers assigned to variable ", path, ".");
      found = &map_.items()[i].second;
    }
    return found ? *found : map_.default_optimizer();
  }

 private:
  void read_patterns() {
    size_t size = 0;
    for (const auto& [key, optimizer] : map_.items()) {
      patterns_.emplace_back(key);
      size += patterns_.back().size();
      check(size <= longest_patterns, "The patterns of the OptimizerMap are too long.");
    }
  }

  const OptimizerMap& map_;
  std::vector<Pattern> patterns_;
  size_t steps_ = 0;
};

}  // namespace

namespace optimizers {

OptimizerMap::OptimizerMap(Optimizer default_optimizer, const std::vector<Item>& items)
    : default_(std::move(default_optimizer)) {
  check<TypeError>(static_cast<bool>(default_),
                   "default_optimizer must be a Keras Optimizer instance.");
  for (const auto& [key, optimizer] : items) add(key, optimizer);
}

void OptimizerMap::add(const std::string& key, const Optimizer& optimizer) {
  check(static_cast<bool>(optimizer), "optimizer must be a Keras Optimizer instance.");
  for (const char* other : {"LossScaleOptimizer", "MultiOptimizer"})
    check(optimizer->class_info().name != other, "optimizer cannot be ", other, ".");
  for (const Item& item : items_) {
    check(item.first != key, "'", key,
          "' already exists in the OptimizerMap. Please make sure to not use duplicated keys.");
  }
  items_.emplace_back(key, optimizer);
}

const Optimizer& OptimizerMap::operator()(const Variable& variable) const {
  return Rules(*this)(variable);
}

Config to_config(const OptimizerMap& v) {
  Config items = Config::dict();
  for (const auto& [key, optimizer] : v.items()) items.set(key, kcpp::to_config(optimizer));
  return Config::dict(
      {{"module", "keras.optimizers"},
       {"class_name", "OptimizerMap"},
       {"config", Config::dict({{"default_optimizer", kcpp::to_config(v.default_optimizer())},
                                {"optimizer_map", items}})},
       {"registered_name", Config()}});
}

void from_config(const Config& c, OptimizerMap& v, std::string_view what) {
  const Config* name = c.find("class_name");
  check(name && *name == Config("OptimizerMap"), "`", what,
        "` must be an OptimizerMap: a function cannot be read from a file. Received: ", c);
  const Config& config = c.at("config");
  Optimizer fallback;
  kcpp::from_config(config.at("default_optimizer"), fallback, "default_optimizer");
  v = OptimizerMap(fallback);
  const auto& items = config.at("optimizer_map").as_dict("optimizer_map");
  check(items.size() <= most_optimizers_of_file, "The OptimizerMap has ", items.size(),
        " optimizers; more than ", most_optimizers_of_file, " are refused.");
  for (const auto& [key, value] : items) {
    Optimizer optimizer;
    kcpp::from_config(value, optimizer, key);
    v.add(key, optimizer);
  }
}

MultiOptimizer::MultiOptimizer(OptimizerMap optimizer_map, MultiOptimizerOptions options) {
  auto impl = std::make_shared<MultiOptimizerImpl>(std::move(optimizer_map), options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace optimizers

MultiOptimizerImpl::MultiOptimizerImpl(optimizers::OptimizerMap map,
                                       const optimizers::MultiOptimizerOptions& o)
    : map_(std::move(map)) {
  name_ = o.name;
  learning_rate_ = 0.0;
  loss_scale_factor_ = o.loss_scale_factor;
}

void MultiOptimizerImpl::fields(Fields& f) {
  f.required("optimizer_map", map_);
  f("loss_scale_factor", loss_scale_factor_);
  f("name", name_);
}

void MultiOptimizerImpl::validate() {
  check(static_cast<bool>(map_.default_optimizer()), "MultiOptimizer needs an `optimizer_map`.");
  optimizers_.clear();
  const auto add = [&](const Optimizer& optimizer) {
    for (const Optimizer& o : optimizers_) {
      if (o.same(optimizer)) return;
    }
    optimizer->set_loss_scale_factor(loss_scale_factor_);
    optimizers_.push_back(optimizer);
  };
  for (const auto& [key, optimizer] : map_.items()) add(optimizer);
  add(map_.default_optimizer());
}

/// The place of the optimizer of variable k of a step: nearly always the same variables in the same
/// order.
size_t MultiOptimizerImpl::place_of(size_t k, const Variable& variable) const {
  const Variables& known = trainable_variables();
  if (k < known.size() && known[k].same(variable)) return places_[k];
  const auto it =
      std::find_if(known.begin(), known.end(), [&](const Variable& v) { return v.same(variable); });
  check(it != known.end(), "Unknown variable: ", variable.path(),
        ". This optimizer can only be called for the variables it was originally built with.");
  return places_[static_cast<size_t>(it - known.begin())];
}

void MultiOptimizerImpl::build(const Variables& variables) {
  if (built()) return;
  std::vector<Variables> parts(optimizers_.size());
  Rules rules(map_);
  for (const Variable& v : variables) {
    const Optimizer& wanted = rules(v);
    const auto it = std::find_if(optimizers_.begin(), optimizers_.end(),
                                 [&](const Optimizer& o) { return o.same(wanted); });
    places_.push_back(static_cast<size_t>(it - optimizers_.begin()));
    parts[places_.back()].push_back(v);
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].empty()) optimizers_[i]->build(parts[i]);
  }
  OptimizerImpl::build(variables);
}

Variables MultiOptimizerImpl::variables() const {
  Variables out = OptimizerImpl::variables();
  for (const Optimizer& o : optimizers_) {
    const Variables inner = o->variables();
    out.insert(out.end(), inner.begin(), inner.end());
  }
  return out;
}

void MultiOptimizerImpl::apply_gradients(const Tensors& gradients, const Variables& variables) {
  check(gradients.size() == variables.size(),
        "Gradients must match trainable variables one-to-one. ", "Received ", gradients.size(),
        " gradients and ", variables.size(), " variables.");
  if (variables.empty()) return;
  build(variables);
  std::vector<Tensors> parts(optimizers_.size());
  std::vector<Variables> targets(optimizers_.size());
  for (size_t k = 0; k < variables.size(); ++k) {
    const size_t i = place_of(k, variables[k]);
    parts[i].push_back(gradients[k]);
    targets[i].push_back(variables[k]);
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].empty()) optimizers_[i].apply_gradients(parts[i], targets[i]);
  }
  set_iterations(iterations() + 1);
}

void MultiOptimizerImpl::finalize_variable_values(const Variables& variables) {
  for (const Optimizer& o : optimizers_) o->finalize_variable_values(variables);
}

double MultiOptimizerImpl::learning_rate() const {
  throw ValueError(
      "Learning rate cannot be accessed on a MultiOptimizer. Access the learning rate on the "
      "individual sub-optimizers instead.");
}
void MultiOptimizerImpl::set_learning_rate(double) {
  throw ValueError(
      "Learning rate cannot be set on a MultiOptimizer. Set the learning rate on the individual "
      "sub-optimizers instead.");
}

void MultiOptimizerImpl::update(const Tensors&, const Variables&, const std::vector<size_t>&,
                                double) {
  KCPP_ASSERT(false && "the inner optimizers update");
}

}  // namespace kcpp
