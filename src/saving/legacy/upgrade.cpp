#include "src/saving/legacy/upgrade.h"

#include <algorithm>

#include "kcpp/core/object.h"
#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

constexpr int deepest = 400;  // as the reader of JSON

/// {"class_name": "__tuple__" or "TensorShape", "items": [..]} are lists, and so is the text of a
/// ListWrapper.
void plain_lists(Config& c, int depth = 0) {
  check(depth < deepest, "The model's config is nested more than ", deepest, " levels deep.");
  if (c.is_dict()) {
    const Config *name = c.find("class_name"), *items = c.find("items");
    if (name && name->is_string() && items && items->is_list() &&
        (name->as_string() == "__tuple__" || name->as_string() == "TensorShape" ||
         name->as_string() == "ListWrapper")) {
      Config list = *items;
      c = std::move(list);
    }
  }
  if (c.is_dict()) {
    for (auto& [key, value] : c.as_dict()) plain_lists(value, depth + 1);
  } else if (c.is_list()) {
    for (Config& item : c.as_list()) plain_lists(item, depth + 1);
  }
}

/// Layers' names may hold slashes in Keras 2, not in Keras 3, where a name is a part of a path.
/// Replaced wherever the name stands: in entries, configs, nodes, inputs and outputs.
void replace_slashes(Config& c, int depth = 0);
bool is_layer_reference(const Config& c) {
  return c.is_list() && c.size() >= 3 && c.as_list()[0].is_string() && c.as_list()[1].is_int() &&
         c.as_list()[2].is_int();
}
void without_slashes(Config& name) {
  if (!name.is_string()) return;
  std::string text = name.as_string();
  std::replace(text.begin(), text.end(), '/', '_');
  name = std::move(text);
}
void replace_slashes(Config& c, int depth) {
  check(depth < deepest, "The model's config is nested more than ", deepest, " levels deep.");
  if (is_layer_reference(c)) without_slashes(c.as_list()[0]);
  if (c.is_list()) {
    for (Config& item : c.as_list()) replace_slashes(item, depth + 1);
  } else if (c.is_dict()) {
    if (Config* config = c.find("config"); config && c.find("class_name")) {
      if (Config* name = config->find("name")) without_slashes(*name);
      if (Config* name = c.find("name")) without_slashes(*name);
    }
    for (auto& [key, value] : c.as_dict()) replace_slashes(value, depth + 1);
  }
}
bool has_slashed_layer(const Config& c) {
  if (c.is_list()) return std::any_of(c.as_list().begin(), c.as_list().end(), has_slashed_layer);
  if (!c.is_dict()) return false;
  if (const Config* config = c.find("config"); config && c.find("class_name")) {
    const Config* name = config->find("name");
    if (name && name->is_string() && name->as_string().find('/') != std::string::npos) return true;
  }
  return std::any_of(c.as_dict().begin(), c.as_dict().end(),
                     [](const auto& item) { return has_slashed_layer(item.second); });
}

/// The ordering that the layers of a Keras 1 model wrote, for those that did not.
const Config* find_ordering(const Config& c) {
  if (c.is_dict()) {
    if (const Config* own = c.find("dim_ordering"); own && own->is_string()) return own;
    for (const auto& [key, value] : c.as_dict())
      if (const Config* found = find_ordering(value)) return found;
  } else if (c.is_list()) {
    for (const Config& item : c.as_list())
      if (const Config* found = find_ordering(item)) return found;
  }
  return nullptr;
}

bool is_registered(const Config& entry) {
  for (const char* key : {"registered_name", "class_name"}) {
    const Config* name = entry.find(key);
    if (!name || !name->is_string()) continue;
    const std::string& text = name->as_string();
    if (find_registered(ObjectKind::layer, text)) return true;
    if (const size_t bracket = text.find('>'); bracket != std::string::npos)
      if (find_registered(ObjectKind::layer, text.substr(bracket + 1))) return true;
  }
  return false;
}

bool is_frozen(const Config& entry) {
  const Config* config = entry.find("config");
  const Config* trainable = config ? config->find("trainable") : nullptr;
  return trainable && *trainable == Config(false);
}

/// The first archives, of Keras 2.11, keep what a model was compiled with inside of its config.
void lift_compile_config(Config& model) {
  Config* config = model.find("config");
  const Config* inner = config && config->is_dict() ? config->find("compile_config") : nullptr;
  if (!inner) return;
  Config compile = *inner;
  config->erase("compile_config");
  if (!model.find("compile_config")) model.set("compile_config", std::move(compile));
}

}  // namespace

const std::string& class_of(const Config& entry) {
  const Config* name = entry.find("class_name");
  check(name && name->is_string(), "A layer's config lacks the entry `class_name`. Received: ",
        entry.is_dict() ? Config("a dict") : entry);
  return name->as_string();
}

std::string name_of_layer(const Config& entry) {
  const Config* name = entry.find("name");
  if (!name)
    if (const Config* config = entry.find("config")) name = config->find("name");
  return name && name->is_string() ? name->as_string() : std::string();
}

Config layer_entry(const std::string& class_name, Config config, Config nodes) {
  Config name = config.at("name");
  return Config::dict({{"class_name", class_name},
                       {"config", std::move(config)},
                       {"name", std::move(name)},
                       {"inbound_nodes", std::move(nodes)}});
}

Config upgrade_layer(Config entry, const Upgrade& around) {
  check<TypeError>(entry.is_dict(), "A layer must be given by a config dict. Received: ", entry);
  Upgrade upgrade = around;
  upgrade.frozen |= is_frozen(entry);
  if (is_registered(entry))
    return entry;  // its own from_config reads what its own get_config wrote
  if (upgrade.epoch.before(2)) entry = keras1_to_keras2(std::move(entry), upgrade);
  const std::string& class_name = class_of(entry);
  if (class_name == "Sequential" || class_name == "Model" || class_name == "Functional") {
    lift_compile_config(entry);
    return class_of(entry) == "Sequential" ? upgrade_sequential(std::move(entry), upgrade)
                                           : upgrade_functional(std::move(entry), upgrade);
  }
  // The one layer of Keras 2 that Keras 3 keeps under its old name (keras._legacy.layers), and what
  // kcpp writes into an .h5 for tf.keras alone.
  const bool kept = class_of(entry) == "ThresholdedReLU" || is_time_major(entry);
  const std::string old_class = class_of(entry);
  if (upgrade.epoch.before(3) || kept) entry = keras2_to_keras3(std::move(entry), upgrade);
  require_known_class(entry);
  Config* config = entry.find("config");
  if (!config || !config->is_dict()) return entry;
  drop_silent_keys(class_of(entry), *config);
  upgrade_functions(name_of_layer(entry), class_of(entry), *config, upgrade);
  for (const char* key : {"layer", "backward_layer", "forward_layer", "cell"}) {
    Config* inner = config->find(key);
    if (inner && inner->is_dict() && inner->find("class_name"))
      *inner = upgrade_layer(std::move(*inner), upgrade);
    if (inner && inner->is_list()) {  // RNN takes a list of cells too
      for (Config& cell : inner->as_list()) cell = upgrade_layer(std::move(cell), upgrade);
      *inner = Config::dict({{"class_name", "StackedRNNCells"},
                             {"config", Config::dict({{"cells", std::move(*inner)}})}});
    }
  }
  if (Config* cells = config->find("cells"); cells && cells->is_list())
    for (Config& cell : cells->as_list()) cell = upgrade_layer(std::move(cell), upgrade);
  say_how_penalties_counted(*config, upgrade);
  say_how_it_trained(entry, old_class, upgrade.epoch);
  return entry;
}

Config upgrade_model(Config model, const Epoch& epoch, LoadReport* report) {
  check<TypeError>(model.is_dict(), "A model's config must be a dict. Received: ", model);
  plain_lists(model);
  Upgrade upgrade{epoch, report};
  upgrade.loses_masks = loses_masks(model, epoch);
  if (epoch.before(2)) {
    if (const Config* ordering = find_ordering(model))
      upgrade.data_format = ordering->as_string() == "th" ? "channels_first" : "channels_last";
    else if (epoch.before(1, 2))
      upgrade.data_format = "channels_first";  // the default until TensorFlow's took over
    if (!model.find("class_name")) model = keras0_to_keras1(model);
  }
  if (epoch.before(3) && has_slashed_layer(model)) {
    replace_slashes(model);
    upgrade.note(
        "Slashes in the names of layers, which Keras 3 does not allow, became underscores.");
  }
  return upgrade_layer(std::move(model), upgrade);
}

}  // namespace kcpp::saving
