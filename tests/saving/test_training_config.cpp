/// Compile sections of older Keras as those of Keras 3.
#include <catch2/catch_all.hpp>

#include "src/saving/containers/json.h"
#include "src/saving/legacy/epoch.h"
#include "src/saving/legacy/training_config.h"

namespace kcpp::test {
namespace {

using namespace saving;

Config json(const std::string& text) { return io::parse_json(text, "test"); }

TEST_CASE("compile sections of older Keras", "[saving][epochs]") {
  const Config old = json(R"({"optimizer_config": {"class_name": "Custom>SGD", "config":
      {"lr": 0.5, "decay": 0.25, "momentum": 0.0, "is_legacy_optimizer": false}},
      "loss": {"class_name": "BinaryCrossentropy", "config": {"reduction": "auto"}},
      "metrics": [[{"class_name": "MeanMetricWrapper", "config": {"name": "out_mae",
      "dtype": "float32", "fn": "mean_absolute_error"}}]]})");
  const Config c =
      upgrade_training_config(old, epoch_of_version("2.8.0"), {.outputs = {"out", "other"}});
  const Config& optimizer = c.at("optimizer_config");
  CHECK(optimizer.at("class_name") == Config("SGD"));
  CHECK(optimizer.at("config").at("learning_rate").at("class_name") == Config("InverseTimeDecay"));
  CHECK(!optimizer.at("config").find("is_legacy_optimizer"));
  CHECK(c.at("loss").at("config").at("reduction") == Config("sum_over_batch_size"));
  // A metric's name has its output's in front, where there are several outputs.
  const auto names = [](const std::vector<std::string>& outputs, const char* metrics) {
    return upgrade_training_config(Config::dict({{"metrics", json(metrics)}}),
                                   epoch_of_version("2.15.0"), {.outputs = outputs})
        .at("metrics")
        .to_json();
  };
  CHECK(
      names({"a", "a_1"}, R"([[{"class_name": "AUC", "config": {"name": "a_1_b"}}],
                                [{"class_name": "AUC", "config": {"name": "a_1_b"}}]])") ==
      R"([[{"class_name": "AUC", "config": {"name": "1_b"}}], [{"class_name": "AUC", "config": {"name": "b"}}]])");
  CHECK(names({"a"}, R"([[{"class_name": "AUC", "config": {"name": "a_b"}}]])") ==
        R"([[{"class_name": "AUC", "config": {"name": "a_b"}}]])");
  // The package keras clipped by the norm of all gradients, TensorFlow's by that of each.
  const Config clipped = json(
      R"({"optimizer_config": {"class_name": "SGD", "config": {"lr": 0.5, "clipnorm": 2.0}}})");
  for (const auto& [version, key] :
       {std::pair{"2.2.4", "global_clipnorm"}, {"2.2.4-tf", "clipnorm"}})
    CHECK(upgrade_training_config(clipped, epoch_of_version(version), {})
              .at("optimizer_config")
              .at("config")
              .at(key) == Config(2.0));
  // Up to 2.10, RMSprop without momentum had its epsilon beside the root.
  const auto rmsprop = [&](const std::string& version, const std::string& config) {
    return upgrade_training_config(
               json(R"({"optimizer": {"class_name": "RMSprop", "config": )" + config + "}}"),
               epoch_of_version(version), {})
               .at("optimizer")
               .at("config")
               .find("decay") != nullptr;
  };
  CHECK(rmsprop("2.2.4", R"({"lr": 0.5, "decay": 0.0})"));
  CHECK(rmsprop("2.6.0", R"({"learning_rate": 0.5, "momentum": 0.0})"));
  CHECK_FALSE(rmsprop("2.6.0", R"({"learning_rate": 0.5, "momentum": 0.5})"));
  CHECK_FALSE(rmsprop("2.15.0", R"({"momentum": 0.0, "is_legacy_optimizer": false})"));
  // Several limits are one since 2.11.
  const Config limits = json(R"({"optimizer": {"class_name": "SGD", "config": {
      "is_legacy_optimizer": false, "clipnorm": 0, "global_clipnorm": 2.0, "clipvalue": 0.5}}})");
  const Config one = upgrade_training_config(limits, epoch_of_version("2.15.0"), {});
  CHECK(one.at("optimizer").at("config").to_json() ==
        R"({"clipnorm": null, "global_clipnorm": 2.0, "clipvalue": null})");
  // Before, they were both: the value after the norm, from TensorFlow 2.4 on before it. 2.3 and 2.4
  // have one number, and tell themselves apart by their metrics.
  const auto value_first = [](const std::string& version, const std::string& metrics) {
    const Config both = json(R"({"optimizer_config": {"class_name": "Nadam", "config": {
        "learning_rate": 0.5, "decay": 0.004, "clipnorm": 2.0, "clipvalue": 0.5}},
        "metrics": )" + metrics +
                             "}");
    const Config upgraded = upgrade_training_config(both, epoch_of_version(version), {});
    const Config& config = upgraded.at("optimizer_config").at("config");
    CHECK_FALSE(config.find("clipvalue"));
    CHECK(config.at("decay").at("step") == Config(0.004));
    CHECK(config.at("decay").at("clipvalue") == Config(0.5));
    return config.at("decay").at("clipvalue_first").as_bool();
  };
  CHECK_FALSE(value_first("2.2.4", "null"));
  CHECK_FALSE(value_first("2.3.0-tf", "null"));
  CHECK_FALSE(value_first("2.4.0", R"(["mae"])"));
  CHECK_FALSE(value_first("2.4.0", R"({"out": "mae"})"));
  CHECK(value_first("2.4.0", R"([[{"class_name": "MeanMetricWrapper", "config": {}}], null])"));
  CHECK(value_first("2.4.0", "null"));
  CHECK(value_first("2.10.0", R"(["mae"])"));
  const Config flat = json(R"({"loss": "mse", "metrics": ["mae", "accuracy"]})");
  CHECK(upgrade_training_config(flat, epoch_of_version("2.2.4"), {.outputs = {"p", "q"}})
            .at("metrics") == json(R"([["mae", "accuracy"], ["mae", "accuracy"]])"));
  CHECK(
      upgrade_training_config(flat, epoch_of_version("2.2.4"), {.outputs = {"p"}}).at("metrics") ==
      flat.at("metrics"));
  const Config& metric = c.at("metrics").as_list()[0].as_list()[0];
  CHECK(metric.at("class_name") == Config("MeanAbsoluteError"));
  CHECK(metric.at("config").at("name") == Config("mae"));
}

}  // namespace
}  // namespace kcpp::test
