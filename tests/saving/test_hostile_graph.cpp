/// Models whose graphs, nesting or names are made to hurt.
#include <catch2/catch_all.hpp>

#include "kcpp/saving.h"
#include "tests/saving/hostile.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::ContainsSubstring;

namespace {

Config reference(const std::string& layer, int64_t node = 0, int64_t tensor = 0) {
  return Config::list({layer, node, tensor});
}

Config call_on(const std::vector<Config>& arguments) {
  Config args = Config::list();
  for (const Config& a : arguments) args.push_back(a);
  return Config::dict({{"args", std::move(args)}, {"kwargs", Config::dict()}});
}

/// A layer of a Functional model and its calls.
Config node(const std::string& class_name, const std::string& name, Config config,
            const std::vector<Config>& calls) {
  config.set("name", name);
  Config entry = layer_entry(class_name, std::move(config)), nodes = Config::list();
  for (const Config& c : calls) nodes.push_back(c);
  entry.set("name", name);
  entry.set("inbound_nodes", std::move(nodes));
  return entry;
}

Config dense(const std::string& name, const std::vector<Config>& calls, int64_t units = 1) {
  return node("Dense", name, Config::dict({{"units", units}}), calls);
}

/// A Functional model with the input "in" of one feature.
Config functional(const std::vector<Config>& layers, Config output,
                  const std::string& name = "hostile") {
  Config list = Config::list({input_entry("in", {-1, 1})});
  for (const Config& layer : layers) list.push_back(layer);
  return Config::dict({{"module", "keras"},
                       {"class_name", "Functional"},
                       {"config", Config::dict({{"name", name},
                                                {"trainable", true},
                                                {"layers", list},
                                                {"input_layers", Config::list({reference("in")})},
                                                {"output_layers", std::move(output)}})}});
}

/// Loads and predicts; the sentence, or "accepted".
std::string fate(const Config& model) {
  const MemoryLimit limit;
  const std::string json = model.to_json();
  const Outcome outcome = attempt([&] { load_json(json); }, 5.0);
  CHECK(outcome.wrong == "");
  return outcome.accepted ? "accepted" : outcome.sentence;
}

}  // namespace

TEST_CASE("graphs with loops or loose ends are refused") {
  const auto a = tensor_entry("a"), b = tensor_entry("b"), in = tensor_entry("in");
  CHECK(fate(functional({dense("a", {call_on({in})})}, reference("a"))) == "accepted");
  CHECK_THAT(fate(functional({dense("a", {call_on({a})})}, reference("a"))),
             ContainsSubstring("has loops or disconnected nodes"));
  CHECK_THAT(
      fate(functional({dense("a", {call_on({b})}), dense("b", {call_on({a})})}, reference("b"))),
      ContainsSubstring("failed to be resolved: 'a', 'b'"));
  CHECK_THAT(fate(functional({dense("a", {call_on({tensor_entry("nowhere")})})}, reference("a"))),
             ContainsSubstring("Missing node: nowhere"));
  CHECK_THAT(fate(functional({dense("a", {})}, reference("a"))),
             ContainsSubstring("has 0 calls. Received: node index 0"));
  CHECK_THAT(fate(functional({dense("a", {call_on({})})}, reference("a"))),
             ContainsSubstring("a call of 'a' has no input tensor"));
  CHECK_THAT(
      fate(functional({dense("a", {call_on({in})}), dense("a", {call_on({in})})}, reference("a"))),
      ContainsSubstring("The name \"a\" is used twice"));
}

TEST_CASE("indices of calls and tensors out of range are refused") {
  const auto model = [&](int64_t call, int64_t tensor) {
    return functional({dense("a", {call_on({tensor_entry("in")})}),
                       dense("b", {call_on({tensor_entry("a", call, tensor)})})},
                      reference("b"));
  };
  CHECK(fate(model(0, 0)) == "accepted");
  for (const int64_t bad :
       {int64_t{-1}, int64_t{2}, int64_t{1} << 31, int64_t{1} << 32, INT64_MAX, INT64_MIN}) {
    CHECK_THAT(fate(model(bad, 0)), ContainsSubstring("Received: node index"));
    CHECK_THAT(fate(model(0, bad)), ContainsSubstring("Received: tensor index"));
    Config output = functional({dense("a", {call_on({tensor_entry("in")})})}, reference("a", bad));
    CHECK_THAT(fate(output), ContainsSubstring("Received: node index"));
  }
}

TEST_CASE("kcpp's own marks in a file are refused") {
  Config forged = call_on({tensor_entry("in")});
  for (const int64_t i : {int64_t{-1}, int64_t{0}, int64_t{7}, INT64_MAX}) {
    const Config mark = Config::dict({{"__tensor_input__", i}});
    forged.set("kwargs", Config::dict({{"mask", mark}}));
    CHECK_THAT(fate(functional({dense("a", {forged})}, reference("a"))),
               ContainsSubstring("reserved key"));
    CHECK_THAT(fate(functional({node("Concatenate", "a", Config::dict(),
                                     {call_on({tensor_entry("in"), mark})})},
                               reference("a"))),
               ContainsSubstring("reserved key"));
  }
}

TEST_CASE("very long graphs load quickly or are refused") {
  for (const int count : {1000, 20000, 100000}) {
    INFO(count << " layers");
    std::vector<Config> chain, reversed, stack;
    for (int i = 0; i < count; ++i) {
      const std::string name = "d" + std::to_string(i);
      chain.push_back(
          dense(name, {call_on({tensor_entry(i ? "d" + std::to_string(i - 1) : "in")})}));
      stack.push_back(
          layer_entry("Activation", Config::dict({{"name", name}, {"activation", "relu"}})));
    }
    const std::string last = "d" + std::to_string(count - 1);
    const std::string expected = count > 1000 ? "are refused" : "accepted";
    CHECK_THAT(fate(functional(chain, reference(last))), ContainsSubstring(expected));
    std::reverse(chain.begin(), chain.end());
    CHECK_THAT(fate(functional(chain, reference(last))), ContainsSubstring(expected));
    CHECK_THAT(fate(sequential_of({3}, stack)), ContainsSubstring(expected));
  }
}

TEST_CASE("one layer with very many calls, inputs or outputs") {
  for (const int count : {1000, 20000, 100000}) {
    INFO(count);
    std::vector<Config> calls, arguments;
    Config outputs = Config::list(), list = Config::list();
    for (int i = 0; i < count; ++i) {
      calls.push_back(call_on({i ? tensor_entry("a", i - 1) : tensor_entry("in")}));
      list.push_back(tensor_entry("in"));
      outputs.push_back(reference("in"));
    }
    fate(functional({dense("a", calls)}, reference("a", count - 1)));
    fate(functional({node("Concatenate", "c", Config::dict({{"axis", -1}}), {call_on({list})})},
                    reference("c")));
    fate(functional({node("Add", "c", Config::dict(), {call_on({list})})}, reference("c")));
    fate(functional({}, outputs));
  }
}

TEST_CASE("models inside models: deep ones load, those that multiply are refused") {
  const auto nested = [](int depth, int calls) {
    Config inner = dense("core", {});
    std::string name = "core";
    for (int i = 0; i < depth; ++i) {
      Config nodes = Config::list({call_on({tensor_entry("in")})});
      for (int k = 1; k < calls; ++k) nodes.push_back(call_on({tensor_entry(name, k - 1)}));
      inner.set("name", name);
      inner.set("inbound_nodes", nodes);
      const bool counted = i > 0;  // a nested Functional counts a call of its own
      const std::string outer = "f" + std::to_string(i);
      inner = functional({inner}, reference(name, calls - 1 + counted), outer);
      name = outer;
    }
    return inner;
  };
  CHECK(fate(nested(60, 1)) == "accepted");
  CHECK_THAT(fate(nested(200, 1)), ContainsSubstring("nested too deeply"));
  CHECK(fate(nested(8, 2)) == "accepted");
  CHECK_THAT(fate(nested(40, 2)), ContainsSubstring("calls layers more than"));
  CHECK_THAT(fate(nested(20, 4)), ContainsSubstring("calls layers more than"));
  Config stack = layer_entry("Dense", Config::dict({{"name", "core"}, {"units", 1}}));
  for (int i = 0; i < 100; ++i) {
    stack = sequential_of({1}, {stack});
    stack.find("config")->set("name", "s" + std::to_string(i));
  }
  CHECK(fate(stack) == "accepted");
}

TEST_CASE("wrappers inside wrappers") {
  for (const char* wrapper : {"TimeDistributed", "SpectralNormalization", "Bidirectional"}) {
    Config layer = layer_entry("LSTM", Config::dict({{"name", "l"}, {"units", 2}}));
    for (int i = 0; i < 100; ++i)
      layer =
          layer_entry(wrapper, Config::dict({{"name", "w" + std::to_string(i)}, {"layer", layer}}));
    fate(sequential_of({2, 2}, {layer}));
  }
  Config cell = layer_entry("LSTMCell", Config::dict({{"name", "l"}, {"units", 2}}));
  for (int i = 0; i < 9; ++i)
    cell = layer_entry("StackedRNNCells", Config::dict({{"name", "c" + std::to_string(i)},
                                                        {"cells", Config::list({cell, cell})}}));
  fate(sequential_of({2, 2}, {layer_entry("RNN", Config::dict({{"name", "r"}, {"cell", cell}}))}));
}

TEST_CASE("classes that Keras would run code for are refused by name") {
  const auto layer = [](const std::string& module, const std::string& class_name,
                        const std::string& registered, Config config) {
    config.set("name", "evil");
    Config entry = layer_entry(class_name, std::move(config));
    entry.set("module", module);
    entry.set("registered_name", registered.empty() ? Config() : Config(registered));
    return fate(sequential_of({3}, {entry}));
  };
  CHECK_THAT(layer("os", "system", "", Config::dict({{"command", "touch /tmp/pwned"}})),
             ContainsSubstring("Unknown layer: 'system'"));
  CHECK_THAT(layer("keras.layers", "TFSMLayer", "", Config::dict({{"filepath", "/tmp/evil"}})),
             ContainsSubstring("TFSMLayer"));
  CHECK_THAT(layer("keras.src.utils.torch_utils", "TorchModuleWrapper", "",
                   Config::dict({{"module", "gASVAAAA"}})),
             ContainsSubstring("TorchModuleWrapper"));
  CHECK_THAT(
      layer("keras.layers", "StringLookup", "", Config::dict({{"vocabulary", "/etc/passwd"}})),
      ContainsSubstring("StringLookup"));
  CHECK_THAT(layer("builtins", "exec", "builtins>exec", Config::dict()),
             ContainsSubstring("Unknown layer: 'exec'"));
  const Config bytecode = Config::dict(
      {{"class_name", "__lambda__"},
       {"config",
        Config::dict({{"code", "4wEAAAAAAAAA"}, {"defaults", Config()}, {"closure", Config()}})}});
  for (const Config& function :
       {bytecode, Config::list({"4wEAAAAAAAAA", Config(), Config()}), Config("evil_function")}) {
    CHECK_THAT(
        layer("keras.layers", "Lambda", "",
              Config::dict(
                  {{"function", function}, {"function_type", "lambda"}, {"safe_mode", false}})),
        ContainsSubstring("evil") || ContainsSubstring("Lambda"));
  }
}

TEST_CASE("functions of any module are no initializers, activations, losses ...") {
  const Config gadget = Config::dict({{"module", "keras.utils"},
                                      {"class_name", "function"},
                                      {"config", "get_file"},
                                      {"registered_name", "get_file"}});
  const Config object = Config::dict({{"module", "subprocess"},
                                      {"class_name", "Popen"},
                                      {"config", Config::dict({{"args", Config::list({"id"})}})},
                                      {"registered_name", Config()}});
  for (const char* field : {"activation", "kernel_initializer", "kernel_regularizer",
                            "bias_constraint", "activity_regularizer", "dtype"}) {
    for (const Config& value : {gadget, object, Config("os.system"), Config("get_file"),
                                Config("__import__('os').system('id')")}) {
      INFO(field << ": " << value.to_json());
      const std::string sentence = fate(sequential_of(
          {3},
          {layer_entry("Dense", Config::dict({{"name", "d"}, {"units", 2}, {field, value}}))}));
      CHECK(sentence != "accepted");
    }
  }
  // In a compile config they cost the compile config only.
  for (const char* field : {"loss", "metrics", "optimizer", "weighted_metrics", "loss_weights"}) {
    for (const Config& value : {gadget, object, Config("os.system"), Config(-1),
                                Config::list({object}), Config::dict({{"a", object}})}) {
      INFO(field << ": " << value.to_json());
      Config model =
          sequential_of({3}, {layer_entry("Dense", Config::dict({{"name", "d"}, {"units", 2}}))});
      model.set("compile_config", Config::dict({{"optimizer", "sgd"}, {"loss", "mse"}}));
      model.find("compile_config")->set(field, value);
      const std::string json = model.to_json();
      LoadReport report;
      const Model loaded =
          load_model(std::as_bytes(std::span(json)), {.report = &report}, "c.json");
      CHECK(loaded.compiled() == report.notes.empty());
      if (std::string(field) != "loss_weights") CHECK_FALSE(loaded.compiled());
    }
  }
}
