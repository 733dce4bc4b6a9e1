// Entries of the reductions, cumulations and order.
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/sort.h"
#include "src/ops/op_makers.h"

namespace kcpp::ops {

using namespace detail;

namespace {

OpRun prod_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), axis = a.axes("axis"), keepdims = a.flag("keepdims"),
          dtype = a.dtype("dtype")](const Tensors& in) {
    return Tensors{prod(x(in), axis, keepdims, dtype)};
  };
}
template <Tensor (*f)(const Tensor&, Axes, bool, std::optional<double>)>
OpRun extremum(const OpArguments& a) {
  return [x = a.tensor(0, "x"), axis = a.axes("axis"), keepdims = a.flag("keepdims"),
          initial = a.optional_number("initial")](const Tensors& in) {
    return Tensors{f(x(in), axis, keepdims, initial)};
  };
}
OpRun count_nonzero_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), axis = a.axes("axis")](const Tensors& in) {
    return Tensors{count_nonzero(x(in), axis)};
  };
}
OpRun average_op(const OpArguments& a) {
  // The weights are the second argument, but no second input means that there are none.
  return [x = a.tensor(0, "x"), weights = a.tensor(a.plain() ? -1 : 1, "weights"),
          axis = a.optional_axis("axis")](const Tensors& in) {
    return Tensors{average(x(in), axis, weights(in))};
  };
}
OpRun diff_op(const OpArguments& a) {
  return [x = a.tensor(0, "a"), n = a.small("n", 1),
          axis = a.small("axis", -1)](const Tensors& in) { return Tensors{diff(x(in), n, axis)}; };
}
OpRun trapezoid_op(const OpArguments& a) {
  return [y = a.tensor(0, "y"), x = a.tensor(-1, "x"), dx = a.number("dx", 1),
          axis = a.small("axis", -1)](const Tensors& in) {
    return Tensors{trapezoid(y(in), x(in), dx, axis)};
  };
}
OpRun bincount_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), weights = a.tensor(-1, "weights"), least = a.integer("minlength")](
             const Tensors& in) { return Tensors{bincount(x(in), weights(in), least)}; };
}
OpRun histogram_op(const OpArguments& a) {
  std::optional<std::pair<double, double>> range;
  const Config& given = a.attribute("range");
  if (!given.is_null()) {
    const Config::List& ends = given.as_list("range");
    check(ends.size() == 2, "[histogram] range must have two numbers. Received: range=", given);
    range = {ends[0].as_double("range"), ends[1].as_double("range")};
  }
  return [x = a.tensor(0, "x"), bins = a.integer("bins", 10), range](const Tensors& in) {
    return both(histogram(x(in), bins, range));
  };
}
OpRun correlate_op(const OpArguments& a) {
  return [x1 = a.tensor(0, "x1"), x2 = a.tensor(1, "x2"), mode = a.text("mode", "valid")](
             const Tensors& in) { return Tensors{correlate(x1(in), x2(in), mode)}; };
}
template <Tensor (*f)(const Tensor&, const Tensor&, std::optional<int64_t>, bool)>
OpRun segments(const OpArguments& a) {
  return [data = a.tensor(0, "data"), ids = a.tensor(1, "segment_ids"),
          num = a.optional_integer("num_segments"), sorted = a.flag("sorted")](const Tensors& in) {
    return Tensors{f(data(in), ids(in), num, sorted)};
  };
}
/// `axis` is -1 unless it is there; None flattens.
template <Tensor (*f)(const Tensor&, std::optional<int>)>
OpRun along_axis(const OpArguments& a) {
  return [x = a.tensor(0, "x"), axis = a.optional_axis("axis")](const Tensors& in) {
    return Tensors{f(x(in), axis)};
  };
}
OpRun argpartition_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), kth = a.small("kth"), axis = a.optional_axis("axis")](
             const Tensors& in) { return Tensors{argpartition(x(in), kth, axis)}; };
}
OpRun top_k_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), k = a.integer("k"), sorted = a.flag("sorted", true)](
             const Tensors& in) { return both(top_k(x(in), k, sorted)); };
}
OpRun in_top_k_op(const OpArguments& a) {
  return [targets = a.tensor(0, "targets"), predictions = a.tensor(1, "predictions"),
          k = a.integer("k")](const Tensors& in) {
    return Tensors{in_top_k(targets(in), predictions(in), k)};
  };
}
OpRun unique_op(const OpArguments& a) {
  const UniqueOptions options{.sorted = a.flag("sorted", true),
                              .return_index = a.flag("return_index"),
                              .return_inverse = a.flag("return_inverse"),
                              .return_counts = a.flag("return_counts"),
                              .axis = a.optional_axis("axis"),
                              .size = a.optional_integer("size"),
                              .fill_value = a.optional_number("fill_value")};
  return [x = a.tensor(0, "x"), options](const Tensors& in) { return unique(x(in), options); };
}

constexpr OpEntry kEntries[] = {
    {"Sum", "numpy", reduction<sum>},
    {"Mean", "numpy", reduction<mean>},
    {"Prod", "numpy", prod_op},
    {"Max", "numpy", extremum<max>},
    {"Min", "numpy", extremum<min>},
    {"Amax", "numpy", reduction<amax>},
    {"Amin", "numpy", reduction<amin>},
    {"Ptp", "numpy", reduction<ptp>},
    {"Any", "numpy", reduction<any>},
    {"All", "numpy", reduction<all>},
    {"Var", "numpy", reduction<var>},
    {"Std", "numpy", reduction<std>},
    {"Logsumexp", "math", reduction<logsumexp>},
    {"Argmax", "numpy", axis_reduction<argmax>},
    {"Argmin", "numpy", axis_reduction<argmin>},
    {"CountNonzero", "numpy", count_nonzero_op},
    {"Average", "numpy", average_op},
    {"Median", "numpy", reduction<median>},
    {"Quantile", "numpy", quantiles<quantile>},
    {"Percentile", "numpy", quantiles<percentile>},
    {"Nansum", "numpy", reduction<nansum>},
    {"Nanprod", "numpy", reduction<nanprod>},
    {"Nanmean", "numpy", reduction<nanmean>},
    {"Nanmax", "numpy", reduction<nanmax>},
    {"Nanmin", "numpy", reduction<nanmin>},
    {"Nanvar", "numpy", reduction<nanvar>},
    {"Nanstd", "numpy", reduction<nanstd>},
    {"Nanargmax", "numpy", axis_reduction<nanargmax>},
    {"Nanargmin", "numpy", axis_reduction<nanargmin>},
    {"Nancumsum", "numpy", cumulation<nancumsum>},
    {"Nancumprod", "numpy", cumulation<nancumprod>},
    {"Nanmedian", "numpy", reduction<nanmedian>},
    {"Nanquantile", "numpy", quantiles<nanquantile>},
    {"Nanpercentile", "numpy", quantiles<nanpercentile>},
    {"Cumsum", "numpy", cumulation<cumsum>},
    {"Cumprod", "numpy", cumulation<cumprod>},
    {"Diff", "numpy", diff_op},
    {"Trapezoid", "numpy", trapezoid_op},
    {"Bincount", "numpy", bincount_op},
    {"Histogram", "numpy", histogram_op},
    {"Correlate", "numpy", correlate_op},
    {"Corrcoef", "numpy", unary<corrcoef>},
    {"SegmentSum", "math", segments<segment_sum>},
    {"SegmentProd", "math", segments<segment_prod>},
    {"SegmentMax", "math", segments<segment_max>},
    {"SegmentMin", "math", segments<segment_min>},
    {"Sort", "numpy", along_axis<sort>},
    {"Argsort", "numpy", along_axis<argsort>},
    {"Argpartition", "numpy", argpartition_op},
    {"TopK", "math", top_k_op},
    {"InTopK", "math", in_top_k_op},
    {"Unique", "numpy", unique_op},
};

}  // namespace

std::span<const OpEntry> op_table_reduce() { return kEntries; }

}  // namespace kcpp::ops
