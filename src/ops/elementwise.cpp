#include "src/ops/elementwise.h"

namespace kcpp::ops::detail {
namespace {

bool to_bool(UnaryOp op) { return op >= UnaryOp::logical_not && op <= UnaryOp::isfinite; }

void record_unary(const UnaryRule& rule, const Tensor& x, const UnaryAttrs& attrs, Tensor& y) {
  if (unary_grad_uses_output(rule.op)) {
    autodiff::record(rule.name, {&x}, y, [r = &rule, attrs, y = y.detach()](Vjp& v) {
      if (autodiff::recording()) {
        v.set(0, r->gradient(v.grad(), Tensor(), v.output(y), attrs));
      } else {
        v.set(0, backend().unary_grad(r->op, v.take_grad(), Tensor(), y, attrs));
      }
    });
  } else {
    autodiff::record(rule.name, {&x}, y, [r = &rule, attrs, x](Vjp& v) {
      if (autodiff::recording()) {
        v.set(0, r->gradient(v.grad(), x, Tensor(), attrs));
      } else {
        v.set(0, backend().unary_grad(r->op, v.take_grad(), x, Tensor(), attrs));
      }
    });
  }
}

void record_binary(const BinaryRule& rule, const Tensor& a, const Tensor& b, Tensor& y) {
  const uint8_t needs = (a.impl()->node ? rule.a_needs : uint8_t{kNothing}) |
                        (b.impl()->node ? rule.b_needs : uint8_t{kNothing});
  autodiff::record(
      rule.name, {&a, &b}, y,
      [r = &rule, shape_a = a.shape(), shape_b = b.shape(), a = needs & kA ? a : Tensor(),
       b = needs & kB ? b : Tensor(), y = needs & kY ? y.detach() : Tensor()](Vjp& v) {
        const Tensor out = y.defined() ? v.output(y) : Tensor();
        const BinaryOperands operands{v.grad(), a, b, out};
        if (r->gradient_a && v.needs(0)) v.set(0, sum_to_shape(r->gradient_a(operands), shape_a));
        if (r->gradient_b && v.needs(1)) v.set(1, sum_to_shape(r->gradient_b(operands), shape_b));
      });
}

}  // namespace

Tensor apply(const UnaryRule& rule, const Tensor& x, const UnaryAttrs& attrs) {
  if (x.is_symbolic()) [[unlikely]] {
    return symbolic_result(x.shape(), to_bool(rule.op) ? DType::bool_ : x.dtype());
  }
  Tensor y = backend().unary(rule.op, x, attrs);
  if (autodiff::recording(x) && rule.gradient && is_floating(x.dtype()))
    record_unary(rule, x, attrs, y);
  return y;
}

Tensor apply(const BinaryRule& rule, const Tensor& a, const Tensor& b) {
  if (any_symbolic(a, b)) [[unlikely]] {
    return symbolic_result(broadcast_shapes(a.shape(), b.shape(), rule.name), a.dtype());
  }
  // Equal shapes and scalars need no check, and the kernel works out the rest by itself.
  if (a.rank() != 0 && b.rank() != 0 && !(a.shape() == b.shape()))
    broadcast_shapes(a.shape(), b.shape(), rule.name);
  Tensor y = backend().binary(rule.op, a, b);
  if (autodiff::recording(a, b) && is_floating(a.dtype())) record_binary(rule, a, b, y);
  return y;
}

Tensor apply(const char* name, BinaryOp op, const Tensor& a, const Tensor& b, DType result) {
  if (any_symbolic(a, b)) [[unlikely]] {
    return symbolic_result(broadcast_shapes(a.shape(), b.shape(), name), result);
  }
  if (a.rank() != 0 && b.rank() != 0 && !(a.shape() == b.shape()))
    broadcast_shapes(a.shape(), b.shape(), name);
  return backend().binary(op, a, b);
}

}  // namespace kcpp::ops::detail
