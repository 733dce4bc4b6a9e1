// Reductions that leave out what is not a number.
#include <cmath>
#include <limits>

#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// x with `value` in place of NaN.
Tensor filled(const Tensor& x, double value) {
  return is_floating(x.dtype()) ? where(isnan(x), value, x) : x;
}

/// A reduction with axis and keepdims whose body is composed of others.
template <class Body>
Tensor reduction(const char* class_name, const char* name, const Tensor& x, const Axes& axis,
                 bool keepdims, Body body) {
  check_defined(x, name);
  return symbolic::op(
      class_name, [&](Config& a) { Describe{a}("axis", axis.to_config())("keepdims", keepdims); },
      body, x);
}

Tensor nan_extremum(const char* class_name, const char* name, const Tensor& x, Axes axis,
                    bool keepdims, bool greatest) {
  return reduction(class_name, name, x, axis, keepdims, [=](const Tensor& t) {
    const Tensor clean = filled(t, greatest ? -kInfinity : kInfinity);
    const Tensor y = greatest ? max(clean, axis, keepdims) : min(clean, axis, keepdims);
    if (!is_floating(t.dtype())) return y;
    return where(all(isnan(t), axis, keepdims), std::nan(""), y);
  });
}

Tensor nan_arg(const char* class_name, const char* name, const Tensor& x, std::optional<int> axis,
               bool keepdims, bool greatest) {
  return reduction(class_name, name, x, Axes(axis), keepdims, [=](const Tensor& t) {
    const Tensor clean = filled(t, greatest ? -kInfinity : kInfinity);
    const Tensor y = greatest ? argmax(clean, axis, keepdims) : argmin(clean, axis, keepdims);
    if (!is_floating(t.dtype())) return y;
    return where(all(isnan(t), Axes(axis), keepdims), -1, y);
  });
}

Tensor nan_variance(const Tensor& x, const Axes& axis, bool keepdims) {
  const Tensor v = as_float(x);
  const Tensor valid = logical_not(isnan(v));
  const Tensor clean = where(valid, v, 0.0);
  const Tensor deviation = where(valid, clean - nanmean(v, axis, true), 0.0);
  return sum(square(deviation), axis, keepdims) / sum(cast(valid, v.dtype()), axis, keepdims);
}

/// Quantiles of every row without its NaN, row by row; of rows only NaN: NaN.
Tensor nan_quantile(const Tensor& x, const Tensor& q, const Axes& axis, const std::string& method,
                    bool keepdims) {
  const bool known = method == "linear" || method == "lower" || method == "higher" ||
                     method == "midpoint" || method == "nearest";
  check(known, "Invalid method: ", method.substr(0, 100),
        ". Expected one of linear, lower, higher, midpoint, nearest.");
  const std::vector<int> axes = canonical_axes(axis, x.rank(), "nanquantile");
  const Shape kept = reduced_shape(x.shape(), axes, keepdims);
  const DType dtype = float_of(x.dtype());
  if (any_symbolic(x, q)) return symbolic_result(q.shape() + kept, dtype);
  std::vector<int> order;
  int64_t length = 1;
  for (int i = 0; i < x.rank(); ++i) {
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) order.push_back(i);
  }
  order.insert(order.end(), axes.begin(), axes.end());
  for (int a : axes) length *= x.shape()[a];
  const Tensor rows =
      view(permute(as_dtype(x, dtype), order), {length == 0 ? 0 : x.size() / length, length});
  Tensors results;
  for (int64_t i = 0; i < rows.shape()[0]; ++i) {
    const Tensor row = view(slice_axis(rows, 0, i, 1), {length});
    std::vector<int64_t> valid;
    const std::vector<double> values = row.to_vector<double>();
    for (size_t k = 0; k < values.size(); ++k) {
      if (!std::isnan(values[k])) valid.push_back(static_cast<int64_t>(k));
    }
    results.push_back(valid.empty()
                          ? Tensor::full(q.shape(), std::nan(""), dtype)
                          : quantile(gather_axis(row, Tensor::from(valid), 0), q, {}, method));
  }
  check(!results.empty(), "[nanquantile] there are no elements. Received: x.shape=", x.shape());
  return view(stack(results, -1), q.shape() + kept);
}

}  // namespace

Tensor nansum(const Tensor& x, Axes axis, bool keepdims) {
  return reduction("Nansum", "nansum", x, axis, keepdims,
                   [=](const Tensor& t) { return sum(filled(t, 0), axis, keepdims); });
}
Tensor nanprod(const Tensor& x, Axes axis, bool keepdims) {
  return reduction("Nanprod", "nanprod", x, axis, keepdims,
                   [=](const Tensor& t) { return prod(filled(t, 1), axis, keepdims); });
}
Tensor nanmean(const Tensor& x, Axes axis, bool keepdims) {
  return reduction("Nanmean", "nanmean", x, axis, keepdims, [=](const Tensor& t) {
    if (!is_floating(t.dtype())) return mean(t, axis, keepdims);
    return sum(filled(t, 0), axis, keepdims) /
           sum(cast(logical_not(isnan(t)), t.dtype()), axis, keepdims);
  });
}
Tensor nanmax(const Tensor& x, Axes axis, bool keepdims) {
  return nan_extremum("Nanmax", "nanmax", x, axis, keepdims, true);
}
Tensor nanmin(const Tensor& x, Axes axis, bool keepdims) {
  return nan_extremum("Nanmin", "nanmin", x, axis, keepdims, false);
}
Tensor nanvar(const Tensor& x, Axes axis, bool keepdims) {
  return reduction("Nanvar", "nanvar", x, axis, keepdims,
                   [=](const Tensor& t) { return nan_variance(t, axis, keepdims); });
}
Tensor nanstd(const Tensor& x, Axes axis, bool keepdims) {
  return reduction("Nanstd", "nanstd", x, axis, keepdims,
                   [=](const Tensor& t) { return sqrt(nan_variance(t, axis, keepdims)); });
}
Tensor nanargmax(const Tensor& x, std::optional<int> axis, bool keepdims) {
  return nan_arg("Nanargmax", "nanargmax", x, axis, keepdims, true);
}
Tensor nanargmin(const Tensor& x, std::optional<int> axis, bool keepdims) {
  return nan_arg("Nanargmin", "nanargmin", x, axis, keepdims, false);
}
Tensor nancumsum(const Tensor& x, std::optional<int> axis, OptionalDType dtype) {
  check_defined(x, "nancumsum");
  return symbolic::op(
      "Nancumsum",
      [&](Config& a) { Describe{a}("axis", to_config(axis))("dtype", to_config(dtype)); },
      [=](const Tensor& t) { return cumsum(filled(t, 0), axis, dtype); }, x);
}
Tensor nancumprod(const Tensor& x, std::optional<int> axis, OptionalDType dtype) {
  check_defined(x, "nancumprod");
  return symbolic::op(
      "Nancumprod",
      [&](Config& a) { Describe{a}("axis", to_config(axis))("dtype", to_config(dtype)); },
      [=](const Tensor& t) { return cumprod(filled(t, 1), axis, dtype); }, x);
}
Tensor nanmedian(const Tensor& x, Axes axis, bool keepdims) {
  return reduction("Nanmedian", "nanmedian", x, axis, keepdims,
                   [=](const Tensor& t) { return nan_quantile(t, 0.5, axis, "linear", keepdims); });
}
Tensor nanquantile(const Tensor& x, const Tensor& q, Axes axis, const std::string& method,
                   bool keepdims) {
  check_defined(x, "nanquantile");
  check_defined(q, "nanquantile");
  return symbolic::op(
      "Nanquantile",
      [&](Config& a) {
        Describe{a}("axis", axis.to_config())("method", method)("keepdims", keepdims);
      },
      [=](const Tensor& t, const Tensor& level) {
        return nan_quantile(t, level, axis, method, keepdims);
      },
      x, q);
}
Tensor nanpercentile(const Tensor& x, const Tensor& q, Axes axis, const std::string& method,
                     bool keepdims) {
  check_defined(x, "nanpercentile");
  check_defined(q, "nanpercentile");
  return symbolic::op(
      "Nanpercentile",
      [&](Config& a) {
        Describe{a}("axis", axis.to_config())("method", method)("keepdims", keepdims);
      },
      [=](const Tensor& t, const Tensor& level) {
        return nan_quantile(t,
                            level.is_symbolic() ? level : as_dtype(level, DType::float64) / 100.0,
                            axis, method, keepdims);
      },
      x, q);
}

}  // namespace kcpp::ops
