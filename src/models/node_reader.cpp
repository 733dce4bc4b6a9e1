#include "src/models/node_reader.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "src/models/functional.h"
#include "src/models/input_node.h"
#include "src/models/operations.h"
#include "src/models/read_layer.h"
#include "src/models/references.h"

namespace kcpp {
namespace {

constexpr uint64_t most_lookups = 4000000;  // of tensors, by the calls of a model

bool is_legacy_reference(const Config& c) {
  return c.is_list() && c.size() >= 3 && c.as_list()[0].is_string() && c.as_list()[1].is_number() &&
         c.as_list()[2].is_number();
}

/// A Keras 3 tensor, or nullptr; gives its history.
const Config* keras_tensor_history(const Config& c) {
  const Config* name = c.find("class_name");
  if (!name || !name->is_string() || name->as_string() != "__keras_tensor__") return nullptr;
  return c.at("config").find("keras_history");
}

/// A file has no say in how arguments refer to inputs here.
void refuse_references(const Config& c) {
  check(!c.find("__tensor_input__"),
        "Invalid Functional model configuration: a reserved key `__tensor_input__`.");
}

/// The arguments with references to the same tensors among the inputs of a call; null when one is
/// not there.
Config referring_to(const Config& arguments, const Tensors& tensors, const Tensors& inputs) {
  if (const Config* i = arguments.find("__tensor_input__")) {
    const Tensor& wanted = tensors.at(static_cast<size_t>(i->as_int()));
    for (size_t k = 0; k < inputs.size(); ++k) {
      if (inputs[k].same(wanted)) return reference(k);
    }
    return {};
  }
  Config out = arguments;
  const auto refer = [&](Config& item) {
    const bool was_null = item.is_null();
    item = referring_to(item, tensors, inputs);
    return was_null || !item.is_null();
  };
  if (out.is_list()) {
    for (Config& item : out.as_list())
      if (!refer(item)) return {};
  } else if (out.is_dict()) {
    for (auto& [key, item] : out.as_dict())
      if (!refer(item)) return {};
  }
  return out;
}

/// An array of NumPy stands somewhere among the arguments.
bool holds_array(const Config& c) {
  const auto in = [](const Config& item) { return holds_array(item); };
  if (c.is_list()) return std::any_of(c.as_list().begin(), c.as_list().end(), in);
  if (!c.is_dict()) return false;
  const Config* name = c.find("class_name");
  return (name && *name == Config("__numpy__")) ||
         std::any_of(c.as_dict().begin(), c.as_dict().end(),
                     [&](const auto& item) { return in(item.second); });
}

/// Keras's names for the inputs of layers' calls, in their order.
constexpr std::array<std::string_view, 5> input_arguments = {"inputs", "sequences", "query",
                                                             "value", "key"};

/// The inputs of a layer's call in the order in which the layer has them: a model may be called on
/// a dict of tensors by the names of its inputs.
std::vector<size_t> positional_references(const Config& args, const Layer& layer) {
  std::vector<size_t> out;
  const auto* model = dynamic_cast<const ModelImpl*>(layer.impl().get());
  const Config* only = args.size() == 1 ? &args.as_list()[0] : nullptr;
  if (model && only && only->is_dict() && !only->find("__tensor_input__")) {
    const std::vector<std::string> keys = model->input_keys();
    if (std::all_of(keys.begin(), keys.end(), [&](const auto& key) { return only->find(key); })) {
      for (const std::string& key : keys) references_in(only->at(key), out);
      return out;
    }
  }
  references_in(args, out);
  return out;
}

bool is_layer_class(const std::string& name) {
  const auto layers = factories(ObjectKind::layer);
  return find_registered(ObjectKind::layer, name) ||
         std::any_of(layers.begin(), layers.end(),
                     [&](const Factory& f) { return f.name == name; });
}

/// The class is an op of Keras 3, not a layer: it is no layer's class, or its config has neither
/// `trainable` nor `dtype`, which a layer's always has.
bool is_operation(const Config& entry) {
  const Config* module = entry.find("module");
  if (module && module->is_string()) {
    const std::string& m = module->as_string();
    if (m.starts_with("keras.src.ops") || m.starts_with("keras.ops")) return true;
    if (m.starts_with("keras.")) return false;
  }
  const Config* config = entry.find("config");
  const Config* class_name = entry.find("class_name");
  if (!config || !config->is_dict() || !class_name || !class_name->is_string()) return false;
  const std::string& name = class_name->as_string();
  return has_operation(name) &&
         (!is_layer_class(name) || (!config->find("trainable") && !config->find("dtype")));
}

}  // namespace

NodeReader::NodeReader(const Config& layers) {
  const auto& list = layers.as_list("layers");
  check(list.size() <= most_layers_of_file, "The model has ", list.size(), " layers; more than ",
        most_layers_of_file, " are refused.");
  entries_.reserve(list.size());
  for (const Config& config : list) make_entry(config);
  run_calls();
}

void NodeReader::make_entry(const Config& config) {
  Entry entry;
  const Config* name = config.find("name");
  if (!name && config.find("config")) name = config.at("config").find("name");
  check(name && name->is_string(),
        "A layer of the Functional config has no name: ", config.at("class_name"));
  entry.name = name->as_string();
  check(!by_name_.count(entry.name), "The name \"", entry.name,
        "\" is used twice in the model. All operation names should be unique.");
  if (is_operation(config)) {
    entry.config = &config;
  } else {
    entry.layer = read_layer(config);
    entry.layer->set_name(entry.name);
    entry.nested_functional = dynamic_cast<FunctionalImpl*>(entry.layer.impl().get()) != nullptr;
    if (is_input_layer(entry.layer)) entry.calls.push_back({input_tensor(entry.layer)});
  }
  if (const Config* nodes = config.find("inbound_nodes"); nodes && nodes->is_list()) {
    const auto& list = nodes->as_list();
    // TensorFlow's op layers leave out the list of calls: the list is the one call.
    const bool bare = !list.empty() && is_legacy_reference(list[0]);
    if (bare) {
      entry.nodes.push_back(nodes);
    } else {
      for (const Config& node : list) {
        if (!(node.is_list() && node.size() == 0)) entry.nodes.push_back(&node);
      }
    }
    if (is_input_layer(entry.layer)) entry.nodes.clear();
  }
  by_name_[entry.name] = entries_.size();
  entries_.push_back(std::move(entry));
}

/// As Keras: over all layers in their order, again and again, until nothing is left. A layer that
/// waits for another one's call is not asked again before that call has run.
void NodeReader::run_calls() {
  std::set<size_t> now, later;
  for (size_t i = 0; i < entries_.size(); ++i) now.insert(now.end(), i);
  while (!now.empty()) {
    while (!now.empty()) {
      const size_t at = *now.begin();
      now.erase(now.begin());
      Entry& entry = entries_[at];
      try {
        for (; entry.next < entry.nodes.size(); ++entry.next)
          run_call(entry, *entry.nodes[entry.next]);
      } catch (const NotReady& missing) {
        entries_[missing.entry].waiting.emplace(missing.call, at);
      }
      const auto end = entry.waiting.lower_bound(entry.calls.size());
      for (auto it = entry.waiting.begin(); it != end; ++it)
        (it->second > at ? now : later).insert(it->second);
      entry.waiting.erase(entry.waiting.begin(), end);
    }
    now.swap(later);
  }
  std::string stuck;
  for (const Entry& entry : entries_) {
    if (entry.next < entry.nodes.size() && stuck.size() < 500)
      stuck += (stuck.empty() ? "'" : ", '") + entry.name + "'";
  }
  check(stuck.empty(),
        "Invalid Functional model configuration. The graph of the Functional model either has "
        "loops or disconnected "
        "nodes. The following nodes failed to be resolved: ",
        stuck);
}

void NodeReader::run_call(Entry& entry, const Config& node) {
  if (node.is_dict()) {
    run_keras3_call(entry, node);
  } else {
    run_legacy_call(entry, node);
  }
}

const Tensor& NodeReader::tensor(const Config& history, bool count_own_node) const {
  const auto& parts = history.as_list("keras_history");
  check(parts.size() >= 3, "A tensor's keras_history needs three entries. Received: ", history);
  const std::string& name = parts[0].as_string("keras_history");
  const auto it = by_name_.find(name);
  check(it != by_name_.end(), "Invalid Functional model configuration. Missing node: ", name);
  const Entry& entry = entries_[it->second];
  int64_t index = parts[1].as_int("keras_history");
  const int64_t output = parts[2].as_int("keras_history");
  if (count_own_node && entry.nested_functional) index -= 1;
  check(++lookups_ <= most_lookups, "The graph of the model is too large.");
  const auto total = static_cast<int64_t>(entry.calls.size() + entry.nodes.size() - entry.next);
  // tf.keras counts the node that a nested model was made with, and does not write it: its first
  // call is number 1.
  if (index >= total && index - 1 < total && index >= 1) index -= 1;
  check(index >= 0 && index < total, "Invalid Functional model configuration: '", name, "' has ",
        total, " calls. Received: node index ", parts[1].as_int());
  if (index >= static_cast<int64_t>(entry.calls.size()))
    throw NotReady{it->second, static_cast<size_t>(index)};
  const Tensors& outputs = entry.calls[static_cast<size_t>(index)];
  check(output >= 0 && output < static_cast<int64_t>(outputs.size()),
        "Invalid Functional model configuration: a call of '", name, "' has ", outputs.size(),
        " outputs. Received: tensor index ", output);
  return outputs[static_cast<size_t>(output)];
}

Config NodeReader::collect(const Config& value, Tensors& inputs) const {
  refuse_references(value);
  if (const Config* history = keras_tensor_history(value)) {
    inputs.push_back(tensor(*history, false));
    return reference(inputs.size() - 1);
  }
  if (value.is_list()) {
    Config out = Config::list();
    for (const Config& item : value.as_list()) out.push_back(collect(item, inputs));
    return out;
  }
  if (value.is_dict()) {
    Config out = Config::dict();
    for (const auto& [key, item] : value.as_dict()) out.set(key, collect(item, inputs));
    return out;
  }
  return value;
}

void NodeReader::run_keras3_call(Entry& entry, const Config& node) {
  Tensors inputs;
  const Config args = collect(node.at("args"), inputs);
  const Config kwargs = node.find("kwargs") ? collect(node.at("kwargs"), inputs) : Config::dict();
  if (entry.layer) {
    Tensors main;
    for (size_t i : positional_references(args, entry.layer)) main.push_back(inputs.at(i));
    const size_t by_position = main.size();
    for (const std::string_view name :
         input_arguments) {  // what may be given by position or by name
      std::vector<size_t> refs;
      if (const Config* value = kwargs.find(name)) references_in(*value, refs);
      for (size_t i : refs) main.push_back(inputs.at(i));
    }
    const bool by_name = main.size() > by_position;
    CallOptions options;
    if (args.size() == 1 && !dynamic_cast<const ModelImpl*>(entry.layer.impl().get()))
      options.structure = input_structure(args.as_list()[0]);
    for (const auto& [key, value] : kwargs.as_dict("kwargs")) {
      std::vector<size_t> refs;
      references_in(value, refs);
      if (!refs.empty() &&
          std::find(input_arguments.begin(), input_arguments.end(), key) != input_arguments.end())
        continue;
      if (key == "mask") {
        if (value.is_list()) {
          for (const Config& item : value.as_list()) {
            const Config* i = item.find("__tensor_input__");
            options.masks.push_back(i ? inputs.at(static_cast<size_t>(i->as_int())) : Tensor());
          }
        } else if (!refs.empty()) {
          options.mask = inputs.at(refs[0]);
        }
      } else if (key == "initial_state") {
        for (size_t i : refs) options.initial_state.push_back(inputs.at(i));
      } else if (key == "training") {
        if (!value.is_null()) options.training = value.as_bool("training");
      } else if (!refs.empty()) {
        options.tensors.emplace_back(key, inputs.at(refs[0]));
      } else if (!value.is_null()) {
        options.arguments.set(key, value);
      }
    }
    if (main.empty() && !options.tensors.empty()) {  // called by keyword only: inputs=x
      main.push_back(options.tensors.front().second);
      options.tensors.erase(options.tensors.begin());
    }
    check(!main.empty(), "Invalid Functional model configuration: a call of '", entry.name,
          "' has no input tensor.");
    entry.calls.push_back(entry.layer.call(main, options));
    if (by_name) {
      const std::shared_ptr<symbolic::Call>& call = entry.calls.back().at(0).impl()->call;
      Config written =
          referring_to(Config::dict({{"args", args}, {"kwargs", kwargs}}), inputs, call->inputs);
      if (!written.is_null()) call->arguments.set("written", std::move(written));
    }
  } else {
    check(!inputs.empty(), "Invalid Functional model configuration: the operation '", entry.name,
          "' has no input tensor.");
    const Tensors outputs =
        call_operation(*entry.config, Config::dict({{"args", args}, {"kwargs", kwargs}}), inputs);
    const auto made_here = [&](const Tensor& t) {
      return t.is_symbolic() && t.impl()->call &&
             std::none_of(inputs.begin(), inputs.end(), [&](const Tensor& input) {
               return input.impl()->call == t.impl()->call;
             });
    };
    check(!outputs.empty() && made_here(outputs[0]),
          "Invalid Functional model configuration: the operation '", entry.name,
          "' gives nothing that depends on its inputs.");
    // A Deferred operation may have become the one that it stands for.
    symbolic::Call& call = *outputs[0].impl()->call;
    const std::string& class_name = entry.config->at("class_name").as_string();
    call.operation = std::make_shared<symbolic::OpNode>(
        class_name == "Deferred" ? call.operation->operation_class() : class_name, entry.name);
    if (holds_array(args) || holds_array(kwargs)) call.arguments.set("constants", "__numpy__");
    entry.calls.push_back(outputs);
  }
}

Config NodeReader::collect_legacy(const Config& value, Tensors& inputs) const {
  refuse_references(value);
  if (is_legacy_reference(value) && by_name_.count(value.as_list()[0].as_string())) {
    inputs.push_back(tensor(value, false));
    return reference(inputs.size() - 1);
  }
  if (value.is_list()) {
    Config out = Config::list();
    for (const Config& item : value.as_list()) out.push_back(collect_legacy(item, inputs));
    return out;
  }
  return value;
}

/// Keras 1 and 2: a list of [layer, call, output(, kwargs)], one an input.
void NodeReader::run_legacy_call(Entry& entry, const Config& node) {
  Tensors inputs;
  CallOptions options;
  for (const Config& item : node.as_list("inbound_nodes")) {
    check(is_legacy_reference(item),
          "Cannot deserialize the model (invalid config data?): a node of '", entry.name, "' is ",
          item);
    inputs.push_back(tensor(item, false));
    if (item.size() < 4 || !item.as_list()[3].is_dict()) continue;
    for (const auto& [key, value] : item.as_list()[3].as_dict()) {
      Tensors extra;
      collect_legacy(value, extra);
      if (key == "mask" && !extra.empty()) {
        options.mask = extra[0];
      } else if (key == "initial_state") {
        options.initial_state = extra;
      } else if (key == "training") {
        if (!value.is_null()) options.training = value.as_bool("training");
      } else if (!extra.empty()) {
        options.tensors.emplace_back(key, extra[0]);
      } else if (!value.is_null()) {
        options.arguments.set(key, value);
      }
    }
  }
  check(static_cast<bool>(entry.layer), "The operation '", entry.name,
        "' cannot be called in this form.");
  entry.calls.push_back(entry.layer.call(inputs, options));
}

Config NodeReader::read_structure(const Config& config, Tensors& tensors) const {
  if (is_legacy_reference(config)) {
    try {
      tensors.push_back(tensor(config, true));
    } catch (const NotReady&) {
      throw ValueError(
          text("Invalid Functional model configuration: ", config, " does not exist."));
    }
    return static_cast<int64_t>(tensors.size() - 1);
  }
  if (config.is_dict()) {
    // Keras flattens a dict in the order of its keys, and writes it as it was given.
    Config out = config;
    std::map<std::string_view, Config*> sorted;
    for (auto& [key, value] : out.as_dict()) sorted.emplace(key, &value);
    for (const auto& [key, value] : sorted) *value = read_structure(*value, tensors);
    return out;
  }
  Config out = Config::list();
  for (const Config& item : config.as_list("input_layers or output_layers"))
    out.push_back(read_structure(item, tensors));
  return out;
}

}  // namespace kcpp
