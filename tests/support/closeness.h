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
    case DType::float64: return {1e-11, 1e-10};
    case DType::float16: return {2e-3, 4e-3};    // 11 bits; TensorFlow sums in another order
    case DType::bfloat16: return {1.6e-2, 3e-2};  // 8 bits
    default: return {1e-5, 1e-4};
  }
}

/// "" when equal within the tolerance, else what differs most.
std::string difference(const Tensor& actual, const Tensor& expected, double tolerance);

}  // namespace kcpp::test
