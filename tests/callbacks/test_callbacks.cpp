#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>
#include <filesystem>
#include <set>

#include "kcpp/saving.h"
#include "tests/callbacks/scripted.h"
#include "tests/support/files.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinRel;

namespace {

const LogTable falling{{"loss", {1.0, 0.5, 0.7, 0.6, 0.8}}};

/// Four samples of y = 2x, in batches of one.
History fit_line(const Model& model, std::vector<CallbackRef> callbacks, int epochs = 3,
                 double factor = 2) {
  const Tensor x({{0.1}, {0.2}, {0.3}, {0.4}});
  return model.fit(x, x * factor,
                   {.batch_size = 1,
                    .epochs = epochs,
                    .verbose = "0",
                    .callbacks = std::move(callbacks),
                    .shuffle = false});
}

}  // namespace

TEST_CASE("A monitor that does not exist is an error that lists what does") {
  ScriptedRun run;
  CHECK_THROWS_WITH(run.fit(falling, {callbacks::EarlyStopping()}),
                    ContainsSubstring("Early stopping conditioned on metric `val_loss` which is "
                                      "not available. Available metrics are: loss") &&
                        ContainsSubstring("validation_split"));
  CHECK_THROWS_WITH(run.fit(falling, {callbacks::ReduceLROnPlateau({.monitor = "acuracy"})}),
                    ContainsSubstring("Learning rate reduction is conditioned on metric `acuracy` "
                                      "which is not available. Available metrics "
                                      "are: loss,learning_rate"));
  CHECK_THROWS_WITH(
      run.fit(falling, {callbacks::ModelCheckpoint("x.keras", {.save_best_only = true})}),
      ContainsSubstring("Can save best model only with val_loss available."));
  CHECK_THROWS_WITH(run.fit({{"f", {1, 2}}}, {callbacks::EarlyStopping({.monitor = "f"})}),
                    ContainsSubstring("EarlyStopping callback received monitor=f, but Keras isn't "
                                      "able to automatically determine"));
  // An interrupted fit leaves a usable model.
  CHECK_NOTHROW(run.fit(falling, {callbacks::EarlyStopping({.monitor = "loss"})}));
  CHECK(run.history.epoch.size() == 3);
}

TEST_CASE("Epochs without validation are passed over") {
  Model model = ScriptedRun::make();
  const Tensor x({{0.1}, {0.2}});
  const History history = model.fit(x, x,
                                    {.epochs = 4,
                                     .verbose = "0",
                                     .validation_data = ValidationData(x, x),
                                     .callbacks = {callbacks::EarlyStopping({.patience = 5})},
                                     .validation_freq = 2});
  CHECK(history.epoch.size() == 4);
}

TEST_CASE("Constructors refuse what Keras refuses") {
  using namespace callbacks;
  CHECK_THROWS_WITH(ModelCheckpoint("model.ckpt"), ContainsSubstring("must end in `.keras`"));
  CHECK_THROWS_WITH(ModelCheckpoint("model.h5", {.save_weights_only = true}),
                    ContainsSubstring("must end in `.weights.h5`"));
  CHECK_THROWS_WITH(ModelCheckpoint("m.keras", {.save_freq = "batch"}),
                    ContainsSubstring("Unrecognized save_freq: batch."));
  CHECK_THROWS_AS(ModelCheckpoint("m.keras", {.save_freq = 0}), ValueError);
  CHECK_THROWS_WITH(ReduceLROnPlateau({.factor = 1.0}),
                    ContainsSubstring("does not support a factor >= 1.0. Received factor=1.0"));
  CHECK_THROWS_WITH(EarlyStopping({.mode = "less"}), ContainsSubstring("mode 'less' is unknown"));
  CHECK_THROWS_AS(BackupAndRestore(""), ValueError);
  CHECK_THROWS_AS(CSVLogger("x.csv", {.separator = ", "}), TypeError);
}

TEST_CASE("ModelCheckpoint: file names, frequency, errors") {
  const TemporaryFolder folder;
  ScriptedRun run;
  SECTION("an unknown field") {
    CHECK_THROWS_WITH(
        run.fit(falling, {callbacks::ModelCheckpoint(folder / "{val_acc:.2f}.keras")}),
        ContainsSubstring("Failed to format this callback filepath") &&
            ContainsSubstring("'val_acc'") && ContainsSubstring("loss"));
  }
  SECTION("a folder in the way") {
    std::filesystem::create_directory(folder / "m.keras");
    CHECK_THROWS_WITH(
        run.fit(falling, {callbacks::ModelCheckpoint(folder / "m.keras")}),
        ContainsSubstring("Please specify a non-directory filepath for ModelCheckpoint."));
  }
  SECTION("every second batch") {
    fit_line(run.model, {callbacks::ModelCheckpoint(folder / "{epoch}-{batch:02d}.weights.h5",
                                                    {.save_weights_only = true, .save_freq = 3})});
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      names.insert(entry.path().filename().string());
    CHECK(names == std::set<std::string>{"1-03.weights.h5", "2-02.weights.h5", "3-01.weights.h5",
                                         "3-04.weights.h5"});
  }
  SECTION("the best whole model can be loaded") {
    for (const std::string name : {"best.keras", "best.h5"}) {
      ScriptedRun again;
      again.fit(falling, {callbacks::ModelCheckpoint(folder / name,
                                                     {.monitor = "loss", .save_best_only = true})});
      CHECK(again.weight() == 4);
      CHECK(load_model(folder / name).get_weights()[0].to_vector<double>()[0] == 1);
    }
  }
}

TEST_CASE("EarlyStopping tells where it stopped") {
  ScriptedRun run;
  const auto stopping = std::make_shared<callbacks::EarlyStopping>(callbacks::EarlyStoppingOptions{
      .monitor = "loss", .patience = 2, .restore_best_weights = true});
  run.fit(falling, {stopping});
  CHECK(stopping->stopped_epoch() == 3);
  CHECK(stopping->best_epoch() == 1);
  CHECK(stopping->best() == 0.5);
  CHECK(run.weight() == 1);
}

TEST_CASE("LearningRateScheduler") {
  ScriptedRun run;
  run.fit(falling,
          {callbacks::LearningRateScheduler(
              [](int epoch, double lr) { return epoch < 2 ? lr : lr / 2; }, {.verbose = 1})});
  const std::vector<double> expected{0.1, 0.1, 0.05, 0.025, 0.0125};
  for (size_t i = 0; i < expected.size(); ++i)
    CHECK_THAT(run.history["learning_rate"][i], WithinRel(expected[i], 1e-6));
  CHECK_THAT(
      run.printed,
      ContainsSubstring(
          "\nEpoch 1: LearningRateScheduler setting learning rate to 0.10000000149011612.\n"));
  run.fit(falling, {callbacks::LearningRateScheduler([](int epoch) { return 1.0 / (epoch + 1); })});
  CHECK_THAT(run.model.optimizer().learning_rate(), WithinRel(0.2, 1e-6));
}

TEST_CASE("TerminateOnNaN") {
  Model model = ScriptedRun::make();
  const Tensor x({{0.1}, {0.2}, {NAN}, {0.4}});
  const auto fit = [&](callbacks::TerminateOnNaNOptions options) {
    return model.fit(x, x,
                     {.batch_size = 1,
                      .epochs = 3,
                      .verbose = "0",
                      .callbacks = {callbacks::TerminateOnNaN(options)},
                      .shuffle = false});
  };
  const History history = fit({});
  CHECK(history.epoch.size() == 1);
  CHECK(std::isnan(history["loss"][0]));
  CHECK_THROWS_WITH(fit({.raise_error = true}),
                    ContainsSubstring("NaN or Inf loss encountered at batch 0. Loss value: nan."));
}

TEST_CASE("LambdaCallback and bare lambdas see every stage") {
  Model model = ScriptedRun::make();
  std::map<std::string, int> calls;
  const auto count = [&](const char* what) { return [&calls, what](auto&&...) { ++calls[what]; }; };
  std::vector<double> seen;
  const Tensor x({{0.1}, {0.2}, {0.3}, {0.4}});
  model.fit(
      x, x,
      {.batch_size = 2,
       .epochs = 3,
       .verbose = "0",
       .validation_data = ValidationData(x, x),
       .callbacks = {callbacks::LambdaCallback({.on_epoch_begin = count("epoch_begin"),
                                                .on_epoch_end = count("epoch_end"),
                                                .on_train_begin = count("train_begin"),
                                                .on_train_end = count("train_end"),
                                                .on_train_batch_begin = count("batch_begin"),
                                                .on_train_batch_end = count("batch_end"),
                                                .on_test_begin = count("test_begin"),
                                                .on_test_batch_end = count("test_batch_end")}),
                     [&](int, const Logs& logs) { seen.push_back(logs["val_loss"]); }}});
  CHECK(calls == std::map<std::string, int>{{"epoch_begin", 3},
                                            {"epoch_end", 3},
                                            {"train_begin", 1},
                                            {"train_end", 1},
                                            {"batch_begin", 6},
                                            {"batch_end", 6},
                                            {"test_begin", 3},
                                            {"test_batch_end", 6}});
  CHECK(seen.size() == 3);
}

TEST_CASE("CSVLogger appends") {
  const TemporaryFolder folder;
  ScriptedRun run;
  run.fit({{"loss", {0.5}}}, {callbacks::CSVLogger(folder / "log.csv", {.append = true})});
  run.fit({{"loss", {0.25}}}, {callbacks::CSVLogger(folder / "log.csv", {.append = true})});
  CHECK(slurp(folder / "log.csv") == "epoch,loss,val_loss\r\n0,0.5,NA\r\n0,0.25,NA\r\n");
  CHECK_THROWS_WITH(run.fit({{"loss", {0.5}}}, {callbacks::CSVLogger(folder / "none/log.csv")}),
                    ContainsSubstring("No such file"));
}

TEST_CASE("BackupAndRestore goes on after an interruption") {
  const TemporaryFolder folder;
  const std::string backup = folder / "backup";
  const auto interrupt = [](int epoch, const Logs&) {
    if (epoch == 2) throw RuntimeError("Interrupting!");
  };
  const auto make = [] { return ScriptedRun::make(optimizers::SGD({.learning_rate = 0.1})); };
  const auto start = [](const Model& m) { m.set_weights({Tensor({{0.5}}, DType::float32)}); };
  Model straight = make();
  start(straight);
  fit_line(straight, {}, 6);

  for (const bool damage : {false, true}) {
    Model first = make();
    start(first);
    const callbacks::BackupAndRestore callback(backup, {.double_checkpoint = damage});
    CHECK_THROWS_WITH(fit_line(first, {callback, interrupt}, 6), "Interrupting!");
    CHECK(slurp(backup + "/training_metadata.json") == "{\"epoch\": 3, \"batch\": 0}");
    if (damage) spill(backup + "/latest.weights.h5", "no HDF5");
    Model second = make();
    const History history = fit_line(second, {callback}, 6);
    CHECK(history.epoch.front() == (damage ? 2 : 3));
    CHECK(history.epoch.back() == 5);
    CHECK_THAT(second.get_weights()[0].to_vector<double>()[0],
               WithinRel(straight.get_weights()[0].to_vector<double>()[0], 1e-6));
    CHECK_FALSE(std::filesystem::exists(backup));
  }
  Sequential unbuilt({layers::Dense(1)});
  unbuilt.compile({.optimizer = "sgd", .loss = "mse"});
  CHECK_THROWS_WITH(fit_line(unbuilt, {callbacks::BackupAndRestore(backup)}),
                    ContainsSubstring("must be built before you call `fit()`"));
}

TEST_CASE("SwapEMAWeights evaluates the averages") {
  const auto make = [] {
    Sequential model({layers::Input({1}), layers::Dense(1, {.use_bias = false})});
    model.compile(
        {.optimizer = optimizers::SGD({.learning_rate = 0.5, .use_ema = true, .ema_momentum = 0.5}),
         .loss = "mse"});
    model.set_weights({Tensor({{0.5}}, DType::float32)});
    return model;
  };
  Sequential model = make();
  fit_line(model, {}, 2);  // its end puts the averages into the model
  const double average = model.get_weights()[0].to_vector<double>()[0];

  Sequential swapped = make();
  std::vector<double> during, after;
  const auto weight = [&] { return swapped.get_weights()[0].to_vector<double>()[0]; };
  const Tensor x({{0.1}, {0.2}, {0.3}, {0.4}});
  swapped.fit(x, x * 2.0,
              {.batch_size = 1,
               .epochs = 2,
               .verbose = "0",
               .validation_data = ValidationData(x, x),
               .callbacks = {callbacks::SwapEMAWeights(),
                             callbacks::LambdaCallback(
                                 {.on_epoch_end = [&](int, Logs&) { after.push_back(weight()); },
                                  .on_test_batch_end =
                                      [&](int64_t, const Logs&) { during.push_back(weight()); }})},
               .shuffle = false});
  CHECK(during.back() == average);
  CHECK(after.back() != average);
  CHECK(weight() == average);

  Sequential by_epoch = make();
  std::vector<double> kept;
  fit_line(
      by_epoch,
      {callbacks::SwapEMAWeights({.swap_on_epoch = true}),
       [&](int, const Logs&) { kept.push_back(by_epoch.get_weights()[0].to_vector<double>()[0]); }},
      2);
  CHECK(kept.back() == average);
  CHECK(by_epoch.get_weights()[0].to_vector<double>()[0] == average);

  Model plain = ScriptedRun::make();
  CHECK_THROWS_WITH(
      plain.evaluate(x, x, {.verbose = "0", .callbacks = {callbacks::SwapEMAWeights()}}),
      ContainsSubstring(
          "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer."));
}
