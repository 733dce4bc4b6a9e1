/// The rules of the activations, for the ops themselves and for products that apply one to their
/// result.
#pragma once

#include "src/ops/elementwise.h"

namespace kcpp::ops::detail {

/// The rule of an activation, or nullptr for identity and for what is no activation.
const UnaryRule* activation_rule(UnaryOp op);

/// A product's kernel may apply this activation: its gradient needs only the output, or nothing is
/// recorded. A sigmoid stays apart, because losses ask for its logits.
inline bool can_fuse(const Activation& activation, bool recorded) {
  return activation.op == UnaryOp::identity ||
         (activation.op != UnaryOp::sigmoid &&
          (!recorded || unary_grad_uses_output(activation.op)));
}

/// In the backward closure of a product that applied `activation`: the cotangent before the
/// activation.
Tensor activation_gradient(Vjp& v, const Activation& activation, const Tensor& saved_y);

}  // namespace kcpp::ops::detail
