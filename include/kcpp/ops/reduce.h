/// Reductions and cumulations, named as in keras.ops. `axis` none: over all axes.
/// Errors: ValueError for an axis out of range or named twice.
#pragma once

#include "kcpp/ops/types.h"

namespace kcpp::ops {

/// Sum. Small integers add up in int32 (uint32 when unsigned), as in Keras.
KCPP_API Tensor sum(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// Mean, floating. NaN of nothing.
KCPP_API Tensor mean(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// Product; dtype as for sum unless given.
KCPP_API Tensor prod(const Tensor& x, Axes axis = {}, bool keepdims = false,
                     OptionalDType dtype = {});
/// Greatest element, and not below `initial`. ValueError over an empty axis without `initial`.
KCPP_API Tensor max(const Tensor& x, Axes axis = {}, bool keepdims = false,
                    std::optional<double> initial = {});
/// Least element, and not above `initial`. ValueError over an empty axis without `initial`.
KCPP_API Tensor min(const Tensor& x, Axes axis = {}, bool keepdims = false,
                    std::optional<double> initial = {});
/// The same as max.
KCPP_API Tensor amax(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// The same as min.
KCPP_API Tensor amin(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// max - min ("peak to peak").
KCPP_API Tensor ptp(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// Whether one element is true (not zero).
KCPP_API Tensor any(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// Whether every element is true (not zero).
KCPP_API Tensor all(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// Variance (divided by n), floating.
KCPP_API Tensor var(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// Standard deviation, sqrt(var).
KCPP_API Tensor std(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// log(sum(exp(x))) without overflow.
KCPP_API Tensor logsumexp(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// int32 index of the first greatest element; of the flattened tensor without an axis.
KCPP_API Tensor argmax(const Tensor& x, std::optional<int> axis = {}, bool keepdims = false);
/// int32 index of the first least element; of the flattened tensor without an axis.
KCPP_API Tensor argmin(const Tensor& x, std::optional<int> axis = {}, bool keepdims = false);
/// Number of elements that are not zero, int32.
KCPP_API Tensor count_nonzero(const Tensor& x, Axes axis = {});
/// Mean weighted by `weights` (of x's shape, or 1-d of the axis' length).
KCPP_API Tensor average(const Tensor& x, std::optional<int> axis = {}, const Tensor& weights = {});
/// Middle value; the mean of the two middle ones of an even number.
KCPP_API Tensor median(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// Values below which a share `q` (in [0, 1], scalar or 1-d: then a new leading axis) of the
/// elements lie. `method`: linear, lower, higher, midpoint or nearest.
KCPP_API Tensor quantile(const Tensor& x, const Tensor& q, Axes axis = {},
                         const std::string& method = "linear", bool keepdims = false);
/// quantile of q / 100.
KCPP_API Tensor percentile(const Tensor& x, const Tensor& q, Axes axis = {},
                           const std::string& method = "linear", bool keepdims = false);

/// sum, a NaN counted as 0.
KCPP_API Tensor nansum(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// prod, a NaN counted as 1.
KCPP_API Tensor nanprod(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// mean without the NaN.
KCPP_API Tensor nanmean(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// max without the NaN.
KCPP_API Tensor nanmax(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// min without the NaN.
KCPP_API Tensor nanmin(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// var without the NaN.
KCPP_API Tensor nanvar(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// std without the NaN.
KCPP_API Tensor nanstd(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// argmax without the NaN; -1 where all are NaN.
KCPP_API Tensor nanargmax(const Tensor& x, std::optional<int> axis = {}, bool keepdims = false);
/// argmin without the NaN; -1 where all are NaN.
KCPP_API Tensor nanargmin(const Tensor& x, std::optional<int> axis = {}, bool keepdims = false);
/// cumsum, a NaN counted as 0.
KCPP_API Tensor nancumsum(const Tensor& x, std::optional<int> axis = {}, OptionalDType dtype = {});
/// cumprod, a NaN counted as 1.
KCPP_API Tensor nancumprod(const Tensor& x, std::optional<int> axis = {}, OptionalDType dtype = {});
/// median without the NaN.
KCPP_API Tensor nanmedian(const Tensor& x, Axes axis = {}, bool keepdims = false);
/// quantile without the NaN.
KCPP_API Tensor nanquantile(const Tensor& x, const Tensor& q, Axes axis = {},
                            const std::string& method = "linear", bool keepdims = false);
/// percentile without the NaN.
KCPP_API Tensor nanpercentile(const Tensor& x, const Tensor& q, Axes axis = {},
                              const std::string& method = "linear", bool keepdims = false);

/// Running sum along `axis`; of the flattened tensor without one.
KCPP_API Tensor cumsum(const Tensor& x, std::optional<int> axis = {}, OptionalDType dtype = {});
/// Running product along `axis`; of the flattened tensor without one.
KCPP_API Tensor cumprod(const Tensor& x, std::optional<int> axis = {}, OptionalDType dtype = {});
/// n-th difference of neighbours along `axis`.
KCPP_API Tensor diff(const Tensor& a, int n = 1, int axis = -1);
/// Integral by the trapezoidal rule, at the points `x` or at distance `dx`.
KCPP_API Tensor trapezoid(const Tensor& y, const Tensor& x = {}, double dx = 1.0, int axis = -1);

/// How often each value 0, 1, ... occurs in a 1-d (or per row of a 2-d) tensor of non-negative
/// integers; sums of `weights` if given.
KCPP_API Tensor bincount(const Tensor& x, const Tensor& weights = {}, int64_t minlength = 0);
/// {counts (bins,) in x's dtype, edges (bins + 1,)} of all elements; `range` is [least, greatest]
/// unless given.
KCPP_API std::pair<Tensor, Tensor> histogram(const Tensor& x, int64_t bins = 10,
                                             std::optional<std::pair<double, double>> range = {});
/// Cross-correlation of two 1-d tensors; mode: valid, same or full.
KCPP_API Tensor correlate(const Tensor& x1, const Tensor& x2, const std::string& mode = "valid");
/// Pearson's coefficients of the rows of x (variables, observations).
KCPP_API Tensor corrcoef(const Tensor& x);

/// Sums of the rows of `data` whose segment_ids are 0, 1, ...; num_segments: one more than the
/// greatest unless given.
KCPP_API Tensor segment_sum(const Tensor& data, const Tensor& segment_ids,
                            std::optional<int64_t> num_segments = {}, bool sorted = false);
/// Products of the segments; 1 for an empty one.
KCPP_API Tensor segment_prod(const Tensor& data, const Tensor& segment_ids,
                             std::optional<int64_t> num_segments = {}, bool sorted = false);
/// Greatest elements of the segments; the dtype's least finite number for an empty one.
KCPP_API Tensor segment_max(const Tensor& data, const Tensor& segment_ids,
                            std::optional<int64_t> num_segments = {}, bool sorted = false);
/// Least elements of the segments; the dtype's greatest finite number for an empty one.
KCPP_API Tensor segment_min(const Tensor& data, const Tensor& segment_ids,
                            std::optional<int64_t> num_segments = {}, bool sorted = false);

}  // namespace kcpp::ops
