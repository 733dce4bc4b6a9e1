/// Models whose inputs and outputs are dicts.
#include <algorithm>
#include <catch2/catch_all.hpp>

#include "kcpp/kcpp.h"
#include "src/saving/containers/json.h"

using namespace kcpp;

namespace {

using Names = std::vector<std::string>;

/// Outputs given as {"y": .., "b": ..}: Keras flattens them to b, y.
Model two_outputs() {
  const Tensor x = layers::Input({4}, {.name = "x"});
  const Tensor p = layers::Dense(2, {.name = "zeta"})(x),
               q = layers::Dense(3, {.name = "alpha"})(x);
  return Model::from_named({{"x", x}}, {{"y", p}, {"b", q}});
}

Names layer_names(const Model& model) {
  Names out;
  for (const Layer& layer : model.layers()) out.push_back(layer.name());
  return out;
}

}  // namespace

TEST_CASE("a dict of outputs is flattened in the order of its keys", "[models]") {
  const Model made = two_outputs();
  for (const Model& model : {made, model_from_json(made.to_json())}) {
    CHECK(model.output_keys() == Names{"b", "y"});
    CHECK(model.output_names() == Names{"alpha", "zeta"});
    CHECK(layer_names(model) == Names{"x", "alpha", "zeta"});
    CHECK(model.predict_all(Tensor::ones({2, 4}))[0].shape() == Shape{2, 3});
    const Config written = model->get_config().at("output_layers");
    CHECK(written.as_dict().begin()->first == "y");  // as it was given
    CHECK(written.at("y").as_list()[0] == Config("zeta"));
  }
}

TEST_CASE("a model takes a tensor or a list on either side", "[models]") {
  const Tensor a = layers::Input({2}, {.name = "a"}), b = layers::Input({2}, {.name = "b"});
  const Tensor sum = layers::Add({.name = "sum"})({a, b});
  const auto ends = [](const Model& model) {
    const Config config = model->get_config();
    return config.at("input_layers").to_json() + " " + config.at("output_layers").to_json();
  };
  CHECK(ends(Model({a, b}, sum)) == R"([["a", 0, 0], ["b", 0, 0]] ["sum", 0, 0])");
  CHECK(ends(Model({a, b}, {sum, b})) ==
        R"([["a", 0, 0], ["b", 0, 0]] [["sum", 0, 0], ["b", 0, 0]])");
  CHECK(ends(Model(a, {a, a})) == R"(["a", 0, 0] [["a", 0, 0], ["a", 0, 0]])");
  CHECK(ends(Model({a}, {layers::ReLU({.name = "r"})(a)})) == R"(["a", 0, 0] ["r", 0, 0])");
}

TEST_CASE("losses, metrics and data of a dict of outputs go by its keys", "[models]") {
  const Model model = two_outputs();
  model.compile(
      {.optimizer = "sgd", .loss = {{"y", "mse"}, {"b", "mae"}}, .metrics = {{"b", {"mse"}}}});
  const Tensor x = Tensor::ones({4, 4});
  const Logs logs = model.evaluate(x, {{"y", Tensor::zeros({4, 2})}, {"b", Tensor::zeros({4, 3})}},
                                   {.verbose = "0"});
  Names names = logs.names();
  std::sort(names.begin(), names.end());
  CHECK(names == Names{"b_loss", "b_mse", "loss", "y_loss"});
}

TEST_CASE("a dict of losses names all outputs, unless the outputs are a dict", "[models]") {
  const Tensor x = layers::Input({4});
  const Tensor zeta = layers::Dense(2, {.name = "zeta"})(x),
               alpha = layers::Dense(3, {.name = "alpha"})(x);
  const Tensor ones = Tensor::ones({4, 4}), y = Tensor::zeros({4, 2}), b = Tensor::zeros({4, 3});
  const Model listed({x}, {zeta, alpha});
  listed.compile({.optimizer = "sgd", .loss = {{"zeta", "mse"}}});
  CHECK_THROWS_WITH(listed.evaluate(ones, {{"zeta", y}, {"alpha", b}}, {.verbose = "0"}),
                    Catch::Matchers::ContainsSubstring("Expected keys [zeta, alpha] in loss dict"));
  const Model named = Model::from_named({{"x", x}}, {{"y", zeta}, {"b", alpha}});
  named.compile({.optimizer = "sgd", .loss = {{"y", "mse"}}});
  CHECK(named.evaluate(ones, {{"y", y}, {"b", b}}, {.verbose = "0"}).names() == Names{"loss"});
}

TEST_CASE("the history calls losses of nested outputs by their paths", "[models]") {
  // Names of Keras 3.15 for outputs [a, [b, {u: c}]] and {p: a, q: [b, c]}.
  const Tensor x = layers::Input({4}, {.name = "x"});
  const auto dense = [&](const char* name) { return layers::Dense(2, {.name = name})(x); };
  Config config = Model({x}, {dense("a"), dense("b"), dense("c")})->get_config();
  const auto history = [&](const char* output_layers) {
    config.set("output_layers", io::parse_json(output_layers));
    const Model model =
        model_from_json(Config::dict({{"class_name", "Functional"}, {"config", config}}).to_json());
    model.compile({.optimizer = "sgd", .loss = "mse"});
    const Tensor zeros = Tensor::zeros({4, 2});
    // Sorted, as Keras gives them with return_dict=True.
    return model.evaluate(Tensor::ones({4, 4}), {zeros, zeros, zeros}, {.verbose = "0"}).names();
  };
  CHECK(history(R"([["a", 0, 0], [["b", 0, 0], {"u": ["c", 0, 0]}]])") ==
        Names{"1/1/u_loss", "1/b_loss", "a_loss", "loss"});
  CHECK(history(R"({"p": ["a", 0, 0], "q": [["b", 0, 0], ["c", 0, 0]]})") ==
        Names{"loss", "p_loss", "q/b_loss", "q/c_loss"});
}

TEST_CASE("a nested model is called on a dict of tensors", "[models]") {
  const Tensor a = layers::Input({4}, {.name = "right"}), b = layers::Input({3}, {.name = "left"});
  const Tensor sum = layers::Dense(2)(a) + layers::Dense(2)(b);
  const Model inner =
      Model::from_named({{"right", a}, {"left", b}}, {{"sum", sum}}, {.name = "inner"});
  CHECK(inner.input_keys() == Names{"left", "right"});
  const Tensor p = layers::Input({3}), q = layers::Input({4});
  const Model outer(Tensors{p, q}, Tensors{inner(Tensors{p, q})});
  const std::string json = outer.to_json();
  CHECK(json.find(R"("args": [{"right": {"class_name": "__keras_tensor__")") != std::string::npos);

  const Model again = model_from_json(json);
  again.set_weights(outer.get_weights());
  const Tensors data{Tensor::full({2, 3}, 0.5), Tensor::full({2, 4}, -1.0)};
  CHECK(again.predict(Data(data)).to_vector<float>() ==
        outer.predict(Data(data)).to_vector<float>());
}
