/// Replays tests/golden/activations.json: values, gradients and names of the activations.
#include <algorithm>
#include <catch2/catch_all.hpp>

#include "kcpp/activations.h"
#include "kcpp/core/tape.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "tests/support/closeness.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

/// A function with arguments: {"function": name, "kwargs": {...}}.
Tensor apply_with_options(const Config& config, const Tensor& x) {
  const std::string& name = config.at("function").as_string();
  const Config& kwargs = config.at("kwargs");
  const auto number = [&](const char* key, double otherwise) {
    const Config* v = kwargs.find(key);
    return v && !v->is_null() ? v->as_double() : otherwise;
  };
  const int axis = static_cast<int>(number("axis", -1));
  if (name == "relu") {
    activations::ReluOptions o;
    o.negative_slope = number("negative_slope", 0);
    o.threshold = number("threshold", 0);
    if (kwargs.find("max_value")) o.max_value = number("max_value", 0);
    return activations::relu(x, o);
  }
  if (name == "leaky_relu") return activations::leaky_relu(x, number("negative_slope", 0.2));
  if (name == "elu") return activations::elu(x, number("alpha", 1));
  if (name == "celu") return activations::celu(x, number("alpha", 1));
  if (name == "gelu") return activations::gelu(x, kwargs.at("approximate").as_bool());
  if (name == "softmax") return ops::softmax(x, axis);
  if (name == "log_softmax") return ops::log_softmax(x, axis);
  if (name == "glu") return ops::glu(x, axis);
  if (name == "hard_shrink") return ops::hard_shrink(x, number("threshold", 0.5));
  if (name == "soft_shrink") return ops::soft_shrink(x, number("threshold", 0.5));
  if (name == "squareplus") return ops::squareplus(x, number("b", 4));
  if (name == "sparsemax") return ops::sparsemax(x, axis);
  if (name == "threshold")
    return ops::threshold(x, number("threshold", 0), number("default_value", 0));
  throw ValueError(text("no function ", name));
}

std::string replay(const GoldenFile& golden, const Config& c) {
  const Config& config = c.at("config");
  const Tensor x = golden.array(c.at("x"));
  GradientTape tape;
  tape.watch(x);
  Tensor y;
  std::string wrong;
  if (config.is_dict() && config.find("function")) {
    y = apply_with_options(config, x);
  } else {
    ActivationFn f;
    from_config(config, f, "activation");
    const Config written = to_config(f);
    if (!(written == config)) wrong += text("\n  config: ", written, " instead of ", config);
    y = f(x);
  }
  const Tensor target = ops::sum(y * golden.array(c.at("cotangent")));
  tape.stop();
  // TensorFlow holds the constants of gelu and leaky_relu in float, whatever x is.
  const std::string& name = c.at("name").as_string();
  const bool wide = x.dtype() == DType::float64,
             floats_inside = name == "gelu_float64" || name == "leaky_relu_float64";
  const double tolerance = !wide ? 1e-5 : floats_inside ? 1e-8 : 1e-12;
  if (const std::string d = difference(y, golden.array(c.at("y")), tolerance); !d.empty())
    wrong += "\n  value: " + d;
  const std::string d = difference(tape.gradient(target, x), golden.array(c.at("grad")),
                                   wide ? std::max(tolerance, 1e-10) : 1e-4);
  if (!d.empty()) wrong += "\n  gradient: " + d;
  return wrong;
}

TEST_CASE("activations compute what Keras computes", "[activations][golden]") {
  const GoldenFile& golden = GoldenFile::get("activations");
  for (const Config& c : golden.cases()) {
    std::string wrong;
    try {
      wrong = replay(golden, c);
    } catch (const std::exception& e) {
      wrong = text("\n  threw: ", e.what());
    }
    INFO(c.at("name").as_string() << wrong);
    CHECK(wrong.empty());
  }
}

}  // namespace
}  // namespace kcpp::test
