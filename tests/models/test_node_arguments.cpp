/// Calls of layers in saved graphs: inputs by position and by name, masks as arguments.
#include <catch2/catch_all.hpp>

#include "kcpp/kcpp.h"
#include "src/saving/containers/hdf5_reader.h"
#include "src/saving/containers/json.h"
#include "tests/support/closeness.h"
#include "tests/support/files.h"

using namespace kcpp;
using kcpp::test::difference;

namespace {

/// The node of the only layer that is no input.
Config& node_of(Config& model, const std::string& class_name) {
  for (Config& layer : model.find("config")->find("layers")->as_list()) {
    if (layer.at("class_name") == Config(class_name))
      return layer.find("inbound_nodes")->as_list()[0];
  }
  throw ValueError("no " + class_name);
}

Tensors some_data() {
  return {random::uniform({2, 5, 4}, -1, 1), random::uniform({2, 3, 4}, -1, 1)};
}

}  // namespace

TEST_CASE("query, value and key may be given by name", "[models][attention]") {
  const Tensor q = layers::Input({5, 4}), v = layers::Input({3, 4});
  const Model model({q, v}, {layers::MultiHeadAttention(2, 3)({q, v})});
  Config json = io::parse_json(model.to_json());
  Config& node = node_of(json, "MultiHeadAttention");
  const Config::List args = node.at("args").as_list();
  Config& kwargs = *node.find("kwargs");
  SECTION("all of them") {
    kwargs.set("value", args[1]);  // the order of the names does not matter
    kwargs.set("query", args[0]);
    kwargs.set("key", nullptr);
    node.set("args", Config::list());
  }
  SECTION("the value only") {
    kwargs.set("value", args[1]);
    node.set("args", Config::list({args[0]}));
  }
  const Model again = model_from_json(json.to_json());
  again.set_weights(model.get_weights());
  const Tensors data = some_data();
  CHECK(difference(again.predict(Data(data)), model.predict(Data(data)), 1e-6) == "");
}

TEST_CASE("inputs by name decide the order of the layers as Keras does", "[models][attention]") {
  const Tensor x = layers::Input({5, 4});
  const Tensor value = layers::Dense(4, {.name = "of_value"})(x),
               key = layers::Dense(4, {.name = "of_key"})(x);
  const Model model({x}, {layers::MultiHeadAttention(2, 3)({x, value, key})});
  CHECK(model.layers()[1]->name() == "of_value");
  Config json = io::parse_json(model.to_json());
  Config& node = node_of(json, "MultiHeadAttention");
  const Config::List args = node.at("args").as_list();
  node.set("args", Config::list());
  node.set("kwargs", Config::dict({{"query", args[0]}, {"value", args[1]}, {"key", args[2]}}));
  const Config expected = node;
  const Model again = model_from_json(json.to_json());
  CHECK(again.layers()[1]->name() == "of_key");  // Keras flattens arguments by their names
  Config written = io::parse_json(again.to_json());
  CHECK(node_of(written, "MultiHeadAttention") == expected);
}

TEST_CASE("masks may be arguments of an attention layer", "[models][attention]") {
  for (const bool grouped : {false, true}) {
    const Layer layer = grouped ? Layer(layers::GroupQueryAttention(3, 4, 2))
                                : Layer(layers::MultiHeadAttention(2, 3));
    const Tensors data = some_data();
    const Tensor mask = Tensor({{1, 1, 0}, {0, 1, 1}}).astype(DType::bool_);
    Tensor value = data[1].reshape(data[1].shape());
    value.set_keras_mask(mask);
    const Tensor travelling = layer({data[0], value});
    const Tensor argument = layer({data[0], data[1]}, {.tensors = {{"value_mask", mask}}});
    CHECK(difference(argument, travelling, 1e-6) == "");
    CHECK(difference(layer({data[0], data[1]}), travelling, 1e-6) != "");
  }
}

TEST_CASE("fit and predict stand above what a node says of training", "[models]") {
  // As in Keras, which writes `training: false` for every layer whose call has that default.
  const Tensor x = layers::Input({4});
  const layers::BatchNormalization norm({.momentum = 0.5});
  const Model model({x}, {norm(x, {.training = false})});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor data = Tensor({{1, 2, 3, 4}, {5, 6, 7, 8}}).astype(DType::float32);
  CHECK(difference(model(data), model.predict(data), 1e-6) == "");
  model.train_on_batch(data, Tensor::zeros({2, 4}));
  CHECK(difference(model.get_weights()[2], Tensor({1.5f, 2.0f, 2.5f, 3.0f}), 1e-6) == "");

  const Model always({x}, {layers::BatchNormalization()(x, {.training = true})});
  CHECK(difference(always(data), always.predict(data), 1e-6) != "");  // predict says it is not
}

TEST_CASE("GroupQueryAttention lies in files under the name of its class in Keras", "[models]") {
  const Tensor x = layers::Input({5, 4});
  const Model model({x}, {layers::GroupQueryAttention(3, 4, 2)({x, x})});
  CHECK(model.layers().back().name().starts_with("grouped_query_attention"));
  CHECK(model.layers().back()->serialize().at("class_name") == Config("GroupQueryAttention"));
  const kcpp::test::TemporaryFolder folder;
  const std::string path = folder / "model.weights.h5";
  model.save_weights(path);
  CHECK(hdf5::File::open(path).root().exists("layers/grouped_query_attention/_query_dense/vars/0"));
}

TEST_CASE("a constant is written as what the file had: a tensor or an array", "[models][ops]") {
  const Tensor x = layers::Input({2});
  const Model model({x}, {x + Tensor({1.0, 2.0})});
  Config json = io::parse_json(model.to_json());
  const auto kind = [](Config& of, const std::string& name) -> Config& {
    return *node_of(of, name).find("args")->as_list()[1].find("class_name");
  };
  CHECK(kind(json, "Add") == Config("__tensor__"));
  kind(json, "Add") = "__numpy__";
  const Model again = model_from_json(json.to_json());
  CHECK(io::parse_json(again.to_json()) == json);
  // Keras iterates over the bins, which it cannot with a tensor in a graph.
  const Model bins({x}, {ops::digitize(x, Tensor({0.0, 1.0}))});
  Config written = io::parse_json(bins.to_json());
  CHECK(kind(written, "Digitize") == Config("__numpy__"));
}

TEST_CASE("a layer that is called on a dict is written as it was called", "[models]") {
  const Tensor images = layers::Input({4, 4, 3}, {.name = "images"});
  const Tensor boxes = layers::Input({2, 4}, {.name = "boxes"});
  const Tensor labels = layers::Input({2}, {.name = "labels"});
  const Config structure = Config::dict(
      {{"images", 0}, {"bounding_boxes", Config::dict({{"boxes", 1}, {"labels", 2}})}});
  const Layer layer =
      layers::Pipeline({layers::Resizing(2, 2, {.bounding_box_format = "xyxy"}),
                        layers::MaxNumBoundingBoxes(3, {.bounding_box_format = "xyxy"})});
  const Tensors out = layer.call({images, boxes, labels}, {.structure = structure});
  REQUIRE(out.size() == 3);
  CHECK(out[0].shape() == Shape{Shape::unknown, 3, 4});
  CHECK(out[2].shape() == Shape{Shape::unknown, 2, 2, 3});
  const Model model({images, boxes, labels}, out);
  Config json = io::parse_json(model.to_json());
  const Config& argument = node_of(json, "Pipeline").at("args").as_list()[0];
  CHECK(argument.at("bounding_boxes").at("labels").at("class_name") == Config("__keras_tensor__"));

  const Model again = model_from_json(json.to_json());
  CHECK(io::parse_json(again.to_json()) == json);
  const Tensors x = {Tensor::ones({1, 4, 4, 3}), Tensor::ones({1, 2, 4}) * 2.0,
                     Tensor::ones({1, 2})};
  const Tensors got = again.call(x), want = model.call(x);
  for (size_t i = 0; i < 3; ++i) CHECK(difference(got[i], want[i], 0) == "");
  // Two of the corners that meet are no box any more; a third one is added.
  CHECK(got[1].to_vector<float>() == std::vector<float>{-1, -1, -1});
}

TEST_CASE("a layer that takes no dict says how many inputs it has", "[models][refusals]") {
  const Tensor images = layers::Input({8, 8, 3});
  const Model model({images}, {layers::Rescaling(0.5, {.name = "scale"})(images)});
  Config json = io::parse_json(model.to_json());
  Config& node = node_of(json, "Rescaling");
  node.set("args", Config::list({Config::dict({{"images", node.at("args").as_list()[0]},
                                               {"labels", node.at("args").as_list()[0]}})}));
  CHECK_THROWS_WITH(model_from_json(json.to_json()),
                    Catch::Matchers::ContainsSubstring(
                        "Layer \"scale\" expects 1 input(s), but it received 2 input tensors"));
}

TEST_CASE("what is wrong with a layer's config is said with the layer's name",
          "[models][refusals]") {
  using Catch::Matchers::ContainsSubstring;
  const auto damaged = [](const Model& model) {
    std::string json = model.to_json();
    const size_t at = json.find("\"units\": 4");
    return json.replace(at, 10, "\"units\": []");
  };
  const Tensor x = layers::Input({3});
  const Tensor h = layers::Dense(5, {.name = "right"})(x);
  CHECK_THROWS_WITH(model_from_json(damaged(Model({x}, {layers::Dense(4, {.name = "wrong"})(h)}))),
                    ContainsSubstring("[Layer 'wrong' of class Dense] `units` must be"));
  const Sequential inner({layers::Input({3}), layers::Dense(4, {.name = "wrong"})});
  CHECK_THROWS_WITH(model_from_json(damaged(Sequential({layers::Input({3}), inner}))),
                    ContainsSubstring("of class Sequential] [Layer 'wrong' of class Dense] "));
}
