/// Gradient check: analytic gradients against central differences, in double.
#pragma once

#include <functional>

#include "kcpp/core/tensor.h"

namespace kcpp::test {

struct GradcheckOptions {
  double eps = 1e-6;
  double atol = 1e-5;
  double rtol = 1e-3;
  bool second = true;  ///< also check the gradient of the gradient
};

/// Checks every floating input of f, which must give one tensor. The cotangent is random: with
/// ones, softmax's true gradient is 0, and a vjp of zeros would pass. Keep the inputs away from
/// kinks.
///
///     gradcheck([](const Tensors& t) { return ops::leaky_relu(t[0], 0.1); }, {random_tensor({2,
///     3})});
void gradcheck(const std::function<Tensor(const Tensors&)>& f, const Tensors& xs,
               const GradcheckOptions& options = {});

/// Distinct float64 values spread evenly over (low, high) in a fixed shuffled order.
Tensor random_tensor(const Shape& shape, double low = -2, double high = 2, uint64_t seed = 0);
/// random_tensor with every value moved at least `margin` away from each of the points.
Tensor away_from(const Shape& shape, std::initializer_list<double> points, double low = -2,
                 double high = 2, double margin = 0.05, uint64_t seed = 0);

}  // namespace kcpp::test
