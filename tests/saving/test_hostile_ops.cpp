/// Operation nodes of Functional models (ops.reshape and its kin) with arguments that make no
/// sense.
#include <catch2/catch_all.hpp>
#include <cstdlib>

#include "tests/saving/hostile.h"
#include "tests/support/golden.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

/// A model of one operation on the input "in".
std::string model_of_op(const std::string& class_name, const Shape& input, const std::string& dtype,
                        const Config& args, const Config& kwargs, const Config& config) {
  Config entry = Config::dict({{"module", "keras.src.ops.numpy"},
                               {"class_name", class_name},
                               {"config", config},
                               {"registered_name", class_name},
                               {"name", "op"}});
  entry.find("config")->set("name", "op");
  entry.set("inbound_nodes", Config::list({Config::dict({{"args", args}, {"kwargs", kwargs}})}));
  return Config::dict(
             {{"class_name", "Functional"},
              {"config",
               Config::dict({{"name", "hostile"},
                             {"layers", Config::list({input_entry("in", input, dtype), entry})},
                             {"input_layers", Config::list({Config::list({"in", 0, 0})})},
                             {"output_layers", Config::list({Config::list({"op", 0, 0})})}})}})
      .to_json();
}

}  // namespace

TEST_CASE("absurd arguments of every operation") {
  const MemoryLimit limit;
  const bool all = std::getenv("KCPP_LONG_TESTS") != nullptr;
  const Config signatures = GoldenFile("op_signatures").config();
  std::vector<Config> values = absurd_values();
  values.push_back(tensor_entry("in"));
  values.push_back(Config::list({tensor_entry("in"), tensor_entry("in")}));
  values.push_back(Config::list({tensor_entry("in"), 3, Config()}));
  const std::vector<std::pair<Shape, std::string>> inputs = {
      {{-1, 4}, "float32"}, {{-1, 4, 4, 3}, "float32"}, {{-1, 3}, "int32"}, {{-1}, "bool"}};
  size_t turn = 0, accepted = 0;
  for (const auto& [function, signature] : signatures.at("ops").as_dict()) {
    const Config* class_name = signature.find("class");
    if (!class_name || !class_name->is_string()) continue;
    const Config::List& parameters = signature.at("parameters").as_list();
    std::vector<std::string> wrong;
    for (size_t p = 0; p < parameters.size(); ++p) {
      for (size_t v = 0; v < values.size(); ++v) {
        if (!all && turn++ % 3) continue;
        const auto& [shape, dtype] = inputs[(turn / 3) % inputs.size()];
        Config args = Config::list(), kwargs = Config::dict(), config = Config::dict();
        for (size_t i = 0; i < parameters.size(); ++i) {
          const std::string& name = parameters[i].at("name").as_string();
          if (i == p) {  // an argument by place, by name, or of the constructor
            if (v % 3 == 0 && args.size() == i) {
              args.push_back(values[v]);
            } else {
              (v % 3 == 1 ? kwargs : config).set(name, values[v]);
            }
          } else if (!parameters[i].find("default") && args.size() == i) {
            args.push_back(tensor_entry("in"));
          }
        }
        const std::string json =
            model_of_op(class_name->as_string(), shape, dtype, args, kwargs, config);
        const Outcome outcome = attempt([&] { load_json(json); });
        accepted += outcome.accepted;
        if (!outcome.wrong.empty()) {
          wrong.push_back(text(parameters[p].at("name").as_string(), " = ",
                               values[v].to_json().substr(0, 60), ": ",
                               outcome.wrong.substr(0, 300)));
        }
      }
    }
    INFO(class_name->as_string());
    CHECK(wrong == std::vector<std::string>{});
  }
  CHECK(accepted > 500);  // the harness does reach the operations
}
