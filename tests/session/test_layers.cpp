/// Every layer that Keras's golden cases know, as a session: its outputs are Keras's.
#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <cstring>

#include "kcpp/layers.h"
#include "kcpp/models/model.h"
#include "src/session/program.h"
#include "tests/support/closeness.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

/// A model that calls one layer with a case's options.
struct OneLayer : ModelImpl {
  Layer layer;
  CallOptions call_options;
  Tensors masks, declared;

  OneLayer() { autocast_ = false; }
  void hold(const Layer& l) {
    layer = l;
    track("layer", l);
  }
  Tensors inputs() const override { return declared; }
  Tensors call_list(const Tensors& given, CallContext&) override {
    Tensors in;
    for (size_t i = 0; i < given.size(); ++i) {
      in.push_back(given[i].detach());
      if (i < masks.size() && masks[i].defined()) in[i].set_keras_mask(masks[i]);
    }
    return layer.call(in, call_options);
  }
};

CallOptions options_of(const GoldenFile& golden, const Config& call) {
  CallOptions o;
  o.initial_state = golden.arrays(call.at("initial_state"));
  o.arguments = Config::dict();
  for (const auto& [key, value] : call.at("kwargs").as_dict()) {
    if (const Config* array = value.find("array"); array && key == "mask") {
      o.mask = golden.array(*array);
    } else if (array) {
      o.tensors.emplace_back(key, golden.array(*array));
    } else {
      o.arguments.set(key, value.at("value"));
    }
  }
  return o;
}

/// As tests/layers/test_golden.cpp: Keras adds such a bias along the wrong axis.
bool keras_misplaces_bias(const Config& c, const Tensor& out) {
  const Config& config = c.at("layer").at("config");
  const Config *format = config.find("data_format"), *bias = config.find("use_bias");
  return format && bias && *format == Config("channels_first") && bias->as_bool() &&
         !c.find("note") && out.rank() > 2 && out.dim(1) == out.dim(-1);
}

struct Outcome {
  std::string wrong;
  bool traced = true;
};

Outcome replay(const GoldenFile& golden, const Config& c) {
  Outcome result;
  symbolic::reset_names();
  const Tensors inputs = golden.arrays(c.at("inputs"));
  auto impl = std::make_shared<OneLayer>();
  impl->hold(layer_from_config(c.at("layer")));
  if (!impl->layer.built()) {
    Shapes shapes;
    for (const Tensor& t : inputs) shapes.push_back(t.shape());
    if (c.at("style").as_string() == "cell") shapes.resize(1);
    impl->layer->ensure_built(shapes);
  }
  const Config::List& weights = c.at("weights").as_list();
  Variables mine = impl->layer.weights();
  for (size_t i = 0; i < mine.size(); ++i) mine[i].assign(golden.array(weights[i].at("value")));
  impl->call_options = options_of(golden, c.at("call"));
  impl->masks = golden.arrays(c.at("input_masks"));
  for (const Tensor& t : inputs) impl->declared.push_back(Tensor::symbolic(t.shape(), t.dtype()));
  const Tolerance tolerance = layer_tolerance_for(impl->layer->compute_dtype());
  const Model model{std::shared_ptr<ModelImpl>(impl)};

  const auto program = std::make_shared<const inference::Program>(
      model, SessionOptions{.batch_size = inputs[0].dim(0)});
  result.traced = program->frozen();
  inference::Execution e(program);
  const auto compare = [&](const char* what, const Tensors& expected) {
    const Tensors outputs = e.run_on(inputs);
    if (outputs.empty()) {
      result.wrong += text("\n  ", what, ": ", e.error());
      return;
    }
    for (size_t i = 0; i < expected.size(); ++i) {
      const Tensor& out = outputs[i];
      if (keras_misplaces_bias(c, out)) continue;
      const std::string d = difference(out, expected[i], tolerance.output);
      if (!d.empty()) result.wrong += text("\n  ", what, " ", i, ": ", d);
    }
  };
  compare("output", golden.arrays(c.at("outputs")));
  if (c.find("outputs_second")) {
    if (impl->call_options.initial_state.empty())
      compare("second output", golden.arrays(c.at("outputs_second")));
  }
  return result;
}

TEST_CASE("every layer's session computes what Keras computes", "[session][golden]") {
  const GoldenFile& golden = GoldenFile::get("layers");
  const char* only = std::getenv("KCPP_GOLDEN_CASE");
  std::string eager;
  size_t count = 0;
  for (const Config& c : golden.cases()) {
    const std::string& name = c.at("name").as_string();
    if (only && name.find(only) == std::string::npos) continue;
    const Config& training = c.at("call").at("training");
    if (!training.is_null() && training.as_bool()) continue;  // inference only
    ++count;
    Outcome outcome;
    try {
      outcome = replay(golden, c);
    } catch (const std::exception& e) {
      outcome.wrong = text("\n  threw: ", e.what());
    }
    if (!outcome.traced) eager += " " + name;
    INFO(c.at("layer").at("class_name").as_string() << " " << name << outcome.wrong);
    CHECK(outcome.wrong.empty());
  }
  if (std::getenv("KCPP_SHOW")) WARN(count << " cases; as eager calls:" << eager);
  CHECK(count > 0);
}

}  // namespace
}  // namespace kcpp::test
