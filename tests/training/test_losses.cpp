/// Replays tests/golden/losses.json: values, gradients and configs of the losses.
#include <catch2/catch_all.hpp>
#include <optional>

#include "kcpp/core/tape.h"
#include "kcpp/losses.h"
#include "kcpp/ops/reduce.h"
#include "tests/support/closeness.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

/// The number after a prefix in a case's name: an argument that Keras does not write to the config.
std::optional<double> forgotten(const Config& c, std::string_view prefix) {
  const std::string& name = c.at("name").as_string();
  if (name.find(prefix) != 0) return {};
  return std::stod(name.substr(prefix.size()));
}

Loss loss_of(const Config& c) {
  const auto axis = forgotten(c, "cosine_similarity_axis_"), delta = forgotten(c, "huber_delta_");
  const Config& reduction = c.at("loss").at("config").at("reduction");
  if (axis)
    return losses::CosineSimilarity(
        {.axis = static_cast<int>(*axis), .reduction = reduction.as_string()});
  if (delta) return losses::Huber({.delta = *delta, .reduction = reduction.as_string()});
  Loss loss;
  from_config(c.at("loss"), loss, "loss");
  return loss;
}

/// The config that must come out: a reduction of null is written as "none", which means the same.
Config expected_config(const Config& c) {
  Config out = c.at("loss");
  Config config = out.at("config");
  if (config.at("reduction").is_null()) config.set("reduction", "none");
  if (const auto axis = forgotten(c, "cosine_similarity_axis_"); axis && *axis != -1)
    config.set("axis", static_cast<int>(*axis));
  if (const auto delta = forgotten(c, "huber_delta_")) config.set("delta", *delta);
  out.set("config", config);
  return out;
}

std::string replay(const GoldenFile& golden, const Config& c) {
  const Loss loss = loss_of(c);
  std::string wrong;
  const Config written = serialize(loss.impl().get()), config = expected_config(c);
  if (!(written == config)) wrong += text("\n  config: ", written, "\n  instead of ", config);
  Tensor y_pred = golden.array(c.at("y_pred"));
  if (const Tensor mask = golden.array(c.at("mask")); mask.defined()) y_pred.set_keras_mask(mask);
  GradientTape tape;
  tape.watch(y_pred);
  const Tensor value =
      loss(golden.array(c.at("y_true")), y_pred, golden.array(c.at("sample_weight")));
  const Tensor target = ops::sum(value);
  tape.stop();
  if (const std::string d = difference(value, golden.array(c.at("value")), 1e-5); !d.empty())
    wrong += "\n  value: " + d;
  const Tensor gradient = tape.gradient(target, y_pred);
  if (const std::string d = difference(gradient, golden.array(c.at("grad")), 1e-4); !d.empty())
    wrong += "\n  gradient: " + d;
  return wrong;
}

TEST_CASE("losses compute what Keras computes", "[losses][golden]") {
  const GoldenFile& golden = GoldenFile::get("losses");
  for (const Config& c : golden.cases()) {
    // Made with dtype="mixed_float16", which the config does not tell; kcpp's losses have no such
    // option.
    if (c.at("name").as_string() == "mean_squared_error_mixed") continue;
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
