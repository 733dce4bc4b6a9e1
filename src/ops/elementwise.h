/// Element-by-element ops, each given by one rule: kernel, and gradient in formulas.
#pragma once

#include "src/ops/common.h"

namespace kcpp::ops::detail {

/// A differentiable unary op. `gradient` is dy * op'(x), written in ops, so that second derivatives
/// work. It gets x, or y when unary_grad_uses_output(op); the other is undefined. Null: no gradient
/// flows (as for floor).
struct UnaryRule {
  const char* name;
  UnaryOp op;
  Tensor (*gradient)(const Tensor& dy, const Tensor& x, const Tensor& y, const UnaryAttrs& attrs);
};

/// Applies a rule; x must have the dtype that the kernel computes in. `rule` must live forever
/// (static).
Tensor apply(const UnaryRule& rule, const Tensor& x, const UnaryAttrs& attrs = {});

/// The gradient of a UnaryRule as one expression of dy, x, y and attrs.
#define KCPP_UNARY_GRADIENT(...)                                                           \
  [](const Tensor& dy, [[maybe_unused]] const Tensor& x, [[maybe_unused]] const Tensor& y, \
     [[maybe_unused]] const UnaryAttrs& attrs) -> Tensor { return __VA_ARGS__; }

/// The whole of an op without attributes: a node in a graph, or the rule applied to x in floating
/// point.
template <const UnaryRule& rule>
Tensor real_unary(std::string_view class_name, const Tensor& x) {
  check_defined(x, rule.name);
  return symbolic::op(
      class_name, symbolic::no_arguments, [](const Tensor& t) { return apply(rule, as_float(t)); },
      x);
}

/// What the formulas of a binary rule see. Only what was asked for is defined.
struct BinaryOperands {
  const Tensor &dy, &a, &b, &y;
};
inline constexpr uint8_t kNothing = 0, kA = 1, kB = 2, kY = 4;

/// A differentiable binary op: the gradients of both operands, before they are summed back to the
/// operand's shape, and what each formula reads. Null: no gradient flows.
struct BinaryRule {
  const char* name;
  BinaryOp op;
  Tensor (*gradient_a)(const BinaryOperands&) = nullptr;
  uint8_t a_needs = kNothing;
  Tensor (*gradient_b)(const BinaryOperands&) = nullptr;
  uint8_t b_needs = kNothing;
};

/// Applies a rule; both operands must have the same dtype.
Tensor apply(const BinaryRule& rule, const Tensor& a, const Tensor& b);
/// Applies an op without gradient, to `result` (bool for comparisons).
Tensor apply(const char* name, BinaryOp op, const Tensor& a, const Tensor& b, DType result);

}  // namespace kcpp::ops::detail
