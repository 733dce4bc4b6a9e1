#include "kcpp/activations.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "tests/ops/check.h"
#include "tests/support/golden.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

/// The named activation of keras.activations with its options.
Tensor run(const Config& config, const Tensor& x) {
  if (config.is_string()) return activations::deserialize(config)(x);
  const std::string name = config.at("function").as_string();
  const Config& kw = config.at("kwargs");
  const auto number = [&](const char* key, double otherwise = 0) {
    return kw.find(key) ? kw.at(key).as_double() : otherwise;
  };
  if (name == "relu") {
    activations::ReluOptions o{.negative_slope = number("negative_slope"),
                               .threshold = number("threshold")};
    if (kw.find("max_value")) o.max_value = number("max_value");
    return activations::relu(x, o);
  }
  if (name == "leaky_relu") return activations::leaky_relu(x, number("negative_slope"));
  if (name == "elu") return activations::elu(x, number("alpha"));
  if (name == "celu") return activations::celu(x, number("alpha"));
  if (name == "gelu") return activations::gelu(x, kw.at("approximate").as_bool());
  const int axis = static_cast<int>(number("axis", -1));
  if (name == "softmax") return activations::softmax(x, axis);
  if (name == "log_softmax") return activations::log_softmax(x, axis);
  if (name == "glu") return activations::glu(x, axis);
  if (name == "sparsemax") return activations::sparsemax(x, axis);
  if (name == "hard_shrink") return activations::hard_shrink(x, number("threshold"));
  if (name == "soft_shrink") return activations::soft_shrink(x, number("threshold"));
  if (name == "squareplus") return activations::squareplus(x, number("b"));
  if (name == "threshold")
    return activations::threshold(x, number("threshold"), number("default_value"));
  FAIL("no activation " << name);
  return {};
}

}  // namespace

TEST_CASE("activations: Keras's values and gradients", "[ops][nn][golden]") {
  const GoldenFile& golden = GoldenFile::get("activations");
  for (const Config& c : golden.cases()) {
    INFO(c.to_json());
    const Tensor x = golden.array(c.at("x"));
    GradientTape tape;
    tape.watch(x);
    const Tensor y = run(c.at("config"), x);
    const Tensor loss = ops::sum(y * golden.array(c.at("cotangent")));
    const Tensor gradient = tape.gradient(loss, x);
    // TensorFlow keeps the constants of these two in float32.
    const std::string& name = c.at("name").as_string();
    const bool coarse = name == "gelu_float64" || name == "leaky_relu_float64";
    const bool exact = x.dtype() == DType::float64 && !coarse;
    CHECK(mismatch(y, golden.array(c.at("y")), exact ? 1e-12 : 2e-6) == "");
    const Tensor expected = golden.array(c.at("grad"));
    if (expected.defined() && gradient.defined()) {
      CHECK(mismatch(gradient, expected, exact ? 1e-11 : 1e-5) == "");
    } else {
      CHECK((!expected.defined() || ops::max(ops::abs(expected)).item() == 0));
    }
  }
}

TEST_CASE("activations: gradients", "[ops][nn][gradcheck]") {
  // Away from every kink: 0, +-0.5, +-1, 3, 6.
  const Tensor x = away_from({3, 4}, {-3, -1, -0.5, 0, 0.5, 1, 3, 6}, -4, 7);
  for (const std::string& name : activations::names()) {
    INFO(name);
    gradcheck([&](const Tensors& t) { return ActivationFn(name)(t[0]); }, {x});
  }
  gradcheck([](const Tensors& t) { return ops::gelu(t[0], true); }, {x});
  gradcheck([](const Tensors& t) { return ops::elu(t[0], -0.5); }, {x});
  gradcheck([](const Tensors& t) { return ops::threshold(t[0], 1.0, -2.0); }, {x});
  gradcheck([](const Tensors& t) { return ActivationFn::keras2_hard_sigmoid()(t[0]); },
            {away_from({3, 3}, {-2.5, 2.5}, -4, 4)});
  gradcheck(
      [](const Tensors& t) {
        return activations::relu(t[0], {.negative_slope = 0.1, .max_value = 2.0, .threshold = 0.5});
      },
      {away_from({3, 4}, {0.5, 2}, -3, 4)});
}

TEST_CASE("activations: symbolic calls have the eager shape and dtype", "[ops][nn][symbolic]") {
  for (const std::string& name : activations::names()) {
    if (name == "linear") continue;
    INFO(name);
    check_symbolic([&](const Tensors& t) { return ActivationFn(name)(t[0]); },
                   {random_tensor({3, 4}).astype(DType::float32)});
  }
}

TEST_CASE("ActivationFn: names, functions, lambdas, configs", "[activations]") {
  CHECK(ActivationFn().is_linear());
  CHECK(to_config(ActivationFn()) == Config("linear"));
  CHECK(ActivationFn("linear").is_linear());
  CHECK(to_config(ActivationFn("swish")) == Config("silu"));
  CHECK(ActivationFn(ops::relu).name() == "relu");
  CHECK(ActivationFn(activations::softmax).name() == "softmax");
  REQUIRE(ActivationFn("relu").fused());
  CHECK(ActivationFn("relu").fused()->op == UnaryOp::relu);
  CHECK(ActivationFn("softmax").fused() == nullptr);

  const ActivationFn twice = [](const Tensor& x) { return x * 2.0; };
  CHECK(twice(Tensor({1.0, 2.0})).to_vector<double>() == std::vector<double>{2, 4});
  CHECK(twice.fused() == nullptr);
  check_error<ValueError>([&] { to_config(twice); }, "has no name");

  activations::register_activation("my>twice", [](const Tensor& x) { return x * 2.0; });
  const Config written = to_config(ActivationFn("my>twice"));
  CHECK(written.at("registered_name") == Config("my>twice"));
  CHECK(activations::deserialize(written)(Tensor({3.0})).item() == 6);
  CHECK(activations::deserialize(nullptr).is_linear());

  check_error<ValueError>([] { ActivationFn("rellu"); },
                          "Could not interpret activation function identifier: rellu");
  check_error<ValueError>([] { ActivationFn("rellu"); }, "relu'");
}

TEST_CASE("dense: values, gradients, fused activations", "[ops][nn][dense]") {
  const Tensor x = random_tensor({4, 3}, -1.9, 2.1), k = random_tensor({3, 5}, -0.93, 1.1, 1),
               b = random_tensor({5}, -1.03, 0.9, 2);
  const Tensor plain = ops::detail::dense(x, k, b);
  for (UnaryOp op : {UnaryOp::identity, UnaryOp::relu, UnaryOp::tanh, UnaryOp::sigmoid,
                     UnaryOp::gelu, UnaryOp::softplus}) {
    INFO(static_cast<int>(op));
    const auto f = [op](const Tensors& t) { return ops::detail::dense(t[0], t[1], t[2], {op}); };
    CHECK(mismatch(f({x, k, b}), ops::detail::activation(plain, {op}), 1e-12) == "");
    gradcheck(f, {x, k, b});
  }
  gradcheck([](const Tensors& t) { return ops::detail::dense(t[0], t[1]); },
            {random_tensor({2, 2, 3}), k});
  CHECK(ops::detail::dense(random_tensor({3}), k, b).shape() == Shape{5});
  check_symbolic([&](const Tensors& t) { return ops::detail::dense(t[0], k, b); }, {x});
  check_error<ValueError>(
      [&] {
        ops::detail::dense(random_tensor({4, 4}), k, b);
      },
      "Inner dimensions (`x1.shape[-1]` and `x2.shape[-2]`)");
  check_error<ValueError>([&] { ops::detail::dense(x, k, random_tensor({4})); },
                          "`bias` must have one element");
  // A float32 input meets float64 weights.
  CHECK(ops::detail::dense(x.astype(DType::float32), k, b).dtype() == DType::float64);
}

TEST_CASE("embedding: rows by index, and their gradient", "[ops][nn]") {
  const Tensor table = random_tensor({4, 2});
  const Tensor index({{0, 3}, {3, 1}});
  const Tensor y = ops::detail::embedding(table, index);
  CHECK(y.shape() == Shape{2, 2, 2});
  CHECK(y.at<double>(0, 1, 1) == table.at<double>(3, 1));
  gradcheck([&](const Tensors& t) { return ops::detail::embedding(t[0], index); }, {table},
            {.second = true});
  check_error<IndexError>([&] { ops::detail::embedding(table, Tensor({0, 4})); }, "4");
}

TEST_CASE("attention: gradients and shapes", "[ops][nn][attention]") {
  const Tensor q = random_tensor({1, 3, 2, 2}, -1, 1), k = random_tensor({1, 4, 2, 2}, -1, 1, 1),
               v = random_tensor({1, 4, 2, 3}, -1, 1, 2);
  gradcheck([](const Tensors& t) { return ops::dot_product_attention(t[0], t[1], t[2]); },
            {q, k, v});
  gradcheck(
      [](const Tensors& t) {
        return ops::dot_product_attention(t[0], t[1], t[2], {.bias = t[3], .is_causal = true});
      },
      {q, k, v, random_tensor({1, 1, 3, 4}, -1, 1, 3)}, {.second = false});
  check_symbolic([&](const Tensors& t) { return ops::dot_product_attention(t[0], k, v); }, {q});
  check_error<ValueError>(
      [&] {
        ops::dot_product_attention(random_tensor({2, 3}), k, v);
      },
      "`dot_product_attention` only supports 4D inputs.");
}
