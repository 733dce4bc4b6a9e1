// Cumulations, differences, order statistics, histograms and correlations.
#include <algorithm>
#include <cmath>

#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "kcpp/ops/sort.h"
#include "src/ops/describe.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;

namespace {

Tensor running_sum(const Tensor& x, int axis, bool reverse) {
  if (x.is_symbolic()) return x;
  Tensor y = backend().cumulative(CumulativeOp::sum, x, axis, reverse);
  if (autodiff::recording(x)) {
    autodiff::record("cumsum", {&x}, y,
                     [axis, reverse](Vjp& v) { v.set(0, running_sum(v.grad(), axis, !reverse)); });
  }
  return y;
}

Tensor running_product(const Tensor& x, int axis) {
  if (x.is_symbolic()) return x;
  Tensor y = backend().cumulative(CumulativeOp::prod, x, axis, false);
  if (autodiff::recording(x)) {
    // As TensorFlow: an element that is 0 gets no gradient.
    autodiff::record("cumprod", {&x}, y, [x, y = y.detach(), axis](Vjp& v) {
      v.set(0, divide_no_nan(running_sum(v.output(y) * v.grad(), axis, true), x));
    });
  }
  return y;
}

/// cumsum and cumprod: of the flattened tensor without an axis, booleans as int32.
Tensor cumulate(const char* class_name, const char* name, const Tensor& x, std::optional<int> axis,
                OptionalDType dtype, Tensor (*run)(const Tensor&, int)) {
  check_defined(x, name);
  return symbolic::op(
      class_name,
      [&](Config& a) { Describe{a}("axis", to_config(axis))("dtype", to_config(dtype)); },
      [=](const Tensor& input) {
        const Tensor t = axis ? input : reshape(input, {-1});
        const int at = axis ? canonical_axis(*axis, t.rank(), name) : 0;
        const DType own = t.dtype() == DType::bool_ ? DType::int32 : t.dtype();
        return run(as_dtype(t, dtype.value_or(own)), at);
      },
      x);
}

/// The reduced axes as one last axis.
Tensor flattened(const Tensor& x, const std::vector<int>& axes) {
  std::vector<int> order;
  Shape shape;
  int64_t length = 1;
  for (int i = 0; i < x.rank(); ++i) {
    if (std::find(axes.begin(), axes.end(), i) != axes.end()) {
      length *= x.shape()[i];
    } else {
      order.push_back(i);
      shape.push_back(x.shape()[i]);
    }
  }
  order.insert(order.end(), axes.begin(), axes.end());
  shape.push_back(length);
  return view(permute(x, order), shape);
}

Tensor quantile_body(const Tensor& x, const Tensor& q, const Axes& axis, const std::string& method,
                     bool keepdims) {
  const std::vector<int> axes = canonical_axes(axis, x.rank(), "quantile");
  const Shape kept = reduced_shape(x.shape(), axes, keepdims);
  check(q.rank() <= 1, "[quantile] q must be a scalar or 1-d. Received: q.shape=", q.shape());
  if (any_symbolic(x, q)) return symbolic_result(q.shape() + kept, float_of(x.dtype()));
  const Tensor rows = flattened(as_float(x), axes);
  const int last = rows.rank() - 1;
  const int64_t n = rows.shape().back();
  check(n > 0, "[quantile] there are no elements. Received: x.shape=", x.shape());
  const Tensor sorted = sort(rows, -1);

  // Where the quantiles lie: between the elements `low` and `high`, `fraction` of the way from high
  // to low.
  const std::vector<double> levels = q.to_vector<double>();
  std::vector<int64_t> low, high;
  std::vector<double> fraction;
  for (double level : levels) {
    check(level >= 0 && level <= 1, "[quantile] q must be in [0, 1]. Received: ", level);
    const double at = static_cast<double>(n - 1) * level;
    const auto clamp = [n](double i) {
      return std::clamp<int64_t>(static_cast<int64_t>(i), 0, n - 1);
    };
    if (method == "linear") {
      low.push_back(std::max<int64_t>(clamp(std::ceil(at)) - 1, 0));
      high.push_back(std::min(low.back() + 1, n - 1));
      fraction.push_back(static_cast<double>(high.back()) - at);
    } else {
      low.push_back(clamp(method == "lower" || method == "midpoint" ? std::floor(at)
                          : method == "higher"                      ? std::ceil(at)
                                                                    : std::nearbyint(at)));
      high.push_back(clamp(method == "midpoint" ? std::ceil(at) : static_cast<double>(low.back())));
      fraction.push_back(0.5);
    }
  }
  const Tensor weight = as_dtype(Tensor::from(fraction), rows.dtype());
  Tensor y = gather_axis(sorted, Tensor::from(high), last) * (1.0 - weight) +
             gather_axis(sorted, Tensor::from(low), last) * weight;
  y = where(any(isnan(rows), -1, true), std::nan(""), y);
  // (.., levels) -> (levels, kept): a scalar q leaves no axis.
  return view(moveaxis(y, -1, 0), q.shape() + kept);
}

}  // namespace

Tensor cumsum(const Tensor& x, std::optional<int> axis, OptionalDType dtype) {
  return cumulate("Cumsum", "cumsum", x, axis, dtype,
                  [](const Tensor& t, int at) { return running_sum(t, at, false); });
}
Tensor cumprod(const Tensor& x, std::optional<int> axis, OptionalDType dtype) {
  return cumulate("Cumprod", "cumprod", x, axis, dtype, running_product);
}
Tensor diff(const Tensor& a, int n, int axis) {
  check_defined(a, "diff");
  check(n >= 0, "Order `n` must be non-negative. Received n=", n);
  check(a.rank() > 0,
        "`diff` requires input that is at least one dimensional. Received: a.shape=", a.shape());
  return symbolic::op(
      "Diff", [&](Config& c) { Describe{c}("n", n)("axis", axis); },
      [=](const Tensor& t) {
        const int at = canonical_axis(axis, t.rank(), "diff");
        Tensor y = t;
        for (int i = 0; i < n; ++i) {
          const int64_t length = y.shape()[at];
          if (y.is_symbolic()) {
            Shape shape = y.shape();
            shape[at] = length == -1 ? -1 : std::max<int64_t>(length - n, 0);
            return symbolic_result(shape, y.dtype());
          }
          if (length == 0) return y;
          const Tensor upper = slice_axis(y, at, 1, length - 1),
                       lower = slice_axis(y, at, 0, length - 1);
          y = y.dtype() == DType::bool_ ? not_equal(upper, lower) : upper - lower;
        }
        return y;
      },
      a);
}
Tensor trapezoid(const Tensor& y, const Tensor& x, double dx, int axis) {
  check_defined(y, "trapezoid");
  const bool has_x = x.defined();
  Tensors inputs{y};
  if (has_x) inputs.push_back(x);
  return symbolic::op_list(
      "Trapezoid",
      [&](Config& a) {
        Describe{a}("x", has_x ? tensor_input(1) : Config())("dx", dx)("axis", axis);
        a["args"] = tensor_inputs(0, 1);
      },
      [=](const Tensors& in) {
        const Tensor v = moveaxis(as_float(in[0]), axis, -1);
        if (any_symbolic(in))
          return Tensors{symbolic_result(v.shape().slice(0, v.rank() - 1), v.dtype())};
        const int64_t n = v.shape().back();
        const Tensor heights =
            (slice_axis(v, v.rank() - 1, 1, n - 1) + slice_axis(v, v.rank() - 1, 0, n - 1)) * 0.5;
        if (!has_x) return Tensors{sum(heights * dx, -1)};
        const Tensor points = as_dtype(in[1], v.dtype());
        return Tensors{sum(heights * moveaxis(diff(points, 1, axis), axis, -1), -1)};
      },
      inputs)[0];
}
Tensor average(const Tensor& x, std::optional<int> axis, const Tensor& weights) {
  check_defined(x, "average");
  if (!weights.defined()) {
    return symbolic::op(
        "Average", [&](Config& a) { Describe{a}("axis", to_config(axis)); },
        [axis](const Tensor& t) { return mean(as_float(t), Axes(axis)); }, x);
  }
  return symbolic::op(
      "Average",
      [&](Config& a) {
        Describe{a}("axis", to_config(axis));
        a["args"] = tensor_inputs(0, 1);
        a["kwargs"] = Config::dict({{"weights", tensor_input(1)}});
      },
      [axis](const Tensor& t, const Tensor& w) {
        check(axis || t.shape() == w.shape(),
              "`weights` must have the same shape as `x` when `axis=None`, but received "
              "`weights.shape=",
              w.shape(), "` and `x.shape=", t.shape(), "`.");
        const DType dtype = float_of(result_of(t, w));
        const Tensor v = as_dtype(t, dtype);
        Tensor factors = as_dtype(w, dtype);
        if (axis && t.rank() != w.rank()) {
          const int at = canonical_axis(*axis, t.rank(), "average");
          check(w.rank() == 1 && (w.shape()[0] == t.shape()[at] || t.shape()[at] == -1),
                "`weights` must have the same size as `x` at `axis=", *axis,
                "` but received `weights.shape=", w.shape(), "` while x.shape at `", *axis,
                "` is `", t.shape()[at], "`.");
          Shape line = Shape::filled(t.rank(), 1);
          line[at] = w.shape()[0];
          factors = reshape(factors, line);
        }
        return sum(v * factors, Axes(axis)) / sum(factors, Axes(axis));
      },
      x, weights);
}
Tensor quantile(const Tensor& x, const Tensor& q, Axes axis, const std::string& method,
                bool keepdims) {
  check_defined(x, "quantile");
  check_defined(q, "quantile");
  check(method == "linear" || method == "lower" || method == "higher" || method == "midpoint" ||
            method == "nearest",
        "Invalid method: '", method,
        "'. Expected one of 'linear', 'lower', 'higher', 'midpoint', 'nearest'.");
  // Keras's Quantile keeps the method and does not use it: a graph always interpolates.
  const bool in_graph = any_symbolic(x, q) && symbolic::tracing();
  const std::string used = in_graph ? "linear" : method;
  return symbolic::op(
      "Quantile",
      [&](Config& a) {
        Describe{a}("axis", axis.to_config())("method", method)("keepdims", keepdims);
      },
      [=](const Tensor& t, const Tensor& level) {
        return quantile_body(t, level, axis, used, keepdims);
      },
      x, q);
}
Tensor percentile(const Tensor& x, const Tensor& q, Axes axis, const std::string& method,
                  bool keepdims) {
  check_defined(x, "percentile");
  check_defined(q, "percentile");
  return symbolic::op(
      "Percentile",
      [&](Config& a) {
        Describe{a}("axis", axis.to_config())("method", method)("keepdims", keepdims);
      },
      [=](const Tensor& t, const Tensor& level) {
        return quantile(t, level.is_symbolic() ? level : as_dtype(level, DType::float64) / 100.0,
                        axis, method, keepdims);
      },
      x, q);
}
Tensor median(const Tensor& x, Axes axis, bool keepdims) {
  check_defined(x, "median");
  return symbolic::op(
      "Median", [&](Config& a) { Describe{a}("axis", axis.to_config())("keepdims", keepdims); },
      [=](const Tensor& t) { return quantile_body(t, 0.5, axis, "linear", keepdims); }, x);
}

std::pair<Tensor, Tensor> histogram(const Tensor& x, int64_t bins,
                                    std::optional<std::pair<double, double>> range) {
  check_defined(x, "histogram");
  check(bins > 0, "Argument `bins` should be a non-negative integer. Received: bins=", bins);
  check(!range || range->first < range->second,
        "The second element of `range` must be greater than the first. Received: range=(",
        range ? range->first : 0, ", ", range ? range->second : 0, ")");
  const Tensors out = symbolic::op_list(
      "Histogram",
      [&](Config& a) {
        Describe{a}("bins", bins)("range",
                                  range ? Config::list({range->first, range->second}) : Config());
      },
      [=](const Tensors& in) {
        const Tensor& t = in[0];
        if (t.is_symbolic())
          return Tensors{symbolic_result({bins}, t.dtype()),
                         symbolic_result({bins + 1}, t.dtype())};
        std::vector<double> values = t.to_vector<double>();
        check(range || !values.empty(), "[histogram] without `range` x must have elements.");
        const double low = range ? range->first : *std::min_element(values.begin(), values.end());
        const double high = range ? range->second : *std::max_element(values.begin(), values.end());
        const Tensor edges = as_dtype(linspace(Tensor::scalar(low, DType::float64),
                                               Tensor::scalar(high, DType::float64), bins + 1),
                                      t.dtype());
        const std::vector<double> edge = edges.to_vector<double>();
        std::vector<double> counts(static_cast<size_t>(bins));
        for (double v : values) {
          if (!(v >= low && v <= high)) continue;
          ++counts[static_cast<size_t>(std::upper_bound(edge.begin() + 1, edge.end() - 1, v) -
                                       edge.begin() - 1)];
        }
        return Tensors{as_dtype(Tensor::from(counts), t.dtype()), edges};
      },
      {x});
  return {out[0], out[1]};
}
Tensor correlate(const Tensor& x1, const Tensor& x2, const std::string& mode) {
  check_defined(x1, "correlate");
  check_defined(x2, "correlate");
  check(mode == "valid" || mode == "same" || mode == "full", "Invalid mode: '", mode,
        "'. Mode must be one of: 'full', 'same', 'valid'.");
  check(x1.rank() == 1 && x2.rank() == 1,
        "Both inputs must be 1-D tensors. Received: x1.shape=", x1.shape(),
        ", x2.shape=", x2.shape());
  return symbolic::op(
      "Correlate", [&](Config& a) { Describe{a}("mode", mode); },
      [mode](const Tensor& p, const Tensor& q) {
        DType dtype = result_of(p, q);
        dtype = dtype == DType::int64 ? DType::float64 : float_of(dtype);
        const int64_t n = p.shape()[0], m = q.shape()[0];
        const int64_t full = n + m - 1, length = mode == "full"   ? full
                                                 : mode == "same" ? std::max(n, m)
                                                                  : n - m + 1;
        if (any_symbolic(p, q)) return symbolic_result({n == -1 || m == -1 ? -1 : length}, dtype);
        check(mode != "valid" || n >= m,
              "[correlate] x1 must not be shorter than x2 in mode 'valid'. Received: x1.shape=",
              p.shape(), ", x2.shape=", q.shape());
        const int64_t around = mode == "valid" ? 0 : m - 1;
        const Tensor a = pad(as_dtype(p, dtype), PadWidth(around, around)), b = as_dtype(q, dtype);
        const Tensor all = matmul(extract_sequences(a, m, 1), b);
        return mode == "same" ? slice_axis(all, 0, (full - length) / 2, length) : all;
      },
      x1, x2);
}
Tensor corrcoef(const Tensor& x) {
  check_defined(x, "corrcoef");
  return named_op(
      "Corrcoef",
      [](const Tensor& t) {
        const Tensor v = as_float(t);
        if (v.rank() == 0)
          return v.is_symbolic() ? symbolic_result({}, v.dtype())
                                 : Tensor::scalar(std::nan(""), v.dtype());
        const Tensor rows = v.rank() == 1 ? expand_dims(v, 0) : v;
        if (v.is_symbolic())
          return symbolic_result(v.rank() == 1 ? Shape{} : Shape{v.shape()[0], v.shape()[0]},
                                 v.dtype());
        const Tensor centred = rows - mean(rows, -1, true);
        const Tensor covariance = matmul(centred, swapaxes(centred, -1, -2)) /
                                  static_cast<double>(rows.shape().back() - 1);
        const Tensor deviation = sqrt(diagonal(covariance, 0, -2, -1));
        const Tensor y = clip(covariance / outer(deviation, deviation), -1.0, 1.0);
        return v.rank() == 1 ? reshape(y, {}) : y;
      },
      x);
}

}  // namespace kcpp::ops
