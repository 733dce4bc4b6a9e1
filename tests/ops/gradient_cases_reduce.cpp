#include <cmath>

#include "kcpp/ops/reduce.h"
#include "kcpp/ops/sort.h"
#include "tests/ops/gradient_cases.h"

namespace kcpp::test {

using namespace ops;

std::vector<GradientCase> gradient_cases_reduce() {
  const auto cube = [] { return Tensors{random_tensor({2, 3, 4})}; };
  const auto positive = [] { return Tensors{random_tensor({2, 3}, 0.3, 2)}; };
  const auto with_nan = [] {
    Tensor x = random_tensor({3, 4});
    return Tensors{x};
  };
  using Reduction = Tensor (*)(const Tensor&, Axes, bool);
  const auto over = [](Reduction f, Axes axis, bool keepdims = false) {
    return [=](const Tensors& t) { return f(t[0], axis, keepdims); };
  };
  const Tensor ids({0, 2, 0, 1});
  return {
      {"Sum", over(sum, {}), cube()},
      {"Sum", over(sum, 1), cube()},
      {"Sum", over(sum, {0, -1}, true), cube()},
      {"Mean", over(mean, {}), cube()},
      {"Mean", over(mean, {0, 2}), cube()},
      {"Mean", over(mean, -1, true), cube()},
      {"Prod", [](const Tensors& t) { return prod(t[0]); }, positive()},
      {"Prod", [](const Tensors& t) { return prod(t[0], 0); }, positive()},
      {"Max", [](const Tensors& t) { return max(t[0], 1); }, cube()},
      {"Max", [](const Tensors& t) { return max(t[0], {}, true, 0.123); }, cube()},
      {"Min",
       [](const Tensors& t) {
         return min(t[0], {0, 2});
       },
       cube()},
      {"Amax", over(amax, 2), cube()},
      {"Amin", over(amin, {}), cube()},
      {"Ptp", over(ptp, 1), cube()},
      {"Var", over(var, 1), cube()},
      {"Var", over(var, {}, true), cube()},
      {"Std", over(ops::std, {0, 1}), cube()},
      {"Logsumexp", over(logsumexp, {}), cube()},
      {"Logsumexp", over(logsumexp, {1, 2}, true), cube()},
      {"Average", [](const Tensors& t) { return average(t[0], 1); }, cube()},
      {"Average",
       [](const Tensors& t) { return average(t[0], 1, t[1]); },
       {random_tensor({2, 3, 2}), random_tensor({3}, 0.5, 2)}},
      {"Average",
       [](const Tensors& t) { return average(t[0], {}, t[1]); },
       {random_tensor({2, 3}), random_tensor({2, 3}, 0.5, 2)}},
      {"Median", over(median, 1), cube()},
      {"Median", over(median, {}, true), cube()},
      {"Quantile",
       [](const Tensors& t) {
         return quantile(t[0], Tensor({0.2, 0.7}), 1);
       },
       cube()},
      {"Quantile",
       [](const Tensors& t) {
         return quantile(t[0], 0.4, {0, 2}, "midpoint", true);
       },
       cube()},
      {"Percentile", [](const Tensors& t) { return percentile(t[0], 40, 2); }, cube()},
      {"Nansum", over(nansum, 1), with_nan()},
      {"Nanprod", over(nanprod, 0), {random_tensor({2, 3}, 0.3, 2)}},
      {"Nanmean", over(nanmean, 1), with_nan()},
      {"Nanmax", over(nanmax, 1), with_nan()},
      {"Nanmin", over(nanmin, 0), with_nan()},
      {"Nanvar", over(nanvar, 1), with_nan()},
      {"Nanstd", over(nanstd, {}), with_nan()},
      {"Nancumsum", [](const Tensors& t) { return nancumsum(t[0], 1); }, with_nan()},
      {"Nancumprod",
       [](const Tensors& t) { return nancumprod(t[0], 1); },
       {random_tensor({2, 3}, 0.3, 2)}},
      {"Nanmedian", over(nanmedian, 0), with_nan()},
      {"Nanquantile",
       [](const Tensors& t) {
         return nanquantile(t[0], Tensor({0.3, 0.6}), 1);
       },
       with_nan()},
      {"Nanpercentile", [](const Tensors& t) { return nanpercentile(t[0], 70, {}); }, with_nan()},
      {"Cumsum", [](const Tensors& t) { return cumsum(t[0], 1); }, cube()},
      {"Cumsum", [](const Tensors& t) { return cumsum(t[0]); }, cube()},
      {"Cumprod",
       [](const Tensors& t) { return cumprod(t[0], 1); },
       {random_tensor({2, 3}, 0.5, 2)}},
      {"Diff", [](const Tensors& t) { return diff(t[0], 2, 2); }, cube()},
      {"Trapezoid", [](const Tensors& t) { return trapezoid(t[0], {}, 0.5, 1); }, cube()},
      {"Trapezoid",
       [](const Tensors& t) { return trapezoid(t[0], t[1], 1, -1); },
       {random_tensor({2, 4}), random_tensor({2, 4}, 0, 3, 9)}},
      {"Bincount",
       [](const Tensors& t) {
         return bincount(Tensor({0, 2, 2, 1}), t[0]);
       },
       {random_tensor({4})}},
      {"Correlate",
       [](const Tensors& t) { return correlate(t[0], t[1], "same"); },
       {random_tensor({5}), random_tensor({3}, -1, 1, 3)}},
      {"Correlate",
       [](const Tensors& t) { return correlate(t[0], t[1], "full"); },
       {random_tensor({4}), random_tensor({3}, -1, 1, 3)}},
      {"Corrcoef",
       [](const Tensors& t) {
         return corrcoef(t[0]) * Tensor({{0.0, 1.0}, {2.0, 0.0}});
       },
       {random_tensor({2, 5})}},
      {"SegmentSum",
       [ids](const Tensors& t) { return segment_sum(t[0], ids); },
       {random_tensor({4, 2})}},
      {"SegmentProd",
       [ids](const Tensors& t) { return segment_prod(t[0], ids); },
       {random_tensor({4, 2}, 0.4, 2)}},
      {"SegmentMax",
       [ids](const Tensors& t) { return segment_max(t[0], ids, 3); },
       {random_tensor({4, 2})}},
      {"SegmentMin",
       [ids](const Tensors& t) { return segment_min(t[0], ids, 3); },
       {random_tensor({4, 2})}},
      {"Sort", [](const Tensors& t) { return sort(t[0], 1); }, cube()},
      {"Sort", [](const Tensors& t) { return sort(t[0], std::nullopt); }, cube()},
      {"TopK", [](const Tensors& t) { return top_k(t[0], 2).first; }, cube()},
      {"Unique", [](const Tensors& t) { return unique(t[0])[0]; }, {random_tensor({5})}},
  };
}

}  // namespace kcpp::test
