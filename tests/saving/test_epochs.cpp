/// Files that Keras of every epoch wrote (tests/golden/files_epochs), and the upgrade of configs.
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <functional>

#include "kcpp/activations.h"
#include "kcpp/ops/math.h"
#include "kcpp/saving.h"
#include "src/saving/containers/json.h"
#include "src/saving/legacy/epoch.h"
#include "src/saving/legacy/upgrade.h"
#include "tests/support/closeness.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

using namespace saving;
using Catch::Matchers::ContainsSubstring;

Config json(const std::string& text) { return io::parse_json(text, "test"); }

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing thrown";
}

void predicts_as_keras(const std::string& epoch) {
  const GoldenFile golden("files_epochs/" + epoch + "/expected");
  for (const Config& c : golden.cases()) {
    const Config::List& files = c.at("files").as_list();
    const bool split = files[0].as_string().ends_with(".json");
    for (size_t i = 0; i < (split ? 1 : files.size()); ++i) {
      INFO(epoch << "/" << files[i].as_string());
      const auto path = [&](const Config& file) {
        return GoldenFile::path("files_epochs/" + epoch + "/" + file.as_string());
      };
      LoadReport report;
      Model model = load_model(path(files[i]), {.report = &report});
      if (split) load_weights(model, path(files[1]));
      INFO(report.to_string());
      const Tensors y = model.predict_all(golden.arrays(c.at("x")));
      const Tensors expected = golden.arrays(c.at("y"));
      REQUIRE(y.size() == expected.size());
      const double tolerance =
          tolerance_for(c.find("note") ? DType::float16 : DType::float32).output;
      for (size_t k = 0; k < y.size(); ++k)
        CHECK(difference(y[k], ops::cast(expected[k], y[k].dtype()), tolerance, 0.1) == "");
    }
  }
}

void goes_on(const Model& model, const Config& c, const GoldenFile& golden) {
  REQUIRE(model.compiled());
  const Tensors x = golden.arrays(c.at("x"));
  const Config::List& losses = c.at("resume").at("losses").as_list();
  const History history = model.fit(Data(x), Data(golden.arrays(c.at("resume").at("y"))),
                                    {.batch_size = x[0].dim(0),
                                     .epochs = static_cast<int>(losses.size()),
                                     .verbose = "0",
                                     .shuffle = false});
  for (size_t i = 0; i < losses.size(); ++i)
    CHECK(history["loss"][i] == Catch::Approx(losses[i].as_double()).epsilon(1e-4).margin(1e-5));
}

void trains_as_keras(const std::string& epoch) {
  const GoldenFile golden("files_epochs/" + epoch + "/expected");
  for (const Config& c : golden.cases()) {
    if (!c.find("resume")) continue;
    for (const Config& file : c.at("files").as_list()) {
      INFO(epoch << "/" << file.as_string());
      LoadReport report;
      const Model model = load_model(
          GoldenFile::path("files_epochs/" + epoch + "/" + file.as_string()), {.report = &report});
      INFO(report.to_string());
      goes_on(model, c, golden);
    }
  }
}

TEST_CASE("gradients clipped by a norm and by value are so in every format", "[saving][epochs]") {
  const TemporaryFolder folder;
  for (const char* epoch : {"keras-2.2.4", "tf-23", "tf-26"}) {
    const GoldenFile golden("files_epochs/" + std::string(epoch) + "/expected");
    for (const Config& c : golden.cases()) {
      const std::string name = c.at("name").as_string();
      if (!name.starts_with("clipped")) continue;
      const Model model =
          load_model(GoldenFile::path("files_epochs/" + std::string(epoch) + "/" + name + ".h5"));
      for (const char* suffix : {".keras", ".h5"}) {
        INFO(epoch << "/" << name << " as " << suffix);
        model.save(folder / (name + suffix), {.overwrite = true});
        goes_on(load_model(folder / (name + suffix)), c, golden);
      }
    }
  }
}

TEST_CASE("training goes on as in the Keras that wrote the file", "[saving][epochs]") {
  for (const auto& entry : std::filesystem::directory_iterator(GoldenFile::path("files_epochs"))) {
    if (!entry.is_directory()) continue;
    DYNAMIC_SECTION(entry.path().filename().string()) {
      trains_as_keras(entry.path().filename().string());
    }
  }
}

TEST_CASE("files of every epoch predict as the Keras that wrote them", "[saving][epochs]") {
  size_t folders = 0;
  for (const auto& entry : std::filesystem::directory_iterator(GoldenFile::path("files_epochs"))) {
    if (!entry.is_directory()) continue;
    ++folders;
    DYNAMIC_SECTION(entry.path().filename().string()) {
      predicts_as_keras(entry.path().filename().string());
    }
  }
  CHECK(folders >= 9);
}

TEST_CASE("Epoch: versions and content", "[saving][epochs]") {
  CHECK(epoch_of_version("2.2.4").before(2, 3));
  CHECK(epoch_of_version("2.2.4-tf").tf_keras);
  CHECK(epoch_of_version("2.15.0").tf_keras);
  CHECK(!epoch_of_version("2.3.1").tf_keras);
  CHECK(epoch_of_version("2.1.6", "theano").theano);
  CHECK(!epoch_of_version("1.2.2", "theano").theano);
  CHECK(epoch_of_version("nonsense").major == 3);
  CHECK(epoch_of(json(R"({"name": "Sequential", "layers": []})")).major == 0);
  CHECK(epoch_of(json(R"({"class_name": "Sequential", "config": [{"class_name": "Dense",
      "config": {"output_dim": 3, "init": "uniform"}}]})"))
            .major == 1);
  CHECK(epoch_of(json(R"({"class_name": "Sequential", "config": [{"class_name": "Dense",
      "config": {"units": 3, "batch_input_shape": [null, 2]}}]})"))
            .major == 2);
  CHECK(epoch_of(json(R"({"class_name": "Sequential", "registered_name": null, "config": {}})"))
            .major == 3);
  const Config metadata = json(R"({"keras_version": "2.13.1"})");
  CHECK(epoch_of(json("{}"), &metadata).to_string() == "Keras 2.13.1 (tf.keras)");
}

Config layer(const std::string& class_name, const std::string& config) {
  return json(R"({"class_name": "Sequential", "config": [{"class_name": ")" + class_name +
              R"(", "config": )" + config + "}]}");
}
Config upgraded(const Config& model, const std::string& version, LoadReport* report = nullptr) {
  const Config out = upgrade_model(model, epoch_of_version(version), report);
  return out.at("config").at("layers").as_list().back();
}

TEST_CASE("ThresholdedReLU, which Keras 3 keeps for old models", "[saving][epochs]") {
  const Config relu = upgraded(layer("ThresholdedReLU", R"({"name": "t", "trainable": true,
      "dtype": "float32", "theta": 0.4, "batch_input_shape": [null, 2]})"),
                               "3.12.0");
  CHECK(relu.at("class_name") == Config("ReLU"));
  CHECK(relu.at("config").at("threshold") == Config(0.4));
  CHECK_FALSE(relu.at("config").find("theta"));
}

TEST_CASE("layers of older Keras", "[saving][epochs]") {
  const Config conv =
      upgraded(layer("Convolution2D", R"({"name": "c", "nb_filter": 4, "nb_row": 3, "nb_col": 2,
          "border_mode": "same", "subsample": [2, 2], "dim_ordering": "th", "bias": false})"),
               "1.2.2");
  CHECK(conv.at("class_name") == Config("Conv2D"));
  CHECK(conv.at("config").at("kernel_size") == Config::list({3, 2}));
  CHECK(conv.at("config").at("data_format") == Config("channels_first"));
  CHECK(conv.at("config").at("use_bias") == Config(false));

  const Config gru = upgraded(layer("GRU", R"({"name": "g", "units": 2})"), "2.1.0");
  CHECK(gru.at("config").at("reset_after") == Config(false));
  ActivationFn recurrent;
  from_config(gru.at("config").at("recurrent_activation"), recurrent, "");
  REQUIRE(recurrent.fused());
  CHECK(recurrent.fused()->op == UnaryOp::hard_sigmoid_keras2);
  CHECK(!upgraded(layer("LSTM", R"({"name": "g", "units": 2})"), "2.3.1")
             .at("config")
             .find("recurrent_activation"));

  const auto recurrent_regularizer = [](const std::string& how, const std::string& version) {
    return upgraded(layer("LSTM", R"({"name": "r", "output_dim": 2, "W_regularizer":
        {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.5}, "U_regularizer": null,
        "consume_less": ")" + how + "\"}"),
                    version)
        .at("config")
        .at("recurrent_regularizer");
  };
  CHECK(recurrent_regularizer("gpu", "1.2.0").is_null());
  CHECK(recurrent_regularizer("cpu", "1.1.2").is_null());
  CHECK(recurrent_regularizer("cpu", "1.2.0").at("config").at("l2") == Config(0.5));

  const Config turned =
      upgraded(layer("LSTM", R"({"name": "r", "units": 2, "time_major": true})"), "2.4.0");
  CHECK(turned.at("class_name") == Config("TimeMajor"));
  CHECK(!turned.at("config").at("layer").at("config").find("time_major"));

  const Config relu =
      upgraded(layer("ThresholdedReLU", R"({"name": "t", "theta": 0.5})"), "2.15.0");
  CHECK(relu.at("class_name") == Config("ReLU"));
  CHECK(relu.at("config").at("threshold") == Config(0.5));
}

TEST_CASE("a Functional model of one tensor gives no list", "[saving][epochs]") {
  const Config old = json(R"({"class_name": "Functional", "config": {"name": "m",
      "layers": [{"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
                  "config": {"name": "x", "batch_input_shape": [null, 2], "dtype": "float32"}},
                 {"class_name": "Dense", "name": "d", "inbound_nodes": [[["x", 0, 0, {}]]],
                  "config": {"name": "d", "units": 2}}],
      "input_layers": [["x", 0, 0]], "output_layers": [["d", 0, 0]]}})");
  const Config now = upgrade_model(old, epoch_of_version("2.6.0"), nullptr);
  CHECK(now.at("config").at("input_layers").to_json() == R"(["x", 0, 0])");
  CHECK(now.at("config").at("output_layers").to_json() == R"(["d", 0, 0])");
}

TEST_CASE("the hard sigmoid of Keras 2 survives kcpp's files", "[saving][epochs]") {
  const ActivationFn old = ActivationFn::keras2_hard_sigmoid();
  ActivationFn back;
  from_config(to_config(old), back, "");
  const Tensor x{-3.0, -1.0, 0.5, 2.0};
  CHECK(difference(back(x), old(x), 0) == "");
  // For Keras 3 it is a model of two layers that compute the same, which comes back with an input.
  Config written = to_config(old);
  CHECK(written.at("class_name") == Config("Sequential"));
  Config* layers = written.find("config")->find("layers");
  layers->as_list().insert(layers->as_list().begin(),
                           json(R"({"class_name": "InputLayer", "config": {"dtype": "float32"}})"));
  from_config(written, back, "");
  CHECK(difference(back(x), old(x), 0) == "");
}

std::string says(const Config& model, const std::string& version) {
  return message_of([&] { upgrade_model(model, epoch_of_version(version), nullptr); });
}

TEST_CASE("what changes the mathematics is refused in a sentence", "[saving][epochs]") {
  CHECK_THAT(
      says(layer("DepthwiseConv2D", R"({"name": "d", "kernel_size": 3, "groups": 2})"), "2.9.0"),
      ContainsSubstring("`groups` = 2"));
  CHECK(says(layer("DepthwiseConv2D", R"({"name": "d", "kernel_size": 3, "groups": 1})"),
             "2.9.0") == "nothing thrown");
  CHECK_THAT(
      says(layer("MyDense", R"({"name": "m", "output_dim": 2, "trainable": true})"), "1.0.0"),
      ContainsSubstring("The layer 'm' of class MyDense") && ContainsSubstring("register_custom"));
  CHECK_THAT(says(layer("BatchNormalization", R"({"name": "b", "mode": 3})"), "1.2.0"),
             ContainsSubstring("mode=3"));
  CHECK_THAT(
      says(layer("Dense", R"({"name": "d", "units": 2, "activation": "<lambda>"})"), "2.3.1"),
      ContainsSubstring("[Layer 'd' of class Dense] `activation` = \"<lambda>\"") &&
          ContainsSubstring("register_activation"));
  CHECK_THAT(
      says(layer("Merge", R"({"name": "m", "mode": "<lambda>", "mode_type": "lambda"})"), "1.2.2"),
      ContainsSubstring("The Merge layer 'm'"));
  CHECK_THAT(says(json(R"({"class_name": "Functional", "config": {"layers": [
      {"class_name": "InputLayer", "name": "x", "config": {"name": "x",
       "batch_input_shape": [null, 2]}, "inbound_nodes": []},
      {"class_name": "TFOpLambda", "name": "f", "config": {"name": "f",
       "function": "io.read_file"}, "inbound_nodes": [["x", 0, 0, {}]]}],
      "input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]]}})"),
                  "2.9.0"),
             ContainsSubstring("The layer 'f' calls TensorFlow's function tf.io.read_file"));
}

/// The sentence for a model of one TensorFlow function over x, and another one over that.
std::string says_of_functions(const std::string& first, const std::string& arguments,
                              const std::string& second) {
  const auto op = [](const std::string& name, const std::string& function, const std::string& of,
                     const std::string& kwargs) {
    return text(R"(, {"class_name": "TFOpLambda", "name": ")", name, R"(", "config": {"name": ")",
                name, R"(", "function": ")", function, R"("}, "inbound_nodes": [[")", of,
                R"(", 0, 0, )", kwargs, "]]}");
  };
  const std::string last = second.empty() ? "f" : "g";
  return says(
      json(text(R"({"class_name": "Functional", "config": {"layers": [
      {"class_name": "InputLayer", "name": "x", "config": {"name": "x",
       "batch_input_shape": [null, 9]}, "inbound_nodes": []})",
                op("f", first, "x", arguments), second.empty() ? "" : op("g", second, "f", "{}"),
                R"(], "input_layers": [["x", 0, 0]], "output_layers": [[")", last,
                R"(", 0, 0]]}})")),
      "2.9.0");
}

TEST_CASE("TensorFlow's functions that cannot be read are named with what is in the way",
          "[saving][epochs]") {
  const std::string sizes = R"({"frame_length": 4, "frame_step": 2})";
  CHECK(says_of_functions("signal.stft", sizes, "math.abs") == "nothing thrown");
  CHECK_THAT(says_of_functions("signal.stft", sizes, "math.exp"),
             ContainsSubstring("The layer 'g' calls TensorFlow's function tf.math.exp, of complex "
                               "numbers"));
  CHECK_THAT(says_of_functions("signal.stft", sizes, ""),
             ContainsSubstring("The model takes complex numbers"));
  CHECK_THAT(
      says_of_functions("signal.stft", R"({"frame_length": -4, "frame_step": 2})", "math.abs"),
      ContainsSubstring("with an absurd frame_length"));
  CHECK_THAT(says_of_functions("gather", R"({"indices": [[0]], "axis": 0, "batch_dims": 1})", ""),
             ContainsSubstring("with batch_dims=1 and axis=0"));
  CHECK_THAT(says_of_functions("keras.backend.ctc_label_dense_to_sparse",
                               R"({"label_lengths": [1]})", "math.exp"),
             ContainsSubstring("of a sparse tensor"));
  CHECK_THAT(
      says_of_functions("keras.backend.ctc_label_dense_to_sparse", R"({"label_lengths": [1]})", ""),
      ContainsSubstring("The model gives a sparse tensor"));
  CHECK_THAT(
      says_of_functions(
          "signal.stft",
          R"({"frame_length": 4, "frame_step": 2, "window_fn": "inverse_stft_window_fn_inner"})",
          "math.abs"),
      ContainsSubstring("whose numbers TensorFlow left out of the file"));
  CHECK_THAT(says_of_functions("meshgrid", "{}", ""),
             ContainsSubstring("whose tensors TensorFlow left out of the file"));
  // Its window would be a million numbers of a config.
  CHECK_THAT(says_of_functions("image.ssim",
                               R"({"img2": ["x", 0, 0], "max_val": 1, "filter_size": 1000})", ""),
             ContainsSubstring("with an absurd filter_size"));
  CHECK_THAT(says(json(R"({"class_name": "Functional", "config": {"layers": [
      {"class_name": "InputLayer", "name": "x", "config": {"name": "x",
       "batch_input_shape": [null, 2]}, "inbound_nodes": []},
      {"class_name": "TensorFlowOpLayer", "name": "f", "config": {"name": "f", "constants": {},
       "node_def": {"name": "f", "op": "Unpack", "input": ["x"],
                    "attr": {"num": {"i": "2x"}, "axis": {"i": "99999999999999999999"}}}},
       "inbound_nodes": [["x", 0, 0, {}]]}],
      "input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]]}})"),
                  "2.2.0"),
             ContainsSubstring("must be a whole number"));
}

TEST_CASE("penalties of activities are sums where they were", "[saving][epochs]") {
  const auto batch = [](const std::string& version) {
    const Config dense = upgraded(layer("Dense", R"({"name": "d", "units": 2,
        "activity_regularizer": {"class_name": "L1L2", "config": {"l1": 0.5, "l2": 0.0}}})"),
                                  version);
    const Config other = upgraded(
        layer("ActivityRegularization", R"({"name": "a", "l1": 0.5, "l2": 0.25})"), version);
    const Config* word = dense.at("config").at("activity_regularizer").find("older_keras");
    CHECK(other.at("class_name") == Config("ActivityRegularization"));
    const Config* build = other.find("build_config");
    CHECK((build ? build->at("older_keras") : Config()) == (word ? *word : Config()));
    return word ? word->to_json() : "none";
  };
  for (const char* version : {"1.2.2", "2.2.4", "2.3.1", "3.0.5", "3.13.2"})
    CHECK(batch(version) == R"(["penalty_summed"])");
  CHECK(batch("1.0.5") == R"(["penalty_in_training"])");
  CHECK(batch("1.1.2") == R"(["penalty_summed", "penalty_in_training"])");
  for (const char* version : {"0.3.3", "2.2.4-tf", "2.15.0", "3.14.0", "3.15.1"})
    CHECK(batch(version) == "none");
}

TEST_CASE("sizes that are known when a model is read are constants in it", "[saving][epochs]") {
  const std::string old = R"({"class_name": "Functional", "keras_version": "2.15.0", "config": {
      "name": "m", "layers": [
      {"class_name": "InputLayer", "name": "x", "config": {"name": "x",
       "batch_input_shape": [null, 4]}, "inbound_nodes": []},
      {"class_name": "TFOpLambda", "name": "d", "config": {"name": "d", "function": "linalg.diag"},
       "inbound_nodes": [["x", 0, 0, {"k": 1}]]}],
      "input_layers": [["x", 0, 0]], "output_layers": [["d", 0, 0]]}})";
  const Model model = load_model(std::as_bytes(std::span(old)), {}, "old.json");
  const std::string now = model.to_json();
  CHECK_THAT(now, !ContainsSubstring("\"Shape\"") && !ContainsSubstring("\"Deferred\""));
  const Model again = load_model(std::as_bytes(std::span(now)), {}, "new.json");
  const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, 4}, {1, 4});
  CHECK(again(x).to_vector<float>() == model(x).to_vector<float>());
  CHECK(again(x).shape() == Shape{1, 5, 5});
}

TEST_CASE("functions that change training alone are left out with a note", "[saving][epochs]") {
  LoadReport report;
  const Config dense = upgraded(
      layer("Dense", R"({"name": "d", "units": 2, "kernel_initializer": {"class_name": "Mine",
          "config": {}}, "kernel_regularizer": {"name": "L1L2Regularizer", "l1": 0.0, "l2": 0.5}})"),
      "2.2.4", &report);
  CHECK(!dense.at("config").find("kernel_initializer"));
  CHECK(dense.at("config").at("kernel_regularizer").at("config").at("l2") == Config(0.5));
  CHECK_THAT(report.to_string(), ContainsSubstring("[Layer 'd'] `kernel_initializer`"));
}

}  // namespace
}  // namespace kcpp::test
