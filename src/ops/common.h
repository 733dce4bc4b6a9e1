/// What every op needs: dtype promotion, broadcasting and its gradient, symbolic results, argument
/// checks.
#pragma once

#include <utility>
#include <vector>

#include "kcpp/backend.h"
#include "kcpp/core/autodiff.h"
#include "kcpp/core/symbolic.h"
#include "kcpp/core/tensor.h"
#include "kcpp/ops/types.h"

namespace kcpp::ops::detail {

using autodiff::Vjp;

/// Any of them is symbolic: then the op only works out shape and dtype.
template <class... T>
inline bool any_symbolic(const T&... x) {
  return (x.is_symbolic() || ...);
}
bool any_symbolic(const Tensors& xs);

/// A symbolic result.
inline Tensor symbolic_result(const Shape& shape, DType dtype) {
  return Tensor::symbolic(shape, dtype);
}

/// x as `dtype`, differentiable; x itself when it is that already.
Tensor cast_slow(const Tensor& x, DType dtype);
inline Tensor as_dtype(const Tensor& x, DType dtype) {
  return x.dtype() == dtype ? x : cast_slow(x, dtype);
}

/// The dtype of the functions of real numbers: what is floating stays, the rest becomes floatx.
inline DType float_of(DType dtype) { return is_floating(dtype) ? dtype : floatx(); }
/// x as a floating tensor.
inline Tensor as_float(const Tensor& x) {
  return is_floating(x.dtype()) ? x : cast_slow(x, floatx());
}

/// keras.backend.result_type of two operands.
inline DType result_of(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() ? a.dtype()
                                : result_type(a.dtype(), b.dtype(), a.is_weak(), b.is_weak());
}
/// The dtype of all of them.
DType result_of(const Tensors& xs);

/// `shape` of a tensor that was broadcast from `target`: dy summed back to it. Differentiable.
Tensor sum_to_shape(const Tensor& dy, const Shape& target);

/// The axes named, sorted, counted from the front; all of them for None. ValueError if out of range
/// or double.
std::vector<int> canonical_axes(const Axes& axes, int rank, std::string_view op);
/// `shape` without the axes (sorted), or with 1 there.
Shape reduced_shape(const Shape& shape, const std::vector<int>& axes, bool keepdims);

/// The same elements in another static shape, without a check. Differentiable.
Tensor view(const Tensor& x, const Shape& shape);

/// The error of an op that was given nothing.
inline void check_defined(const Tensor& x, const char* op) {
  check(x.defined(), "[", op, "] An undefined tensor was passed. Expected a tensor.");
}

/// Ops run without their node in a graph, and nothing is described: for composite bodies.
template <class Body, class... T>
Tensor named_op(std::string_view name, Body&& body, const T&... inputs) {
  return symbolic::op(name, symbolic::no_arguments, std::forward<Body>(body), inputs...);
}

}  // namespace kcpp::ops::detail
