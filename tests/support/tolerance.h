/// The one table of tolerances of the kernel tests. A looser one needs a reason here.
#pragma once

#include "kcpp/core/dtype.h"

namespace kcpp::test {

enum class Accuracy {
  exact,           ///< moved, compared, counted, drawn from the generator: the same bits
  arithmetic,      ///< a few roundings an element: + * sqrt, relu, an optimizer's update
  transcendental,  ///< exp, tanh and their kin: a vectorised approximation is good to some ulps
  sum,             ///< products and sums of up to some thousand terms, in another order
  chain,           ///< sums of sums: normalisation, recurrent layers, their gradients
};

/// |got - expected| <= relative * |expected| + absolute * max(1, greatest |expected| of the
/// tensor).
struct Tolerance {
  double relative = 0, absolute = 0;
};

constexpr Tolerance tolerance(Accuracy accuracy, DType dtype) {
  if (accuracy == Accuracy::exact || !is_floating(dtype)) return {};
  const bool sums = accuracy == Accuracy::sum || accuracy == Accuracy::chain;
  switch (dtype) {
    case DType::float64:
      return sums ? Tolerance{1e-11, 1e-12} : Tolerance{1e-13, 1e-14};
    case DType::float32:
      switch (accuracy) {
        case Accuracy::arithmetic:
          return {5e-7, 1e-7};
        case Accuracy::transcendental:
          return {2e-6, 5e-7};
        case Accuracy::sum:
          return {1e-5, 2e-6};
        default:
          return {1e-4, 1e-5};
      }
    case DType::float16:  // one unit in the last place, as results are rounded once
      return {2e-3, 2e-3};
    default:  // bfloat16, likewise
      return {1.6e-2, 1.6e-2};
  }
}

}  // namespace kcpp::test
