/// Rare ops without a kernel, computed element by element on the host.
#pragma once

#include <vector>

#include "src/ops/common.h"

namespace kcpp::ops::detail {

/// f(element) of every element as double; the result has x's shape.
template <class F>
Tensor host_map(const Tensor& x, DType dtype, F f) {
  std::vector<double> values = x.to_vector<double>();
  for (double& v : values) v = f(v);
  return as_dtype(Tensor::from(values, x.shape()), dtype);
}

/// f(a, b) of two tensors of the same shape, computed as T.
template <class T, class F>
Tensor host_map2(const Tensor& a, const Tensor& b, DType dtype, F f) {
  std::vector<T> x = a.to_vector<T>();
  const std::vector<T> y = b.to_vector<T>();
  for (size_t i = 0; i < x.size(); ++i) x[i] = f(x[i], y[i]);
  return as_dtype(Tensor::from(x, a.shape()), dtype);
}

}  // namespace kcpp::ops::detail
