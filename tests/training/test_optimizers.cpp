/// Replays tests/golden/optimizers.json: configs, variables after some of twenty steps, slots at
/// the end.
#include <catch2/catch_all.hpp>
#include <cmath>

#include "kcpp/core/tape.h"
#include "kcpp/ops/index.h"
#include "kcpp/optimizers.h"
#include "tests/support/closeness.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

constexpr double tolerance = 1e-5;

/// From the gradient of rows that were looked up to the gradient of the table, by a tape.
void look_up(Tensor& gradient, const Shape& table, const Config& rows) {
  std::vector<int64_t> indices;
  for (const Config& row : rows.as_list()) indices.push_back(row.as_int());
  const Tensor x = Tensor::zeros(table);
  GradientTape tape;
  tape.watch(x);
  gradient = tape.gradient(ops::take(x, Tensor::from(indices), 0), x, gradient);
}

/// What is wrong with one case, a line each.
std::string replay(const GoldenFile& golden, const Config& c) {
  std::string wrong;
  const auto compare = [&](const std::string& what, const Tensor& actual, const Tensor& expected) {
    const std::string d = difference(actual, expected, tolerance);
    if (!d.empty()) wrong += text("\n  ", what, ": ", d);
  };
  Optimizer optimizer;
  from_config(c.at("optimizer"), optimizer, "optimizer");
  if (const Config written = to_config(optimizer); !(written == c.at("optimizer"))) {
    wrong += text("\n  config: ", written, "\n  instead of ", c.at("optimizer"));
  }
  Variables variables;
  for (const Config& v : c.at("variables").as_list()) {
    const Tensor value = golden.array(v.at("value"));
    variables.emplace_back(
        value, VariableOptions{.dtype = value.dtype(), .name = v.at("name").as_string()});
  }
  const Config::List& steps = c.at("grads").as_list();
  const Config::List& record = c.at("record").as_list();
  size_t next = 0;
  for (size_t step = 0; step < steps.size(); ++step) {
    Tensors gradients = golden.arrays(steps[step]);
    if (const Config* rows = c.find("rows")) look_up(gradients[0], variables[0].shape(), *rows);
    optimizer.apply_gradients(gradients, variables);
    if (next == record.size() || record[next].as_int() != static_cast<int64_t>(step)) continue;
    const Tensors expected = golden.arrays(c.at("after").as_list()[next++]);
    for (size_t i = 0; i < variables.size(); ++i) {
      compare(text(variables[i].name(), " after step ", step), variables[i].value(), expected[i]);
    }
  }
  const Config::List& slots = c.at("slots").as_list();
  const Variables mine = optimizer->variables();
  if (mine.size() != slots.size())
    wrong += text("\n  ", mine.size(), " slots instead of ", slots.size());
  for (size_t i = 0; i < std::min(mine.size(), slots.size()); ++i) {
    const std::string& path = slots[i].at("path").as_string();
    if (mine[i].path() != path)
      wrong += text("\n  slot ", i, " is ", mine[i].path(), " instead of ", path);
    const Tensor expected = golden.array(slots[i].at("value"));
    compare(path, mine[i].value(), expected);
    if (mine[i].dtype() != expected.dtype())
      wrong += text("\n  ", path, " is ", mine[i].dtype(), " instead of ", expected.dtype());
  }
  if (const Config* finalized = c.find("finalized")) {
    optimizer->finalize_variable_values(variables);
    const Tensors expected = golden.arrays(*finalized);
    for (size_t i = 0; i < variables.size(); ++i)
      compare("finalized " + variables[i].name(), variables[i].value(), expected[i]);
  }
  return wrong;
}

TEST_CASE("optimizers step as Keras's do", "[optimizers][golden]") {
  const GoldenFile& golden = GoldenFile::get("optimizers");
  for (const Config& c : golden.cases()) {
    std::string wrong;
    try {
      wrong = replay(golden, c);
    } catch (const std::exception& e) {
      wrong = text("threw: ", e.what());
    }
    INFO(c.at("name").as_string() << wrong);
    CHECK(wrong.empty());
  }
}

TEST_CASE("LossScaleOptimizer halves the scale and skips the step when a gradient is not finite",
          "[optimizers]") {
  optimizers::LossScaleOptimizer optimizer(optimizers::SGD({.learning_rate = 1.0}),
                                           {.initial_scale = 8.0, .dynamic_growth_steps = 2});
  Variable v(Tensor::scalar(1.0, DType::float32), {.name = "v"});
  const auto step = [&](double gradient) {
    optimizer.apply_gradients({Tensor::scalar(gradient, DType::float32)}, {v});
  };
  const auto scale = [&] {
    return optimizer->scale_loss(Tensor::scalar(1.0, DType::float32)).item();
  };
  CHECK(scale() == 8);
  step(4);
  CHECK(v.value().item() == 0.5);
  step(INFINITY);
  CHECK(v.value().item() == 0.5);
  CHECK(scale() == 4);
  CHECK(optimizer.iterations() == 1);
  step(0);
  CHECK(scale() == 4);
  step(0);
  CHECK(scale() == 8);
}

TEST_CASE("LossScaleOptimizer: the state has only what the inner optimizer adds itself",
          "[optimizers]") {
  const Variables variables = {Variable(Tensor::ones({4, 5}), {.name = "kernel"}),
                               Variable(Tensor::ones({5}), {.name = "bias"})};
  const auto states = [&](const Optimizer& optimizer) {
    optimizer->build(variables);
    return optimizer->variables().size();
  };
  CHECK(states(optimizers::Adafactor()) == 2 + 3 + 3);
  CHECK(states(optimizers::LossScaleOptimizer(optimizers::Adafactor())) == 4 + 2 + 3 + 1);
  CHECK(states(optimizers::Nadam()) == 2 + 4 + 1);
  CHECK(states(optimizers::LossScaleOptimizer(optimizers::Nadam())) == 4 + 2 + 4);
}

TEST_CASE("a schedule counts the batches whose gradients only accumulate", "[optimizers]") {
  const optimizers::SGD sgd({.learning_rate = schedules::ExponentialDecay(1.0, 1, 0.5),
                             .gradient_accumulation_steps = 2});
  Variable v(Tensor::scalar(1.0, DType::float32), {.name = "v"});
  const auto step = [&] { sgd.apply_gradients({Tensor::scalar(0.5, DType::float32)}, {v}); };
  step();
  CHECK(v.value().item() == 1);
  step();  // the second batch, whose rate is 0.5
  CHECK(v.value().item() == 0.75);
  CHECK(sgd.learning_rate() == 0.25);
}

TEST_CASE("an RMSprop of older files has its epsilon beside the root", "[optimizers]") {
  for (const bool centered : {false, true}) {
    const Config config =
        Config::dict({{"class_name", "RMSprop"},
                      {"config", Config::dict({{"learning_rate", 1.0},
                                               {"rho", 0.75},
                                               {"epsilon", 0.5},
                                               {"centered", centered},
                                               {"decay", "epsilon_beside_root"}})}});
    Optimizer optimizer;
    from_config(config, optimizer, "optimizer");
    CHECK(to_config(optimizer).at("config").at("decay") == Config("epsilon_beside_root"));
    Variable v(Tensor::scalar(1.0, DType::float32), {.name = "v"});
    optimizer.apply_gradients({Tensor::scalar(2.0, DType::float32)}, {v});
    const double variance = 0.25 * 4 - (centered ? 0.25 : 0.0);
    CHECK(v.value().item() == Catch::Approx(1 - 2 / (std::sqrt(variance) + 0.5)));
  }
}

TEST_CASE("a limit of gradients that is not positive limits nothing", "[optimizers]") {
  for (const optimizers::SGD& sgd :
       {optimizers::SGD({.learning_rate = 1, .clipnorm = 0.0}),
        optimizers::SGD({.learning_rate = 1, .clipvalue = 0.0}),
        optimizers::SGD({.learning_rate = 1, .global_clipnorm = -1.0})}) {
    Variable v(Tensor::scalar(1.0, DType::float32), {.name = "v"});
    sgd.apply_gradients({Tensor::scalar(0.5, DType::float32)}, {v});
    CHECK(v.value().item() == 0.5);
  }
}

TEST_CASE("an optimizer's options are checked in Keras's words", "[optimizers]") {
  CHECK_THROWS_WITH(optimizers::Ftrl({.l1_regularization_strength = -1.0}),
                    Catch::Matchers::ContainsSubstring(
                        "`l1_regularization_strength` needs to be positive or zero."));
  CHECK_THROWS_WITH(optimizers::Lion({.beta_1 = 0.0}),
                    Catch::Matchers::ContainsSubstring("degenerates to SignSGD"));
  CHECK_THROWS_AS(optimizers::Adagrad({.clipnorm = 1.0, .clipvalue = 1.0}), ValueError);
  CHECK_THROWS_AS(Optimizer("adadeltas"), ValueError);
}

}  // namespace
}  // namespace kcpp::test
