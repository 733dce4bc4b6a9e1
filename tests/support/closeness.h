/// How near to Keras's numbers kcpp's must be: the one table of the tests.
#pragma once

#include <string>

#include "kcpp/core/tensor.h"

namespace kcpp::test {

/// Relative to the greatest expected magnitude of the array.
struct Tolerance {
  double output, gradient;
};

/// By the dtype that the layer computes in.
inline Tolerance tolerance_for(DType compute) {
  switch (compute) {
    case DType::float64:
      return {1e-11, 1e-10};
    case DType::float16:
      return {2e-3, 4e-3};  // 11 bits; TensorFlow sums in another order
    case DType::bfloat16:
      return {1.6e-2, 3e-2};  // 8 bits
    default:
      return {1e-5, 1e-4};
  }
}

/// For layers: in float64 Keras rounds Python's numbers (scales, epsilons) to float32 on their way
/// to a tensor.
inline Tolerance layer_tolerance_for(DType compute) {
  return compute == DType::float64 ? Tolerance{5e-8, 1e-7} : tolerance_for(compute);
}

/// "" when equal within the tolerance, else what differs most. `floor`: the least magnitude that
/// the tolerance is relative to, for arrays that are zero but for rounding.
std::string difference(const Tensor& actual, const Tensor& expected, double tolerance,
                       double floor = 0);

}  // namespace kcpp::test
