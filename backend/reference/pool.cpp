// Maximum and average pooling. Padding counts as -infinity for the maximum and not at all for the
// average. The workspace of a maximum is the position (in its sample, of channel and all) of each
// maximum, int64, in the layout of y; -1 where a window lies in the padding.
#include "backend/reference/common.h"
#include "backend/reference/reference_backend.h"
#include "backend/reference/window.h"

namespace kcpp {
namespace reference {
namespace {

Window window_of(const Shape& x, const PoolAttrs& a) {
  return Window(x, a.window, a.strides, {}, a.pad_low, a.pad_high);
}
PoolAttrs channels_last(PoolAttrs attrs) {
  attrs.channels_first = false;
  return attrs;
}

/// Of one sample.
template <class T>
void max_pool(const Window& w, const T* x, T* y, int64_t* arg) {
  const int64_t n = w.out_positions() * w.channels;
  const T lowest = std::is_integral_v<T> ? std::numeric_limits<T>::lowest()
                                         : -std::numeric_limits<T>::infinity();
  std::fill_n(y, n, lowest);
  std::fill_n(arg, n, int64_t{-1});
  w.each([&](int64_t position, int64_t, int64_t source) {
    for (int64_t c = 0; c < w.channels; ++c) {
      T& best = y[position * w.channels + c];
      int64_t& where = arg[position * w.channels + c];
      const T value = x[source * w.channels + c];
      // The first of equals wins; so does the first NaN.
      if (where < 0 || value > best || (is_nan(value) && !is_nan(best))) {
        best = value;
        where = source * w.channels + c;
      }
    }
  });
}

/// How many elements each window covers.
std::vector<int64_t> covered(const Window& w) {
  std::vector<int64_t> counts(static_cast<size_t>(w.out_positions()), 0);
  w.each([&](int64_t position, int64_t, int64_t) { ++counts[position]; });
  return counts;
}

template <class T>
void average_pool(const Window& w, const std::vector<int64_t>& counts, const T* x, T* y) {
  std::vector<Accumulator<T>> sums(static_cast<size_t>(w.out_positions() * w.channels), 0);
  w.each([&](int64_t position, int64_t, int64_t source) {
    for (int64_t c = 0; c < w.channels; ++c)
      sums[position * w.channels + c] += x[source * w.channels + c];
  });
  for (int64_t i = 0; i < w.out_positions() * w.channels; ++i) {
    const int64_t count = counts[i / w.channels];
    y[i] = count == 0 ? T(0) : static_cast<T>(sums[i] / static_cast<Accumulator<T>>(count));
  }
}

}  // namespace
}  // namespace reference

std::pair<Tensor, Tensor> ReferenceBackend::pool(const Tensor& x, const PoolAttrs& attrs,
                                                 bool training) {
  using namespace reference;
  if (!is_computed_natively(x.dtype())) {
    auto [y, workspace] = pool(cast(x, compute_dtype(x.dtype())), attrs, training);
    return {cast(y, x.dtype()), workspace};
  }
  if (attrs.channels_first) {
    auto [y, workspace] =
        pool(transpose(x, to_channels_last(x.rank())), channels_last(attrs), training);
    return {transpose(y, to_channels_first(x.rank())), workspace};
  }
  const Window w = window_of(x.shape(), attrs);
  const int64_t in_size = w.in_positions() * w.channels, out_size = w.out_positions() * w.channels;
  const Shape shape = w.out_shape(x.shape(), w.channels);
  Tensor y = Tensor::empty(shape, x.dtype());
  Tensor workspace = attrs.max ? Tensor::empty(shape, DType::int64) : Tensor();
  dispatch_compute(x.dtype(), [&]<class T>() {
    T* py = out<T>(y);
    int64_t* arg = attrs.max ? out<int64_t>(workspace) : nullptr;
    const std::vector<int64_t> counts = attrs.max ? std::vector<int64_t>() : covered(w);
    for (int64_t n = 0; n < w.batch; ++n) {
      if (attrs.max) {
        max_pool(w, in<T>(x) + n * in_size, py + n * out_size, arg + n * out_size);
      } else {
        average_pool(w, counts, in<T>(x) + n * in_size, py + n * out_size);
      }
    }
  });
  return {y, training ? workspace : Tensor()};
}

Tensor ReferenceBackend::pool_grad(const Tensor& dy, const Tensor& x, const Tensor& y,
                                   const Tensor& workspace, const PoolAttrs& attrs) {
  using namespace reference;
  if (is_half(dy.dtype())) {
    const auto wide = [&](const Tensor& t) { return t.defined() ? cast(t, DType::float32) : t; };
    return cast(pool_grad(wide(dy), wide(x), wide(y), workspace, attrs), dy.dtype());
  }
  if (attrs.channels_first) {
    const auto last = to_channels_last(dy.rank());
    const Tensor dx = pool_grad(transpose(dy, last), transpose(x, last), Tensor(), workspace,
                                channels_last(attrs));
    return transpose(dx, to_channels_first(dy.rank()));
  }
  if (attrs.max && !workspace.defined()) {
    return ReferenceBackend::pool_grad(dy, x, y, ReferenceBackend::pool(x, attrs, true).second,
                                       attrs);
  }
  const Window w = window_of(x.shape(), attrs);
  const int64_t in_size = w.in_positions() * w.channels, out_size = w.out_positions() * w.channels;
  Tensor dx = Tensor::zeros(x.shape(), dy.dtype());
  dispatch_floating(dy.dtype(), [&]<class T>() {
    T* px = out<T>(dx);
    const std::vector<int64_t> counts = covered(w);
    for (int64_t n = 0; n < w.batch; ++n, px += in_size) {
      const T* p = in<T>(dy) + n * out_size;
      if (attrs.max) {
        const int64_t* arg = in<int64_t>(workspace) + n * out_size;
        for (int64_t i = 0; i < out_size; ++i) {
          if (arg[i] >= 0) px[arg[i]] += p[i];
        }
      } else {
        w.each([&](int64_t position, int64_t, int64_t source) {
          for (int64_t c = 0; c < w.channels; ++c) {
            px[source * w.channels + c] +=
                p[position * w.channels + c] / static_cast<T>(counts[position]);
          }
        });
      }
    }
  });
  return dx;
}

}  // namespace kcpp
