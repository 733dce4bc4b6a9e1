// The activations: each is one rule (kernel and derivative) and one function.
#include "src/ops/activation.h"

#include <cmath>
#include <numbers>

#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"

namespace kcpp::ops {

using namespace detail;
using symbolic::no_arguments;

namespace {

constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
constexpr double kSeluScale = 1.0507009873554804934193349852946;
constexpr double kGeluScale = 0.7978845608028654;  // sqrt(2 / pi)
constexpr double kGeluCubic = 0.044715;

/// dy where the condition holds, else 0.
Tensor gate(const Tensor& condition, const Tensor& dy) { return where(condition, dy, 0.0); }
Tensor within(const Tensor& x, double low, double high) {
  return logical_and(greater(x, low), less(x, high));
}

Tensor gelu_gradient(const Tensor& dy, const Tensor& x) {
  const Tensor cdf = 0.5 * (1.0 + erf(x * std::numbers::sqrt2 * 0.5));
  const Tensor density =
      exp(square(x) * -0.5) * (0.5 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
  return dy * (cdf + x * density);
}
Tensor gelu_tanh_gradient(const Tensor& dy, const Tensor& x) {
  const Tensor t = tanh(kGeluScale * (x + kGeluCubic * square(x) * x));
  const Tensor inner = kGeluScale * (1.0 + 3 * kGeluCubic * square(x));
  return dy * 0.5 * (1.0 + t + x * (1.0 - square(t)) * inner);
}
Tensor silu_gradient(const Tensor& dy, const Tensor& x) {
  const Tensor s = sigmoid(x);
  return dy * s * (1.0 + x * (1.0 - s));
}
Tensor mish_gradient(const Tensor& dy, const Tensor& x) {
  const Tensor t = tanh(softplus(x));
  return dy * (t + x * (1.0 - square(t)) * sigmoid(x));
}
Tensor relu_general_gradient(const Tensor& dy, const Tensor& x, const UnaryAttrs& a) {
  const Tensor upper = where(greater(x, a.beta), 0.0, dy);
  return where(greater(x, a.gamma), upper, dy * a.alpha);
}

constexpr UnaryRule kRelu{"relu", UnaryOp::relu, KCPP_UNARY_GRADIENT(gate(greater(y, 0.0), dy))};
constexpr UnaryRule kRelu6{"relu6", UnaryOp::relu6, KCPP_UNARY_GRADIENT(gate(within(y, 0, 6), dy))};
constexpr UnaryRule kLeakyRelu{"leaky_relu", UnaryOp::leaky_relu,
                               KCPP_UNARY_GRADIENT(where(greater(x, 0.0), dy, dy* attrs.alpha))};
constexpr UnaryRule kReluGeneral{"relu", UnaryOp::relu_general,
                                 KCPP_UNARY_GRADIENT(relu_general_gradient(dy, x, attrs))};
constexpr UnaryRule kElu{"elu", UnaryOp::elu,
                         KCPP_UNARY_GRADIENT(where(greater(y, 0.0), dy, dy*(y + attrs.alpha)))};
constexpr UnaryRule kSelu{
    "selu", UnaryOp::selu,
    KCPP_UNARY_GRADIENT(where(less(y, 0.0), dy*(y + kSeluScale * kSeluAlpha), dy* kSeluScale))};
constexpr UnaryRule kCelu{"celu", UnaryOp::celu,
                          KCPP_UNARY_GRADIENT(dy* exp(minimum(x, 0.0) / attrs.alpha))};
constexpr UnaryRule kGelu{"gelu", UnaryOp::gelu, KCPP_UNARY_GRADIENT(gelu_gradient(dy, x))};
constexpr UnaryRule kGeluTanh{"gelu", UnaryOp::gelu_tanh,
                              KCPP_UNARY_GRADIENT(gelu_tanh_gradient(dy, x))};
constexpr UnaryRule kSilu{"silu", UnaryOp::silu, KCPP_UNARY_GRADIENT(silu_gradient(dy, x))};
constexpr UnaryRule kSigmoid{"sigmoid", UnaryOp::sigmoid, KCPP_UNARY_GRADIENT(dy* y*(1.0 - y))};
constexpr UnaryRule kLogSigmoid{"log_sigmoid", UnaryOp::log_sigmoid,
                                KCPP_UNARY_GRADIENT(dy* sigmoid(-x))};
constexpr UnaryRule kHardSigmoid{"hard_sigmoid", UnaryOp::hard_sigmoid,
                                 KCPP_UNARY_GRADIENT(gate(within(x, -3, 3), dy / 6.0))};
constexpr UnaryRule kHardSigmoidKeras2{"hard_sigmoid", UnaryOp::hard_sigmoid_keras2,
                                       KCPP_UNARY_GRADIENT(gate(within(x, -2.5, 2.5), dy * 0.2))};
constexpr UnaryRule kHardSilu{
    "hard_silu", UnaryOp::hard_silu,
    KCPP_UNARY_GRADIENT(dy* hard_sigmoid(x) + gate(within(x, -3, 3), dy* x / 6.0))};
constexpr UnaryRule kHardTanh{"hard_tanh", UnaryOp::hard_tanh,
                              KCPP_UNARY_GRADIENT(gate(less_equal(abs(x), 1.0), dy))};
constexpr UnaryRule kMish{"mish", UnaryOp::mish, KCPP_UNARY_GRADIENT(mish_gradient(dy, x))};
constexpr UnaryRule kHardShrink{"hard_shrink", UnaryOp::hard_shrink,
                                KCPP_UNARY_GRADIENT(gate(greater(abs(x), attrs.alpha), dy))};
constexpr UnaryRule kSoftShrink{"soft_shrink", UnaryOp::soft_shrink,
                                KCPP_UNARY_GRADIENT(gate(greater(abs(x), attrs.alpha), dy))};
constexpr UnaryRule kTanhShrink{"tanh_shrink", UnaryOp::tanh_shrink,
                                KCPP_UNARY_GRADIENT(dy* square(tanh(x)))};
constexpr UnaryRule kSoftplus{"softplus", UnaryOp::softplus, KCPP_UNARY_GRADIENT(dy* sigmoid(x))};
constexpr UnaryRule kSoftsign{"softsign", UnaryOp::softsign,
                              KCPP_UNARY_GRADIENT(dy / square(1.0 + abs(x)))};
constexpr UnaryRule kSquareplus{
    "squareplus", UnaryOp::squareplus,
    KCPP_UNARY_GRADIENT(dy * 0.5 * (1.0 + x * rsqrt(square(x) + attrs.alpha)))};
constexpr UnaryRule kSparsePlus{
    "sparse_plus", UnaryOp::sparse_plus,
    KCPP_UNARY_GRADIENT(gate(greater(x, -1.0), where(less(x, 1.0), dy*(x + 1.0) * 0.5, dy)))};
constexpr UnaryRule kSparseSigmoid{"sparse_sigmoid", UnaryOp::sparse_sigmoid,
                                   KCPP_UNARY_GRADIENT(gate(within(x, -1, 1), dy * 0.5))};
constexpr UnaryRule kThreshold{"threshold", UnaryOp::threshold,
                               KCPP_UNARY_GRADIENT(gate(greater(x, attrs.alpha), dy))};
// Ops of math.h that are activations too: tanh and exponential.
constexpr UnaryRule kTanh{"tanh", UnaryOp::tanh, KCPP_UNARY_GRADIENT(dy*(1.0 - square(y)))};
constexpr UnaryRule kExp{"exp", UnaryOp::exp, KCPP_UNARY_GRADIENT(dy* y)};

/// An op with one number as its attribute.
template <const UnaryRule& rule>
Tensor with_number(std::string_view class_name, std::string_view key, const Tensor& x,
                   double value) {
  check_defined(x, rule.name);
  return symbolic::op(
      class_name, [&](Config& a) { Describe{a}(key, value); },
      [value](const Tensor& t) { return apply(rule, as_float(t), {.alpha = value}); }, x);
}

}  // namespace

Tensor relu(const Tensor& x) {
  check_defined(x, "relu");
  return symbolic::op(
      "Relu", no_arguments,
      [](const Tensor& t) {
        return is_floating(t.dtype()) ? apply(kRelu, t) : as_dtype(maximum(t, 0), t.dtype());
      },
      x);
}
Tensor relu6(const Tensor& x) {
  check_defined(x, "relu6");
  return symbolic::op(
      "Relu6", no_arguments,
      [](const Tensor& t) {
        return is_floating(t.dtype()) ? apply(kRelu6, t) : as_dtype(clip(t, 0, 6), t.dtype());
      },
      x);
}
Tensor leaky_relu(const Tensor& x, double negative_slope) {
  return with_number<kLeakyRelu>("LeakyRelu", "negative_slope", x, negative_slope);
}
Tensor elu(const Tensor& x, double alpha) {
  // Below 0 the kernel's gradient is y + alpha, which a negative alpha would put on the wrong side.
  if (alpha < 0)
    return named_op(
        "Elu",
        [alpha](const Tensor& t) {
          return where(greater(t, 0.0), t, alpha * expm1(minimum(t, 0.0)));
        },
        x);
  return with_number<kElu>("Elu", "alpha", x, alpha);
}
Tensor selu(const Tensor& x) { return real_unary<kSelu>("Selu", x); }
Tensor celu(const Tensor& x, double alpha) { return with_number<kCelu>("Celu", "alpha", x, alpha); }
Tensor gelu(const Tensor& x, bool approximate) {
  check_defined(x, "gelu");
  return symbolic::op(
      "Gelu", [&](Config& a) { Describe{a}("approximate", approximate); },
      [approximate](const Tensor& t) {
        return apply(approximate ? kGeluTanh : kGelu, as_float(t));
      },
      x);
}
Tensor silu(const Tensor& x) { return real_unary<kSilu>("Silu", x); }
Tensor swish(const Tensor& x) { return silu(x); }
Tensor sigmoid(const Tensor& x) {
  check_defined(x, "sigmoid");
  return symbolic::op(
      "Sigmoid", no_arguments,
      [](const Tensor& t) {
        const Tensor logits = as_float(t);
        Tensor y = apply(kSigmoid, logits);
        y.set_keras_logits(logits);
        return y;
      },
      x);
}
Tensor log_sigmoid(const Tensor& x) { return real_unary<kLogSigmoid>("LogSigmoid", x); }
Tensor hard_sigmoid(const Tensor& x) { return real_unary<kHardSigmoid>("HardSigmoid", x); }
Tensor hard_silu(const Tensor& x) { return real_unary<kHardSilu>("HardSilu", x); }
Tensor hard_swish(const Tensor& x) { return hard_silu(x); }
Tensor hard_tanh(const Tensor& x) { return real_unary<kHardTanh>("HardTanh", x); }
Tensor hard_shrink(const Tensor& x, double threshold) {
  return with_number<kHardShrink>("HardShrink", "threshold", x, threshold);
}
Tensor soft_shrink(const Tensor& x, double threshold) {
  return with_number<kSoftShrink>("SoftShrink", "threshold", x, threshold);
}
Tensor tanh_shrink(const Tensor& x) { return real_unary<kTanhShrink>("TanhShrink", x); }
Tensor softplus(const Tensor& x) { return real_unary<kSoftplus>("Softplus", x); }
Tensor softsign(const Tensor& x) { return real_unary<kSoftsign>("Softsign", x); }
Tensor mish(const Tensor& x) { return real_unary<kMish>("Mish", x); }
Tensor squareplus(const Tensor& x, double b) {
  return with_number<kSquareplus>("Squareplus", "b", x, b);
}
Tensor sparse_plus(const Tensor& x) { return real_unary<kSparsePlus>("SparsePlus", x); }
Tensor sparse_sigmoid(const Tensor& x) { return real_unary<kSparseSigmoid>("SparseSigmoid", x); }
Tensor threshold(const Tensor& x, double threshold, double default_value) {
  check_defined(x, "threshold");
  return symbolic::op(
      "Threshold",
      [&](Config& a) { Describe{a}("threshold", threshold)("default_value", default_value); },
      [=](const Tensor& t) {
        return apply(kThreshold, as_float(t), {.alpha = threshold, .beta = default_value});
      },
      x);
}

Tensor glu(const Tensor& x, int axis) {
  check_defined(x, "glu");
  return symbolic::op(
      "Glu", [&](Config& a) { Describe{a}("axis", axis); },
      [axis](const Tensor& t) {
        const int at = canonical_axis(axis, t.rank(), "glu");
        const int64_t length = t.shape()[at];
        check(length == Shape::unknown || length % 2 == 0,
              "axis size must be divisible by 2. Received: x.shape=", t.shape(),
              " with axis=", axis);
        if (t.is_symbolic()) {
          Shape out = t.shape();
          if (length != Shape::unknown) out[at] = length / 2;
          return symbolic_result(out, float_of(t.dtype()));
        }
        const Tensors halves = split(as_float(t), 2, at);
        return halves[0] * sigmoid(halves[1]);
      },
      x);
}

namespace detail {

const UnaryRule* activation_rule(UnaryOp op) {
  static constexpr const UnaryRule* rules[] = {
      &kRelu,      &kRelu6,      &kLeakyRelu,   &kReluGeneral,       &kElu,
      &kSelu,      &kCelu,       &kGelu,        &kGeluTanh,          &kSilu,
      &kSigmoid,   &kLogSigmoid, &kHardSigmoid, &kHardSigmoidKeras2, &kHardSilu,
      &kHardTanh,  &kMish,       &kHardShrink,  &kSoftShrink,        &kTanhShrink,
      &kSoftplus,  &kSoftsign,   &kSquareplus,  &kSparsePlus,        &kSparseSigmoid,
      &kThreshold, &kTanh,       &kExp};
  for (const UnaryRule* rule : rules) {
    if (rule->op == op) return rule;
  }
  return nullptr;
}

Tensor activation(const Tensor& x, kcpp::Activation activation) {
  if (activation.op == UnaryOp::identity) return x;
  if (activation.op == UnaryOp::relu) return relu(x);
  const UnaryRule* rule = activation_rule(activation.op);
  KCPP_ASSERT(rule != nullptr);
  return apply(*rule, as_float(x), activation.attrs);
}

Tensor activation_gradient(Vjp& v, const Activation& activation, const Tensor& saved_y) {
  if (activation.op == UnaryOp::identity) return v.grad();
  if (!autodiff::recording())
    return backend().unary_grad(activation.op, v.take_grad(), Tensor(), saved_y, activation.attrs);
  const UnaryRule* rule = activation_rule(activation.op);
  KCPP_ASSERT(rule != nullptr);
  return rule->gradient(v.grad(), Tensor(), v.output(saved_y), activation.attrs);
}

}  // namespace detail
}  // namespace kcpp::ops
