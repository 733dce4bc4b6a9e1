/// The nodes of Functional models: lists of Keras 1 and 2 become args and kwargs of Keras 3, and
/// every node index counts the calls that are there, from 0.
#include <algorithm>
#include <array>
#include <map>

#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

constexpr std::array<std::string_view, 9> recurrent_classes = {
    "LSTM",       "GRU",        "SimpleRNN",     "RNN",      "ConvLSTM1D",
    "ConvLSTM2D", "ConvLSTM3D", "Bidirectional", "TimeMajor"};

bool is_reference(const Config& c) {
  return c.is_list() && c.size() >= 3 && c.as_list()[0].is_string() && c.as_list()[1].is_int() &&
         c.as_list()[2].is_int();
}
bool is_constant(const Config& c) {
  return c.is_list() && c.size() >= 3 && c.as_list()[0] == Config("_CONSTANT_VALUE") &&
         c.as_list()[1] == Config(-1);
}

void refuse_complex(bool complex, const std::string& who) {
  check(!complex, who,
        " takes complex numbers, which kcpp does not have: tf.abs, tf.math.angle, "
        "tf.math.real and tf.math.imag make real ones of them.");
}

class Nodes {
 public:
  explicit Nodes(const Config& config) {
    for (const Config& layer : config.at("layers").as_list("layers")) {
      const std::string name = name_of_layer(layer);
      Use& use = uses_[name];
      use.functional = class_of(layer) == "Model" || class_of(layer) == "Functional";
      use.calls = std::max<int64_t>(1, static_cast<int64_t>(calls_of(layer).size()));
      // A layer stands behind those that it is called on.
      if (const Config* nodes = layer.find("inbound_nodes"); is_tf_op_layer(class_of(layer)))
        use.complex = gives_complex(layer, nodes && names_complex(*nodes));
    }
    for (const Config& layer : config.at("layers").as_list())
      if (const Config* nodes = layer.find("inbound_nodes")) count(*nodes);
    for (const char* key : {"input_layers", "output_layers"})
      if (const Config* structure = config.find(key)) count(*structure);
    // tf.keras, and Keras before it, number a nested model's calls from 1: 0 is the one that the
    // model was made with.
    for (auto& [name, use] : uses_) use.base = use.largest >= use.calls ? 1 : 0;
  }

  /// A layer's calls, one a call. TensorFlow's op layers leave out the list of calls.
  static std::vector<Config> calls_of(const Config& layer) {
    const Config* nodes = layer.find("inbound_nodes");
    if (!nodes || !nodes->is_list()) return {};
    std::vector<Config> out;
    for (const Config& node : nodes->as_list())
      if (!(node.is_list() && node.size() == 0)) out.push_back(node);
    return out;
  }

  /// References to the outputs of a layer stand for other tensors from now on.
  void replace(const std::string& layer, Config::List outputs) {
    replaced_[layer] = std::move(outputs);
  }

  /// {"args", "kwargs"} of a call.
  Config call(const Config& node, const std::string& class_name) const {
    if (node.is_dict() && node.find("args")) return node;
    Config kwargs = Config::dict();
    Config argument = value(node, &kwargs, 0);
    if (argument.is_list() && argument.size() == 1) argument = Config(argument.as_list()[0]);
    if (argument.is_list() && is_recurrent(class_name)) {
      const Config::List& all = argument.as_list();
      kwargs.set("initial_state", Config(Config::List(all.begin() + 1, all.end())));
      argument = Config(all.at(0));
    }
    Config args = Config::list({std::move(argument)});
    if (class_name == "MultiHeadAttention") {  // its further inputs stand in order
      for (const char* key : {"value", "key"}) {
        if (const Config* further = kwargs.find(key); further && further->is_dict()) {
          args.push_back(*further);
          kwargs.erase(key);
        }
      }
    }
    return Config::dict({{"args", std::move(args)}, {"kwargs", std::move(kwargs)}});
  }

  Config structure(const Config& c) const {
    if (is_reference(c)) {
      refuse_complex(use_of(c).complex, "The model");
      if (const Config* other = replacement(c)) {
        check(!is_sparse_tensor(*other),
              "The model gives a sparse tensor, which kcpp does not have.");
        return other->at("config").at("keras_history");
      }
      Config out = c;
      out.as_list()[1] = index(c) + (use_of(c).functional ? 1 : 0);
      return out;
    }
    if (c.is_dict()) {
      Config out = Config::dict();
      for (const auto& [key, item] : c.as_dict()) out.set(key, structure(item));
      return out;
    }
    Config out = Config::list();
    for (const Config& item : c.as_list("input_layers or output_layers"))
      out.push_back(structure(item));
    return out;
  }

 private:
  struct Use {
    bool functional = false, complex = false;
    int64_t calls = 1, largest = 0, base = 0;
  };
  const Use& use_of(const Config& reference) const {
    const std::string& name = reference.as_list()[0].as_string();
    const auto it = uses_.find(name);
    check(it != uses_.end(), "Invalid Functional model configuration. Missing node: ", name);
    return it->second;
  }
  int64_t index(const Config& reference) const {
    const Use& use = use_of(reference);
    const int64_t own = reference.as_list()[1].as_int();
    check(own >= use.base && own < use.base + use.calls,
          "Invalid Functional model configuration: '", reference.as_list()[0].as_string(), "' has ",
          use.calls, " calls. Received: node index ", own);
    return own - use.base;
  }
  /// What a reference stands for, or null.
  const Config* replacement(const Config& reference) const {
    const auto it = replaced_.find(reference.as_list()[0].as_string());
    if (it == replaced_.end()) return nullptr;
    const int64_t output = reference.as_list()[2].as_int();
    check(output >= 0 && output < static_cast<int64_t>(it->second.size()),
          "Invalid Functional model configuration: '", it->first, "' has ", it->second.size(),
          " outputs. Received: output ", output);
    return &it->second[static_cast<size_t>(output)];
  }
  bool is_known(const Config& c) const {
    return is_reference(c) && uses_.count(c.as_list()[0].as_string());
  }

  /// A call's arguments refer to a layer that gives complex numbers.
  bool names_complex(const Config& c, int depth = 0) const {
    check(depth < 100, "A node of the model is nested too deep.");
    if (is_known(c)) {
      if (use_of(c).complex) return true;
      return c.size() > 3 && names_complex(c.as_list()[3], depth + 1);
    }
    if (c.is_list())
      return std::any_of(c.as_list().begin(), c.as_list().end(),
                         [&](const Config& item) { return names_complex(item, depth + 1); });
    return c.is_dict() &&
           std::any_of(c.as_dict().begin(), c.as_dict().end(),
                       [&](const auto& item) { return names_complex(item.second, depth + 1); });
  }

  void count(const Config& c, int depth = 0) {
    check(depth < 100, "A node of the model is nested too deep.");
    if (is_known(c)) {
      int64_t& largest = uses_[c.as_list()[0].as_string()].largest;
      largest = std::max(largest, c.as_list()[1].as_int());
      if (c.size() > 3) count(c.as_list()[3], depth + 1);
    } else if (c.is_list()) {
      for (const Config& item : c.as_list()) count(item, depth + 1);
    } else if (c.is_dict()) {
      for (const auto& [key, item] : c.as_dict()) count(item, depth + 1);
    }
  }

  /// References become tensors; the first dict beside one that has entries holds the kwargs.
  Config value(const Config& c, Config* kwargs, int depth) const {
    check(depth < 100, "A node of the model is nested too deep.");
    if (is_known(c) || is_constant(c)) {
      if (kwargs && c.size() > 3 && c.as_list()[3].is_dict() && kwargs->size() == 0)
        for (const auto& [key, item] : c.as_list()[3].as_dict())
          kwargs->set(key, value(item, nullptr, depth + 1));
      if (is_constant(c)) return c.as_list()[2];
      if (const Config* other = replacement(c)) return *other;
      if (use_of(c).complex) return complex_tensor(c.as_list()[0].as_string());
      return keras_tensor(c.as_list()[0].as_string(), index(c), c.as_list()[2].as_int());
    }
    if (c.is_list()) {
      Config out = Config::list();
      for (const Config& item : c.as_list()) out.push_back(value(item, kwargs, depth + 1));
      return out;
    }
    if (c.is_dict()) {
      Config out = Config::dict();
      for (const auto& [key, item] : c.as_dict()) out.set(key, value(item, kwargs, depth + 1));
      return out;
    }
    return c;
  }

  std::map<std::string, Use, std::less<>> uses_;
  std::map<std::string, Config::List, std::less<>> replaced_;
};

/// Arguments of a call that moved: from an attention layer's config to its call.
void move_causal(const Config& old, Config& call) {
  const Config* config = old.find("config");
  const Config* causal = config ? config->find("causal") : nullptr;
  if (causal && causal->is_bool() && causal->as_bool())
    call.find("kwargs")->set("use_causal_mask", true);
}

/// The one reference of a list of one: Keras 2 wrote that for a tensor, Keras 3 would take it for a
/// list.
Config single(const Config& structure) {
  const bool one = structure.is_list() && structure.size() == 1;
  return one && is_reference(structure.as_list()[0]) ? structure.as_list()[0] : structure;
}

bool is_tensor(const Config& c) {
  const Config* name = c.find("class_name");
  return name && *name == Config("__keras_tensor__");
}

/// `next`, called on what each call of `layer` gives.
Config behind(const Config& layer, Config next) {
  Config calls = Config::list();
  for (size_t i = 0; i < layer.at("inbound_nodes").size(); ++i) {
    Config args = Config::list({keras_tensor(name_of_layer(layer), static_cast<int64_t>(i), 0)});
    calls.push_back(Config::dict({{"args", std::move(args)}, {"kwargs", Config::dict()}}));
  }
  next.set("inbound_nodes", std::move(calls));
  return next;
}

/// Adds a layer, and what must follow it. What is called on labelled images stays as it is.
void push_with_second(Config& layers, Config layer, const Upgrade& upgrade) {
  const auto of_dict = [](const Config& node) {
    const Config* args = node.find("args");
    return args && args->size() && args->as_list()[0].is_dict() && !is_tensor(args->as_list()[0]);
  };
  const Config* nodes = layer.find("inbound_nodes");
  std::optional<Config> next;
  if (nodes && nodes->is_list() &&
      std::none_of(nodes->as_list().begin(), nodes->as_list().end(), of_dict))
    next = second_half(layer, upgrade);
  layers.push_back(std::move(layer));
  if (next) layers.push_back(behind(layers.as_list().back(), std::move(*next)));
}

}  // namespace

bool is_recurrent(std::string_view class_name) {
  return std::find(recurrent_classes.begin(), recurrent_classes.end(), class_name) !=
         recurrent_classes.end();
}

Config keras_tensor(const std::string& layer, int64_t node, int64_t output) {
  return Config::dict(
      {{"class_name", "__keras_tensor__"},
       {"config", Config::dict({{"keras_history", Config::list({layer, node, output})}})}});
}

Config upgrade_functional(Config entry, const Upgrade& upgrade) {
  Config* config = entry.find("config");
  check(config && config->is_dict() && config->find("layers") && config->at("layers").is_list(),
        "The config of the model '", name_of_layer(entry), "' has no list of layers.");
  entry.set("class_name", "Functional");
  if (!upgrade.epoch.before(3)) {
    restore_output_padding(*config->find("layers"), false, upgrade);
    Config layers = Config::list();
    for (Config& old : config->find("layers")->as_list())
      push_with_second(layers, upgrade_layer(std::move(old), upgrade), upgrade);
    config->set("layers", std::move(layers));
    return entry;
  }
  Nodes nodes(*config);
  Config layers = Config::list();
  for (const Config& old : config->at("layers").as_list()) {
    if (is_tf_op_layer(class_of(old))) {
      const std::vector<Config> calls = Nodes::calls_of(old);
      check(!calls.empty(), "The layer '", name_of_layer(old), "' is never called.");
      // The list of calls is left out, or holds the one call.
      const Config call = nodes.call(calls[0], class_of(old));
      TfOperations operations = tf_op_to_operations(old, call);
      for (Config& operation : operations.nodes) layers.push_back(std::move(operation));
      if (!operations.outputs.empty())
        nodes.replace(name_of_layer(old), std::move(operations.outputs));
      continue;
    }
    Config layer = upgrade_layer(old, upgrade);
    Config calls = Config::list();
    if (class_of(old) != "InputLayer") {
      for (const Config& node : Nodes::calls_of(old)) {
        Config call = nodes.call(node, class_of(layer));
        refuse_complex(has_complex_tensor(call), text("The layer '", name_of_layer(old), "'"));
        move_causal(old, call);
        calls.push_back(std::move(call));
      }
    }
    layer.set("inbound_nodes", std::move(calls));
    if (!layer.find("name")) layer.set("name", name_of_layer(old));
    push_with_second(layers, std::move(layer), upgrade);
  }
  config->set("layers", std::move(layers));
  for (const char* key : {"input_layers", "output_layers"})
    if (Config* structure = config->find(key)) *structure = nodes.structure(single(*structure));
  return entry;
}

}  // namespace kcpp::saving
