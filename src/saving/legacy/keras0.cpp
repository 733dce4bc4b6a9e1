/// Models of Keras 0.x: layers are {"name": class, "custom_name": .., fields..}, a model is a
/// Sequential or a Graph.
#include <map>

#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

std::string lower(std::string s) {
  for (char& c : s) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return s;
}

class Reader {
 public:
  Config sequential(const Config& model) {
    Config layers = Config::list();
    for (const Config& old : model.at("layers").as_list("layers")) layers.push_back(layer(old));
    return Config::dict({{"class_name", "Sequential"}, {"config", std::move(layers)}});
  }

  Config graph(const Config& model) {
    Config layers = Config::list(), inputs = Config::list(), outputs = Config::list();
    for (const Config& input : model.at("input_config").as_list("input_config")) {
      const std::string& name = input.at("name").as_string("name");
      Config shape = Config::list({nullptr});
      for (const Config& d : input.at("input_shape").as_list("input_shape")) shape.push_back(d);
      const Config* dtype = input.find("dtype");
      layers.push_back(layer_entry(
          "InputLayer",
          Config::dict({{"batch_input_shape", std::move(shape)},
                        {"dtype", dtype && *dtype == Config("int") ? "int32" : "float32"},
                        {"name", name}})));
      inputs.push_back(reference(name));
    }
    for (const Config& node : model.at("node_config").as_list("node_config")) {
      const std::string& name = node.at("name").as_string("name");
      const std::string from = source(node, name, layers);
      Config entry = layer(model.at("nodes").at(name));
      entry.find("config")->set("name", name);
      entry.set("name", name);
      entry.set("inbound_nodes", Config::list({Config::list({reference(from)})}));
      layers.push_back(std::move(entry));
    }
    for (const Config& output : model.at("output_config").as_list("output_config"))
      outputs.push_back(reference(source(output, output.at("name").as_string("name"), layers)));
    return Config::dict({{"class_name", "Model"},
                         {"config", Config::dict({{"name", "graph"},
                                                  {"layers", std::move(layers)},
                                                  {"input_layers", std::move(inputs)},
                                                  {"output_layers", std::move(outputs)}})}});
  }

 private:
  static Config reference(const std::string& name) { return Config::list({name, 0, 0}); }

  /// What a node is called on: one name, or several that are merged.
  std::string source(const Config& node, const std::string& name, Config& layers) {
    const Config* inputs = node.find("inputs");
    if (!inputs || inputs->size() == 0) return node.at("input").as_string("input");
    Config merged = Config::dict({{"name", name + "_merge"}});
    merged.set("mode", node.at("merge_mode"));
    for (const char* key : {"concat_axis", "dot_axes"})
      if (const Config* value = node.find(key)) merged.set(key, *value);
    Config call = Config::list();
    for (const Config& input : inputs->as_list())
      call.push_back(reference(input.as_string("inputs")));
    layers.push_back(layer_entry("Merge", std::move(merged), Config::list({std::move(call)})));
    return name + "_merge";
  }

  Config layer(const Config& old) {
    const std::string& class_name = old.at("name").as_string("name");
    if (class_name == "Sequential") return sequential(old);
    Config config = Config::dict();
    const Config* custom = old.find("custom_name");
    const std::string base =
        custom && custom->is_string() ? custom->as_string() : lower(class_name);
    const int number = ++counts_[base];
    config.set("name", number == 1 ? base : base + "_" + std::to_string(number));
    for (const auto& [key, value] : old.as_dict()) {
      if (key == "name" || key == "custom_name") continue;
      if (key == "input_shape" && value.is_list()) {
        Config shape = Config::list({nullptr});
        const Config* length = old.find("input_length");
        if (class_name == "Embedding") {
          shape.push_back(length ? *length : Config());
        } else {
          for (const Config& d : value.as_list()) shape.push_back(d);
        }
        config.set("batch_input_shape", std::move(shape));
      } else if (key == "layers" && value.is_list()) {  // the branches of a Merge
        Config branches = Config::list();
        for (const Config& branch : value.as_list()) branches.push_back(layer(branch));
        config.set(key, std::move(branches));
      } else {
        config.set(key, value);
      }
    }
    return Config::dict({{"class_name", class_name}, {"config", std::move(config)}});
  }

  std::map<std::string, int> counts_;
};

}  // namespace

Config keras0_to_keras1(const Config& model) {
  const Config* name = model.find("name");
  check(name && name->is_string(), "The model's config has neither a class_name nor a name.");
  if (name->as_string() == "Graph") return Reader().graph(model);
  check(name->as_string() == "Sequential", "The model's config is of the unknown class '",
        name->as_string(), "'.");
  return Reader().sequential(model);
}

}  // namespace kcpp::saving
