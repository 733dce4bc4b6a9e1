/// Eigen and kcpp on the same memory. Optional: needs Eigen's headers.
#pragma once

#if __has_include(<Eigen/Core>)
#include <Eigen/Core>
#else
#include <eigen3/Eigen/Core>  // Debian's place
#endif
#include <memory>
#include <type_traits>
#include <utility>

#include "kcpp/core/error.h"
#include "kcpp/core/tensor.h"

namespace kcpp::adapters {

template <class T>
using EigenRows = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A tensor of an Eigen matrix: (rows, cols), or (size,) for a vector. Row-major matrices and
/// vectors are viewed: an lvalue must live as long as the tensor and everything made of it by
/// reshape or slices. Eigen's usual column-major matrices, expressions and temporaries are copied.
///
///     adapters::EigenRows<float> a = adapters::EigenRows<float>::Random(2, 3);
///     Tensor x = adapters::from_eigen(a);           // (2, 3), the same memory
///     auto y = adapters::as_eigen<float>(x);        // an Eigen::Map on it
template <class Matrix>
Tensor from_eigen(Matrix&& matrix) {
  using Plain = std::decay_t<Matrix>;
  using T = typename Plain::Scalar;
  constexpr bool is_vector = Plain::IsVectorAtCompileTime;
  const Shape shape = is_vector ? Shape{matrix.size()} : Shape{matrix.rows(), matrix.cols()};
  constexpr bool has_memory = std::is_base_of_v<Eigen::PlainObjectBase<Plain>, Plain>;
  if constexpr (std::is_lvalue_reference_v<Matrix> && has_memory &&
                (is_vector || Plain::IsRowMajor)) {
    return Tensor::borrow(const_cast<T*>(matrix.data()), shape);
  } else {
    auto kept = std::make_shared<EigenRows<T>>(matrix.rows(), matrix.cols());
    *kept = matrix;
    T* data = kept->data();
    return Tensor::borrow(data, shape, [kept] {});
  }
}

/// A read-only Eigen::Map on the memory of a tensor of rank 1 (a column) or 2; the tensor must
/// outlive it. Throws TypeError when T is not the dtype, ValueError for another rank.
template <class T>
Eigen::Map<const EigenRows<T>> as_eigen(const Tensor& tensor) {
  const auto data = tensor.data<T>();
  check(tensor.rank() == 1 || tensor.rank() == 2,
        "[as_eigen] A matrix needs a tensor of rank 1 or 2. Received: shape=", tensor.shape());
  return {data.data(), tensor.dim(0), tensor.rank() == 2 ? tensor.dim(1) : 1};
}
template <class T>
Eigen::Map<const EigenRows<T>> as_eigen(Tensor&&) =
    delete;  // the memory would be gone: use to_eigen

/// A copy, as Eigen's usual column-major matrix.
template <class T>
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> to_eigen(const Tensor& tensor) {
  return as_eigen<T>(tensor);
}

}  // namespace kcpp::adapters
