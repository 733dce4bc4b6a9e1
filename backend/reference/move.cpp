// Moving whole runs of elements: transpose, broadcast, concat, slice, flip.
#include <algorithm>

#include "backend/reference/common.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {
namespace reference {
namespace {

/// y (row-major, of its own shape) = elements of x at `first` + index . strides, which may be 0 or
/// negative.
void read_strided(const Tensor& x, int64_t first, const Shape& strides, Tensor& y) {
  const StridedRows<1> rows(y.shape(), {strides});
  dispatch_size(x.dtype(), [&]<class E>() {
    const E* px = in<E>(x) + first;
    E* py = out<E>(y);
    const int64_t n = rows.length(), step = rows.step(0);
    rows.each([&](int64_t at, const auto& offset) {
      const E* from = px + offset[0];
      if (step == 1) {
        std::copy(from, from + n, py + at);
      } else if (step == 0) {
        std::fill_n(py + at, n, *from);
      } else {
        for (int64_t i = 0; i < n; ++i) py[at + i] = from[i * step];
      }
    });
  });
}

/// Where slice starts to read, and its strides over x, in elements.
std::pair<int64_t, Shape> slice_layout(const Shape& shape, const Shape& starts,
                                       const Shape& strides) {
  Shape steps = strides_of(shape);
  int64_t first = 0;
  for (int i = 0; i < shape.rank(); ++i) {
    first += starts[i] * steps[i];
    steps[i] *= strides[i];
  }
  return {first, steps};
}

}  // namespace
}  // namespace reference

Tensor ReferenceBackend::transpose(const Tensor& x, const std::vector<int>& permutation) {
  using namespace reference;
  const Shape own = strides_of(x.shape());
  Shape shape, strides;
  for (int axis : permutation) {
    shape.push_back(x.shape()[axis]);
    strides.push_back(own[axis]);
  }
  Tensor y = Tensor::empty(shape, x.dtype());
  read_strided(x, 0, strides, y);
  return y;
}

Tensor ReferenceBackend::broadcast_to(const Tensor& x, const Shape& shape) {
  using namespace reference;
  Tensor y = Tensor::empty(shape, x.dtype());
  read_strided(x, 0, broadcast_strides(x.shape(), shape), y);
  return y;
}

Tensor ReferenceBackend::concat(const Tensors& xs, int axis) {
  using namespace reference;
  Shape shape = xs.front().shape();
  shape[axis] = 0;
  for (const Tensor& x : xs) shape[axis] += x.shape()[axis];
  Tensor y = Tensor::empty(shape, xs.front().dtype());
  const AxisView v(shape, axis);
  dispatch_size(y.dtype(), [&]<class E>() {
    E* py = out<E>(y);
    for (const Tensor& x : xs) {
      KCPP_ASSERT(x.dtype() == y.dtype());
      const int64_t run = x.shape()[axis] * v.inner;
      const E* px = in<E>(x);
      for (int64_t o = 0; o < v.outer; ++o)
        std::copy(px + o * run, px + (o + 1) * run, py + o * v.length * v.inner);
      py += run;
    }
  });
  return y;
}

Tensor ReferenceBackend::slice(const Tensor& x, const Shape& starts, const Shape& sizes,
                               const Shape& strides) {
  using namespace reference;
  Tensor y = Tensor::empty(sizes, x.dtype());
  const auto [first, steps] = slice_layout(x.shape(), starts, strides);
  if (y.size() > 0) read_strided(x, first, steps, y);
  return y;
}

Tensor ReferenceBackend::slice_grad(const Tensor& dy, const Shape& shape, const Shape& starts,
                                    const Shape& strides) {
  using namespace reference;
  Tensor dx = Tensor::zeros(shape, dy.dtype());
  const auto layout = slice_layout(shape, starts, strides);
  const StridedRows<1> rows(dy.shape(), {layout.second});
  // A slice reads no element twice: adding to zeros is writing.
  dispatch_size(dy.dtype(), [&]<class E>() {
    const E* p = in<E>(dy);
    E* px = out<E>(dx);
    const int64_t n = rows.length(), step = rows.step(0);
    rows.each([&](int64_t at, const auto& offset) {
      E* to = px + (layout.first + offset[0]);
      if (step == 1) {
        std::copy(p + at, p + at + n, to);
      } else {
        for (int64_t i = 0; i < n; ++i) to[i * step] = p[at + i];
      }
    });
  });
  return dx;
}

Tensor ReferenceBackend::flip(const Tensor& x, const std::vector<int>& axes) {
  using namespace reference;
  Shape strides = strides_of(x.shape());
  int64_t first = 0;
  for (int axis : axes) {
    first += (x.shape()[axis] - 1) * strides[axis];
    strides[axis] = -strides[axis];
  }
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  if (y.size() > 0) read_strided(x, first, strides, y);
  return y;
}

}  // namespace kcpp
