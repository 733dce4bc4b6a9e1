/// The configs of an .h5 that tf.keras 2.x understands as well as Keras 3 (src/saving/h5_config.h).
#include <catch2/catch_all.hpp>

#include "kcpp/layers.h"
#include "kcpp/models/sequential.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/saving.h"
#include "src/saving/compile_config.h"
#include "src/saving/containers/json.h"
#include "src/saving/h5_config.h"
#include "tests/support/closeness.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

using namespace saving;

TEST_CASE("an .h5's model config: old words where Keras 3 takes them", "[saving][h5]") {
  symbolic::reset_names();  // other tests of the process make squares too
  const Tensor a = layers::Input({4}, {.name = "a"}), b = layers::Input({4}, {.name = "b"});
  const Tensor h = layers::Dense(4, {.name = "d"})(a);
  const Model model({a, b}, {ops::square(layers::Add({.name = "sum"})({h, b}))});
  const Config config = to_legacy_config(model->serialize());
  CHECK_FALSE(config.find("module"));
  const Config::List& list = config.at("config").at("layers").as_list();
  const auto layer = [&](const std::string& name) {
    for (const Config& l : list)
      if (l.at("config").at("name") == Config(name)) return l;
    return Config();
  };
  CHECK(layer("a").at("config").at("batch_input_shape").to_json() == "[null, 4]");
  CHECK_FALSE(layer("a").at("config").find("batch_shape"));
  CHECK(layer("d").at("config").at("dtype") == Config("float32"));
  CHECK(layer("d").at("inbound_nodes").to_json() == R"([[["a", 0, 0, {}]]])");
  CHECK(layer("sum").at("inbound_nodes").to_json() == R"([[["d", 0, 0, {}], ["b", 0, 0, {}]]])");
  // An operation stays as Keras 3 writes it: nothing older knows it.
  CHECK(layer("square").at("inbound_nodes").as_list()[0].is_dict());
  // And it is read again.
  symbolic::reset_names();
  const Model again = model_from_json(config.to_json());
  CHECK(to_legacy_config(again->serialize()) == config);
}

/// How many attributes of this name hold texts of variable length that are declared as ASCII.
int count_bytes_attributes(const std::string& file, std::string name) {
  name += '\0';
  name.resize((name.size() + 7) / 8 * 8);
  int count = 0;
  for (size_t at = file.find(name); at != std::string::npos; at = file.find(name, at + 1)) {
    // Behind the padded name lies the type: version 1 and class 9, that it is a text, its code.
    count += file.compare(at + name.size(), 3, std::string("\x19\x01\x00", 3)) == 0;
  }
  return count;
}

TEST_CASE("an .h5's texts are Python bytes: TensorFlow up to 2.4 decodes them", "[saving][h5]") {
  const Sequential model({layers::Input({3}), layers::Dense(2)});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const TemporaryFolder folder;
  model.save(folder / "m.h5");
  const std::string file = slurp(folder / "m.h5");
  for (const char* attribute : {"model_config", "training_config", "layer_names", "weight_names"}) {
    INFO(attribute);
    CHECK(count_bytes_attributes(file, attribute) >= 1);
  }
  // Those of the weights; those of the file are str, as Keras 3 writes them.
  CHECK(count_bytes_attributes(file, "keras_version") == 1);
  CHECK(count_bytes_attributes(file, "backend") == 1);
}

TEST_CASE("an .h5's model config: keys that tf.keras lacks are left out", "[saving][h5]") {
  const Sequential model({layers::Input({6, 6, 3}), layers::CenterCrop(4, 4),
                          layers::Resizing(5, 5), layers::BatchNormalization(),
                          layers::LeakyReLU({.negative_slope = 0.2})});
  const Config config = to_legacy_config(model->serialize());
  const Config::List& list = config.at("config").at("layers").as_list();
  const auto at = [&](size_t i) { return list[i].at("config"); };
  CHECK_FALSE(at(1).find("data_format"));
  for (const char* key : {"data_format", "antialias", "pad_to_aspect_ratio", "fill_mode"})
    CHECK_FALSE(at(2).find(key));
  CHECK_FALSE(at(3).find("synchronized"));
  CHECK(at(4).at("alpha") == Config(0.2));
  CHECK_FALSE(at(4).find("negative_slope"));
  CHECK(to_legacy_config(model_from_json(config.to_json())->serialize()) == config);
}

TEST_CASE("an .h5's model config: classes have the names of Keras's code", "[saving][h5]") {
  symbolic::reset_names();
  const Tensor x = layers::Input({4, 6});
  const Model model({x}, {layers::GroupQueryAttention(3, 4, 2)({x, x})});
  CHECK(model->serialize().at("config").at("layers").as_list()[1].at("class_name") ==
        Config("GroupQueryAttention"));
  const Config config = to_legacy_config(model->serialize());
  CHECK(config.at("config").at("layers").as_list()[1].at("class_name") ==
        Config("GroupedQueryAttention"));
  symbolic::reset_names();
  CHECK(to_legacy_config(model_from_json(config.to_json())->serialize()) == config);
}

TEST_CASE("an .h5's model config: masks that travel are no operations", "[saving][h5]") {
  symbolic::reset_names();
  const Tensor x = layers::Input({6}, {.name = "x"});
  const Tensor h = layers::Dropout(0.5)(layers::Embedding(9, 4, {.mask_zero = true})(x));
  const auto count = [](const Model& model) {
    return to_legacy_config(model->serialize()).at("config").at("layers").size();
  };
  const Tensor y = layers::LSTM(3, {.return_sequences = true})(h);
  const Model model({x}, {layers::GRU(2)(y)});
  CHECK(count(model) == 5);
  // The same values go round through a file.
  const Tensor tokens{{1.0, 3.0, 2.0, 0.0, 0.0, 0.0}, {4.0, 0.0, 1.0, 8.0, 5.0, 0.0}};
  const TemporaryFolder folder;
  const std::string path = folder / "masks.h5";
  model.save(path);
  CHECK(difference(load_model(path).predict(tokens), model.predict(tokens), 1e-6) == "");
  // A mask that the user made stays.
  const Tensor own = ops::not_equal(x, 3.0);
  CHECK(count(Model({x}, {layers::LSTM(3)(h, {.mask = own})})) == 5);
  // Masking brings one of its own.
  const Tensor masked = layers::Masking({.mask_value = 0.5})(y);
  CHECK(count(Model({x}, {layers::SimpleRNN(2)(masked)})) == 6);
}

TEST_CASE("an .h5's model config: a mask behind a layer that gives none on stays", "[saving][h5]") {
  symbolic::reset_names();
  const Tensor x = layers::Input({3}, {.name = "x"});
  const Tensor mask = ops::not_equal(x, 0.0);
  const Tensor h = layers::Embedding(9, 4, {.mask_zero = true})(x);
  const auto keeps = [&](const Tensor& y) {
    const Model model({x}, {layers::Softmax()(y, {.mask = mask})});
    const Config config = to_legacy_config(model->serialize());
    const Config::List& layers = config.at("config").at("layers").as_list();
    return std::any_of(layers.begin(), layers.end(), [](const Config& layer) {
      return layer.at("class_name") == Config("NotEqual");
    });
  };
  CHECK(keeps(layers::LSTM(3)(h)));
  CHECK(keeps(layers::Bidirectional(layers::GRU(3), {.merge_mode = "sum"})(h)));
  CHECK_FALSE(keeps(layers::Dense(3)(h)));
  // The values of the file are those of the model.
  const Model model({x}, {layers::Softmax()(layers::LSTM(3)(h), {.mask = mask})});
  const TemporaryFolder folder;
  model.save(folder / "mask.h5");
  const Tensor tokens{{1.0, 0.0, 2.0}, {4.0, 5.0, 0.0}};
  CHECK(difference(load_model(folder / "mask.h5").predict(tokens), model.predict(tokens), 1e-6) ==
        "");
}

TEST_CASE("an .h5's model config: what only Keras 3's own reader understands has its module",
          "[saving][h5]") {
  symbolic::reset_names();
  const Tensor x = layers::Input({3, 4}, {.name = "x"});
  const Tensor y = layers::LayerNormalization({.axis = {1, 2}, .name = "both"})(x);
  const Tensor z = layers::LayerNormalization({.name = "last"})(y);
  const Model model({x}, {ops::get_item(z, {ops::ellipsis, 0})});
  const Config config = to_legacy_config(model->serialize());
  const Config::List& list = config.at("config").at("layers").as_list();
  CHECK(list[1].at("module") == Config("keras.layers"));  // Keras 3 loses a list of axes elsewhere
  CHECK_FALSE(list[2].find("module"));
  CHECK(list[3].at("module") == Config("keras.src.ops.numpy"));
  const Config key = list[3].at("inbound_nodes").as_list()[0].at("args").as_list()[1];
  REQUIRE(key.size() == 3);
  CHECK(key.as_list()[1].at("class_name") == Config("__slice__"));
  CHECK(key.as_list()[2] == Config(0));
  CHECK(to_legacy_config(model_from_json(config.to_json())->serialize()) == config);
}

TEST_CASE("TensorFlow's RandomWidth is written as Keras 3 keeps it, in an .h5 too",
          "[saving][h5]") {
  Config entry = Config::dict({{"class_name", "RandomWidth"},
                               {"config", Config::dict({{"factor", 0.2}, {"name", "width"}})}});
  const Sequential model({layers::Input({4, 4, 3}), layer_from_config(entry)});
  const auto written = [](const Config& config) {
    return config.at("config").at("layers").as_list()[1];
  };
  for (const Config& layer :
       {written(model->serialize()), written(to_legacy_config(model->serialize()))}) {
    CHECK(layer.at("module") == Config("keras._legacy.layers"));
    CHECK_FALSE(layer.at("config").find("data_format"));
  }
}

TEST_CASE("an .h5's model config: calls of nested models are numbered for tf.keras and Keras 3",
          "[saving][h5]") {
  symbolic::reset_names();
  const Tensor in = layers::Input({4});
  const Model inner({in}, {layers::Dense(4, {.activation = "tanh"})(in)}, {.name = "inner"});
  const Sequential chain({layers::Input({4}), layers::Dense(4)}, {.name = "chain"});
  const Tensor a = layers::Input({4}, {.name = "a"}), b = layers::Input({4}, {.name = "b"});
  const Tensor first = inner(a), second = inner(b);
  const Model model({a, b},
                    {layers::Add({.name = "sum"})({first, second}), inner(first), chain(second)});
  const Config config = to_legacy_config(model->serialize()).at("config");
  const auto nodes = [&](const std::string& name) {
    for (const Config& l : config.at("layers").as_list())
      if (l.at("config").at("name") == Config(name)) return l.at("inbound_nodes").to_json();
    return std::string();
  };
  // Call k is at 2k for who counts from 1, at 2k + 1 for who counts from 0.
  CHECK(nodes("inner") == R"([[["a", 0, 0, {}]], [["a", 0, 0, {}]], [["b", 0, 0, {}]], )"
                          R"([["b", 0, 0, {}]], [["inner", 1, 0, {}]], [["inner", 1, 0, {}]]])");
  CHECK(nodes("sum") == R"([[["inner", 1, 0, {}], ["inner", 3, 0, {}]]])");
  CHECK(config.at("output_layers").to_json() ==
        R"([["sum", 0, 0], ["inner", 5, 0], ["chain", 1, 0]])");
  const TemporaryFolder folder;
  model.save(folder / "nested.h5");
  const Tensors x{Tensor{{0.5, -1.0, 0.25, 2.0}}, Tensor{{-0.5, 0.0, 1.5, 1.0}}};
  const Tensors expected = model.predict_all(x),
                y = load_model(folder / "nested.h5").predict_all(x);
  for (size_t i = 0; i < 3; ++i) CHECK(difference(y[i], expected[i], 1e-6) == "");
}

TEST_CASE("an .h5's model config: layers that are turned round are time_major", "[saving][h5]") {
  const Model model = load_model(GoldenFile::path("files_epochs/tf-215/time_major.h5"));
  const Config config = to_legacy_config(model->serialize());
  const Config lstm = config.at("config").at("layers").as_list()[1];
  CHECK(lstm.at("class_name") == Config("LSTM"));
  CHECK(lstm.at("config").at("time_major") == Config(true));
  CHECK(lstm.at("config").at("units") == Config(3));
  CHECK(model_from_json(config.to_json())->serialize() == model->serialize());
}

TEST_CASE("an .h5's model config: keys that the first tf.keras lacks are left out",
          "[saving][h5]") {
  symbolic::reset_names();
  const Tensor x = layers::Input({4, 3});
  const Tensor h = layers::BatchNormalization()(layers::LSTM(2, {.return_sequences = true})(x));
  const Model model(
      {x}, {layers::GlobalMaxPooling1D()(layers::Conv1D(2, 1)(layers::GaussianNoise(0.1)(h)))});
  const Config config = to_legacy_config(model->serialize());
  CHECK(config.at("class_name") == Config("Model"));  // "Functional" came with TensorFlow 2.3
  for (const Config& layer : config.at("config").at("layers").as_list())
    for (const char* key :
         {"seed", "renorm", "renorm_clipping", "renorm_momentum", "keepdims", "groups"})
      CHECK_FALSE(layer.at("config").find(key));
  CHECK(to_legacy_config(model_from_json(config.to_json())->serialize()) == config);
}

TEST_CASE("an .h5's model config: image layers' default of training is not in their calls",
          "[saving][h5]") {
  symbolic::reset_names();
  const Tensor x = layers::Input({4, 4, 3}, {.name = "x"});
  const Model model({x}, {layers::RandomFlip()(x)});
  Config config = model->serialize();  // as Keras 3 writes it
  Config& layer = config.find("config")->find("layers")->as_list()[1];
  layer.find("inbound_nodes")->as_list()[0].find("kwargs")->set("training", true);
  const Config written = to_legacy_config(config).at("config").at("layers").as_list()[1];
  CHECK(written.at("inbound_nodes").to_json() == R"([[["x", 0, 0, {}]]])");
}

TEST_CASE("an .h5's model config: a Pipeline's layers stay as Keras 3 writes them",
          "[saving][h5]") {
  const Sequential model({layers::Input({4}), layers::Pipeline({layers::Rescaling(0.5)})});
  const Config config = to_legacy_config(model->serialize());
  const Config pipeline = config.at("config").at("layers").as_list()[1];
  CHECK_FALSE(pipeline.find("module"));
  CHECK(pipeline.at("config").at("layers").as_list()[0].at("module") == Config("keras.layers"));
}

TEST_CASE("an .h5's training config: losses by their full names, no defaults of Keras 3",
          "[saving][h5]") {
  const Config compile = io::parse_json(
      R"({"optimizer": {"module": "keras.optimizers", "class_name": "Adam", "registered_name": null,
          "config": {"learning_rate": 0.5, "use_ema": false, "ema_momentum": 0.99,
                     "clipnorm": 1.0, "weight_decay": null, "beta_1": 0.9}},
          "loss": {"x": "mse", "y": ["bce", {"class_name": "BinaryCrossentropy",
                                             "config": {"from_logits": true, "axis": -1}}]},
          "metrics": ["mae", {"class_name": "AUC", "config": {"multi_label": false}}]})",
      "test");
  const Config training = to_training_config(compile);
  CHECK(training.at("loss").to_json() ==
        R"({"x": "mean_squared_error", "y": ["binary_crossentropy", )"
        R"({"class_name": "BinaryCrossentropy", "config": {"from_logits": true}}]})");
  CHECK(training.at("metrics").to_json() == R"(["mae", {"class_name": "AUC", "config": {}}])");
  CHECK(training.at("sample_weight_mode").is_null());
  CHECK(
      training.at("optimizer_config").to_json() ==
      R"({"class_name": "Adam", "config": {"learning_rate": 0.5, "clipnorm": 1.0, "beta_1": 0.9}})");
  CHECK_FALSE(training.find("optimizer"));
  REQUIRE(training.find("sample_weight_mode"));
  CHECK(training.at("sample_weight_mode").is_null());
}

TEST_CASE("an .h5's training config: kcpp's word for an old optimizer is beside its config",
          "[saving][h5]") {
  const std::string decay =
      GENERATE(R"("epsilon_beside_root")",
               R"({"clipvalue": 0.5, "clipvalue_first": true, "step": "epsilon_beside_root"})");
  const Config compile = io::parse_json(
      R"({"optimizer": {"class_name": "LossScaleOptimizer", "config": {"initial_scale": 2.0,
          "inner_optimizer": {"class_name": "RMSprop", "config": {"learning_rate": 0.5,
          "decay": )" +
          decay + R"(}}}}, "loss": "mse"})",
      "test");
  const Config written = to_training_config(compile);
  const Config& inner = written.at("optimizer_config").at("config").at("inner_optimizer");
  CHECK_FALSE(inner.at("config").find("decay"));
  CHECK(inner.at("decay") == io::parse_json(decay, "test"));
  const Config again = to_config(read_compile_config(written).optimizer);
  CHECK(again.at("config").at("inner_optimizer").at("config").at("decay") == inner.at("decay"));
}

}  // namespace
}  // namespace kcpp::test
