/// The small functions of a layer's config: activations, initializers, regularizers, constraints;
/// and the sentences for what nobody knows.
#include <algorithm>
#include <array>

#include "kcpp/activations.h"
#include "kcpp/core/object.h"
#include "src/models/operations.h"
#include "src/saving/legacy/upgrade_rules.h"
#include "src/saving/load_guard.h"

namespace kcpp::saving {
namespace {

struct Rename {
  std::string_view from, to;
};
constexpr std::array old_names = {
    Rename{"zero", "zeros"},
    Rename{"one", "ones"},
    Rename{"uniform", "random_uniform"},
    Rename{"normal", "random_normal"},
    Rename{"WeightRegularizer", "L1L2"},
    Rename{"L1L2Regularizer", "L1L2"},
    Rename{"ActivityRegularizer", "L1L2"},
    Rename{"nonneg", "non_neg"},
    Rename{"maxnorm", "max_norm"},
    Rename{"unitnorm", "unit_norm"},
};

std::string modern_name(const std::string& name) {
  for (const Rename& r : old_names)
    if (r.from == name) return std::string(r.to);
  return name;
}

/// {"name": class, ..fields} of Keras 1 becomes {"class_name", "config"}.
Config with_class(const Config& c) {
  if (c.is_string()) return modern_name(c.as_string());
  const Config* name = c.find("name");
  if (!c.is_dict() || c.find("class_name") || !name || !name->is_string()) return c;
  Config config = Config::dict();
  for (const auto& [key, value] : c.as_dict()) {
    if (key != "name") config.set(key == "m" ? "max_value" : key, value);
  }
  return Config::dict(
      {{"class_name", modern_name(name->as_string())}, {"config", std::move(config)}});
}

void upgrade_object(const std::string& layer, const std::string& key, ObjectKind kind,
                    Config& config, const Upgrade& upgrade) {
  Config* value = config.find(key);
  if (!value || value->is_null()) return;
  *value = with_class(*value);
  if (Config* fields = value->find("config"); fields && fields->is_dict())
    fields->erase("dtype");  // TensorFlow 1 and 2.0 wrote it
  try {
    deserialize(kind, *value);
  } catch (const Error& e) {
    upgrade.note("[Layer '", layer, "'] `", key,
                 "` was left out, which changes training alone: ", load_error(e.what(), ""));
    config.erase(key);
  }
}

/// A function's name as files write it: a text, or {"class_name": "function", "config": name, ..}.
std::string function_name(const Config& c) {
  if (c.is_string()) return c.as_string();
  for (const char* key : {"registered_name", "config"})
    if (const Config* name = c.find(key); name && name->is_string()) return name->as_string();
  return {};
}

void upgrade_activation(const std::string& layer, const std::string& class_name,
                        const std::string& key, Config& config, const Upgrade& upgrade) {
  Config* value = config.find(key);
  if (!value || value->is_null()) return;
  const std::string name = function_name(*value);
  if (name == "hard_sigmoid" && upgrade.epoch.before(3)) {
    *value = to_config(ActivationFn::keras2_hard_sigmoid());
    return;
  }
  // TensorFlow's own names for functions that it has twice.
  if (value->is_string() && (name == "softmax_v2" || name == "log_softmax_v2"))
    *value = name.substr(0, name.size() - 3);
  ActivationFn known;
  try {
    from_config(*value, known, key);
  } catch (const Error&) {
    throw ValueError(
        text("[Layer '", layer, "' of class ", class_name, "] `", key, "` = ", *value,
             " is no activation of Keras, and Python's functions are never executed. Give it a C++ "
             "meaning with `activations::register_activation(\"",
             name.empty() ? "name" : name, "\", ...)` before loading."));
  }
}

constexpr std::array kinds = {
    std::pair{std::string_view("_initializer"), ObjectKind::initializer},
    std::pair{std::string_view("_regularizer"), ObjectKind::regularizer},
    std::pair{std::string_view("_constraint"), ObjectKind::constraint},
};

}  // namespace

void upgrade_functions(const std::string& layer, const std::string& class_name, Config& config,
                       const Upgrade& upgrade) {
  for (const char* key : {"activation", "recurrent_activation"})
    upgrade_activation(layer, class_name, key, config, upgrade);
  if (!upgrade.epoch.before(3)) return;
  std::vector<std::pair<std::string, ObjectKind>> objects;
  for (const auto& [key, value] : config.as_dict()) {
    for (const auto& [suffix, kind] : kinds)
      if (key.ends_with(suffix)) objects.emplace_back(key, kind);
  }
  for (const auto& [key, kind] : objects) upgrade_object(layer, key, kind, config, upgrade);
}

void require_known_class(const Config& entry) {
  const std::string& class_name = class_of(entry);
  // A class of a package of its own is never the one of Keras with that name.
  const auto names = factories(ObjectKind::layer);
  const bool built_in = std::any_of(names.begin(), names.end(),
                                    [&](const Factory& f) { return f.name == class_name; });
  if (built_in || has_operation(class_name)) return;  // an operation's reader knows more
  if (const Config* module = entry.find("module");
      module && module->is_string() && module->as_string().find(".ops") != std::string::npos) {
    return;  // an operation of a graph
  }
  const Config* config = entry.find("config");
  if (config && config->is_dict() && !config->find("trainable") && !config->find("dtype"))
    return;  // perhaps an operation: its reader knows
  try {
    make_by_name(ObjectKind::layer, class_name);
  } catch (const Error&) {
    const Config* registered = entry.find("registered_name");
    const std::string registered_name =
        registered && registered->is_string() ? registered->as_string() : class_name;
    throw ValueError(
        text("Unknown layer: '", class_name, "'. The layer '", name_of_layer(entry), "' of class ",
             class_name, " (registered as '", registered_name,
             "') is no layer of Keras 3. Make it known with `kcpp::register_custom<YourLayer>(\"",
             registered_name, "\")` before loading."));
  }
}

}  // namespace kcpp::saving
