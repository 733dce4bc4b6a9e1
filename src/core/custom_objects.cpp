#include "kcpp/core/custom_objects.h"

#include <mutex>
#include <vector>

#include "kcpp/core/error.h"

namespace kcpp {
namespace {

struct ForAll {
  std::mutex mutex;
  CustomObjects objects;
};
/// Never destroyed: models may be loaded while the process ends.
ForAll& for_all() {
  static ForAll* all = new ForAll;
  return *all;
}

thread_local std::vector<const CustomObjects*> scopes;

/// `find(objects, name)` in the scopes from the innermost outwards, then in what is known to all;
/// for each first under the whole name, then without the package.
template <class Find>
auto look_up(std::string_view name, const Find& find) {
  const size_t bracket = name.find('>');
  const auto in = [&](const CustomObjects& objects) {
    auto found = find(objects, std::string(name));
    if (!found && bracket != std::string_view::npos)
      found = find(objects, std::string(name.substr(bracket + 1)));
    return found;
  };
  for (auto it = scopes.rbegin(); it != scopes.rend(); ++it) {
    if (auto found = in(**it)) return found;
  }
  std::lock_guard lock(for_all().mutex);
  return in(for_all().objects);
}

template <class Map, class Key>
typename Map::mapped_type get(const Map& map, const Key& key) {
  const auto it = map.find(key);
  return it == map.end() ? typename Map::mapped_type() : it->second;
}

template <class Map, class Key, class Value>
void put(Map& map, Key key, std::string_view name, Value value) {
  check(!name.empty() && value,
        "[CustomObjects] A name and what it stands for are needed. Received: name='", name, "'");
  map[std::move(key)] = std::move(value);
}

}  // namespace

CustomObjects& CustomObjects::add(ObjectKind kind, const std::string& name, Maker make) {
  put(makers_, std::pair(kind, name), name, std::move(make));
  return *this;
}
CustomObjects& CustomObjects::add(const std::string& name, Function function) {
  put(functions_, name, name, std::move(function));
  return *this;
}
CustomObjects& CustomObjects::add(const std::string& name, LossFunction function) {
  put(losses_, name, name, std::move(function));
  return *this;
}

CustomObjects::Maker CustomObjects::find_class(ObjectKind kind, std::string_view name) {
  return look_up(name, [kind](const CustomObjects& objects, const std::string& key) {
    return get(objects.makers_, std::pair(kind, key));
  });
}
CustomObjects::Function CustomObjects::find_function(std::string_view name) {
  return look_up(name, [](const CustomObjects& objects, const std::string& key) {
    return get(objects.functions_, key);
  });
}
CustomObjects::LossFunction CustomObjects::find_loss(std::string_view name) {
  return look_up(name, [](const CustomObjects& objects, const std::string& key) {
    return get(objects.losses_, key);
  });
}

std::string CustomObjects::function_name(const Config& config) {
  if (!config.is_dict()) return {};
  const Config* kind = config.find("class_name");
  const Config* name = config.find("config");
  if (!kind || *kind != Config("function") || !name || !name->is_string()) return {};
  const Config* registered = config.find("registered_name");
  if (registered && registered->is_string() &&
      (find_function(registered->as_string()) || find_loss(registered->as_string())))
    return registered->as_string();
  return name->as_string();
}

Config CustomObjects::function_config(const std::string& name) {
  return Config::dict({{"module", "builtins"},
                       {"class_name", "function"},
                       {"config", name},
                       {"registered_name", "function"}});
}

void CustomObjects::register_for_all(const CustomObjects& objects) {
  std::lock_guard lock(for_all().mutex);
  CustomObjects& all = for_all().objects;
  for (const auto& [key, make] : objects.makers_) all.makers_[key] = make;
  for (const auto& [key, function] : objects.functions_) all.functions_[key] = function;
  for (const auto& [key, function] : objects.losses_) all.losses_[key] = function;
}

CustomObjects::Scope::Scope(const CustomObjects& objects) { scopes.push_back(&objects); }
CustomObjects::Scope::~Scope() { scopes.pop_back(); }

}  // namespace kcpp
