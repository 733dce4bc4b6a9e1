/// What the dense and locally connected layers of older Keras have in common.
#pragma once

#include "kcpp/activations.h"
#include "kcpp/layers/layer.h"

namespace kcpp::layers::legacy {

/// Kernel and bias: their beginnings, penalties and limits.
struct AffineOptions {
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

inline void affine_fields(Fields& f, AffineOptions& o) {
  f("use_bias", o.use_bias);
  f("kernel_initializer", o.kernel_initializer);
  f("bias_initializer", o.bias_initializer);
  f("kernel_regularizer", o.kernel_regularizer);
  f("bias_regularizer", o.bias_regularizer);
  f("kernel_constraint", o.kernel_constraint);
  f("bias_constraint", o.bias_constraint);
}
inline WeightOptions kernel_options(const AffineOptions& o) {
  return {.initializer = o.kernel_initializer,
          .regularizer = o.kernel_regularizer,
          .constraint = o.kernel_constraint};
}
inline WeightOptions bias_options(const AffineOptions& o) {
  return {.initializer = o.bias_initializer,
          .regularizer = o.bias_regularizer,
          .constraint = o.bias_constraint};
}

}  // namespace kcpp::layers::legacy
