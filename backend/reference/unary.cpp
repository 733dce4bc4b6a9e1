// Functions of one tensor, element by element: the formulas are those of keras.ops on TensorFlow.
#include <algorithm>
#include <numbers>

#include "backend/reference/common.h"
#include "backend/reference/kernels.h"
#include "backend/reference/reference_backend.h"
#include "backend/reference/special.h"

namespace kcpp {
namespace reference {
namespace {

constexpr double selu_alpha = 1.6732632423543772848170429916717;
constexpr double selu_scale = 1.0507009873554804934193349852946;

template <class T>
T sigmoid(T x) {
  return T(1) / (T(1) + std::exp(-x));
}
template <class T>
T softplus(T x) {
  return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x)));
}
/// min(max(x, low), high) that lets NaN through.
template <class T>
T clip(T x, T low, T high) {
  return x < low ? low : x > high ? high : x;
}
/// max(x, 0) that lets NaN through.
template <class T>
T positive(T x) {
  return x < T(0) ? T(0) : x;
}

/// keras.activations.relu with a slope below the threshold, and a ceiling.
template <class T>
T relu_general(T x, T slope, T max_value, T threshold) {
  T y = x > threshold || is_nan(x) ? x : T(0);
  if (max_value < std::numeric_limits<T>::max()) y = clip(y, T(0), max_value);
  return y - slope * positive(threshold - x);
}

/// Calls f with op as a function T -> T; false when op has no such function for T.
template <class T, class F>
bool visit_exact(UnaryOp op, F&& f) {
  switch (op) {
    case UnaryOp::identity:
      f([](T x) { return x; });
      return true;
    case UnaryOp::negative:
      f([](T x) {
        return wrapping(T(0), x, [](auto a, auto b) {
          if constexpr (std::is_floating_point_v<T>)
            return -b;
          else
            return a - b;
        });
      });
      return true;
    case UnaryOp::abs:
      f([](T x) {
        if constexpr (std::is_integral_v<T>)
          return x < 0 ? wrapping(T(0), x, [](auto a, auto b) { return a - b; }) : x;
        else
          return std::abs(x);
      });
      return true;
    case UnaryOp::sign:
      f([](T x) { return x > T(0) ? T(1) : x < T(0) ? T(-1) : x; });
      return true;
    case UnaryOp::square:
      f([](T x) { return wrapping(x, x, [](auto a, auto b) { return a * b; }); });
      return true;
    case UnaryOp::relu:
      f([](T x) { return positive(x); });
      return true;
    case UnaryOp::relu6:
      f([](T x) { return clip(x, T(0), T(6)); });
      return true;
    default:
      return false;
  }
}

template <class F>
void visit_integer(UnaryOp op, F&& f) {
  using T = int64_t;
  if (visit_exact<T>(op, f)) return;
  switch (op) {
    case UnaryOp::ceil:
    case UnaryOp::floor:
    case UnaryOp::round:
    case UnaryOp::trunc:
      f([](T x) { return x; });
      return;
    case UnaryOp::bitwise_not:
      f([](T x) { return ~x; });
      return;
    default:
      KCPP_ASSERT(!"an integer function");
  }
}
bool is_integer_function(UnaryOp op) {
  switch (op) {
    case UnaryOp::identity:
    case UnaryOp::negative:
    case UnaryOp::abs:
    case UnaryOp::sign:
    case UnaryOp::square:
    case UnaryOp::relu:
    case UnaryOp::relu6:
    case UnaryOp::ceil:
    case UnaryOp::floor:
    case UnaryOp::round:
    case UnaryOp::trunc:
    case UnaryOp::bitwise_not:
      return true;
    default:
      return false;
  }
}

template <class T, class F>
void visit_floating(UnaryOp op, const UnaryAttrs& attrs, F&& f) {
  if (visit_exact<T>(op, f)) return;
  const T alpha = static_cast<T>(attrs.alpha);
  const T beta = static_cast<T>(attrs.beta);
  const T gamma = static_cast<T>(attrs.gamma);
  switch (op) {
    case UnaryOp::sqrt:
      return f([](T x) { return std::sqrt(x); });
    case UnaryOp::rsqrt:
      return f([](T x) { return T(1) / std::sqrt(x); });
    case UnaryOp::reciprocal:
      return f([](T x) { return T(1) / x; });
    case UnaryOp::exp:
      return f([](T x) { return std::exp(x); });
    case UnaryOp::expm1:
      return f([](T x) { return std::expm1(x); });
    case UnaryOp::exp2:
      return f([](T x) { return std::exp2(x); });
    case UnaryOp::log:
      return f([](T x) { return std::log(x); });
    case UnaryOp::log1p:
      return f([](T x) { return std::log1p(x); });
    case UnaryOp::log2:
      return f([](T x) { return std::log2(x); });
    case UnaryOp::log10:
      return f([](T x) { return std::log10(x); });
    case UnaryOp::sin:
      return f([](T x) { return std::sin(x); });
    case UnaryOp::cos:
      return f([](T x) { return std::cos(x); });
    case UnaryOp::tan:
      return f([](T x) { return std::tan(x); });
    case UnaryOp::asin:
      return f([](T x) { return std::asin(x); });
    case UnaryOp::acos:
      return f([](T x) { return std::acos(x); });
    case UnaryOp::atan:
      return f([](T x) { return std::atan(x); });
    case UnaryOp::sinh:
      return f([](T x) { return std::sinh(x); });
    case UnaryOp::cosh:
      return f([](T x) { return std::cosh(x); });
    case UnaryOp::tanh:
      return f([](T x) { return std::tanh(x); });
    case UnaryOp::asinh:
      return f([](T x) { return std::asinh(x); });
    case UnaryOp::acosh:
      return f([](T x) { return std::acosh(x); });
    case UnaryOp::atanh:
      return f([](T x) { return std::atanh(x); });
    case UnaryOp::ceil:
      return f([](T x) { return std::ceil(x); });
    case UnaryOp::floor:
      return f([](T x) { return std::floor(x); });
    case UnaryOp::round:
      return f([](T x) { return std::nearbyint(x); });  // half to even
    case UnaryOp::trunc:
      return f([](T x) { return std::trunc(x); });
    case UnaryOp::erf:
      return f([](T x) { return std::erf(x); });
    case UnaryOp::erfinv:
      return f([](T x) { return static_cast<T>(special::erfinv(x)); });
    case UnaryOp::lgamma:
      return f([](T x) { return static_cast<T>(special::lgamma(x)); });
    case UnaryOp::digamma:
      return f([](T x) { return static_cast<T>(special::digamma(x)); });

    case UnaryOp::leaky_relu:
      return f([=](T x) { return x > T(0) ? x : alpha * x; });
    case UnaryOp::relu_general:
      return f([=](T x) { return relu_general(x, alpha, beta, gamma); });
    case UnaryOp::sigmoid:
      return f([](T x) { return sigmoid(x); });
    case UnaryOp::log_sigmoid:
      return f([](T x) { return -softplus(-x); });
    case UnaryOp::softplus:
      return f([](T x) { return softplus(x); });
    case UnaryOp::softsign:
      return f([](T x) { return x / (T(1) + std::abs(x)); });
    case UnaryOp::silu:
      return f([](T x) { return x * sigmoid(x); });
    case UnaryOp::gelu:
      return f([](T x) { return T(0.5) * x * (T(1) + std::erf(x * T(std::numbers::sqrt2 / 2))); });
    case UnaryOp::gelu_tanh:
      return f([](T x) {
        const T inner =
            T(std::numbers::sqrt2 * std::numbers::inv_sqrtpi) * (x + T(0.044715) * x * x * x);
        return T(0.5) * x * (T(1) + std::tanh(inner));
      });
    case UnaryOp::elu:
      return f([=](T x) { return x > T(0) ? x : alpha * std::expm1(x); });
    case UnaryOp::selu:
      return f([](T x) { return T(selu_scale) * (x > T(0) ? x : T(selu_alpha) * std::expm1(x)); });
    case UnaryOp::celu:
      return f([=](T x) { return x > T(0) ? x : alpha * std::expm1(x / alpha); });
    case UnaryOp::hard_sigmoid:
      return f([](T x) { return clip(x + T(3), T(0), T(6)) / T(6); });
    case UnaryOp::hard_sigmoid_keras2:
      return f([](T x) { return clip(T(0.2) * x + T(0.5), T(0), T(1)); });
    case UnaryOp::hard_silu:
      return f([](T x) { return x * (clip(x + T(3), T(0), T(6)) / T(6)); });
    case UnaryOp::hard_tanh:
      return f([](T x) { return clip(x, T(-1), T(1)); });
    case UnaryOp::mish:
      return f([](T x) { return x * std::tanh(softplus(x)); });
    case UnaryOp::tanh_shrink:
      return f([](T x) { return x - std::tanh(x); });
    case UnaryOp::soft_shrink:
      return f([=](T x) {
        return x > alpha ? x - alpha : x < -alpha ? x + alpha : is_nan(x) ? x : T(0);
      });
    case UnaryOp::hard_shrink:
      return f([=](T x) { return std::abs(x) > alpha || is_nan(x) ? x : T(0); });
    case UnaryOp::squareplus:
      return f([=](T x) { return (x + std::sqrt(x * x + alpha)) / T(2); });
    case UnaryOp::sparse_plus:
      return f([](T x) {
        return x <= T(-1) ? T(0) : x < T(1) ? T(0.25) * (x + T(1)) * (x + T(1)) : x;
      });
    case UnaryOp::sparse_sigmoid:
      return f([](T x) { return x <= T(-1) ? T(0) : x >= T(1) ? T(1) : T(0.5) * (x + T(1)); });
    case UnaryOp::threshold:
      return f([=](T x) { return x > alpha ? x : beta; });
    default:
      KCPP_ASSERT(!"a floating function");
  }
}

bool is_test(UnaryOp op) { return op >= UnaryOp::logical_not && op <= UnaryOp::isfinite; }

template <class T>
void apply_test(UnaryOp op, const T* x, bool* y, int64_t n) {
  const auto each = [&](auto f) {
    for (int64_t i = 0; i < n; ++i) y[i] = f(x[i]);
  };
  constexpr bool floating = std::is_floating_point_v<T>;
  const auto inf = [](T v) { return floating && !is_nan(v) && is_nan(v - v); };
  switch (op) {
    case UnaryOp::logical_not:
      return each([](T v) { return v == T(0); });
    case UnaryOp::isnan:
      return each([](T v) { return is_nan(v); });
    case UnaryOp::isinf:
      return each(inf);
    default:
      return each([=](T v) { return !is_nan(v) && !inf(v); });
  }
}

}  // namespace

template <class T>
void apply_unary(UnaryOp op, const UnaryAttrs& attrs, const T* x, T* y, int64_t n) {
  const auto each = [&](auto f) {
    for (int64_t i = 0; i < n; ++i) y[i] = f(x[i]);
  };
  if constexpr (std::is_integral_v<T>) {
    visit_integer(op, each);
  } else {
    visit_floating<T>(op, attrs, each);
  }
}
template void apply_unary(UnaryOp, const UnaryAttrs&, const float*, float*, int64_t);
template void apply_unary(UnaryOp, const UnaryAttrs&, const double*, double*, int64_t);
template void apply_unary(UnaryOp, const UnaryAttrs&, const int64_t*, int64_t*, int64_t);

}  // namespace reference

Tensor ReferenceBackend::unary(UnaryOp op, const Tensor& x, UnaryAttrs attrs) {
  using namespace reference;
  if (is_test(op)) {
    if (!is_computed_natively(x.dtype()))
      return unary(op, cast(x, compute_dtype(x.dtype())), attrs);
    Tensor y = Tensor::empty(x.shape(), DType::bool_);
    dispatch_compute(x.dtype(),
                     [&]<class T>() { apply_test(op, in<T>(x), out<bool>(y), x.size()); });
    return y;
  }
  if (!is_computed_natively(x.dtype())) {
    if (x.dtype() == DType::bool_ && op == UnaryOp::bitwise_not)
      return unary(UnaryOp::logical_not, x);
    if (!is_floating(x.dtype()) && !is_integer_function(op))
      return unary(op, cast(x, floatx()), attrs);
    return cast(unary(op, cast(x, compute_dtype(x.dtype())), attrs), x.dtype());
  }
  if (x.dtype() == DType::int64 && !is_integer_function(op))
    return unary(op, cast(x, floatx()), attrs);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch_compute(x.dtype(),
                   [&]<class T>() { apply_unary(op, attrs, in<T>(x), out<T>(y), x.size()); });
  return y;
}

}  // namespace kcpp
