// Nodes of a graph are written as real Keras writes them.
#include <catch2/catch_all.hpp>

#include "kcpp/core/symbolic.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/op_table.h"

using namespace kcpp;

namespace {

const symbolic::Call& call_of(const Tensor& t) { return *t.impl()->call; }
std::string config_of(const Tensor& t) {
  const Config* config = call_of(t).arguments.find("config");
  return config ? config->to_json() : "{}";
}
std::string arguments_of(const Tensor& t) { return ops::call_arguments(call_of(t)).to_json(); }
std::string class_of(const Tensor& t) { return call_of(t).operation->operation_class(); }

}  // namespace

// The expected texts are from Keras 3.15's Model.to_json(), tensors written as inputs.
TEST_CASE("nodes hold what Keras writes") {
  const Tensor x = Tensor::symbolic({-1, 3, 4}, DType::float32, "x");
  const Tensor sum = ops::sum(x, -1, true);
  CHECK(class_of(sum) == "Sum");
  CHECK(config_of(sum) == R"({"axis": -1, "keepdims": true})");
  CHECK(arguments_of(sum) == R"({"args": [{"__tensor_input__": 0}], "kwargs": {}})");
  CHECK(ops::op_module("Sum") == "keras.src.ops.numpy");

  const Tensor product = x * 2.0;
  CHECK(config_of(product) == "{}");
  CHECK(arguments_of(product) ==
        R"({"args": [{"__tensor_input__": 0}, {"__tensor_input__": 1}], "kwargs": {}})");
  CHECK(ops::constant_config(call_of(product).inputs[1]).to_json() == "2.0");
  CHECK(ops::constant_config(call_of(1 - x).inputs[0]).to_json() == "1");
  CHECK(
      ops::constant_config(call_of(x + ops::ones({2, 3}).reshape({2, 3, 1}).rows(0, 1)).inputs[1])
          .to_json() ==
      R"({"class_name": "__tensor__", "config": {"value": [[[1.0], [1.0], [1.0]]], "dtype": "float32"}})");

  const Tensor item = ops::get_item(x, {ops::Slice{}, ops::Slice{1}, 0});
  CHECK(
      arguments_of(item) ==
      R"({"args": [{"__tensor_input__": 0}, [{"class_name": "__slice__", "config": {"start": null, "stop": null, "step": null}}, )"
      R"({"class_name": "__slice__", "config": {"start": 1, "stop": null, "step": null}}, 0]], "kwargs": {}})");
  const Tensor dots = ops::get_item(x, {ops::ellipsis, ops::newaxis, ops::Slice{-1}});
  CHECK(
      arguments_of(dots) ==
      R"({"args": [{"__tensor_input__": 0}, [{"class_name": "__ellipsis__", "config": {}}, null, )"
      R"({"class_name": "__slice__", "config": {"start": -1, "stop": null, "step": null}}]], "kwargs": {}})");

  const Tensor joined = ops::concatenate({x, x}, 1);
  CHECK(config_of(joined) == R"({"axis": 1})");
  CHECK(arguments_of(joined) ==
        R"({"args": [[{"__tensor_input__": 0}, {"__tensor_input__": 1}]], "kwargs": {}})");
  CHECK(config_of(ops::reshape(x, {-1, 2, 6})) == R"({"newshape": [-1, 2, 6]})");
  CHECK(config_of(ops::einsum("bij,bkj->bik", x, x)) == R"({"subscripts": "bij,bkj->bik"})");
  CHECK(config_of(ops::clip(x, 0.0, 1.0)) == R"({"x_min": 0.0, "x_max": 1.0})");
  CHECK(arguments_of(ops::clip(x, 0.0, 1.0)) ==
        R"({"args": [{"__tensor_input__": 0}], "kwargs": {}})");
  CHECK(config_of(ops::expand_dims(x, {1})) == R"({"axis": [1]})");
  CHECK(config_of(ops::cast(x, DType::float16)) == R"({"dtype": "float16"})");
  CHECK(config_of(ops::max(x, 1)) == R"({"axis": 1, "keepdims": false, "initial": null})");
  CHECK(config_of(ops::transpose(x, {0, 2, 1})) == R"({"axes": [0, 2, 1]})");
  CHECK(config_of(ops::split(x, 3, 1)[0]) == R"({"indices_or_sections": 3, "axis": 1})");
  const Tensor padded = ops::pad(x, {{0, 0}, {1, 1}, {0, 0}});
  CHECK(config_of(padded) == R"({"pad_width": [[0, 0], [1, 1], [0, 0]], "mode": "constant"})");
  CHECK(arguments_of(padded) ==
        R"({"args": [{"__tensor_input__": 0}], "kwargs": {"constant_values": null}})");
  CHECK(config_of(ops::one_hot(ops::argmax(x, -1), 3)) ==
        R"({"num_classes": 3, "axis": -1, "dtype": "float32", "sparse": false})");
}

TEST_CASE("numbers and tensors in a saved node become constants") {
  const auto literal = ops::make_op(
      "Subtract",
      Config::dict({{"args", Config::list({1, Config::dict({{"__tensor_input__", 0}})})}}));
  CHECK(literal({Tensor({2.0, 3.0})})[0].to_vector<double>() == std::vector<double>{-1, -2});
  const Config matrix =
      Config::dict({{"class_name", "__tensor__"},
                    {"config", Config::dict({{"value", Config::list({Config::list({1.0, 2.0})})},
                                             {"dtype", "float64"}})}});
  const auto tensor = ops::make_op(
      "Add",
      Config::dict({{"args", Config::list({Config::dict({{"__tensor_input__", 0}}), matrix})}}));
  const Tensor y = tensor({Tensor({10.0, 20.0})})[0];
  CHECK(y.shape() == Shape{1, 2});
  CHECK(y.dtype() == DType::float64);
  CHECK(ops::find_op("Lambda") == nullptr);
  CHECK_THROWS_AS(ops::make_op("Lambda", Config::dict()), ValueError);
  CHECK_THROWS_AS(
      ops::make_op("Sum", Config::dict({{"config", Config::dict({{"axis", "all"}})}}))({y}),
      TypeError);
}

TEST_CASE("a quantile in a graph interpolates, whatever its method") {
  const Tensor x = Tensor::symbolic({4}, DType::float32, "x");
  const Tensor node = ops::quantile(x, Tensor(0.5), {}, "lower");
  CHECK(config_of(node) == R"({"axis": null, "method": "lower", "keepdims": false})");
  const Tensor values({1.0, 2.0, 4.0, 8.0});
  Tensors inputs = call_of(node).inputs;
  inputs[0] = values;
  CHECK(call_of(node).run(inputs)[0].item() == 3);
  CHECK(ops::quantile(values, Tensor(0.5), {}, "lower").item() == 2);
}

TEST_CASE("convert_to_tensor is a node, as Attention leaves one for its mask") {
  const Tensor x = Tensor::symbolic({-1, 3}, DType::bool_, "x");
  const Tensor y = ops::convert_to_tensor(x);
  CHECK(class_of(y) == "ConvertToTensor");
  CHECK(config_of(y) == R"({"dtype": null, "sparse": null, "ragged": null})");
  CHECK(y.dtype() == DType::bool_);
  const Tensor mask = Tensor({{1, 0, 1}}).astype(DType::bool_);
  CHECK(call_of(y).run({mask})[0].to_vector<double>() == std::vector<double>{1, 0, 1});
}
