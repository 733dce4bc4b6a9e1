#include "src/saving/legacy/tf_builder.h"

#include <algorithm>

#include "src/ops/op_table.h"
#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

bool all_whole(const Config& c) {
  if (c.is_list()) return std::all_of(c.as_list().begin(), c.as_list().end(), all_whole);
  return c.is_int() || c.is_bool();
}

/// `c` with every tensor of the graph replaced by {key: its place among `inputs`}.
Config placed(const Config& c, const char* key, Config& inputs) {
  if (is_graph_tensor(c)) {
    inputs.push_back(c);
    return Config::dict({{key, static_cast<int64_t>(inputs.size() - 1)}});
  }
  if (c.is_list()) {
    Config out = Config::list();
    for (const Config& item : c.as_list()) out.push_back(placed(item, key, inputs));
    return out;
  }
  if (c.is_dict()) {
    Config out = Config::dict();
    for (const auto& [name, item] : c.as_dict()) out.set(name, placed(item, key, inputs));
    return out;
  }
  return c;
}

Config node(const std::string& name, std::string_view op, Config config, Config args) {
  config.set("name", name);
  Config nodes =
      Config::list({Config::dict({{"args", std::move(args)}, {"kwargs", Config::dict()}})});
  Config out = layer_entry(std::string(op), std::move(config), std::move(nodes));
  out.set("module", ops::op_module(op));
  out.set("registered_name", op);
  return out;
}

/// A node whose config, or whose index, holds tensors.
Config deferred(const std::string& name, std::string_view op, const Config& config,
                const Config& args) {
  Config inputs = Config::list(), placed_args = Config::list();
  for (size_t i = 0; i < args.size(); ++i) {
    const bool index = op == "GetItem" && i == 1;
    placed_args.push_back(placed(args.as_list()[i], index ? "__value__" : "__input__", inputs));
  }
  Config arguments = Config::dict({{"config", placed(config, "__value__", inputs)}});
  arguments.set("args", std::move(placed_args));
  return node(name, "Deferred",
              Config::dict({{"operation", op}, {"arguments", std::move(arguments)}}),
              std::move(inputs));
}

/// An index with a slice whose ends are computed.
bool has_open_slice(const Config& key) {
  if (!key.is_list()) return false;
  return std::any_of(key.as_list().begin(), key.as_list().end(), [](const Config& item) {
    const Config* name = item.find("class_name");
    return name && *name == Config("__slice__") && has_graph_tensor(item);
  });
}

}  // namespace

bool is_graph_tensor(const Config& c) {
  const Config* name = c.find("class_name");
  return name && *name == Config("__keras_tensor__");
}
bool has_graph_tensor(const Config& c) {
  if (is_graph_tensor(c)) return true;
  if (c.is_list()) return std::any_of(c.as_list().begin(), c.as_list().end(), has_graph_tensor);
  return c.is_dict() && std::any_of(c.as_dict().begin(), c.as_dict().end(),
                                    [](const auto& item) { return has_graph_tensor(item.second); });
}

Config tf_tensor_argument(const Config& c, bool list_of_tensors) {
  if (!c.is_list()) return c;
  if (list_of_tensors || has_graph_tensor(c)) {
    Config out = Config::list();
    for (const Config& item : c.as_list()) out.push_back(tf_tensor_argument(item, false));
    return out;
  }
  return Config::dict(
      {{"class_name", "__tensor__"},
       {"config", Config::dict({{"value", c}, {"dtype", all_whole(c) ? "int32" : "float32"}})}});
}

Config tf_numbers(TfBuilder& builder, const Config& count, std::string_view dtype) {
  if (count.is_int()) {
    if (count.as_int() < 0 || count.as_int() > 10000000)
      builder.refuse("with an absurd number of elements");
    Config numbers = Config::list();
    for (int64_t i = 0; i < count.as_int(); ++i) numbers.push_back(i);
    return Config::dict({{"class_name", "__tensor__"},
                         {"config", Config::dict({{"value", numbers}, {"dtype", dtype}})}});
  }
  return builder.op("Arange", {},
                    Config::dict({{"start", 0}, {"stop", count}, {"step", 1}, {"dtype", dtype}}));
}

Config tf_slice(const Config& start, const Config& stop, const Config& step) {
  return Config::dict(
      {{"class_name", "__slice__"},
       {"config", Config::dict({{"start", start}, {"stop", stop}, {"step", step}})}});
}

Config tf_lower(const Config& c) {
  if (!c.is_string()) return c;
  std::string lower = c.as_string();
  for (char& letter : lower)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return lower;
}

bool add_tf_function(std::span<const TfFunction> table, std::string_view name, TfBuilder& builder) {
  const auto it =
      std::find_if(table.begin(), table.end(), [&](const TfFunction& f) { return f.name == name; });
  if (it == table.end()) return false;
  it->add(builder);
  return true;
}

void TfBuilder::refuse(const std::string& why) const {
  throw ValueError(text("The layer '", call_.layer, "' calls TensorFlow's function tf.",
                        call_.function, ", ", why,
                        ". Rebuild the model in Keras with layers or keras.ops in its place."));
}

Config TfBuilder::argument(std::string_view name, bool first) const {
  if (const Config* value = call_.kwargs.find(name)) return *value;
  return first ? call_.first : Config();
}

Config TfBuilder::tensor(std::string_view name, bool first) const {
  const Config value = argument(name, first);
  if (value.is_null()) refuse(text("without its argument `", name, "`"));
  return tf_tensor_argument(value, false);
}

int64_t TfBuilder::integer(std::string_view name, int64_t otherwise) const {
  const Config value = argument(name);
  if (value.is_null()) return otherwise;
  if (!value.is_int()) refuse(text("with ", name, "=", value, ", which kcpp cannot read"));
  return value.as_int();
}

double TfBuilder::number(std::string_view name, double otherwise) const {
  const Config value = argument(name);
  if (value.is_null()) return otherwise;
  if (!value.is_number()) refuse(text("with ", name, "=", value, ", which kcpp cannot read"));
  return value.as_double();
}

bool TfBuilder::flag(std::string_view name) const {
  const Config value = argument(name);
  return value.is_bool() && value.as_bool();
}

Config TfBuilder::op(std::string_view op, Config::List args, Config config) {
  const std::string name = text(call_.layer, ".", nodes_.size());
  Config list(std::move(args));
  const bool open = has_graph_tensor(config) ||
                    (op == "GetItem" && list.size() > 1 && has_open_slice(list.as_list()[1]));
  nodes_.push_back(open ? deferred(name, op, config, list)
                        : node(name, op, std::move(config), std::move(list)));
  return keras_tensor(name, 0, 0);
}

Config TfBuilder::output(const Config& first, int64_t i) {
  return keras_tensor(first.at("config").at("keras_history").as_list()[0].as_string(), 0, i);
}

TfOperations TfBuilder::finish() {
  KCPP_ASSERT(!nodes_.empty());
  const Config last = nodes_.back().at("name");
  nodes_.back().set("name", call_.layer);
  nodes_.back().find("config")->set("name", call_.layer);
  for (Config& output : outputs_) {
    Config& node = output.find("config")->find("keras_history")->as_list()[0];
    if (node == last) node = call_.layer;
  }
  return {std::move(nodes_), std::move(outputs_)};
}

}  // namespace kcpp::saving
