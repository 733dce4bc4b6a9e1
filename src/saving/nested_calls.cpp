#include "src/saving/nested_calls.h"

#include <set>
#include <string>

#include "src/saving/h5_keys.h"

namespace kcpp::saving {
namespace {

using Names = std::set<std::string>;

/// Calls `visit(reference)` for every [layer, call, tensor] in a node, or in a list of outputs.
template <class Visit>
void for_each_reference(Config& c, const Visit& visit) {
  if (c.is_list()) {
    Config::List& list = c.as_list();
    if (list.size() == 3 && list[0].is_string() && list[1].is_int() && list[2].is_int()) {
      visit(list);
    } else {
      for (Config& item : list) for_each_reference(item, visit);
    }
  } else if (is_class(c, "__keras_tensor__")) {
    if (Config* history = c.find("config")->find("keras_history"))
      for_each_reference(*history, visit);
  } else if (c.is_dict()) {
    for (auto& [key, value] : c.as_dict()) for_each_reference(value, visit);
  }
}

bool is_model(const Config& layer) {
  const Config& config = layer.at("config");
  return config.is_dict() && config.find("layers") && !is_class(layer, "Pipeline");
}

}  // namespace

void write_nested_calls_twice(Config& config) {
  Config::List& layers = config.find("layers")->as_list();
  Names models, sequential, twice;
  for (const Config& layer : layers) {
    if (!is_model(layer)) continue;
    const std::string& name = layer.at("config").at("name").as_string("name");
    models.insert(name);
    if (is_class(layer, "Sequential")) sequential.insert(name);
  }
  const auto collect = [&twice](const Names& among) {
    return [&among, &twice](const Config::List& reference) {
      if (among.count(reference[0].as_string())) twice.insert(reference[0].as_string());
    };
  };
  for (Config& layer : layers)
    if (Config* nodes = layer.find("inbound_nodes")) for_each_reference(*nodes, collect(models));
  Config* outputs = config.find("output_layers");
  if (outputs) for_each_reference(*outputs, collect(sequential));
  if (twice.empty()) return;

  const auto refer = [&twice](const Names* from_1) {
    return [&twice, from_1](Config::List& reference) {
      const std::string& name = reference[0].as_string();
      if (!twice.count(name)) return;
      const int64_t call = reference[1].as_int() - (from_1 && !from_1->count(name) ? 1 : 0);
      reference[1] = 2 * call + 1;
    };
  };
  for (Config& layer : layers) {
    Config* nodes = layer.find("inbound_nodes");
    if (!nodes) continue;
    for_each_reference(*nodes, refer(nullptr));
    if (!is_model(layer) || !twice.count(layer.at("config").at("name").as_string("name"))) continue;
    Config copies = Config::list();
    for (const Config& node : nodes->as_list()) {
      copies.push_back(node);
      copies.push_back(node);
    }
    *nodes = std::move(copies);
  }
  if (outputs) for_each_reference(*outputs, refer(&sequential));
}

}  // namespace kcpp::saving
