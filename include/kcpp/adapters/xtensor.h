/// xtensor and kcpp on the same memory. Optional: needs xtensor's headers.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>

#include "kcpp/core/error.h"
#include "kcpp/core/tensor.h"

namespace kcpp::adapters {

/// A tensor of a row-major xtensor container (xarray, xtensor, a contiguous adaptor) without a
/// copy. An lvalue must live as long as the tensor and everything made of it by reshape or slices;
/// a temporary is moved into the tensor.
///
///     xt::xarray<float> a = xt::ones<float>({2, 3});
///     Tensor x = adapters::from_xtensor(a);           // (2, 3)
///     auto y = adapters::as_xtensor<float>(x);        // an xtensor expression on the same memory
template <class Container>
Tensor from_xtensor(Container&& container) {
  using T = std::remove_const_t<typename std::decay_t<Container>::value_type>;
  check(container.layout() == xt::layout_type::row_major || container.dimension() <= 1,
        "[from_xtensor] The array must be row-major. Assign it to an xt::xarray<T, "
        "xt::layout_type::row_major> first.");
  const Shape shape(container.shape().begin(), container.shape().end());
  if constexpr (std::is_lvalue_reference_v<Container>) {
    return Tensor::borrow(const_cast<T*>(container.data()), shape);
  } else {
    auto kept = std::make_shared<std::decay_t<Container>>(std::move(container));
    T* data = const_cast<T*>(kept->data());
    return Tensor::borrow(data, shape, [kept] {});
  }
}

/// A read-only xtensor expression on a tensor's memory, without a copy; the tensor must outlive it.
/// Throws TypeError when T is not the dtype.
template <class T>
auto as_xtensor(const Tensor& tensor) {
  const auto data = tensor.data<T>();
  return xt::adapt(data.data(), data.size(), xt::no_ownership(),
                   std::vector<size_t>(tensor.shape().begin(), tensor.shape().end()));
}
template <class T>
auto as_xtensor(Tensor&&) = delete;  // the memory would be gone: use to_xtensor

/// A copy.
template <class T>
xt::xarray<T> to_xtensor(const Tensor& tensor) {
  return xt::xarray<T>(as_xtensor<T>(tensor));
}

}  // namespace kcpp::adapters
