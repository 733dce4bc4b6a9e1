/// Files that name the user's own functions and classes: by load_model's custom_objects, and by
/// register_custom.
#include <catch2/catch_all.hpp>

#include "kcpp/kcpp.h"
#include "tests/support/files.h"

namespace kcpp::test {
namespace {

using Catch::Matchers::ContainsSubstring;

/// A Sequential of one layer, as Keras writes it to JSON.
std::string json_of(const std::string& layer) {
  return R"({"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [
    {"module": "keras.layers", "class_name": "InputLayer", "config":
      {"batch_shape": [null, 2], "dtype": "float32", "name": "in"}, "registered_name": null}, )" +
         layer + R"(]}, "registered_name": null})";
}
std::string dense_with(const std::string& activation) {
  return json_of(R"({"module": "keras.layers", "class_name": "Dense", "config": {"name": "d",
    "units": 2, "kernel_initializer": "ones", "activation": )" +
                 activation + R"(}, "registered_name": null})");
}
std::string lambda_with(const std::string& function) {
  return json_of(R"({"module": "keras.layers", "class_name": "Lambda", "config": {"name": "halve",
    "function": )" +
                 function + R"(, "arguments": {}}, "registered_name": null})");
}
Model load(const std::string& json, const CustomObjects& custom = {}) {
  return load_model(std::as_bytes(std::span(json)), {.custom_objects = custom});
}

const char* const kFunction =
    R"({"module": "builtins", "class_name": "function", "config": "swoosh",
        "registered_name": "function"})";
const char* const kBytecode =
    R"({"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": null, "closure": null}})";
const Tensor kX({{1.0, 2.0}}, DType::float32);

Tensor swoosh(const Tensor& x) { return x * 10.0; }
Tensor ranking(const Tensor& y, const Tensor& p) { return ops::mean(ops::abs(y - p) * 3.0, -1); }

struct Twice : LayerImpl {
  ClassInfo class_info() const override { return {"Twice", "", "mine>Twice"}; }
  Tensor call(const Tensor& x, CallContext&) override { return x * 2.0; }
};

TEST_CASE("An activation of the user's is found for one load") {
  CustomObjects mine;
  mine.add("swoosh", swoosh);
  CHECK(load(dense_with(kFunction), mine).predict(kX).at<float>(0, 0) == 30.0F);
  CHECK(load(dense_with("\"swoosh\""), mine).predict(kX).at<float>(0, 0) == 30.0F);
  CHECK_THROWS_WITH(load(dense_with(kFunction)), ContainsSubstring("swoosh"));
}

TEST_CASE("Python's bytecode is never run: a Lambda layer's name gets a meaning instead") {
  CHECK_THROWS_WITH(load(lambda_with(kBytecode)), ContainsSubstring("'halve' holds Python code") &&
                                                      ContainsSubstring("register_custom"));
  CustomObjects mine;
  mine.add("halve", [](const Tensor& x) { return x / 2.0; });
  for (const char* function : {kBytecode, R"(["4wEAAAA=", null, null])", kFunction}) {
    const Model model = load(lambda_with(function), mine);
    CHECK(model.predict(kX).at<float>(0, 1) == 1.0F);
    // What the file held goes back into files.
    CHECK(load(model.to_json(), mine).predict(kX).at<float>(0, 1) == 1.0F);
  }
  CHECK_THROWS_WITH(load(lambda_with(kFunction)), ContainsSubstring("Could not locate function"));
}

TEST_CASE("Classes, losses and metrics of the user's come back with the compiled model") {
  register_custom<Twice>("mine>Twice");
  register_custom("ranking", ranking);
  const Model model = load(json_of(
      R"({"module": null, "class_name": "Twice", "config": {"name": "t"},
          "registered_name": "mine>Twice"})"));
  CHECK(model.predict(kX).at<float>(0, 1) == 4.0F);

  Sequential small({layers::Input({2}), layers::Dense(2)});
  small.compile({.optimizer = "sgd", .loss = "ranking", .metrics = {"ranking", "mae"}});
  const Tensor y({{0.0, 1.0}}, DType::float32);
  const Logs before = small.evaluate(kX, y, {.verbose = "0"});
  CHECK(before["ranking"] == Catch::Approx(before["loss"]));
  CHECK(before["loss"] == Catch::Approx(3 * before["mae"]));
  const TemporaryFolder folder;
  for (const char* name : {"m.keras", "m.h5"}) {
    small.save(folder / name);
    const Logs again = load_model(folder / name).evaluate(kX, y, {.verbose = "0"});
    CHECK(again["loss"] == Catch::Approx(before["loss"]));
    CHECK(again["ranking"] == Catch::Approx(before["ranking"]));
  }
}

TEST_CASE("A name needs a meaning") {
  CHECK_THROWS_AS(register_custom("", swoosh), ValueError);
  CHECK_THROWS_AS(CustomObjects().add("f", CustomObjects::Function()), ValueError);
}

}  // namespace
}  // namespace kcpp::test
