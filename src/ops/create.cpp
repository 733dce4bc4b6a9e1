// Ops that make tensors.
#include "kcpp/ops/create.h"

#include <cmath>
#include <numbers>

#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;

namespace {

Tensor from_function(int64_t n, DType dtype, auto f) {
  Tensor values = Tensor::empty({std::max<int64_t>(n, 0)}, DType::float64);
  const std::span<double> out = values.mutable_data<double>();
  for (size_t i = 0; i < out.size(); ++i) out[i] = f(static_cast<double>(i));
  return as_dtype(values, dtype);
}

/// a0 - a1 cos(2 pi i / (n - 1)) + a2 cos(4 pi i / (n - 1)): the cosine windows. One point alone
/// is 1.
Tensor cosine_window(int64_t n, double a0, double a1, double a2, const char* op) {
  check(n >= 0, "[", op, "] the number of points must not be negative. Received: x=", n);
  if (n == 1) return Tensor::ones({1}, floatx());
  return from_function(n, floatx(), [=](double i) {
    const double t = 2 * std::numbers::pi * i / static_cast<double>(n - 1);
    return a0 - a1 * std::cos(t) + a2 * std::cos(2 * t);
  });
}

/// One value in the shape and dtype of x.
Tensor constant_like(const char* class_name, const char* name, const Tensor& x, double value,
                     OptionalDType dtype) {
  check_defined(x, name);
  return symbolic::op(
      class_name, [&](Config& a) { Describe{a}("dtype", to_config(dtype)); },
      [=](const Tensor& t) {
        const DType d = dtype.value_or(t.dtype());
        return t.is_symbolic() ? symbolic_result(t.shape(), d) : Tensor::full(t.shape(), value, d);
      },
      x);
}

/// The dtype of a range: weak numbers count as Python's int and float.
DType range_dtype(const Tensor& start, const Tensor& stop, const Tensor& step) {
  Tensors given{start};
  if (stop.defined()) given.push_back(stop);
  if (step.defined()) given.push_back(step);
  return result_of(given);
}

}  // namespace

Tensor zeros(const Shape& shape, OptionalDType dtype) {
  return Tensor::zeros(shape, dtype.value_or(floatx()));
}
Tensor ones(const Shape& shape, OptionalDType dtype) {
  return Tensor::ones(shape, dtype.value_or(floatx()));
}
Tensor empty(const Shape& shape, OptionalDType dtype) { return zeros(shape, dtype); }
Tensor full(const Shape& shape, const Tensor& fill_value, OptionalDType dtype) {
  check_defined(fill_value, "full");
  return symbolic::op(
      "Full", [&](Config& a) { Describe{a}("shape", to_config(shape))("dtype", to_config(dtype)); },
      [=](const Tensor& value) {
        return broadcast_to(cast(value, dtype.value_or(value.dtype())), shape);
      },
      fill_value);
}
Tensor zeros_like(const Tensor& x, OptionalDType dtype) {
  return constant_like("ZerosLike", "zeros_like", x, 0, dtype);
}
Tensor ones_like(const Tensor& x, OptionalDType dtype) {
  return constant_like("OnesLike", "ones_like", x, 1, dtype);
}
Tensor empty_like(const Tensor& x, OptionalDType dtype) {
  return constant_like("EmptyLike", "empty_like", x, 0, dtype);
}
Tensor full_like(const Tensor& x, const Tensor& fill_value, OptionalDType dtype) {
  check_defined(x, "full_like");
  check_defined(fill_value, "full_like");
  return symbolic::op(
      "FullLike", [&](Config& a) { Describe{a}("dtype", to_config(dtype)); },
      [=](const Tensor& t, const Tensor& value) {
        const DType d = dtype.value_or(t.dtype());
        return t.is_symbolic() ? symbolic_result(t.shape(), d)
                               : broadcast_to(cast(value, d), t.shape());
      },
      x, fill_value);
}

Tensor arange(const Tensor& start, const Tensor& stop, const Tensor& step, OptionalDType dtype) {
  check_defined(start, "arange");
  const DType d = dtype.value_or(range_dtype(start, stop, step));
  const double first = stop.defined() ? start.item() : 0.0,
               last = stop.defined() ? stop.item() : start.item();
  const double by = step.defined() ? step.item() : 1.0;
  check(by != 0, "[arange] step must not be 0.");
  const double count = std::max(0.0, std::ceil((last - first) / by));
  check(std::isfinite(count), "[arange] Maximum allowed size exceeded. Received: start=", first,
        ", stop=", last, ", step=", by);
  return from_function(static_cast<int64_t>(count), d, [=](double i) { return first + i * by; });
}
Tensor linspace(const Tensor& start, const Tensor& stop, int64_t num, bool endpoint,
                OptionalDType dtype, int axis) {
  check_defined(start, "linspace");
  check_defined(stop, "linspace");
  check(num >= 0, "`num` must be a non-negative integer. Received: num=", num);
  return symbolic::op(
      "Linspace",
      [&](Config& a) {
        Describe{a}("num", num)("endpoint", endpoint)("retstep", false)("dtype", to_config(dtype))(
            "axis", axis);
      },
      [=](const Tensor& p, const Tensor& q) {
        const DType result = dtype.value_or(float_of(result_of(p, q)));
        const DType d = float_of(result);
        const Tensor a = as_dtype(p, d), b = as_dtype(q, d);
        const Shape shape = broadcast_shapes(a.shape(), b.shape(), "linspace");
        const int at = canonical_axis(axis, shape.rank() + 1, "linspace");
        Shape ramp_shape = Shape::filled(shape.rank() + 1, 1);
        ramp_shape[at] = num;
        const double parts = static_cast<double>(endpoint ? num - 1 : num);
        // Weights of both ends, so that the last number is exactly `stop`.
        const Tensor ramp =
            view(from_function(num, d, [=](double i) { return parts > 0 ? i / parts : 0.0; }),
                 ramp_shape);
        const Tensor y =
            expand_dims(a, at - shape.rank() + a.rank() < 0 ? 0 : at - shape.rank() + a.rank()) *
                (1.0 - ramp) +
            expand_dims(b, at - shape.rank() + b.rank() < 0 ? 0 : at - shape.rank() + b.rank()) *
                ramp;
        return is_floating(result) ? y : as_dtype(floor(y), result);
      },
      start, stop);
}
Tensor logspace(const Tensor& start, const Tensor& stop, int64_t num, bool endpoint, double base,
                OptionalDType dtype, int axis) {
  check_defined(start, "logspace");
  check_defined(stop, "logspace");
  return symbolic::op(
      "Logspace",
      [&](Config& a) {
        Describe{a}("num", num)("endpoint", endpoint)("base", base)("dtype", to_config(dtype))(
            "axis", axis);
      },
      [=](const Tensor& p, const Tensor& q) {
        const Tensor exponents = linspace(p, q, num, endpoint, dtype, axis);
        return power(Tensor::scalar(base, exponents.dtype()), exponents);
      },
      start, stop);
}
Tensor geomspace(const Tensor& start, const Tensor& stop, int64_t num, bool endpoint,
                 OptionalDType dtype, int axis) {
  check_defined(start, "geomspace");
  check_defined(stop, "geomspace");
  return symbolic::op(
      "Geomspace",
      [&](Config& a) {
        Describe{a}("num", num)("endpoint", endpoint)("dtype", to_config(dtype))("axis", axis);
      },
      [=](const Tensor& p, const Tensor& q) {
        const DType d = dtype.value_or(floatx());
        const Tensor first = log10(abs(as_dtype(p, d))), last = log10(abs(as_dtype(q, d)));
        return logspace(first, last, num, endpoint, 10, dtype, axis) * sign(as_dtype(p, d));
      },
      start, stop);
}

Tensor eye(int64_t N, std::optional<int64_t> M, int k, OptionalDType dtype) {
  const int64_t columns = M.value_or(N);
  check(N >= 0 && columns >= 0, "[eye] N and M must not be negative. Received: N=", N,
        ", M=", columns);
  // Row i has its one in column i + k; an index outside gives a row of zeros.
  return backend().one_hot(int_range(N, k), columns, dtype.value_or(floatx()));
}
Tensor identity(int64_t n, OptionalDType dtype) { return eye(n, {}, 0, dtype); }
Tensor tri(int64_t N, std::optional<int64_t> M, int k, OptionalDType dtype) {
  return tril(ones({N, M.value_or(N)}, dtype), k);
}
Tensor vander(const Tensor& x, std::optional<int64_t> N, bool increasing) {
  check_defined(x, "vander");
  check(x.rank() == 1, "Input tensor must have dimension 1, but found: x.shape=", x.shape());
  return symbolic::op(
      "Vander", [&](Config& a) { Describe{a}("N", to_config(N))("increasing", increasing); },
      [=](const Tensor& t) {
        const int64_t n = t.shape()[0], columns = N.value_or(n);
        if (t.is_symbolic()) return symbolic_result({n, columns}, t.dtype());
        Tensors powers;
        for (int64_t j = 0; j < columns; ++j)
          powers.push_back(power(
              t, Tensor::scalar(static_cast<double>(increasing ? j : columns - 1 - j), t.dtype())));
        return columns == 0 ? Tensor::zeros({n, 0}, t.dtype()) : stack(powers, 1);
      },
      x);
}

Tensor convert_to_tensor(const Tensor& x, OptionalDType dtype) {
  check_defined(x, "convert_to_tensor");
  return symbolic::op(
      "ConvertToTensor",
      [&](Config& a) {
        Describe{a}("dtype", to_config(dtype))("sparse", Config())("ragged", Config());
      },
      [dtype](const Tensor& t) {
        const DType wanted = dtype.value_or(t.dtype());
        return t.is_weak() ? cast(t, wanted) : as_dtype(t, wanted);
      },
      x);
}
Tensor array(const Tensor& x, OptionalDType dtype) {
  check_defined(x, "array");
  return symbolic::op(
      "Array", [&](Config& a) { Describe{a}("dtype", to_config(dtype)); },
      [=](const Tensor& t) {
        return t.is_symbolic() ? as_dtype(t, dtype.value_or(t.dtype()))
                               : convert_to_tensor(t, dtype);
      },
      x);
}
Tensor copy(const Tensor& x) {
  check_defined(x, "copy");
  return named_op(
      "Copy",
      [](const Tensor& t) {
        if (t.is_symbolic()) return symbolic_result(t.shape(), t.dtype());
        Tensor y = t.clone();
        if (autodiff::recording(t))
          autodiff::record("copy", {&t}, y, [](Vjp& v) { v.set(0, v.grad()); });
        return y;
      },
      x);
}

Tensor bartlett(int64_t x) {
  check(x >= 0, "[bartlett] the number of points must not be negative. Received: x=", x);
  if (x == 1) return Tensor::ones({1}, floatx());
  return from_function(x, floatx(), [x](double i) {
    const double t = 2 * i / static_cast<double>(x - 1);
    return t <= 1 ? t : 2 - t;
  });
}
Tensor blackman(int64_t x) { return cosine_window(x, 0.42, 0.5, 0.08, "blackman"); }
Tensor hamming(int64_t x) { return cosine_window(x, 0.54, 0.46, 0, "hamming"); }
Tensor hanning(int64_t x) { return cosine_window(x, 0.5, 0.5, 0, "hanning"); }
Tensor kaiser(int64_t x, double beta) {
  check(x >= 0, "[kaiser] the number of points must not be negative. Received: x=", x);
  if (x == 1) return Tensor::ones({1}, floatx());
  const Tensor arguments = from_function(x, DType::float64, [=](double i) {
    const double t = 2 * i / static_cast<double>(x - 1) - 1;
    return beta * std::sqrt(std::max(0.0, 1 - t * t));
  });
  return as_dtype(i0(arguments) / i0(Tensor::scalar(beta, DType::float64)), floatx());
}

}  // namespace kcpp::ops
