/// Replays tests/golden/metrics.json, and the handles of namespace metrics.
#include <catch2/catch_all.hpp>

#include "kcpp/core/symbolic.h"
#include "kcpp/metrics.h"
#include "tests/support/closeness.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

Tensor expected_tensor(const Config& c) {
  if (!c.is_list()) return Tensor::scalar(c.as_double());
  std::vector<float> values;
  for (const Config& v : c.as_list()) values.push_back(static_cast<float>(v.as_double()));
  return Tensor::from(values);
}

/// Keras does not write CosineSimilarity's axis.
Metric metric_of(const Config& c) {
  if (c.at("name").as_string() == "CosineSimilarity_axis0")
    return metrics::CosineSimilarity({.axis = 0});
  Metric metric;
  from_config(c.at("metric"), metric, "metric");
  return metric;
}

void update(const GoldenFile& golden, const Metric& metric, const Config& u) {
  if (u.find("values")) {
    metric.update_state(golden.array(u.at("values")), golden.array(u.at("sample_weight")));
  } else {
    metric.update_state(golden.array(u.at("y_true")), golden.array(u.at("y_pred")),
                        golden.array(u.at("sample_weight")));
  }
}

/// Label weights are a list, not the tensor that Keras writes and cannot read again.
Config expected_config(const Config& c) {
  Config out = c.at("metric");
  Config* weights = out.find("config")->find("label_weights");
  if (weights && weights->is_dict()) *weights = Config(weights->at("config").at("value"));
  return out;
}

std::string replay(const GoldenFile& golden, const Config& c) {
  symbolic::reset_names();
  const Metric metric = metric_of(c);
  std::string wrong;
  const Config written = serialize(metric.impl().get()), config = expected_config(c);
  if (c.at("name").as_string() != "CosineSimilarity_axis0" && !(written == config)) {
    wrong += text("\n  config: ", written, "\n  instead of ", config);
  }
  const Config::List &updates = c.at("updates").as_list(), &results = c.at("results").as_list();
  for (int round = 0; round < 2; ++round) {  // the second after reset_state
    for (size_t i = 0; i < updates.size(); ++i) {
      update(golden, metric, updates[i]);
      const std::string d = difference(metric.result(), expected_tensor(results[i]), 1e-5);
      if (!d.empty()) wrong += text("\n  round ", round, " result ", i, ": ", d);
    }
    metric.reset_state();
  }
  return wrong;
}

TEST_CASE("metrics compute what Keras computes", "[metrics][golden]") {
  const GoldenFile& golden = GoldenFile::get("metrics");
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

TEST_CASE("metrics take Keras's names", "[metrics]") {
  symbolic::reset_names();
  CHECK(metrics::Precision().name() == "precision");
  CHECK(metrics::Precision().name() == "precision_1");
  CHECK(metrics::AUC({.name = "area"}).name() == "area");
  CHECK(metrics::AUC().name() == "auc");
  CHECK(metrics::MeanIoU(3).name() == "mean_io_u");
  CHECK(metrics::F1Score().name() == "f1_score");
  CHECK(metrics::MeanSquaredError().name() == "mean_squared_error");
  CHECK(metrics::SensitivityAtSpecificity(0.5).name() == "sensitivity_at_specificity");
  CHECK(Metric("AUC").name() == "AUC");
}

TEST_CASE("a metric's handle holds the options", "[metrics]") {
  const Config config =
      metrics::AUC({.curve = "pr", .thresholds = {0.7, 0.2}, .from_logits = true})->get_config();
  CHECK(config.at("curve").as_string() == "PR");
  CHECK(config.at("num_thresholds").as_int() == 4);
  CHECK(config.at("thresholds") == Config::list({0.2, 0.7}));
  CHECK(config.at("from_logits").as_bool());
  CHECK(metrics::Precision({.thresholds = {0.3}, .class_id = 2})->get_config().at("thresholds") ==
        Config(0.3));
  CHECK(metrics::RecallAtPrecision(0.8, {.num_thresholds = 3})->get_config().at("precision") ==
        Config(0.8));
  CHECK(metrics::MeanIoU(3)->get_config().at("dtype") == Config("int64"));
}

TEST_CASE("metrics refuse what Keras refuses", "[metrics]") {
  CHECK_THROWS_AS(metrics::Precision({.thresholds = {1.5}}), ValueError);
  CHECK_THROWS_AS(metrics::SensitivityAtSpecificity(-1), ValueError);
  CHECK_THROWS_AS(metrics::SensitivityAtSpecificity(0.5, {.num_thresholds = 0}), ValueError);
  CHECK_THROWS_AS(metrics::AUC({.num_thresholds = 1}), ValueError);
  CHECK_THROWS_AS(metrics::AUC({.curve = "DET"}), ValueError);
  CHECK_THROWS_AS(metrics::AUC({.num_labels = 3}), ValueError);
  CHECK_THROWS_AS(metrics::IoU(2, {2}), ValueError);
  CHECK_THROWS_AS(metrics::FBetaScore({.average = "some"}), ValueError);
  CHECK_THROWS_AS(metrics::FBetaScore({.beta = 0}), ValueError);
  CHECK_THROWS_AS(metrics::R2Score({.num_regressors = -1}), ValueError);
}

}  // namespace
}  // namespace kcpp::test
