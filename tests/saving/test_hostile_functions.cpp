/// TensorFlow's functions in models of tf.keras with arguments that make no sense.
#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "src/saving/containers/hdf5_reader.h"
#include "src/saving/containers/json.h"
#include "tests/saving/hostile.h"
#include "tests/support/golden.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

/// The names of the layers that a call refers to.
void named(const Config& c, std::set<std::string>& names) {
  if (c.is_list()) {
    if (c.size() >= 3 && c.as_list()[0].is_string()) names.insert(c.as_list()[0].as_string());
    for (const Config& item : c.as_list()) named(item, names);
  } else if (c.is_dict()) {
    for (const auto& [key, item] : c.as_dict()) named(item, names);
  }
}

/// The model that ends with one layer of another one.
Config ending_with(const Config& model, const Config& last) {
  std::map<std::string, const Config*> layers;
  for (const Config& layer : model.at("config").at("layers").as_list())
    layers[layer.at("name").as_string()] = &layer;
  std::set<std::string> needed{last.at("name").as_string()}, waiting = needed;
  while (!waiting.empty()) {
    const std::string name = *waiting.begin();
    waiting.erase(name);
    std::set<std::string> more;
    named(layers.at(name)->at("inbound_nodes"), more);
    for (const std::string& other : more)
      if (layers.count(other) && needed.insert(other).second) waiting.insert(other);
  }
  Config out = model, kept = Config::list(), inputs = Config::list();
  for (const Config& layer : model.at("config").at("layers").as_list()) {
    const std::string& name = layer.at("name").as_string();
    if (!needed.count(name)) continue;
    kept.push_back(layer);
    if (layer.at("class_name") == Config("InputLayer"))
      inputs.push_back(Config::list({name, 0, 0}));
  }
  Config* config = out.find("config");
  config->set("layers", kept);
  config->set("input_layers", inputs);
  config->set("output_layers", Config::list({Config::list({last.at("name"), 0, 0})}));
  return out;
}

}  // namespace

TEST_CASE("absurd arguments of TensorFlow's functions") {
  const MemoryLimit limit;
  const bool all = std::getenv("KCPP_LONG_TESTS") != nullptr;
  size_t turn = 0, accepted = 0, refused = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(GoldenFile::path("files_epochs/tfops-215"))) {
    if (file.path().extension() != ".h5") continue;
    const hdf5::Group root = hdf5::File::open(file.path().string()).root();
    const Config model = io::parse_json(root.attribute_string("model_config"));
    for (const Config& layer : model.at("config").at("layers").as_list()) {
      if (layer.at("class_name") != Config("TFOpLambda")) continue;
      Config small = ending_with(model, layer);
      small.set("keras_version", "2.15.0");
      Config& nodes = *small.find("config")->find("layers")->as_list().back().find("inbound_nodes");
      std::vector<std::string> wrong;
      for_each_value(nodes, [&](Config& value, const std::string& where) {
        if (where.find("/3/") == std::string::npos) return;  // a reference to another layer
        const Config before = value;
        for (const Config& absurd : absurd_values()) {
          if (!all && turn++ % 29) continue;
          value = absurd;
          const Outcome outcome = attempt([&] { load_json(small.to_json()); }, 30);
          (outcome.accepted ? accepted : refused) += 1;
          if (!outcome.wrong.empty())
            wrong.push_back(text(where, " = ", absurd.to_json().substr(0, 60), ": ",
                                 outcome.wrong.substr(0, 300)));
        }
        value = before;
      });
      INFO(layer.at("name").as_string());
      CHECK(wrong == std::vector<std::string>{});
    }
  }
  CHECK(accepted > 300);  // the functions are reached
  CHECK(refused > 300);
}
