/// What a compile config, a constant and a mask may say: optimizers by name of variable, patterns,
/// arrays in initializers, seeds, masks in nodes.
#include <catch2/catch_all.hpp>
#include <cstdlib>

#include "kcpp/optimizers.h"
#include "kcpp/saving.h"
#include "src/core/pattern.h"
#include "src/saving/containers/json.h"
#include "tests/saving/hostile.h"

namespace kcpp::test {
namespace {

/// A model of one Dense layer that `optimizer` trains.
Config compiled_model(const Config& optimizer, const std::string& layer = "d") {
  Config model =
      sequential_of({3}, {layer_entry("Dense", Config::dict({{"name", layer}, {"units", 2}}))});
  model.set("compile_config", Config::dict({{"optimizer", optimizer}, {"loss", "mse"}}));
  return model;
}

Config sgd() {
  return Config::dict({{"module", "keras.optimizers"},
                       {"class_name", "SGD"},
                       {"config", Config::dict({{"learning_rate", 0.1}, {"momentum", 0.5}})},
                       {"registered_name", nullptr}});
}

Config multi(const Config& map, const Config& otherwise = sgd()) {
  const Config by_name = Config::dict(
      {{"module", "keras.optimizers"},
       {"class_name", "OptimizerMap"},
       {"config", Config::dict({{"default_optimizer", otherwise}, {"optimizer_map", map}})},
       {"registered_name", nullptr}});
  return Config::dict({{"module", "keras.optimizers"},
                       {"class_name", "MultiOptimizer"},
                       {"config", Config::dict({{"optimizer_map", by_name}})},
                       {"registered_name", nullptr}});
}

/// How the load of a model ends; what is wrong with its compile config is a note of the report.
Outcome load(const std::string& json, std::string* notes = nullptr) {
  LoadReport report;
  const Outcome out = attempt([&] {
    const auto bytes = std::as_bytes(std::span(json));
    load_model(bytes, {.report = &report}, "attack.json");
  });
  if (notes) *notes = report.to_string();
  return out;
}

Outcome load(const Config& model, std::string* notes = nullptr) {
  return load(model.to_json(), notes);
}

/// Every value inside `attacked`, a part of `model`, is replaced in turn by absurd ones: by all of
/// them in the long tests, else by some.
void attack_all(const Config& model, Config& attacked) {
  const size_t stride = std::getenv("KCPP_LONG_TESTS") ? 1 : 7;
  size_t tried = 0;
  std::vector<std::string> wrong;
  for_each_value(attacked, [&](Config& value, const std::string& where) {
    const Config good = value;
    const std::vector<Config>& absurd = absurd_values();
    for (size_t i = tried % stride; i < absurd.size(); i += stride) {
      value = absurd[i];
      const Outcome outcome = load(model);
      if (!outcome.wrong.empty())
        wrong.push_back(text(where, " = ", absurd[i].to_json().substr(0, 60), ": ", outcome.wrong));
    }
    ++tried;
    value = good;
  });
  CHECK(wrong == std::vector<std::string>{});
}

}  // namespace

TEST_CASE("a MultiOptimizer's map with absurd values", "[saving][hostile]") {
  const MemoryLimit limit;
  Config model = compiled_model(multi(Config::dict({{"d/kernel", sgd()}, {".*bias", sgd()}})));
  std::string notes;
  CHECK(load(model, &notes).accepted);
  CHECK(notes == "");
  attack_all(model, *model.find("compile_config"));
}

TEST_CASE("maps and patterns that cost too much", "[saving][hostile]") {
  const MemoryLimit limit;
  const auto note_of = [](const Config& map, const std::string& layer = "d") {
    std::string notes;
    const Outcome outcome = load(compiled_model(multi(map), layer), &notes);
    CHECK(outcome.wrong == "");
    return notes;
  };
  std::string many = compiled_model(multi(Config::dict({{"HERE", sgd()}}))).to_json(), notes;
  std::string items;
  for (int i = 0; i < 15000; ++i) items += text("\"v", i, "\": ", sgd().to_json(), ", ");
  many.insert(many.find("\"HERE\""), items);
  CHECK(load(many, &notes).wrong == "");
  CHECK(notes.find("15001 optimizers") != std::string::npos);
  Config patterns = Config::dict();
  for (int i = 0; i < 900; ++i)
    patterns.set(std::string(1500, '.') + "*" + std::to_string(i), sgd());
  CHECK(note_of(patterns, std::string(20000, 'a')) != "");
  // Backtracking, and repetitions of nothing.
  std::string nothing;
  for (int i = 0; i < 500000; ++i) nothing += "(){3999}";
  for (const std::string& pattern :
       {std::string("(a*)*b"), std::string("(a|aa)+$"), std::string("(.*)*x"), nothing,
        std::string(200000, '('), std::string(200000, '['), std::string("a{4000}{4000}"),
        std::string("(a{60}){60}{60}"), std::string("\\"), std::string("[z-a]"),
        std::string("a{9,1}"), std::string("*"), std::string("a{99999999999999999999}")}) {
    INFO(pattern.substr(0, 40));
    note_of(Config::dict({{pattern, sgd()}}), std::string(5000, 'a'));
    CHECK(attempt([&] {
            static_cast<void>(Pattern(pattern).search(std::string(5000, 'a')));
          }).wrong == "");
  }
  // Optimizers inside optimizers.
  Config deep = sgd();
  for (int i = 0; i < 60; ++i) deep = multi(Config::dict({{"d.*", sgd()}}), deep);
  note_of(Config::dict({{"d.*", deep}}));
}

TEST_CASE("constants of absurd arrays", "[saving][hostile]") {
  const MemoryLimit limit;
  const auto constant = [](const Config& value) {
    return layer_entry("Dense",
                       Config::dict({{"name", "d"},
                                     {"units", 2},
                                     {"kernel_initializer",
                                      Config::dict({{"module", "keras.initializers"},
                                                    {"class_name", "Constant"},
                                                    {"config", Config::dict({{"value", value}})},
                                                    {"registered_name", nullptr}})}}));
  };
  const auto array = [](const Config& value, const char* dtype) {
    return Config::dict({{"class_name", "__numpy__"},
                         {"config", Config::dict({{"value", value}, {"dtype", dtype}})}});
  };
  const Config pair = Config::list({1.0, 2.0});
  CHECK(load(sequential_of({3}, {constant(array(pair, "float32"))})).accepted);
  Config deep = pair;
  for (int i = 0; i < 90; ++i) deep = Config::list({deep});
  Config wide = Config::list();
  for (int i = 0; i < 300000; ++i) wide.push_back(0.5);
  const std::vector<Config> values = {array(deep, "float32"),
                                      array(wide, "float32"),
                                      array(Config::list({pair, 1.0}), "float32"),
                                      array(Config::list({pair, Config::list()}), "float32"),
                                      array("text", "float32"),
                                      array(pair, "string"),
                                      array(pair, "no dtype"),
                                      array(Config::dict(), "float32"),
                                      array(Config(), "float32"),
                                      Config::dict({{"class_name", "__numpy__"}}),
                                      Config::dict({{"class_name", "__tensor__"}}),
                                      wide,
                                      deep};
  for (const Config& value : values) {
    INFO(value.to_json().substr(0, 80));
    const Outcome outcome = load(sequential_of({3}, {constant(value)}));
    CHECK(outcome.wrong == "");
  }
  Config model = sequential_of({3}, {constant(array(pair, "float32"))});
  attack_all(model, model.find("config")->find("layers")->as_list().back());
}

TEST_CASE("dicts of very many keys", "[saving][hostile]") {
  const MemoryLimit limit;
  const auto keys = [](int count) {
    std::string out = "\"key\": 0";
    for (int i = 0; i < count; ++i) out += text(", \"key", i, "\": 0");
    return out;
  };
  const auto dense_of_keras_2 = [](const std::string& more, const std::string& initializer) {
    return text(R"({"class_name": "Sequential", "keras_version": "2.4.0", "config": {"layers": [
        {"class_name": "Dense", "config": {"name": "d", "units": 2, "batch_input_shape": [null, 3],
         "kernel_initializer": {"class_name": "Zeros", "config": {)",
                initializer, "}}", more, "}}]}}");
  };
  std::string notes;
  CHECK(load(dense_of_keras_2("", ""), &notes).accepted);
  CHECK(load(dense_of_keras_2("", keys(19000)), &notes).wrong == "");
  CHECK(notes.find("kernel_initializer") != std::string::npos);
  CHECK(notes.size() < 3000);
  const Outcome layer = load(dense_of_keras_2(", " + keys(19000), ""));
  CHECK(layer.wrong == "");
  CHECK(layer.sentence.find("Unrecognized keyword arguments") != std::string::npos);
  // Each search takes as long as the dict has keys.
  const Outcome refused = load(dense_of_keras_2("", keys(300000)));
  CHECK(refused.wrong == "");
  CHECK(refused.sentence.find("too many keys") != std::string::npos);
}

TEST_CASE("seeds and their generators with absurd values", "[saving][hostile]") {
  const MemoryLimit limit;
  const auto generator = [](const Config& seed) {
    return Config::dict({{"module", "keras.random"},
                         {"class_name", "SeedGenerator"},
                         {"config", Config::dict({{"name", "s"}, {"seed", seed}})},
                         {"registered_name", nullptr}});
  };
  for (const char* kind : {"Dropout", "GaussianNoise"}) {
    const char* amount = std::string_view(kind) == "Dropout" ? "rate" : "stddev";
    Config model = sequential_of(
        {3}, {layer_entry(kind, Config::dict({{"name", "n"}, {amount, 0.5}, {"seed", 1}}))});
    CHECK(load(model).accepted);
    Config& config = *model.find("config")->find("layers")->as_list().back().find("config");
    config.set("seed", generator(3));
    config.set("seed_generator", generator(3));
    attack_all(model, config);
  }
}

TEST_CASE("masks in nodes with absurd values", "[saving][hostile]") {
  const MemoryLimit limit;
  const auto call = [](const std::string& class_name, const std::string& name, Config config,
                       const Config& args, const Config& kwargs) {
    config.set("name", name);
    Config entry = layer_entry(class_name, config);
    entry.set("name", name);
    entry.set("inbound_nodes", Config::list({Config::dict({{"args", args}, {"kwargs", kwargs}})}));
    return entry;
  };
  Config compare = call("NotEqual", "not_equal", Config::dict(),
                        Config::list({tensor_entry("x"), 0}), Config::dict());
  compare.set("module", "keras.src.ops.numpy");
  const Config embedding = call(
      "Embedding", "e",
      Config::dict({{"input_dim", 5}, {"output_dim", 3}, {"mask_zero", true}, {"trainable", true}}),
      Config::list({tensor_entry("x")}), Config::dict());
  const Config lstm =
      call("LSTM", "l", Config::dict({{"units", 2}, {"trainable", true}}),
           Config::list({tensor_entry("e")}), Config::dict({{"mask", tensor_entry("not_equal")}}));
  const Config input = input_entry("x", {-1, 4});
  Config model = Config::dict(
      {{"module", "keras.src.models.functional"},
       {"class_name", "Functional"},
       {"config", Config::dict({{"name", "m"},
                                {"trainable", true},
                                {"layers", Config::list({input, compare, embedding, lstm})},
                                {"input_layers", Config::list({Config::list({"x", 0, 0})})},
                                {"output_layers", Config::list({Config::list({"l", 0, 0})})}})},
       {"registered_name", "Functional"}});
  const Outcome good = load(model);
  CHECK(good.sentence == "");
  CHECK(good.accepted);
  attack_all(model, model.find("config")->find("layers")->as_list().back());
  attack_all(model, model.find("config")->find("layers")->as_list()[1]);
}

}  // namespace kcpp::test
