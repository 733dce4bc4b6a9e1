/// Sequential models of Keras 1 and 2: a list or a dict, the input's shape at the first layer, and
/// the Merge that could come first.
#include <algorithm>

#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

/// The input's shape as a layer, or as its wrapped layer, wrote it.
const Config* batch_shape_of(const Config& layer) {
  const Config* config = layer.find("config");
  if (!config || !config->is_dict()) return nullptr;
  for (const char* key : {"batch_input_shape", "batch_shape"})
    if (const Config* shape = config->find(key); shape && shape->is_list()) return shape;
  if (const Config* inner = config->find("layer"); inner && class_of(layer) != "TimeDistributed")
    return batch_shape_of(*inner);
  return nullptr;
}

Config input_layer(const Config& first) {
  const Config& config = first.at("config");
  const Config* dtype = config.find("input_dtype");
  if (!dtype) dtype = config.find("dtype");
  const std::string name = name_of_layer(first);
  Config out = Config::dict({{"batch_shape", *batch_shape_of(first)},
                             {"dtype", dtype && dtype->is_string() ? *dtype : Config("float32")},
                             {"name", (name.empty() ? class_of(first) : name) + "_input"}});
  return Config::dict({{"class_name", "InputLayer"}, {"config", std::move(out)}});
}

/// [Merge([left, right]), rest..] of Keras 1: a graph whose inputs are those of the branches.
Config merged_graph(const Config::List& layers, const std::string& name) {
  Config all = Config::list(), inputs = Config::list(), ends = Config::list();
  const auto chain = [&](const Config& list, std::string from) {
    for (const Config& layer : list.as_list("layers")) {
      Config entry = layer;
      const std::string own = name_of_layer(layer);
      check(!own.empty(), "A layer of the model has no name: ", class_of(layer));
      if (from.empty()) {
        check(batch_shape_of(layer) != nullptr, "The branch of a Merge that begins with layer '",
              own, "' does not tell its input's shape.");
        Config input = input_layer(layer);
        from = name_of_layer(input);
        inputs.push_back(Config::list({from, 0, 0}));
        all.push_back(layer_entry("InputLayer", input.at("config")));
      }
      entry.set("name", own);
      entry.set("inbound_nodes", Config::list({Config::list({Config::list({from, 0, 0})})}));
      all.push_back(std::move(entry));
      from = own;
    }
    return from;
  };
  Config merge = layers[0];
  for (const Config& branch : merge.at("config").at("layers").as_list("layers")) {
    check(class_of(branch) == "Sequential", "A Merge of models of class ", class_of(branch),
          " as the first layer of a Sequential model cannot be read.");
    const Config& config = branch.at("config");
    const Config& list = config.is_list() ? config : config.at("layers");
    ends.push_back(Config::list({chain(list, ""), 0, 0}));
  }
  const std::string merged = name_of_layer(merge);
  merge.find("config")->erase("layers");
  merge.set("name", merged);
  merge.set("inbound_nodes", Config::list({std::move(ends)}));
  all.push_back(std::move(merge));
  const std::string last = chain(Config(Config::List(layers.begin() + 1, layers.end())), merged);
  return Config::dict(
      {{"class_name", "Model"},
       {"config", Config::dict({{"name", name.empty() ? "model" : name},
                                {"layers", std::move(all)},
                                {"input_layers", std::move(inputs)},
                                {"output_layers", Config::list({Config::list({last, 0, 0})})}})}});
}

}  // namespace

Config upgrade_sequential(Config entry, const Upgrade& upgrade) {
  Config config = entry.at("config");
  if (config.is_list()) config = Config::dict({{"layers", std::move(config)}});  // up to 2.2.2
  check(config.is_dict() && config.find("layers") && config.at("layers").is_list(),
        "The config of the Sequential model has no list of layers.");
  if (const std::string name = name_of_layer(entry); !name.empty() && !config.find("name"))
    config.set("name", name);
  const Config::List& old = config.at("layers").as_list();
  if (!old.empty() && class_of(old[0]) == "Merge" && old[0].at("config").find("layers")) {
    Config graph = merged_graph(old, name_of_layer(entry));
    if (const Config* nodes = entry.find("inbound_nodes")) graph.set("inbound_nodes", *nodes);
    return upgrade_functional(std::move(graph), upgrade);
  }
  restore_output_padding(*config.find("layers"), true, upgrade);
  Config layers = Config::list();
  if (!old.empty() && class_of(old[0]) != "InputLayer" && class_of(old[0]) != "Sequential" &&
      class_of(old[0]) != "Model" && class_of(old[0]) != "Functional" && batch_shape_of(old[0])) {
    layers.push_back(input_layer(old[0]));
  }
  for (const Config& layer : old) {
    layers.push_back(upgrade_layer(layer, upgrade));
    if (auto next = second_half(layers.as_list().back(), upgrade))
      layers.push_back(std::move(*next));
  }
  config.set("layers", std::move(layers));
  entry.set("config", std::move(config));
  return entry;
}

}  // namespace kcpp::saving
