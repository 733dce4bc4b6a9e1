// Sorting along an axis. The order is stable, and NaN comes last whatever the direction.
#include <algorithm>
#include <numeric>

#include "backend/reference/common.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {
namespace reference {
namespace {

/// Positions of the elements of a lane, in sorted order.
template <class T>
void sorted_positions(const T* lane, int64_t step, bool descending, std::vector<int32_t>& order) {
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [=](int32_t i, int32_t j) {
    const T a = lane[i * step], b = lane[j * step];
    if (is_nan(a) || is_nan(b)) return !is_nan(a);
    return descending ? a > b : a < b;
  });
}

/// f(lane of x, start of the lane, order) for every lane along the axis.
template <class T, class F>
void each_sorted_lane(const Tensor& x, const AxisView& v, bool descending, F&& f) {
  std::vector<int32_t> order(static_cast<size_t>(v.length));
  for (int64_t o = 0; o < v.outer; ++o) {
    for (int64_t j = 0; j < v.inner; ++j) {
      const int64_t start = o * v.length * v.inner + j;
      sorted_positions(in<T>(x) + start, v.inner, descending, order);
      f(in<T>(x) + start, start, order);
    }
  }
}

}  // namespace
}  // namespace reference

Tensor ReferenceBackend::sort(const Tensor& x, int axis, bool descending) {
  using namespace reference;
  if (!is_computed_natively(x.dtype())) {
    return cast(sort(cast(x, compute_dtype(x.dtype())), axis, descending), x.dtype());
  }
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  const AxisView v(x.shape(), axis);
  dispatch_compute(x.dtype(), [&]<class T>() {
    T* py = out<T>(y);
    each_sorted_lane<T>(x, v, descending,
                        [&](const T* lane, int64_t start, const std::vector<int32_t>& order) {
                          for (int64_t i = 0; i < v.length; ++i)
                            py[start + i * v.inner] = lane[order[i] * v.inner];
                        });
  });
  return y;
}

Tensor ReferenceBackend::argsort(const Tensor& x, int axis, bool descending) {
  using namespace reference;
  if (!is_computed_natively(x.dtype()))
    return argsort(cast(x, compute_dtype(x.dtype())), axis, descending);
  Tensor y = Tensor::empty(x.shape(), DType::int32);
  const AxisView v(x.shape(), axis);
  dispatch_compute(x.dtype(), [&]<class T>() {
    int32_t* py = out<int32_t>(y);
    each_sorted_lane<T>(x, v, descending,
                        [&](const T*, int64_t start, const std::vector<int32_t>& order) {
                          for (int64_t i = 0; i < v.length; ++i) py[start + i * v.inner] = order[i];
                        });
  });
  return y;
}

std::pair<Tensor, Tensor> ReferenceBackend::top_k(const Tensor& x, int64_t k) {
  using namespace reference;
  if (!is_computed_natively(x.dtype())) {
    auto [values, indices] = top_k(cast(x, compute_dtype(x.dtype())), k);
    return {cast(values, x.dtype()), indices};
  }
  const AxisView v(x.shape(), x.rank() - 1);
  KCPP_ASSERT(k <= v.length);
  Shape shape = x.shape();
  shape[x.rank() - 1] = k;
  Tensor values = Tensor::empty(shape, x.dtype());
  Tensor indices = Tensor::empty(shape, DType::int32);
  dispatch_compute(x.dtype(), [&]<class T>() {
    T* value = out<T>(values);
    int32_t* index = out<int32_t>(indices);
    each_sorted_lane<T>(x, v, true, [&](const T* lane, int64_t, const std::vector<int32_t>& order) {
      for (int64_t i = 0; i < k; ++i) {
        *index++ = order[i];
        *value++ = lane[order[i]];
      }
    });
  });
  return {values, indices};
}

}  // namespace kcpp
