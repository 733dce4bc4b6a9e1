// Derivatives of the functions in unary.cpp. At kinks they take the side that TensorFlow takes.
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

/// Calls f with the derivative as a function of y = op(x).
template <class T, class F>
void visit_of_output(UnaryOp op, const UnaryAttrs& attrs, F&& f) {
  const T alpha = static_cast<T>(attrs.alpha);
  switch (op) {
    case UnaryOp::exp:
      return f([](T y) { return y; });
    case UnaryOp::exp2:
      return f([](T y) { return y * T(std::numbers::ln2); });
    case UnaryOp::sqrt:
      return f([](T y) { return T(0.5) / y; });
    case UnaryOp::rsqrt:
      return f([](T y) { return T(-0.5) * y * y * y; });
    case UnaryOp::reciprocal:
      return f([](T y) { return -y * y; });
    case UnaryOp::tanh:
      return f([](T y) { return T(1) - y * y; });
    case UnaryOp::sigmoid:
      return f([](T y) { return y * (T(1) - y); });
    case UnaryOp::relu:
      return f([](T y) { return T(y > T(0)); });
    case UnaryOp::relu6:
      return f([](T y) { return T(y > T(0) && y < T(6)); });
    case UnaryOp::elu:
      return f([=](T y) { return y > T(0) ? T(1) : y + alpha; });
    case UnaryOp::selu:
      return f([](T y) { return y < T(0) ? y + T(selu_scale * selu_alpha) : T(selu_scale); });
    default:
      KCPP_ASSERT(!unary_grad_uses_output(op));
  }
}

template <class T>
T gelu_tanh_derivative(T x) {
  const T c = T(std::numbers::sqrt2 * std::numbers::inv_sqrtpi), a = T(0.044715);
  const T t = std::tanh(c * (x + a * x * x * x));
  return T(0.5) * (T(1) + t) + T(0.5) * x * (T(1) - t * t) * c * (T(1) + T(3) * a * x * x);
}

template <class T>
T relu_general_derivative(T x, T slope, T max_value, T threshold) {
  bool passes = x > threshold;
  if (max_value < std::numeric_limits<T>::max()) passes = passes && x >= T(0) && x <= max_value;
  return T(passes) + (x < threshold ? slope : T(0));
}

/// Calls f with the derivative as a function of x.
template <class T, class F>
void visit_of_input(UnaryOp op, const UnaryAttrs& attrs, F&& f) {
  const T alpha = static_cast<T>(attrs.alpha);
  const T beta = static_cast<T>(attrs.beta);
  const T gamma = static_cast<T>(attrs.gamma);
  switch (op) {
    case UnaryOp::identity:
      return f([](T) { return T(1); });
    case UnaryOp::negative:
      return f([](T) { return T(-1); });
    case UnaryOp::abs:
      return f([](T x) { return T(x > T(0)) - T(x < T(0)); });
    case UnaryOp::square:
      return f([](T x) { return T(2) * x; });
    case UnaryOp::expm1:
      return f([](T x) { return std::exp(x); });
    case UnaryOp::log:
      return f([](T x) { return T(1) / x; });
    case UnaryOp::log1p:
      return f([](T x) { return T(1) / (T(1) + x); });
    case UnaryOp::log2:
      return f([](T x) { return T(std::numbers::log2e) / x; });
    case UnaryOp::log10:
      return f([](T x) { return T(std::numbers::log10e) / x; });
    case UnaryOp::sin:
      return f([](T x) { return std::cos(x); });
    case UnaryOp::cos:
      return f([](T x) { return -std::sin(x); });
    case UnaryOp::tan:
      return f([](T x) { return T(1) / (std::cos(x) * std::cos(x)); });
    case UnaryOp::asin:
      return f([](T x) { return T(1) / std::sqrt(T(1) - x * x); });
    case UnaryOp::acos:
      return f([](T x) { return T(-1) / std::sqrt(T(1) - x * x); });
    case UnaryOp::atan:
      return f([](T x) { return T(1) / (T(1) + x * x); });
    case UnaryOp::sinh:
      return f([](T x) { return std::cosh(x); });
    case UnaryOp::cosh:
      return f([](T x) { return std::sinh(x); });
    case UnaryOp::asinh:
      return f([](T x) { return T(1) / std::sqrt(x * x + T(1)); });
    case UnaryOp::acosh:
      return f([](T x) { return T(1) / std::sqrt(x * x - T(1)); });
    case UnaryOp::atanh:
      return f([](T x) { return T(1) / (T(1) - x * x); });
    case UnaryOp::erf:
      return f([](T x) { return T(2 * std::numbers::inv_sqrtpi) * std::exp(-x * x); });
    case UnaryOp::erfinv:
      return f([](T x) {
        const double y = special::erfinv(x);
        return T(0.5 * std::sqrt(std::numbers::pi) * std::exp(y * y));
      });
    case UnaryOp::lgamma:
      return f([](T x) { return T(special::digamma(x)); });
    case UnaryOp::digamma:
      return f([](T x) { return T(special::trigamma(x)); });

    case UnaryOp::leaky_relu:
      return f([=](T x) { return x > T(0) ? T(1) : alpha; });
    case UnaryOp::relu_general:
      return f([=](T x) { return relu_general_derivative(x, alpha, beta, gamma); });
    case UnaryOp::log_sigmoid:
      return f([](T x) { return sigmoid(-x); });
    case UnaryOp::softplus:
      return f([](T x) { return sigmoid(x); });
    case UnaryOp::softsign:
      return f([](T x) {
        const T d = T(1) + std::abs(x);
        return T(1) / (d * d);
      });
    case UnaryOp::silu:
      return f([](T x) {
        const T s = sigmoid(x);
        return s + x * s * (T(1) - s);
      });
    case UnaryOp::gelu:
      return f([](T x) {
        const T cdf = T(0.5) * (T(1) + std::erf(x * T(std::numbers::sqrt2 / 2)));
        const T pdf =
            T(std::numbers::sqrt2 / 2 * std::numbers::inv_sqrtpi) * std::exp(T(-0.5) * x * x);
        return cdf + x * pdf;
      });
    case UnaryOp::gelu_tanh:
      return f([](T x) { return gelu_tanh_derivative(x); });
    case UnaryOp::celu:
      return f([=](T x) { return x < T(0) ? std::exp(x / alpha) : T(1); });
    case UnaryOp::hard_sigmoid:
      return f([](T x) { return x > T(-3) && x < T(3) ? T(1) / T(6) : T(0); });
    case UnaryOp::hard_sigmoid_keras2:
      return f([](T x) {
        const T y = T(0.2) * x + T(0.5);
        return y >= T(0) && y <= T(1) ? T(0.2) : T(0);
      });
    case UnaryOp::hard_silu:
      return f([](T x) {
        const T gate = std::clamp(x + T(3), T(0), T(6)) / T(6);
        return gate + (x > T(-3) && x < T(3) ? x / T(6) : T(0));
      });
    case UnaryOp::hard_tanh:
      return f([](T x) { return T(x >= T(-1) && x <= T(1)); });
    case UnaryOp::mish:
      return f([](T x) {
        const T soft = std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x)));
        const T t = std::tanh(soft);
        return t + x * (T(1) - t * t) * sigmoid(x);
      });
    case UnaryOp::tanh_shrink:
      return f([](T x) {
        const T t = std::tanh(x);
        return t * t;
      });
    case UnaryOp::soft_shrink:
    case UnaryOp::hard_shrink:
      return f([=](T x) { return T(std::abs(x) > alpha); });
    case UnaryOp::squareplus:
      return f([=](T x) { return T(0.5) * (T(1) + x / std::sqrt(x * x + alpha)); });
    case UnaryOp::sparse_plus:
      return f([](T x) { return x <= T(-1) ? T(0) : x < T(1) ? T(0.5) * (x + T(1)) : T(1); });
    case UnaryOp::sparse_sigmoid:
      return f([](T x) { return x > T(-1) && x < T(1) ? T(0.5) : T(0); });
    case UnaryOp::threshold:
      return f([=](T x) { return T(x > alpha); });
    default:
      return f([](T) { return T(0); });  // steps and tests: sign, ceil, floor, round, isnan ..
  }
}

}  // namespace

template <class T>
void apply_unary_grad(UnaryOp op, const UnaryAttrs& attrs, const T* dy, const T* x, const T* y,
                      T* dx, int64_t n) {
  const bool of_output = unary_grad_uses_output(op);
  std::vector<T> missing;
  if (of_output && !y) {
    KCPP_ASSERT(x != nullptr || n == 0);
    missing.resize(static_cast<size_t>(n));
    apply_unary(op, attrs, x, missing.data(), n);
    y = missing.data();
  }
  KCPP_ASSERT(n == 0 || (of_output ? y : x) != nullptr);
  const T* at = of_output ? y : x;
  const auto each = [&](auto f) {
    for (int64_t i = 0; i < n; ++i) dx[i] = dy[i] * f(at[i]);
  };
  if (of_output) {
    visit_of_output<T>(op, attrs, each);
  } else {
    visit_of_input<T>(op, attrs, each);
  }
}
template void apply_unary_grad(UnaryOp, const UnaryAttrs&, const float*, const float*, const float*,
                               float*, int64_t);
template void apply_unary_grad(UnaryOp, const UnaryAttrs&, const double*, const double*,
                               const double*, double*, int64_t);

}  // namespace reference

Tensor ReferenceBackend::unary_grad(UnaryOp op, Tensor dy, const Tensor& x, const Tensor& y,
                                    UnaryAttrs attrs) {
  using namespace reference;
  if (is_half(dy.dtype())) {
    const auto wide = [&](const Tensor& t) { return t.defined() ? cast(t, DType::float32) : t; };
    return cast(unary_grad(op, wide(dy), wide(x), wide(y), attrs), dy.dtype());
  }
  Tensor dx = Tensor::empty(dy.shape(), dy.dtype());
  dispatch_floating(dy.dtype(), [&]<class T>() {
    apply_unary_grad(op, attrs, in<T>(dy), in_or_null<T>(x), in_or_null<T>(y), out<T>(dx),
                     dy.size());
  });
  return dx;
}

}  // namespace kcpp
