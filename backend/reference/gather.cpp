// Reading and adding by index: gather, scatter, take_along_axis, one_hot.
#include <algorithm>

#include "backend/reference/common.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {

Tensor ReferenceBackend::gather(const Tensor& x, const Tensor& indices, int axis) {
  using namespace reference;
  const AxisView v(x.shape(), axis);
  const std::vector<int64_t> index = indices_of(indices);
  const Shape shape = x.shape().slice(0, axis) + indices.shape() + x.shape().slice(axis + 1);
  Tensor y = Tensor::empty(shape, x.dtype());
  dispatch_size(x.dtype(), [&]<class E>() {
    E* py = out<E>(y);
    for (int64_t o = 0; o < v.outer; ++o) {
      for (int64_t i : index) {
        KCPP_ASSERT(i >= 0 && i < v.length);
        const E* from = in<E>(x) + (o * v.length + i) * v.inner;
        py = std::copy(from, from + v.inner, py);
      }
    }
  });
  return y;
}

Tensor ReferenceBackend::scatter_add(const Tensor& updates, const Tensor& indices,
                                     const Shape& shape, int axis) {
  using namespace reference;
  if (!is_computed_natively(updates.dtype())) {
    return cast(scatter_add(cast(updates, compute_dtype(updates.dtype())), indices, shape, axis),
                updates.dtype());
  }
  const AxisView v(shape, axis);
  const std::vector<int64_t> index = indices_of(indices);
  Tensor y = Tensor::zeros(shape, updates.dtype());
  dispatch_compute(updates.dtype(), [&]<class T>() {
    const T* from = in<T>(updates);
    T* py = out<T>(y);
    for (int64_t o = 0; o < v.outer; ++o) {
      for (int64_t i : index) {
        KCPP_ASSERT(i >= 0 && i < v.length);
        T* to = py + (o * v.length + i) * v.inner;
        for (int64_t j = 0; j < v.inner; ++j) to[j] += *from++;
      }
    }
  });
  return y;
}

Tensor ReferenceBackend::gather_elements(const Tensor& x, const Tensor& indices, int axis) {
  using namespace reference;
  // Away from the axis, x and the indices broadcast against each other.
  Shape shape = indices.shape(), x_shape = x.shape();
  KCPP_ASSERT(shape.rank() == x_shape.rank());
  for (int i = 0; i < shape.rank(); ++i) {
    if (i == axis) continue;
    if (shape[i] == 1) shape[i] = x_shape[i];
    x_shape[i] = shape[i];
  }
  if (x_shape != x.shape()) return gather_elements(broadcast_to(x, x_shape), indices, axis);
  if (shape != indices.shape()) return gather_elements(x, broadcast_to(indices, shape), axis);

  const AxisView from(x.shape(), axis), to(shape, axis);
  const std::vector<int64_t> index = indices_of(indices);
  Tensor y = Tensor::empty(shape, x.dtype());
  dispatch_size(x.dtype(), [&]<class E>() {
    const E* px = in<E>(x);
    E* py = out<E>(y);
    size_t at = 0;
    for (int64_t o = 0; o < to.outer; ++o) {
      for (int64_t i = 0; i < to.length; ++i) {
        for (int64_t j = 0; j < to.inner; ++j, ++at) {
          KCPP_ASSERT(index[at] >= 0 && index[at] < from.length);
          py[at] = px[(o * from.length + index[at]) * from.inner + j];
        }
      }
    }
  });
  return y;
}

Tensor ReferenceBackend::scatter_elements_add(const Tensor& updates, const Tensor& indices,
                                              const Shape& shape, int axis) {
  using namespace reference;
  if (!is_computed_natively(updates.dtype())) {
    return cast(
        scatter_elements_add(cast(updates, compute_dtype(updates.dtype())), indices, shape, axis),
        updates.dtype());
  }
  if (indices.shape() != updates.shape()) {
    return scatter_elements_add(updates, broadcast_to(indices, updates.shape()), shape, axis);
  }
  const AxisView from(updates.shape(), axis), to(shape, axis);
  const std::vector<int64_t> index = indices_of(indices);
  Tensor y = Tensor::zeros(shape, updates.dtype());
  dispatch_compute(updates.dtype(), [&]<class T>() {
    const T* pu = in<T>(updates);
    T* py = out<T>(y);
    size_t at = 0;
    for (int64_t o = 0; o < from.outer; ++o) {
      for (int64_t i = 0; i < from.length; ++i) {
        for (int64_t j = 0; j < from.inner; ++j, ++at) {
          KCPP_ASSERT(index[at] >= 0 && index[at] < to.length);
          py[(o * to.length + index[at]) * to.inner + j] += pu[at];
        }
      }
    }
  });
  return y;
}

Tensor ReferenceBackend::one_hot(const Tensor& indices, int64_t classes, DType dtype) {
  using namespace reference;
  const std::vector<int64_t> index = indices_of(indices);
  const Tensor one = cast(Tensor::scalar(1, DType::float32), dtype);
  Tensor y = Tensor::zeros(indices.shape() + Shape{classes}, dtype);
  dispatch_size(dtype, [&]<class E>() {
    E* row = out<E>(y);
    for (size_t i = 0; i < index.size(); ++i, row += classes) {
      if (index[i] >= 0 && index[i] < classes)
        row[index[i]] = *in<E>(one);  // out of range: a row of zeros
    }
  });
  return y;
}

}  // namespace kcpp
