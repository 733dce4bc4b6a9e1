/// Optimizers whose update is written with ops, one variable after another.
#pragma once

#include <cmath>

#include "kcpp/optimizers.h"

namespace kcpp {

class PerVariableOptimizer : public OptimizerImpl {
 protected:
  void update(const Tensors& gradients, const Variables& variables,
              const std::vector<size_t>& indices, double learning_rate) override {
    for (size_t k = 0; k < variables.size(); ++k)
      update_variable(gradients[k], variables[k], indices[k], learning_rate);
  }
  /// Keras's update_step; `i` is the place of the variable's slots.
  virtual void update_variable(const Tensor& gradient, Variable variable, size_t i,
                               double learning_rate) = 0;
};

/// base^exponent as Keras has it: in the variable's dtype.
inline double power_in(DType dtype, double base, double exponent) {
  if (dtype == DType::float64) return std::pow(base, exponent);
  return std::pow(static_cast<float>(base), static_cast<float>(exponent));
}

/// A constant that Keras casts to the variable's dtype before it computes with it: 1 - beta_2 then
/// differs in the fifth digit.
inline double rounded_to(DType dtype, double value) { return power_in(dtype, value, 1); }

}  // namespace kcpp
