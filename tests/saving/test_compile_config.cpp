/// The compile section of a file, in and out.
#include <catch2/catch_all.hpp>

#include "kcpp/layers.h"
#include "kcpp/models/sequential.h"
#include "src/saving/compile_config.h"
#include "src/saving/legacy/upgrade.h"
#include "src/saving/metric_names.h"

namespace kcpp::test {
namespace {

Config compile_config(Config::Dict entries) {
  Config out = Config::dict({{"optimizer", "sgd"}, {"loss", "mse"}});
  for (auto& [key, value] : entries) out.set(key, std::move(value));
  return out;
}

TEST_CASE("Keras 2.11 keeps a model's compile config inside of its config", "[saving]") {
  const Config compiled = compile_config({});
  for (const char* class_name : {"Sequential", "Functional"}) {
    INFO(class_name);
    const Config model =
        Config::dict({{"module", "keras"},
                      {"class_name", class_name},
                      {"config", Config::dict({{"compile_config", compiled},
                                               {"name", "model"},
                                               {"layers", Config::list()},
                                               {"input_layers", Config::list()},
                                               {"output_layers", Config::list()}})},
                      {"registered_name", nullptr}});
    const Config upgraded = saving::upgrade_model(model, {2, 11, 0, true}, nullptr);
    CHECK_FALSE(upgraded.at("config").find("compile_config"));
    CHECK(upgraded.at("compile_config") == compiled);
  }
}

TEST_CASE("a list of metrics may leave out an output", "[saving]") {
  const CompileOptions o = saving::read_compile_config(
      compile_config({{"metrics", Config::list({nullptr, "accuracy"})}}));
  REQUIRE(o.metrics.lists().size() == 2);
  CHECK(o.metrics.lists()[0].empty());
  REQUIRE(o.metrics.lists()[1].size() == 1);
  CHECK(o.metrics.lists()[1][0].name() == "accuracy");
}

TEST_CASE("names of metrics are those of Keras 3, in its files", "[saving]") {
  const auto with = [](Config metrics) {
    saving::check_metric_names(compile_config({{"metrics", std::move(metrics)}}));
  };
  with(Config::list({"acc", "mse", "AUC", "binary_io_u", "log_cosh_error", nullptr}));
  for (const char* name : {"ce", "crossentropy", "kld", "logcosh", "log_cosh", "Mse"}) {
    CHECK_THROWS_WITH(with(name),
                      Catch::Matchers::ContainsSubstring("Could not interpret metric identifier"));
    CHECK_THROWS_AS(with(Config::dict({{"out", Config::list({"mae", name})}})), ValueError);
  }
}

TEST_CASE("a metric whose name Keras 3 does not know is written as its class", "[saving]") {
  CompileOptions o;
  o.metrics = {"kld", "mse"};
  const Config c = saving::write_compile_config(o).at("metrics");
  saving::check_metric_names(Config::dict({{"metrics", c}}));
  CHECK(c.as_list()[0].at("class_name") == Config("KLDivergence"));
  CHECK(c.as_list()[0].at("config").at("name") == Config("kld"));
  CHECK(c.as_list()[1] == Config("mse"));
}

TEST_CASE("crossentropy and accuracy are what the loss says in older files", "[saving]") {
  const auto metric_for = [](const char* loss, int64_t units) {
    const Sequential model({layers::Input({3}), layers::Dense(units)});
    const Config c = saving::with_named_classes(
        Config::dict({{"loss", loss}, {"metrics", Config::list({"mae", "ce", "acc"})}}), model,
        true);
    const Config& metric = c.at("metrics").as_list()[1];
    CHECK(metric.at("config").at("name") == Config("ce"));
    const Config& accuracy = c.at("metrics").as_list()[2];
    CHECK(accuracy.at("config").at("name") == Config("acc"));
    const std::string name = metric.at("class_name").as_string();
    const std::string family = name.substr(0, name.size() - std::string("Crossentropy").size());
    CHECK(accuracy.at("class_name") == Config(family + "Accuracy"));
    return name;
  };
  CHECK(metric_for("mse", 1) == "BinaryCrossentropy");
  CHECK(metric_for("binary_crossentropy", 4) == "BinaryCrossentropy");
  CHECK(metric_for("sparse_categorical_crossentropy", 4) == "SparseCategoricalCrossentropy");
  CHECK(metric_for("categorical_crossentropy", 4) == "CategoricalCrossentropy");
}

TEST_CASE("how Keras shall run the model survives", "[saving]") {
  for (const bool value : {false, true}) {
    const Config out = saving::write_compile_config(saving::read_compile_config(compile_config(
        {{"run_eagerly", value}, {"jit_compile", value}, {"steps_per_execution", 3}})));
    CHECK(out.at("run_eagerly") == Config(value));
    CHECK(out.at("jit_compile") == Config(value));
    CHECK(out.at("steps_per_execution") == Config(3));
  }
}

}  // namespace
}  // namespace kcpp::test
