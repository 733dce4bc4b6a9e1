#include "kcpp/ops/random.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "kcpp/ops/sort.h"
#include "src/ops/common.h"

namespace kcpp::random {

using namespace ops::detail;
using autodiff::Vjp;

namespace {

DType dtype_or_default(const char* op, ops::OptionalDType dtype) {
  const DType t = dtype.value_or(floatx());
  check(is_floating(t), "[", op, "] Expected a floating dtype. Received: dtype=", t);
  return t;
}

/// Uniform in (0, 1): never 0, so that its logarithm is finite.
Tensor open_uniform(const Shape& shape, RandomKey key) {
  const double least = std::numeric_limits<double>::min();
  return backend().random_uniform(shape, DType::float64, key, least, 1.0);
}

/// A key of a stream of its own: draw `n` of a key.
RandomKey sub_key(RandomKey key, uint64_t n) {
  // splitmix64, so that neighbouring keys do not meet.
  uint64_t z = key.seed + 0x9e3779b97f4a7c15ull * (n + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return {z ^ (z >> 31), key.offset};
}

/// Sequence of numbers of one element of a result, for rejection loops on the host: the same for
/// any order of elements.
class ElementStream {
 public:
  ElementStream(RandomKey key, const Shape& shape) : key_(key), shape_(shape) {}
  /// Draw `round` of all elements.
  std::vector<double> uniform(uint64_t round) const {
    return open_uniform(shape_, sub_key(key_, 2 * round)).to_vector<double>();
  }
  std::vector<double> normal(uint64_t round) const {
    return backend()
        .random_normal(shape_, DType::float64, sub_key(key_, 2 * round + 1), 0, 1)
        .to_vector<double>();
  }

 private:
  RandomKey key_;
  Shape shape_;
};

std::vector<double> spread(const Tensor& x, const Shape& shape) {
  return ops::broadcast_to(as_dtype(x, DType::float64), shape).to_vector<double>();
}

/// Marsaglia and Tsang (2000), all elements at once, redrawing only those that were refused.
std::vector<double> gamma_values(const Shape& shape, const std::vector<double>& alpha,
                                 RandomKey key) {
  const ElementStream stream(key, shape);
  std::vector<double> out(alpha.size(), -1.0);
  size_t left = alpha.size();
  for (uint64_t round = 0; left > 0; ++round) {
    const std::vector<double> u = stream.uniform(round), x = stream.normal(round);
    for (size_t i = 0; i < out.size(); ++i) {
      if (out[i] >= 0) continue;
      // alpha below 1: a draw for alpha + 1, scaled afterwards by a power of another uniform
      // number.
      const double a = alpha[i] >= 1 ? alpha[i] : std::max(alpha[i], 0.0) + 1;
      const double d = a - 1.0 / 3.0, v = std::pow(1.0 + x[i] / std::sqrt(9.0 * d), 3);
      if (v > 0 && std::log(u[i]) < 0.5 * x[i] * x[i] + d - d * v + d * std::log(v)) {
        out[i] = d * v;
        --left;
      }
    }
  }
  const std::vector<double> u = open_uniform(shape, sub_key(key, ~0ull)).to_vector<double>();
  for (size_t i = 0; i < out.size(); ++i) {
    if (alpha[i] < 1)
      out[i] *=
          alpha[i] > 0 ? std::pow(u[i], 1.0 / alpha[i]) : std::numeric_limits<double>::quiet_NaN();
  }
  return out;
}

}  // namespace

Tensor uniform(const Shape& shape, double minval, double maxval, ops::OptionalDType dtype,
               const Seed& seed) {
  if (dtype && is_integer(*dtype)) {
    return randint(shape, static_cast<int64_t>(minval), static_cast<int64_t>(maxval), *dtype, seed);
  }
  const DType t = dtype_or_default("uniform", dtype);
  return backend().random_uniform(shape, t, seed.draw(), minval, maxval);
}

Tensor normal(const Shape& shape, double mean, double stddev, ops::OptionalDType dtype,
              const Seed& seed) {
  const DType t = dtype_or_default("normal", dtype);
  return backend().random_normal(shape, t, seed.draw(), mean, stddev);
}

Tensor truncated_normal(const Shape& shape, double mean, double stddev, ops::OptionalDType dtype,
                        const Seed& seed) {
  const DType t = dtype_or_default("truncated_normal", dtype);
  return backend().random_truncated_normal(shape, t, seed.draw(), mean, stddev);
}

Tensor randint(const Shape& shape, int64_t minval, int64_t maxval, DType dtype, const Seed& seed) {
  check(is_integer(dtype),
        "`keras.random.randint` requires an integer `dtype`. Received: dtype=", dtype, ".");
  check(minval < maxval, "[randint] Need minval < maxval. Received: minval=", minval,
        ", maxval=", maxval);
  return backend().random_integers(shape, dtype, seed.draw(), minval, maxval);
}

Tensor categorical(const Tensor& logits, int64_t num_samples, DType dtype, const Seed& seed) {
  check_defined(logits, "categorical");
  check(logits.rank() == 2,
        "`logits` should be a 2-D tensor with shape [batch_size, num_classes]. Received: "
        "logits.shape=",
        logits.shape());
  if (logits.is_symbolic()) return symbolic_result({logits.shape()[0], num_samples}, dtype);
  // The greatest of logits + Gumbel noise has the distribution softmax(logits).
  const int64_t batch = logits.shape()[0], classes = logits.shape()[1];
  const Tensor noise =
      -ops::log(-ops::log(open_uniform({batch, num_samples, classes}, seed.draw())));
  const Tensor scores =
      noise + view(as_dtype(logits.detach(), DType::float64), {batch, 1, classes});
  return as_dtype(ops::argmax(scores, -1), dtype);
}

Tensor dropout(const Tensor& inputs, double rate, const std::optional<Shape>& noise_shape,
               const Seed& seed) {
  check_defined(inputs, "dropout");
  check(rate >= 0 && rate <= 1,
        "Invalid value received for argument `rate`. Expected a float value between 0 and 1. "
        "Received: rate=",
        rate);
  if (rate == 0) return inputs;
  if (inputs.is_symbolic()) return symbolic_result(inputs.shape(), inputs.dtype());
  if (rate == 1) return Tensor::zeros(inputs.shape(), inputs.dtype());
  Shape noise = noise_shape.value_or(inputs.shape());
  check(noise.rank() == inputs.rank(),
        "Argument `noise_shape` must have the rank of `inputs`. Received: noise_shape=", noise,
        ", inputs.shape=", inputs.shape());
  for (int i = 0; i < noise.rank(); ++i) {
    if (noise[i] == Shape::unknown) noise[i] = inputs.shape()[i];
    check(noise[i] == 1 || noise[i] == inputs.shape()[i],
          "Argument `noise_shape` must broadcast to the shape of `inputs`. Received: noise_shape=",
          noise, ", inputs.shape=", inputs.shape());
  }
  auto [y, mask] = backend().dropout(inputs, rate, noise, seed.draw());
  if (autodiff::recording(inputs)) {
    autodiff::record("dropout", {&inputs}, y, [mask = mask, rate](Vjp& v) {
      if (autodiff::recording()) {
        const Tensor& dy = v.grad();
        v.set(0, dy * as_dtype(mask, dy.dtype()) * (1.0 / (1.0 - rate)));
      } else {
        v.set(0, backend().dropout_grad(v.take_grad(), rate, mask));
      }
    });
  }
  return y;
}

Tensor shuffle(const Tensor& x, int axis, const Seed& seed) {
  check_defined(x, "shuffle");
  const int at = canonical_axis(axis, x.rank(), "shuffle");
  if (x.is_symbolic()) return symbolic_result(x.shape(), x.dtype());
  const Tensor keys = backend().random_uniform({x.shape()[at]}, DType::float64, seed.draw(), 0, 1);
  return ops::take(x, ops::argsort(keys), at);
}

Tensor gamma(const Shape& shape, const Tensor& alpha, ops::OptionalDType dtype, const Seed& seed) {
  const DType t = dtype_or_default("gamma", dtype);
  return as_dtype(Tensor::from(gamma_values(shape, spread(alpha, shape), seed.draw()), shape), t);
}

Tensor binomial(const Shape& shape, const Tensor& counts, const Tensor& probabilities,
                ops::OptionalDType dtype, const Seed& seed) {
  const DType t = dtype_or_default("binomial", dtype);
  const std::vector<double> n = spread(counts, shape), p = spread(probabilities, shape);
  const RandomKey key = seed.draw();
  int64_t most = 0;
  for (double v : n) most = std::max(most, static_cast<int64_t>(v));
  // One trial of every element at a time.
  std::vector<double> out(n.size(), 0.0);
  const ElementStream stream(key, shape);
  for (int64_t trial = 0; trial < most; ++trial) {
    const std::vector<double> u = stream.uniform(static_cast<uint64_t>(trial));
    for (size_t i = 0; i < out.size(); ++i)
      out[i] += static_cast<double>(trial) < n[i] && u[i] < p[i] ? 1.0 : 0.0;
  }
  return as_dtype(Tensor::from(out, shape), t);
}

Tensor beta(const Shape& shape, const Tensor& alpha, const Tensor& beta, ops::OptionalDType dtype,
            const Seed& seed) {
  const DType t = dtype_or_default("beta", dtype);
  const RandomKey key = seed.draw();
  std::vector<double> x = gamma_values(shape, spread(alpha, shape), sub_key(key, 1));
  const std::vector<double> y = gamma_values(shape, spread(beta, shape), sub_key(key, 2));
  for (size_t i = 0; i < x.size(); ++i) x[i] /= x[i] + y[i];
  return as_dtype(Tensor::from(x, shape), t);
}

}  // namespace kcpp::random
