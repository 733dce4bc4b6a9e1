// Reductions with a kernel, and what is composed of them.
#include "kcpp/ops/reduce.h"

#include <cmath>
#include <limits>

#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// dy of a reduction in the shape that broadcasts against x.
Tensor keep_axes(const Tensor& dy, const Shape& x_shape, const std::vector<int>& axes) {
  return view(dy, reduced_shape(x_shape, axes, true));
}

int64_t count_of(const Shape& shape, const std::vector<int>& axes) {
  int64_t n = 1;
  for (int a : axes) n *= shape[a];
  return n;
}

/// The product of all other elements of the axes, without a division: products from both sides.
Tensor product_of_others(const Tensor& x, const std::vector<int>& axes) {
  std::vector<int> order, inverse(static_cast<size_t>(x.rank()));
  for (int i = 0; i < x.rank(); ++i) {
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) order.push_back(i);
  }
  order.insert(order.end(), axes.begin(), axes.end());
  for (size_t i = 0; i < order.size(); ++i)
    inverse[static_cast<size_t>(order[i])] = static_cast<int>(i);
  const Tensor moved = permute(x, order);
  const int64_t n = count_of(x.shape(), axes);
  const Tensor rows = view(moved, {n == 0 ? 0 : x.size() / n, n});
  const Tensor one = Tensor::ones({rows.shape()[0], 1}, x.dtype());
  const Tensor before = cumprod(concatenate({one, slice_axis(rows, 1, 0, n - 1)}, 1), 1);
  const Tensor after =
      flip(cumprod(concatenate({one, flip(slice_axis(rows, 1, 1, n - 1), 1)}, 1), 1), 1);
  return permute(view(before * after, moved.shape()), inverse);
}

/// One kernel and its gradient. x has the dtype of the result.
Tensor reduce(ReduceOp op, const char* name, const Tensor& x, const Axes& axis, bool keepdims) {
  const std::vector<int> axes = canonical_axes(axis, x.rank(), name);
  if (x.is_symbolic()) {
    const bool logical = op == ReduceOp::any || op == ReduceOp::all;
    return symbolic_result(reduced_shape(x.shape(), axes, keepdims),
                           logical ? DType::bool_ : x.dtype());
  }
  if (op == ReduceOp::max || op == ReduceOp::min) {
    check(count_of(x.shape(), axes) > 0 || reduced_shape(x.shape(), axes, false).size() == 0, "[",
          name, "] zero-size array to reduction operation which has no identity. Received: shape=",
          x.shape());
  }
  Tensor y = axes.empty() && op != ReduceOp::any && op != ReduceOp::all
                 ? share(x, x.shape())
                 : backend().reduce(op, x, axes, keepdims);
  if (!autodiff::recording(x) || !is_floating(y.dtype())) return y;
  switch (op) {
    case ReduceOp::sum:
    case ReduceOp::mean:
      autodiff::record(name, {&x}, y,
                       [shape = x.shape(), axes, mean = op == ReduceOp::mean](Vjp& v) {
                         Tensor dy = keep_axes(v.grad(), shape, axes);
                         if (mean) dy = dy * (1.0 / static_cast<double>(count_of(shape, axes)));
                         v.set(0, broadcast_to(dy, shape));
                       });
      break;
    case ReduceOp::max:
    case ReduceOp::min:
      // Equal greatest elements share the gradient evenly, as in TensorFlow.
      autodiff::record(name, {&x}, y, [x, axes, y = y.detach()](Vjp& v) {
        const Tensor chosen = cast(equal(x, keep_axes(y, x.shape(), axes)), x.dtype());
        const Tensor count = sum(chosen, Axes(std::span<const int>(axes)), true);
        v.set(0, keep_axes(v.grad(), x.shape(), axes) * (chosen / count));
      });
      break;
    case ReduceOp::prod:
      autodiff::record(name, {&x}, y, [x, axes](Vjp& v) {
        v.set(0, keep_axes(v.grad(), x.shape(), axes) * product_of_others(x, axes));
      });
      break;
    case ReduceOp::any:
    case ReduceOp::all:
      break;
  }
  return y;
}

/// What a sum or product of `dtype` is computed in: small integers would overflow.
DType sum_dtype(DType dtype) {
  switch (dtype) {
    case DType::bool_:
    case DType::int8:
    case DType::int16:
      return DType::int32;
    case DType::uint8:
    case DType::uint16:
      return DType::uint32;
    default:
      return dtype;
  }
}

auto describe(const Axes& axis, bool keepdims) {
  return
      [&axis, keepdims](Config& a) { Describe{a}("axis", axis.to_config())("keepdims", keepdims); };
}

Tensor extremum(bool maximum_wanted, std::string_view class_name, const Tensor& x, const Axes& axis,
                bool keepdims, std::optional<double> initial) {
  const char* name = maximum_wanted ? "max" : "min";
  check_defined(x, name);
  return symbolic::op(
      class_name,
      [&](Config& a) {
        Describe d{a};
        d("axis", axis.to_config())("keepdims", keepdims);
        if (class_name == "Max" || class_name == "Min") d("initial", to_config(initial));
      },
      [=](const Tensor& t) {
        if (t.dtype() == DType::bool_)
          return maximum_wanted ? any(t, axis, keepdims) : all(t, axis, keepdims);
        const std::vector<int> axes = canonical_axes(axis, t.rank(), name);
        if (initial && !t.is_symbolic() && count_of(t.shape(), axes) == 0) {
          return Tensor::full(reduced_shape(t.shape(), axes, keepdims), *initial, t.dtype());
        }
        const Tensor y =
            reduce(maximum_wanted ? ReduceOp::max : ReduceOp::min, name, t, axis, keepdims);
        if (!initial) return y;
        const Tensor limit = Tensor::scalar(*initial, t.dtype());
        return maximum_wanted ? maximum(y, limit) : minimum(y, limit);
      },
      x);
}

Tensor arg_extremum(bool max, const char* class_name, const char* name, const Tensor& x,
                    std::optional<int> axis, bool keepdims) {
  check_defined(x, name);
  return symbolic::op(
      class_name, [&](Config& a) { Describe{a}("axis", to_config(axis))("keepdims", keepdims); },
      [=](const Tensor& t) {
        const std::vector<int> axes = canonical_axes(Axes(axis), t.rank(), name);
        const Shape shape = reduced_shape(t.shape(), axes, keepdims);
        if (t.is_symbolic()) return symbolic_result(shape, DType::int32);
        check(count_of(t.shape(), axes) > 0, "[", name, "] attempt to get ", name,
              " of an empty sequence. Received: shape=", t.shape());
        const Tensor v = t.dtype() == DType::bool_ ? as_dtype(t, DType::uint8) : t;
        if (axis) return backend().arg_reduce(max, v, axes[0], keepdims);
        return share(backend().arg_reduce(max, share(v, {v.size()}), 0, false), shape);
      },
      x);
}

}  // namespace

Tensor sum(const Tensor& x, Axes axis, bool keepdims) {
  check_defined(x, "sum");
  return symbolic::op(
      "Sum", describe(axis, keepdims),
      [axis, keepdims](const Tensor& t) {
        return reduce(ReduceOp::sum, "sum", as_dtype(t, sum_dtype(t.dtype())), axis, keepdims);
      },
      x);
}
Tensor mean(const Tensor& x, Axes axis, bool keepdims) {
  check_defined(x, "mean");
  return symbolic::op(
      "Mean", describe(axis, keepdims),
      [axis, keepdims](const Tensor& t) {
        return reduce(ReduceOp::mean, "mean", as_float(t), axis, keepdims);
      },
      x);
}
Tensor prod(const Tensor& x, Axes axis, bool keepdims, OptionalDType dtype) {
  check_defined(x, "prod");
  return symbolic::op(
      "Prod",
      [&](Config& a) {
        Describe{a}("axis", axis.to_config())("keepdims", keepdims)("dtype", to_config(dtype));
      },
      [=](const Tensor& t) {
        return reduce(ReduceOp::prod, "prod", as_dtype(t, dtype.value_or(sum_dtype(t.dtype()))),
                      axis, keepdims);
      },
      x);
}
Tensor max(const Tensor& x, Axes axis, bool keepdims, std::optional<double> initial) {
  return extremum(true, "Max", x, axis, keepdims, initial);
}
Tensor min(const Tensor& x, Axes axis, bool keepdims, std::optional<double> initial) {
  return extremum(false, "Min", x, axis, keepdims, initial);
}
Tensor amax(const Tensor& x, Axes axis, bool keepdims) {
  return extremum(true, "Amax", x, axis, keepdims, {});
}
Tensor amin(const Tensor& x, Axes axis, bool keepdims) {
  return extremum(false, "Amin", x, axis, keepdims, {});
}
Tensor ptp(const Tensor& x, Axes axis, bool keepdims) {
  check_defined(x, "ptp");
  return symbolic::op(
      "Ptp", describe(axis, keepdims),
      [=](const Tensor& t) { return max(t, axis, keepdims) - min(t, axis, keepdims); }, x);
}
Tensor any(const Tensor& x, Axes axis, bool keepdims) {
  check_defined(x, "any");
  return symbolic::op(
      "Any", describe(axis, keepdims),
      [=](const Tensor& t) {
        return reduce(ReduceOp::any, "any", as_dtype(t, DType::bool_), axis, keepdims);
      },
      x);
}
Tensor all(const Tensor& x, Axes axis, bool keepdims) {
  check_defined(x, "all");
  return symbolic::op(
      "All", describe(axis, keepdims),
      [=](const Tensor& t) {
        return reduce(ReduceOp::all, "all", as_dtype(t, DType::bool_), axis, keepdims);
      },
      x);
}
Tensor var(const Tensor& x, Axes axis, bool keepdims) {
  check_defined(x, "var");
  return symbolic::op(
      "Var", describe(axis, keepdims),
      [=](const Tensor& t) {
        // Keras computes 16-bit variances in float32.
        const DType dtype = float_of(t.dtype());
        const Tensor v = as_dtype(t, size_of(dtype) < 4 ? DType::float32 : dtype);
        return as_dtype(mean(squared_difference(v, mean(v, axis, true)), axis, keepdims), dtype);
      },
      x);
}
Tensor std(const Tensor& x, Axes axis, bool keepdims) {
  check_defined(x, "std");
  return symbolic::op(
      "Std", describe(axis, keepdims),
      [=](const Tensor& t) { return sqrt(var(t, axis, keepdims)); }, x);
}
Tensor logsumexp(const Tensor& x, Axes axis, bool keepdims) {
  check_defined(x, "logsumexp");
  return symbolic::op(
      "Logsumexp", describe(axis, keepdims),
      [=](const Tensor& t) {
        const Tensor v = as_float(t);
        const Tensor top = stop_gradient(max(v, axis, true));
        const Tensor shift = where(isfinite(top), top, 0.0);
        const Tensor y = log(sum(exp(v - shift), axis, true)) + shift;
        if (keepdims) return y;
        return squeeze(y, Axes(std::span<const int>(canonical_axes(axis, t.rank(), "logsumexp"))));
      },
      x);
}
Tensor argmax(const Tensor& x, std::optional<int> axis, bool keepdims) {
  return arg_extremum(true, "Argmax", "argmax", x, axis, keepdims);
}
Tensor argmin(const Tensor& x, std::optional<int> axis, bool keepdims) {
  return arg_extremum(false, "Argmin", "argmin", x, axis, keepdims);
}
Tensor count_nonzero(const Tensor& x, Axes axis) {
  check_defined(x, "count_nonzero");
  return symbolic::op(
      "CountNonzero", [&](Config& a) { Describe{a}("axis", axis.to_config()); },
      [=](const Tensor& t) { return sum(as_dtype(not_equal(t, 0), DType::int32), axis); }, x);
}

}  // namespace kcpp::ops
