/// Layers of older Keras that trained otherwise than those of Keras 3.
#include <catch2/catch_all.hpp>
#include <cmath>

#include "kcpp/core/autodiff.h"
#include "kcpp/layers/layer.h"
#include "kcpp/losses.h"
#include "kcpp/metrics.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/shape.h"
#include "kcpp/optimizers.h"
#include "src/saving/containers/json.h"
#include "src/saving/legacy/epoch.h"
#include "src/saving/legacy/older_functions.h"
#include "src/saving/legacy/training_config.h"
#include "src/saving/legacy/upgrade.h"

namespace kcpp {
namespace {

Config json(const std::string& text) { return io::parse_json(text, "test"); }
Config layer(const std::string& class_name, const std::string& config) {
  return Config::dict({{"class_name", class_name}, {"config", json(config)}});
}

/// What lies in a layer's build_config about its training.
std::string words(const Config& entry, const std::string& version) {
  const Config now = saving::upgrade_model(entry, saving::epoch_of_version(version), nullptr);
  const Config* build = now.find("build_config");
  return build ? build->at("older_keras").to_json() : "";
}

TEST_CASE("what batch normalization did otherwise in older Keras", "[saving][epochs]") {
  const Config flat = layer("BatchNormalization", R"({"name": "b", "axis": -1})");
  CHECK(words(flat, "1.2.2") == R"(["frozen_normalizes", "frozen_moves", "unmasked"])");
  CHECK(words(flat, "2.3.1") ==
        R"(["frozen_normalizes", "unmasked", "sample_variance", "fused_images"])");
  CHECK(words(flat, "2.4.0") == R"(["unmasked", "fused_images"])");
  CHECK(words(flat, "2.15.0") == R"(["fused_images", "fused_volumes"])");
  CHECK(words(flat, "3.0.5") == "");
  CHECK(words(layer("TimeDistributed", R"({"name": "t", "layer": {"class_name": "Dense",
      "config": {"name": "d", "units": 2}}})"),
              "2.15.0") == "");
  CHECK(words(layer("TimeDistributed", R"({"name": "t", "layer": {"class_name":
      "BatchNormalization", "config": {"name": "b"}}})"),
              "2.15.0") == R"(["all_steps_at_once"])");
}

/// Averages of a batch normalization, from 0 and 1, after one batch in training.
struct Averages {
  double mean, variance;
  bool operator==(const Averages& other) const {
    return std::abs(mean - other.mean) < 1e-6 && std::abs(variance - other.variance) < 1e-6;
  }
};
Averages after_a_batch(const std::string& words, const char* config, const Tensor& x,
                       const std::string& wrapper = "") {
  std::string entry = R"({"class_name": "BatchNormalization", "config": )" + std::string(config) +
                      R"(, "build_config": {"older_keras": )" + words + "}}";
  if (!wrapper.empty())
    entry = R"({"class_name": "TimeDistributed", "config": {"layer": )" + entry +
            R"(}, "build_config": {"older_keras": )" + wrapper + "}}";
  // The words survive a file.
  const Layer read = layer_from_config(layer_from_config(json(entry))->serialize());
  read(x, {.training = true});
  const size_t last = read->weights().size() - 1;
  return {read->weights()[last - 1].value().item<float>(),
          read->weights()[last].value().item<float>()};
}

TEST_CASE("batch normalization and TimeDistributed train as in the file's Keras",
          "[saving][epochs]") {
  const char* half = R"({"momentum": 0.5, "epsilon": 0.25, "axis": -1})";
  const char* frozen = R"({"momentum": 0.5, "epsilon": 0.25, "axis": -1, "trainable": false})";
  const Tensor flat = ops::reshape(Tensor{1.0f, 3.0f, 1.0f, 3.0f}, {4, 1});  // mean 2, variance 1
  CHECK(after_a_batch("[]", half, flat) == Averages{1, 1});
  CHECK(after_a_batch(R"(["sample_variance"])", half, flat) ==
        Averages{1, 0.5 + 0.5 * 4 / (4 - 1.25)});
  CHECK(after_a_batch(R"(["epsilon_in_variance"])", half, flat) == Averages{1, 0.5 + 0.5 * 1.25});
  CHECK(after_a_batch(R"(["moves_twice"])", half, flat) == Averages{1.5, 1});
  CHECK(after_a_batch("[]", frozen, flat) == Averages{0, 1});
  CHECK(after_a_batch(R"(["frozen_normalizes"])", frozen, flat) == Averages{0, 1});
  CHECK(after_a_batch(R"(["frozen_normalizes", "frozen_moves"])", frozen, flat) == Averages{1, 1});
  // TensorFlow's operation, for images alone.
  CHECK(after_a_batch(R"(["fused_images"])", half, flat) == Averages{1, 1});
  CHECK(after_a_batch(R"(["fused_images"])", half, ops::reshape(flat, {2, 1, 2, 1})) ==
        Averages{1, 0.5 + 0.5 * 4 / 3});
  CHECK(after_a_batch(R"(["fused_images"])", half, ops::reshape(flat, {1, 2, 1, 2, 1})) ==
        Averages{1, 1});
  CHECK(after_a_batch(R"(["fused_volumes"])", half, ops::reshape(flat, {1, 2, 1, 2, 1})) ==
        Averages{1, 0.5 + 0.5 * 4 / 3});
  // Two steps of two samples: (1, 3), then (2, 4).
  const Tensor steps = ops::reshape(Tensor{1.0f, 2.0f, 3.0f, 4.0f}, {2, 2, 1});
  CHECK(after_a_batch("[]", half, steps, "[]") == Averages{0.5 * 1 + 0.5 * 3, 1});
  CHECK(after_a_batch("[]", half, steps, R"(["all_steps_at_once"])") == Averages{1.25, 1.125});
}

TEST_CASE("penalties of frozen weights, and of evaluation, count as in the file's Keras",
          "[saving][epochs]") {
  // What the penalty of a frozen weight of 2 adds to the losses of training and of evaluation.
  const auto penalties = [](const char* version, bool frozen, bool wrapped) {
    Config dense = layer("Dense", R"({"name": "d", "units": 1, "kernel_regularizer":
        {"class_name": "L2", "config": {"l2": 0.25}}})");
    if (wrapped)
      dense = Config::dict({{"class_name", "TimeDistributed"},
                            {"config", Config::dict({{"name", "t"}, {"layer", dense}})}});
    dense.find("config")->set("trainable", !frozen);
    const Config now = saving::upgrade_model(dense, saving::epoch_of_version(version), nullptr);
    // The words survive a file.
    const Layer read = layer_from_config(layer_from_config(now)->serialize());
    read(wrapped ? Tensor::ones({1, 1, 1}) : Tensor::ones({1, 1}));
    read->set_weights({Tensor::full({1, 1}, 2.0), Tensor::zeros({1})});
    double sums[2] = {};
    for (const bool training : {false, true})
      for (const Variable& v : read->penalized_weights(training))
        sums[training] += v.regularizer()(v.value()).item();
    return std::pair(sums[1], sums[0]);
  };
  for (const bool wrapped : {false, true}) {
    for (const char* version : {"0.3.3", "1.2.2", "2.3.1", "2.15.0", "3.15.1"})
      CHECK(penalties(version, false, wrapped) == std::pair(1.0, 1.0));
    for (const char* version : {"1.2.2", "2.3.1", "2.2.4-tf", "2.15.0"})
      CHECK(penalties(version, true, wrapped) == std::pair(1.0, 1.0));
    for (const char* version : {"0.3.3", "3.0.5", "3.15.1"})
      CHECK(penalties(version, true, wrapped) == std::pair(0.0, 0.0));
    for (const bool frozen : {false, true})
      CHECK(penalties("1.1.2", frozen, wrapped) == std::pair(1.0, 0.0));
  }
}

TEST_CASE("crossentropies of logits and of probabilities, as in the file's Keras",
          "[saving][epochs]") {
  // A prediction of a sigmoid at logits -20 and 20, both wrong; those of a softmax at 0 and 20.
  const auto loss_of = [](const Config& loss, const char* version, const std::string& activation) {
    const Config training = Config::dict({{"loss", loss}});
    const Config upgraded = saving::with_older_functions(
        training, saving::older_functions_of(training, saving::epoch_of_version(version)),
        {.activations = {activation}});
    Loss read;
    from_config(upgraded.at("loss"), read, "loss");
    from_config(to_config(read), read, "loss");  // the word survives a file
    const bool sigmoid = activation == "sigmoid";
    const Tensor logits = ops::reshape(Tensor{sigmoid ? -20.0f : 0.0f, 20.0f}, {1, 2});
    const Tensor target = ops::reshape(Tensor{1.0f, 0.0f}, {1, 2});
    return read(target, sigmoid ? ops::sigmoid(logits) : ops::softmax(logits)).item();
  };
  const double least = -std::log(1e-7);  // what 1e-7 from 0 or 1 gives
  const auto about = [](double value) { return Catch::Approx(value).epsilon(0.01); };
  const Config binary = "binary_crossentropy", categorical = "categorical_crossentropy";
  // The package took probabilities.
  CHECK(loss_of(binary, "2.2.4", "sigmoid") == about(least));
  CHECK(loss_of(categorical, "1.2.2", "softmax") == about(least));
  // TensorFlow adds 1e-7 in the logarithms. Up to 2.3 it took the logits of the activation that is
  // meant, then those of any.
  for (const char* version : {"2.3.1", "2.2.4-tf", "2.3.0-tf"}) {
    CHECK(loss_of(binary, version, "sigmoid") == about(20));
    CHECK(loss_of(binary, version, "softmax") == about(-std::log(2e-7)));
    CHECK(loss_of(categorical, version, "softmax") == about(20));
    CHECK(loss_of(categorical, version, "sigmoid") == about(least));
  }
  // The user says that a softmax gives logits: up to 2.3 they were taken for that.
  const Config said = json(R"({"class_name": "CategoricalCrossentropy",
                               "config": {"from_logits": true}})");
  CHECK(loss_of(said, "2.3.1", "softmax") == about(std::log(1 + std::exp(1.0))));
  CHECK(loss_of(said, "2.15.0", "softmax") == about(20));
  for (const char* version : {"2.4.0", "2.15.0"}) {
    CHECK(loss_of(binary, version, "sigmoid") == about(20));
    CHECK(loss_of(binary, version, "softmax") == about((std::log(2.0) + 20) / 2));
    CHECK(loss_of(categorical, version, "softmax") == about(20));
    CHECK(loss_of(categorical, version, "sigmoid") == about(40));
  }
}

TEST_CASE("losses and metrics that older Keras computed otherwise", "[saving][epochs]") {
  const auto compiled = [](const char* key, const char* name, const char* version,
                           const char* activation) {
    const Config training = Config::dict({{key, name}});
    return saving::with_older_functions(
               training, saving::older_functions_of(training, saving::epoch_of_version(version)),
               {.activations = {activation}})
        .at(key);
  };
  const Tensor target = ops::reshape(Tensor{1.0f, 0.0f}, {1, 2}),
               prediction = ops::reshape(Tensor{1.6f, 0.8f}, {1, 2});
  const auto loss = [&](const char* name, const char* version) {
    Loss read;
    from_config(compiled("loss", name, version, ""), read, "loss");
    from_config(to_config(read), read, "loss");  // the word survives a file
    return read(target, prediction).item();
  };
  const auto metric = [&](const char* name, const char* version) {
    Metric read;
    from_config(compiled("metrics", name, version, ""), read, "metric");
    from_config(to_config(read), read, "metric");
    read.update_state(target, prediction);
    return read.result().item();
  };
  const auto about = [](double value) { return Catch::Approx(value).epsilon(1e-5); };
  // Labels 0 and 1 became -1 and 1 with 2.3: then 0.8 is 1.8 wrong, else 1.
  CHECK(loss("hinge", "2.2.4") == about(0.5));
  CHECK(loss("hinge", "2.3.1") == about(0.9));
  CHECK(metric("squared_hinge", "2.2.4") == about(0.5));
  CHECK(metric("squared_hinge", "2.15.0") == about(1.62));
  // The cosine of 2 and 1 to an axis.
  const double cosine = 2 / std::sqrt(5.0);
  CHECK(loss("cosine_similarity", "2.0.8") == about(-cosine / 2));
  CHECK(loss("cosine_similarity", "2.1.6") == about(-cosine));
  CHECK(metric("cosine_similarity", "2.0.8") == about(-cosine / 2));
  CHECK(metric("cosine_similarity", "2.2.4") == about(-cosine));
  CHECK(metric("cosine_similarity", "2.3.1") == about(cosine));
  // 1.6 is rounded to 2, or is more than 0.5.
  CHECK(metric("binary_accuracy", "2.3.1") == about(0));
  CHECK(metric("binary_accuracy", "2.2.4-tf") == about(0.5));
  // What a sigmoid gave is rounded as it is compared.
  CHECK(compiled("metrics", "binary_accuracy", "2.3.1", "sigmoid") == Config("binary_accuracy"));
}

TEST_CASE("the activations that give a model's outputs", "[saving][epochs]") {
  const auto activations = [](const char* model) {
    return saving::output_activations(json(model));
  };
  using Names = std::vector<std::string>;
  const char* sequential = R"({"class_name": "Sequential", "config": {"layers": [
      {"class_name": "Dense", "config": {"name": "a", "activation": "relu"}},
      {"class_name": "Softmax", "config": {"name": "b"}}]}})";
  CHECK(activations(sequential) == Names{"softmax"});
  const std::string graph = R"({"class_name": "Functional", "config": {"layers": [
      {"class_name": "Dense", "config": {"name": "a", "activation": "sigmoid"}},
      {"class_name": "Flatten", "config": {"name": "b"}}, )" +
                            std::string(sequential).insert(1, R"("name": "c", )") + R"(],
      "output_layers": [["b", 0, 0], ["c", 1, 0], ["a", 0, 0]]}})";
  CHECK(activations(graph.c_str()) == Names{"", "softmax", "sigmoid"});
}

/// How far a step of RMSprop at the rate 1 moves a table of one row that a batch asks for twice.
double step_of(const Config& optimizer) {
  Optimizer rmsprop;
  from_config(optimizer, rmsprop, "optimizer");
  // The word survives a file.
  from_config(to_config(rmsprop), rmsprop, "optimizer");
  const Variable table(Tensor::zeros({1, 1}), {.name = "embeddings"});
  Tensor gradient = Tensor::full({1, 1}, 2.0);
  autodiff::set_slices(gradient, {Tensor::ones({2, 1}), Tensor::zeros({2}, DType::int64)});
  rmsprop.apply_gradients({gradient}, {table});
  return -table.value().item<float>();
}

TEST_CASE("rows of an embedding's gradient are added up as in the file's Keras",
          "[saving][epochs]") {
  const auto optimizer = [](const char* version, bool embeddings, const char* limit) {
    const Config training = json(R"({"optimizer_config": {"class_name": "RMSprop", "config":
        {"learning_rate": 1.0, "rho": 0.0, "epsilon": 1e-9, "is_legacy_optimizer": false, )" +
                                 std::string(limit) + "}}}");
    return saving::upgrade_training_config(training, saving::epoch_of_version(version),
                                           {.embeddings = embeddings})
        .at("optimizer_config");
  };
  const char *none = "\"clipnorm\": null", *norm = "\"clipnorm\": 1.0";
  // Two squares of 1, or the square of 2.
  CHECK(step_of(optimizer("2.15.0", false, none)) == Catch::Approx(2 / std::sqrt(2.0)));
  CHECK(step_of(optimizer("2.15.0", true, none)) == Catch::Approx(1));
  // The norm of the two rows is the root of 2, that of their sum 2.
  Config clipped = optimizer("2.15.0", true, norm);
  CHECK(clipped.at("config").at("decay").to_json() == R"({"rows": "added"})");
  clipped.find("config")->set("epsilon", 1.0);
  CHECK(step_of(clipped) == Catch::Approx(std::sqrt(2.0) / std::sqrt(3.0)));
  clipped = optimizer("2.3.1", true, norm);
  CHECK(clipped.at("config").at("decay").to_json() == R"({"rows": "added_first"})");
  clipped.find("config")->set("epsilon", 1.0);
  CHECK(step_of(clipped) == Catch::Approx(1 / std::sqrt(2.0)));
}

/// How far the second of two steps moves the row that it did not ask for.
double move_of_other_row(const std::string& name, const std::string& config, const char* version) {
  const Config training = json(R"({"optimizer_config": {"class_name": ")" + name +
                               R"(", "config": {"learning_rate": 0.5, )" + config + "}}}");
  const Config now = saving::upgrade_training_config(training, saving::epoch_of_version(version),
                                                     {.embeddings = true});
  Optimizer optimizer;
  from_config(now.at("optimizer_config"), optimizer, "optimizer");
  from_config(to_config(optimizer), optimizer, "optimizer");  // the word survives a file
  const Variable table(Tensor::zeros({2, 1}), {.name = "embeddings"});
  const auto step = [&](double row) {
    Tensor gradient =
        Tensor::ones({2, 1}) - ops::abs(ops::reshape(Tensor{0.0f, 1.0f}, {2, 1}) - row);
    autodiff::set_slices(gradient, {Tensor::ones({1, 1}), Tensor::full({1}, row, DType::int64)});
    optimizer.apply_gradients({gradient}, {table});
    return table.value().detach().clone();
  };
  const Tensor first = step(0), second = step(1);
  CHECK(std::abs((second - first).data<float>()[1]) > 1e-4);
  return std::abs((second - first).data<float>()[0]);
}

TEST_CASE("rows that no token asks for stay where the file's Keras left them", "[saving][epochs]") {
  const char* momentum = R"("momentum": 0.9)";
  for (const auto& [name, config] :
       {std::pair{"SGD", momentum}, std::pair{"RMSprop", momentum},
        std::pair{"Adamax", R"("epsilon": 1e-7)"}, std::pair{"Nadam", R"("epsilon": 1e-7)"}}) {
    for (const char* version : {"2.2.4-tf", "2.10.0"})
      CHECK(move_of_other_row(name, config, version) == 0);
    for (const char* version : {"2.3.1", "2.1.6-tf"})
      CHECK(move_of_other_row(name, config, version) > 1e-4);
  }
  const std::string modern = momentum + std::string(R"(, "is_legacy_optimizer": false)");
  CHECK(move_of_other_row("SGD", modern, "2.15.0") > 1e-4);
  CHECK(move_of_other_row("SGD", momentum, "2.15.0") == 0);
  CHECK(move_of_other_row("Adam", R"("epsilon": 1e-7)", "2.10.0") > 1e-4);
  CHECK(move_of_other_row("SGD", R"("momentum": 0.0)", "2.10.0") == 0);
}

}  // namespace
}  // namespace kcpp
