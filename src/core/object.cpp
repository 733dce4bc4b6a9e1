#include "kcpp/core/object.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "kcpp/core/custom_objects.h"
#include "kcpp/core/symbolic.h"

namespace kcpp {

Config to_config(DType v) { return std::string(name_of(v)); }
void from_config(const Config& c, DType& v, std::string_view what) {
  v = dtype_of(c.as_string(what));
}

Config to_config(const Shape& v) {
  Config out = Config::list();
  for (int64_t d : v) out.push_back(d == Shape::unknown ? Config() : Config(d));
  return out;
}

void from_config(const Config& c, Shape& v, std::string_view what) {
  // What no tensor has: so that sums of a few sizes do not overflow either.
  constexpr int64_t largest = int64_t{1} << 48;
  const auto add = [&](int64_t d) {
    check(d >= Shape::unknown && d <= largest, "`", what,
          "` holds a size that no tensor has. Received: ", d);
    v.push_back(d);
  };
  v = {};
  if (c.is_number()) return add(c.as_int(what));
  for (const Config& item : c.as_list(what))
    add(item.is_null() ? Shape::unknown : item.as_int(what));
}

void from_config(const Config& c, int& v, std::string_view what) {
  const int64_t wide = c.as_int(what);
  check(wide >= INT32_MIN && wide <= INT32_MAX, "`", what, "` is out of range. Received: ", wide);
  v = static_cast<int>(wide);
}

const Config* Fields::take(std::string_view key) {
  known_.emplace_back(key);
  return in_ ? in_->find(key) : nullptr;
}

void Fields::missing(std::string_view key) const {
  throw ValueError(text("The config of ", owner_, " lacks the required entry `", key, "`."));
}

std::vector<std::string> Fields::unknown_keys() const {
  std::vector<std::string> out;
  if (!in_ || !in_->is_dict()) return out;
  for (const auto& [key, value] : in_->as_dict()) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) out.push_back(key);
  }
  return out;
}

Config Object::get_config() const {
  Config out = Config::dict();
  Fields writer(out);
  const_cast<Object*>(this)->fields(
      writer);  // one list serves both directions; writing changes nothing
  return out;
}

std::vector<std::string> Object::set_config(const Config& config) {
  const std::string name = class_info().name;
  check<TypeError>(config.is_dict() || config.is_null(), "The config of ", name,
                   " must be a dict. Received: ", config);
  Fields reader(config, name);
  fields(reader);
  check_fields();
  return reader.unknown_keys();
}

void Object::check_fields() {
  const auto named = [this](const Error& e) {
    const std::string name = class_info().name, problem = e.what();
    return problem.find(name) == std::string::npos ? text("[", name, "] ", problem) : problem;
  };
  try {
    validate();
  } catch (const TypeError& e) {
    throw TypeError(named(e));
  } catch (const ValueError& e) {
    throw ValueError(named(e));
  }
}

Config serialize(const Object* object) {
  if (!object) return {};
  const ClassInfo info = object->class_info();
  return Config::dict({{"module", info.module.empty() ? Config() : Config(info.module)},
                       {"class_name", info.name},
                       {"config", object->get_config()},
                       {"registered_name",
                        info.registered_name.empty() ? Config() : Config(info.registered_name)}});
}

std::string_view name_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::layer:
      return "layer";
    case ObjectKind::initializer:
      return "initializer";
    case ObjectKind::regularizer:
      return "regularizer";
    case ObjectKind::constraint:
      return "constraint";
    case ObjectKind::optimizer:
      return "optimizer";
    case ObjectKind::schedule:
      return "learning rate schedule";
    case ObjectKind::loss:
      return "loss";
    case ObjectKind::metric:
      return "metric";
    case ObjectKind::dtype_policy:
      return "dtype policy";
    case ObjectKind::activation:
      return "activation";
  }
  return "object";
}

namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (std::tolower(a[i - 1]) != std::tolower(b[j - 1]));
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

/// "glorot_uniform" and "GlorotUniform" are one name; "MSE" and "mse" too.
std::string canonical(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c != '_') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string_view resolve_alias(ObjectKind kind, std::string_view name) {
  const std::string wanted = canonical(name);
  for (const Alias& alias : aliases(kind)) {
    if (canonical(alias.name) == wanted) return alias.class_name;
  }
  return name;
}

/// The names that `name` may have been meant for: classes, in its spelling, and aliases.
std::vector<std::string> spellings(ObjectKind kind, std::string_view name) {
  const bool camel =
      std::any_of(name.begin(), name.end(), [](unsigned char c) { return std::isupper(c) != 0; });
  std::vector<std::string> out;
  for (const Factory& f : factories(kind)) {
    if (camel) {
      out.emplace_back(f.name);
    } else {  // Keras writes optimizers without underscores: "rmsprop"
      out.push_back(kind == ObjectKind::optimizer ? canonical(f.name)
                                                  : symbolic::snake_case(f.name));
    }
  }
  for (const Alias& alias : aliases(kind)) out.emplace_back(alias.name);
  return out;
}

}  // namespace

void register_object(ObjectKind kind, std::string registered_name,
                     std::function<std::shared_ptr<Object>()> make) {
  CustomObjects::register_for_all(CustomObjects().add(kind, registered_name, std::move(make)));
}

std::function<std::shared_ptr<Object>()> find_registered(ObjectKind kind,
                                                         std::string_view registered_name) {
  return CustomObjects::find_class(kind, registered_name);
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  constexpr size_t longest_name = 200;  // nobody meant that
  if (name.size() > longest_name) return {};
  std::string best;
  size_t least = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(name, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

std::shared_ptr<Object> make_by_name(ObjectKind kind, std::string_view class_name,
                                     std::string_view registered_name) {
  for (std::string_view name : {registered_name, class_name}) {
    if (name.empty()) continue;
    if (const auto make = find_registered(kind, name)) return make();
  }
  const std::string wanted = canonical(resolve_alias(kind, class_name));
  for (const Factory& f : factories(kind)) {
    if (canonical(f.name) == wanted) return f.make();
  }
  const std::string nearest = nearest_name(class_name, spellings(kind, class_name));
  throw ValueError(
      text("Unknown ", name_of(kind), ": '", class_name, "'.",
           nearest.empty() ? std::string() : text(" Did you mean '", nearest, "'?"),
           " A class of your own must be made known with kcpp::register_custom first."));
}

std::shared_ptr<Object> deserialize(ObjectKind kind, const Config& config) {
  if (config.is_null()) return nullptr;
  if (config.is_string()) {
    auto object = make_by_name(kind, config.as_string());
    object->check_fields();
    return object;
  }
  check<TypeError>(config.is_dict(), "A ", name_of(kind),
                   " must be given by name or by a config dict. Received: ", config);
  const std::string& class_name = config.at("class_name").as_string("class_name");
  const Config* registered = config.find("registered_name");
  auto object = make_by_name(kind, class_name,
                             registered && registered->is_string() ? registered->as_string() : "");
  const Config* fields = config.find("config");
  std::vector<std::string> unknown = object->set_config(fields ? *fields : Config::dict());
  // An entry that this version does not know changes nothing while it is null.
  std::erase_if(unknown, [&](const std::string& key) { return fields->at(key).is_null(); });
  check(unknown.empty(), "Unrecognized keyword arguments passed to ", class_name, ": ", unknown);
  return object;
}

}  // namespace kcpp
