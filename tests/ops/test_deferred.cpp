// Operations whose sizes the graph computes (src/ops/deferred.h).
#include <catch2/catch_all.hpp>

#include "kcpp/core/symbolic.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "src/ops/op_table.h"
#include "src/saving/containers/json.h"

using namespace kcpp;
using Catch::Matchers::ContainsSubstring;

namespace {

Tensors run(const std::string& class_name, const std::string& arguments, const Tensors& inputs) {
  return ops::make_op(class_name, io::parse_json(arguments, "test"))(inputs);
}
Tensor shape_of(const Tensor& x) { return run("Shape", "{}", {x})[0]; }
Tensor size_of(const Tensor& x, int axis) { return ops::get_item(shape_of(x), {axis}); }
std::string class_of(const Tensor& t) { return t.impl()->call->operation->operation_class(); }

std::string deferred(const std::string& operation, const std::string& config, int inputs,
                     const std::string& args) {
  std::string refs;
  for (int i = 0; i < inputs; ++i)
    refs += (i ? ", " : "") + text(R"({"__tensor_input__": )", i, "}");
  return text(R"({"config": {"operation": ")", operation, R"(", "arguments": {"config": )", config,
              R"(, "args": [)", args, R"(]}}, "args": [)", refs, "]}");
}
const std::string rows =
    deferred("Reshape", R"({"newshape": [{"__value__": 1}, 12]})", 2, R"({"__input__": 0})");
const std::string tiles =
    deferred("Tile", R"({"repeats": [{"__value__": 1}, 1]})", 2, R"({"__input__": 0})");

}  // namespace

TEST_CASE("the shape of a tensor is known when it is") {
  CHECK(shape_of(Tensor::full({2, 3, 4}, 0.0)).to_vector<int>() == std::vector<int>{2, 3, 4});
  const Tensor open = shape_of(Tensor::symbolic({-1, 3, 4}, DType::float32));
  CHECK(open.shape() == Shape{3});
  CHECK(open.dtype() == DType::int32);
}

TEST_CASE("a reshape to one unknown size is a reshape to -1") {
  const Tensor x = Tensor::symbolic({-1, 3, 4}, DType::float32, "x");
  const Tensor y = run("Deferred", rows, {x, size_of(x, 0)})[0];
  CHECK(class_of(y) == "Reshape");
  CHECK(y.shape() == Shape{-1, 12});
  CHECK(y.impl()->call->arguments.at("config").at("newshape").to_json() == "[-1, 12]");
  const Tensor eager = Tensor::full({2, 3, 4}, 1.0);
  CHECK(run("Deferred", rows, {eager, size_of(eager, 0)})[0].shape() == Shape{2, 12});
}

TEST_CASE("sizes that are known make the operation itself, others wait for the call") {
  const Tensor v = Tensor::symbolic({1, 4}, DType::float32, "v");
  const Tensor x = Tensor::symbolic({-1, 3, 4}, DType::float32, "x");
  const Tensor known = run("Deferred", tiles, {v, size_of(x, 1)})[0];
  CHECK(class_of(known) == "Tile");
  CHECK(known.shape() == Shape{3, 4});

  const Tensor open = run("Deferred", tiles, {v, size_of(x, 0)})[0];
  CHECK(class_of(open) == "Deferred");
  CHECK(open.shape() == Shape{-1, 4});
  const symbolic::Call& call = *open.impl()->call;
  const Tensor eager = Tensor::full({1, 4}, 2.0);
  const Tensors out = call.run({eager, Tensor(5)});
  CHECK(out[0].shape() == Shape{5, 4});
  // What a file would hold makes it again.
  CHECK(ops::make_op("Deferred", call.arguments)({eager, Tensor(5)})[0].shape() == Shape{5, 4});
}

TEST_CASE("sizes that hang on data are refused") {
  const Tensor x = Tensor::symbolic({-1, 4}, DType::float32, "x");
  const Tensor size = Tensor::symbolic({}, DType::int32, "size");
  CHECK_THROWS_WITH(run("Deferred", tiles, {x, size}), ContainsSubstring("the model's data"));
  CHECK_THROWS_WITH(run("Deferred", deferred("Deferred", "{}", 1, ""), {x}),
                    ContainsSubstring("Unknown operation"));
  CHECK_THROWS(run("Deferred", deferred("Tile", R"({"repeats": {"__value__": 7}})", 1, ""), {x}));
}
