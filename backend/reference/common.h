/// Shared by the files of the reference backend: dtype dispatch and broadcasting iteration.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "kcpp/core/tensor.h"

namespace kcpp::reference {

// --- dtypes
// ---------------------------------------------------------------------------------------

inline bool is_half(DType t) { return t == DType::float16 || t == DType::bfloat16; }

/// The dtype in which arithmetic on `t` is done: float32, float64 or int64.
inline DType compute_dtype(DType t) {
  if (is_half(t)) return DType::float32;
  return is_floating(t) ? t : DType::int64;
}
inline bool is_computed_natively(DType t) { return compute_dtype(t) == t; }

/// Calls f.operator()<T>() with T = float, double or int64_t.
template <class F>
decltype(auto) dispatch_compute(DType t, F&& f) {
  switch (t) {
    case DType::float32:
      return f.template operator()<float>();
    case DType::float64:
      return f.template operator()<double>();
    default:
      KCPP_ASSERT(t == DType::int64);
      return f.template operator()<int64_t>();
  }
}

/// Calls f.operator()<T>() with T = float or double.
template <class F>
decltype(auto) dispatch_floating(DType t, F&& f) {
  KCPP_ASSERT(t == DType::float32 || t == DType::float64);
  if (t == DType::float64) return f.template operator()<double>();
  return f.template operator()<float>();
}

/// Calls f.operator()<T>() with the element type of t.
template <class F>
decltype(auto) dispatch_all(DType t, F&& f) {
  switch (t) {
    case DType::bool_:
      return f.template operator()<bool>();
    case DType::uint8:
      return f.template operator()<uint8_t>();
    case DType::uint16:
      return f.template operator()<uint16_t>();
    case DType::uint32:
      return f.template operator()<uint32_t>();
    case DType::uint64:
      return f.template operator()<uint64_t>();
    case DType::int8:
      return f.template operator()<int8_t>();
    case DType::int16:
      return f.template operator()<int16_t>();
    case DType::int32:
      return f.template operator()<int32_t>();
    case DType::int64:
      return f.template operator()<int64_t>();
    case DType::float16:
      return f.template operator()<float16>();
    case DType::bfloat16:
      return f.template operator()<bfloat16>();
    case DType::float32:
      return f.template operator()<float>();
    default:
      KCPP_ASSERT(t == DType::float64);
      return f.template operator()<double>();
  }
}

/// Calls f.operator()<E>() with a type of t's element size, for functions that only move elements.
template <class F>
decltype(auto) dispatch_size(DType t, F&& f) {
  if (t == DType::string) return f.template operator()<std::string>();
  switch (size_of(t)) {
    case 1:
      return f.template operator()<uint8_t>();
    case 2:
      return f.template operator()<uint16_t>();
    case 4:
      return f.template operator()<uint32_t>();
    default:
      KCPP_ASSERT(size_of(t) == 8);
      return f.template operator()<uint64_t>();
  }
}

template <class T>
const T* in(const Tensor& x) {
  return static_cast<const T*>(x.raw());
}
template <class T>
T* out(Tensor& x) {
  return static_cast<T*>(x.mutable_raw());
}
/// Null when undefined.
template <class T>
const T* in_or_null(const Tensor& x) {
  return x.defined() ? in<T>(x) : nullptr;
}

/// The same elements in another shape, sharing storage. Kernels use it instead of Tensor::reshape,
/// which is an op: it checks and may be recorded.
inline Tensor reshaped(const Tensor& x, const Shape& shape) {
  detail::TensorImpl* impl = detail::TensorImpl::create();
  const Tensor y(impl);
  impl->shape = shape;
  impl->dtype = x.dtype();
  impl->storage = x.impl()->storage;
  impl->data = x.impl()->data;
  return y;
}

/// Indices of any numeric dtype as int64.
std::vector<int64_t> indices_of(const Tensor& x);

// --- shapes
// ---------------------------------------------------------------------------------------

/// A tensor seen from one of its axes: [outer, length, inner].
struct AxisView {
  int64_t outer = 1, length = 1, inner = 1;
  AxisView(const Shape& shape, int axis) : length(shape[axis]) {
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  }
};

/// Row-major strides, in elements.
inline Shape strides_of(const Shape& shape) {
  Shape strides = shape;
  int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

/// Strides with which a tensor of `shape` is read as if it had the shape `target`: 0 where it
/// repeats.
inline Shape broadcast_strides(const Shape& shape, const Shape& target) {
  const Shape own = strides_of(shape);
  Shape strides = Shape::filled(target.rank(), 0);
  const int shift = target.rank() - shape.rank();
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] != 1) strides[i + shift] = own[i];
  }
  return strides;
}

/// Visits the elements of `shape` in row-major order, in rows as long as possible, while K operands
/// follow with strides of their own. Neighbouring axes that all operands step over evenly are
/// merged.
template <int K>
class StridedRows {
 public:
  using Offsets = std::array<int64_t, K>;

  StridedRows(const Shape& shape, const std::array<Shape, K>& strides) {
    for (int i = 0; i < shape.rank(); ++i) {
      empty_ = empty_ || shape[i] == 0;
      if (shape[i] == 1) continue;
      if (rank_ > 0 && follows(strides, i, shape[i])) {
        dims_[rank_ - 1] *= shape[i];
      } else {
        dims_[rank_++] = shape[i];
      }
      for (int k = 0; k < K; ++k) strides_[k][rank_ - 1] = strides[k][i];
    }
    if (rank_ == 0) {
      dims_[rank_++] = 1;
      for (int k = 0; k < K; ++k) strides_[k][0] = 0;
    }
  }

  /// Elements of one row.
  int64_t length() const { return dims_[rank_ - 1]; }
  /// Distance of operand k's neighbours in a row.
  int64_t step(int k) const { return strides_[k][rank_ - 1]; }

  /// f(position of the row's first element, offsets of the operands there).
  template <class F>
  void each(F&& f) const {
    if (empty_) return;
    std::array<int64_t, Shape::max_rank> index{};
    Offsets offsets{};
    for (int64_t position = 0;; position += length()) {
      f(position, static_cast<const Offsets&>(offsets));
      int axis = rank_ - 2;
      for (; axis >= 0; --axis) {
        for (int k = 0; k < K; ++k) offsets[k] += strides_[k][axis];
        if (++index[axis] < dims_[axis]) break;
        for (int k = 0; k < K; ++k) offsets[k] -= strides_[k][axis] * dims_[axis];
        index[axis] = 0;
      }
      if (axis < 0) return;
    }
  }

 private:
  bool follows(const std::array<Shape, K>& strides, int axis, int64_t dim) const {
    for (int k = 0; k < K; ++k) {
      if (strides_[k][rank_ - 1] != strides[k][axis] * dim) return false;
    }
    return true;
  }

  std::array<int64_t, Shape::max_rank> dims_{};
  std::array<std::array<int64_t, Shape::max_rank>, K> strides_{};
  int rank_ = 0;
  bool empty_ = false;
};

// --- numbers
// --------------------------------------------------------------------------------------

/// Sums of floats are kept in double, of integers in int64.
template <class T>
using Accumulator = std::conditional_t<std::is_integral_v<T>, int64_t, double>;

template <class T>
bool is_nan(T x) {
  if constexpr (std::is_floating_point_v<T>) return std::isnan(x);
  return false;
}

// Integers wrap around instead of overflowing.
template <class T>
T wrapping(T a, T b, auto f) {
  if constexpr (std::is_integral_v<T>) {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(f(static_cast<U>(a), static_cast<U>(b)));
  } else {
    return f(a, b);
  }
}

}  // namespace kcpp::reference
