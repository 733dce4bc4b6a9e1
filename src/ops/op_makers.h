/// Ways to make an OpRun for the common signatures of ops.
#pragma once

#include <string>
#include <utility>

#include "src/ops/op_table.h"

namespace kcpp::ops::detail {

/// f(x).
template <Tensor (*f)(const Tensor&)>
OpRun unary(const OpArguments& a) {
  return [x = a.tensor(0, "x")](const Tensors& in) { return Tensors{f(x(in))}; };
}
/// f(x1, x2); `x, y` in the bit ops.
template <Tensor (*f)(const Tensor&, const Tensor&)>
OpRun binary(const OpArguments& a) {
  return [x1 = a.tensor(0, "x1"), x2 = a.tensor(1, "x2")](const Tensors& in) {
    return Tensors{f(x1(in), x2(in))};
  };
}
/// f(x, axis, keepdims) over some axes.
template <Tensor (*f)(const Tensor&, Axes, bool)>
OpRun reduction(const OpArguments& a) {
  return [x = a.tensor(0, "x"), axis = a.axes("axis"), keepdims = a.flag("keepdims")](
             const Tensors& in) { return Tensors{f(x(in), axis, keepdims)}; };
}
/// f(x, axis, keepdims) over one axis.
template <Tensor (*f)(const Tensor&, std::optional<int>, bool)>
OpRun axis_reduction(const OpArguments& a) {
  return [x = a.tensor(0, "x"), axis = a.optional_axis("axis"), keepdims = a.flag("keepdims")](
             const Tensors& in) { return Tensors{f(x(in), axis, keepdims)}; };
}
/// f(x, axis, dtype): the cumulations.
template <Tensor (*f)(const Tensor&, std::optional<int>, OptionalDType)>
OpRun cumulation(const OpArguments& a) {
  return [x = a.tensor(0, "x"), axis = a.optional_axis("axis"),
          dtype = a.dtype("dtype")](const Tensors& in) { return Tensors{f(x(in), axis, dtype)}; };
}
/// f(x, q, axis, method, keepdims): the quantiles.
template <Tensor (*f)(const Tensor&, const Tensor&, Axes, const std::string&, bool)>
OpRun quantiles(const OpArguments& a) {
  return [x = a.tensor(0, "x"), q = a.tensor(1, "q"), axis = a.axes("axis"),
          method = a.text("method", "linear"), keepdims = a.flag("keepdims")](const Tensors& in) {
    return Tensors{f(x(in), q(in), axis, method, keepdims)};
  };
}
/// f(x, dtype).
template <Tensor (*f)(const Tensor&, OptionalDType)>
OpRun with_dtype(const OpArguments& a) {
  return [x = a.tensor(0, "x"), dtype = a.dtype("dtype")](const Tensors& in) {
    return Tensors{f(x(in), dtype)};
  };
}
/// f(x, k).
template <Tensor (*f)(const Tensor&, int)>
OpRun with_k(const OpArguments& a) {
  return
      [x = a.tensor(0, "x"), k = a.small("k")](const Tensors& in) { return Tensors{f(x(in), k)}; };
}
/// f(list of tensors).
template <Tensor (*f)(const Tensors&)>
OpRun of_list(const OpArguments& a) {
  return [xs = a.tensors(0, "xs")](const Tensors& in) { return Tensors{f(xs(in))}; };
}
/// Two results.
inline Tensors both(std::pair<Tensor, Tensor> pair) {
  return {std::move(pair.first), std::move(pair.second)};
}
template <std::pair<Tensor, Tensor> (*f)(const Tensor&)>
OpRun unary_pair(const OpArguments& a) {
  return [x = a.tensor(0, "x")](const Tensors& in) { return both(f(x(in))); };
}

}  // namespace kcpp::ops::detail
