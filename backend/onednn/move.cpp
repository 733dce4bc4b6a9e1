// Moving elements: transpose, slice and its gradient, pad, flip, concat. Any dtype of 1, 2, 4 or 8
// bytes: what is moved are unsigned numbers of that size.
#include <array>
#include <cstring>
#include <vector>

#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/parallel.h"

namespace kcpp {
namespace onednn {
namespace {

constexpr int64_t grain = 32 * 1024;  // bytes are what counts, but elements will do

bool is_movable(const Tensor& x) { return x.dtype() != DType::string && x.size() > 0; }

/// One axis of a copy: its length, and the steps of source and target in elements.
struct Axis {
  int64_t size, from, to;
};

/// Drops axes of length 1 and merges neighbours that are walked as one.
std::vector<Axis> merged(const std::vector<Axis>& axes) {
  std::vector<Axis> out;
  for (const Axis& a : axes) {
    if (a.size == 1) continue;
    if (!out.empty() && out.back().from == a.size * a.from && out.back().to == a.size * a.to) {
      out.back() = {out.back().size * a.size, a.from, a.to};
    } else {
      out.push_back(a);
    }
  }
  if (out.empty()) out.push_back({1, 1, 1});
  return out;
}

/// Four rows of four elements become four columns.
void turn_4x4(const uint32_t* from, int64_t from_row, uint32_t* to, int64_t to_col) {
  typedef uint32_t four __attribute__((vector_size(16), aligned(4), may_alias));
  const auto row = [&](int64_t i) { return *reinterpret_cast<const four*>(from + i * from_row); };
  const four a = row(0), b = row(1), c = row(2), d = row(3);
  const four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  const auto column = [&](int64_t i) -> four& { return *reinterpret_cast<four*>(to + i * to_col); };
  column(0) = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  column(1) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  column(2) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  column(3) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

/// A matrix turned in squares that fit the first-level cache.
template <class T>
void turn(const T* from, T* to, int64_t rows, int64_t cols, int64_t from_row, int64_t to_col) {
  constexpr int64_t square = 16;
  for (int64_t c0 = 0; c0 < cols; c0 += square) {
    const int64_t c1 = std::min(cols, c0 + square);
    for (int64_t r0 = 0; r0 < rows; r0 += square) {
      const int64_t r1 = std::min(rows, r0 + square);
      if constexpr (sizeof(T) == 4) {
        if (c1 - c0 == square && r1 - r0 == square) {
          for (int64_t c = c0; c < c1; c += 4) {
            for (int64_t r = r0; r < r1; r += 4) {
              turn_4x4(from + r * from_row + c, from_row, to + c * to_col + r, to_col);
            }
          }
          continue;
        }
      }
      for (int64_t c = c0; c < c1; ++c) {
        for (int64_t r = r0; r < r1; ++r) to[c * to_col + r] = from[r * from_row + c];
      }
    }
  }
}

/// Copies the innermost two axes.
template <class T>
void copy_plane(const T* from, T* to, const Axis& outer, const Axis& inner) {
  if (inner.from == 1 && inner.to == 1) {
    for (int64_t i = 0; i < outer.size; ++i) {
      std::memcpy(to + i * outer.to, from + i * outer.from,
                  static_cast<size_t>(inner.size) * sizeof(T));
    }
  } else if (outer.from == 1 && inner.to == 1) {
    turn(from, to, inner.size, outer.size, inner.from, outer.to);
  } else {
    for (int64_t i = 0; i < outer.size; ++i) {
      for (int64_t j = 0; j < inner.size; ++j) {
        to[i * outer.to + j * inner.to] = from[i * outer.from + j * inner.from];
      }
    }
  }
}

/// to[..] = from[..] over all axes, outermost first.
template <class T>
void copy_axes(const T* from, T* to, std::vector<Axis> axes) {
  // A turn wants the axis that is contiguous in the source next to the innermost one.
  for (size_t i = 0; axes.size() > 2 && axes.back().from != 1 && i + 2 < axes.size(); ++i) {
    if (axes[i].from == 1) {
      std::rotate(axes.begin() + static_cast<long>(i), axes.begin() + static_cast<long>(i) + 1,
                  axes.end() - 1);
      break;
    }
  }
  if (axes.size() == 1) axes.insert(axes.begin(), {1, 0, 0});
  Axis outer = axes[axes.size() - 2];
  const Axis inner = axes.back();
  axes.resize(axes.size() - 2);
  int64_t count = 1;
  for (const Axis& a : axes) count *= a.size;
  const auto plane = [&](int64_t index, const Axis& rows, int64_t first_row) {
    int64_t f = first_row * rows.from, t = first_row * rows.to;
    for (size_t i = axes.size(); i-- > 0;) {
      const int64_t q = index % axes[i].size;
      index /= axes[i].size;
      f += q * axes[i].from;
      t += q * axes[i].to;
    }
    copy_plane(from + f, to + t, rows, inner);
  };
  if (count >= num_threads()) {
    parallel_for(
        count, std::max<int64_t>(1, grain / (outer.size * inner.size)),
        [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) plane(i, outer, 0);
        },
        1);
  } else {
    for (int64_t i = 0; i < count; ++i) {
      parallel_for(outer.size, std::max<int64_t>(1, grain / inner.size),
                   [&](int64_t begin, int64_t end) {
                     plane(i, {end - begin, outer.from, outer.to}, begin);
                   });
    }
  }
}

/// Calls f with a null pointer of an unsigned type of `size` bytes.
template <class F>
void with_element(size_t size, F&& f) {
  switch (size) {
    case 1:
      return f(static_cast<uint8_t*>(nullptr));
    case 2:
      return f(static_cast<uint16_t*>(nullptr));
    case 4:
      return f(static_cast<uint32_t*>(nullptr));
    default:
      return f(static_cast<uint64_t*>(nullptr));
  }
}

/// From element `first` of x to element `first_to` of y.
void copy_any(const Tensor& x, int64_t first, Tensor& y, int64_t first_to,
              const std::vector<Axis>& axes) {
  with_element(size_of(x.dtype()), [&](auto* element) {
    using T = std::remove_pointer_t<decltype(element)>;
    copy_axes(static_cast<const T*>(x.raw()) + first, static_cast<T*>(y.mutable_raw()) + first_to,
              merged(axes));
  });
}

/// Row-major strides.
std::array<int64_t, Shape::max_rank> strides_of(const Shape& shape) {
  std::array<int64_t, Shape::max_rank> s{};
  int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    s[static_cast<size_t>(i)] = step;
    step *= shape[i];
  }
  return s;
}

int64_t product(const Shape& s, int first, int last) {
  int64_t n = 1;
  for (int i = first; i < last; ++i) n *= s[i];
  return n;
}

}  // namespace
}  // namespace onednn

using namespace onednn;

Tensor OneDnnBackend::transpose(const Tensor& x, const std::vector<int>& permutation) {
  if (!is_movable(x)) return ReferenceBackend::transpose(x, permutation);
  Shape shape;
  for (int p : permutation) shape.push_back(x.shape()[p]);
  Tensor y = Tensor::empty(shape, x.dtype());
  const auto from = strides_of(x.shape()), to = strides_of(shape);
  std::vector<Axis> axes;
  for (size_t i = 0; i < permutation.size(); ++i) {
    axes.push_back({shape[static_cast<int>(i)], from[static_cast<size_t>(permutation[i])], to[i]});
  }
  copy_any(x, 0, y, 0, axes);
  return y;
}

Tensor OneDnnBackend::slice(const Tensor& x, const Shape& starts, const Shape& sizes,
                            const Shape& strides) {
  if (!is_movable(x) || sizes.size() == 0)
    return ReferenceBackend::slice(x, starts, sizes, strides);
  Tensor y = Tensor::empty(sizes, x.dtype());
  const auto from = strides_of(x.shape()), to = strides_of(sizes);
  std::vector<Axis> axes;
  int64_t first = 0;
  for (int i = 0; i < x.rank(); ++i) {
    const auto k = static_cast<size_t>(i);
    first += starts[i] * from[k];
    axes.push_back({sizes[i], strides[i] * from[k], to[k]});
  }
  copy_any(x, first, y, 0, axes);
  return y;
}

Tensor OneDnnBackend::concat(const Tensors& xs, int axis) {
  if (xs.empty() || xs[0].dtype() == DType::string) return ReferenceBackend::concat(xs, axis);
  Shape shape = xs[0].shape();
  shape[axis] = 0;
  for (const Tensor& x : xs) shape[axis] += x.shape()[axis];
  Tensor y = Tensor::empty(shape, xs[0].dtype());
  if (y.size() == 0) return y;
  const auto element = static_cast<int64_t>(size_of(y.dtype()));
  const int64_t outer = product(shape, 0, axis);
  const int64_t row = product(shape, axis, shape.rank()) * element;
  auto* out = static_cast<char*>(y.mutable_raw());
  parallel_for(
      outer, std::max<int64_t>(1, 4 * grain / row),
      [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
          char* to = out + r * row;
          for (const Tensor& x : xs) {
            const int64_t bytes = product(x.shape(), axis, x.rank()) * element;
            std::memcpy(to, static_cast<const char*>(x.raw()) + r * bytes,
                        static_cast<size_t>(bytes));
            to += bytes;
          }
        }
      },
      1);
  return y;
}

namespace {

/// Every element of y becomes `value`.
void fill(Tensor& y, double value, Backend& backend) {
  if (value == 0 && y.dtype() != DType::float16 && y.dtype() != DType::bfloat16) {
    auto* bytes = static_cast<char*>(y.mutable_raw());
    parallel_for(
        static_cast<int64_t>(y.bytes()), 4 * grain,
        [&](int64_t begin, int64_t end) {
          std::memset(bytes + begin, 0, static_cast<size_t>(end - begin));
        },
        64);
    return;
  }
  const Tensor one = backend.cast(Tensor::scalar(value, DType::float64), y.dtype());
  with_element(size_of(y.dtype()), [&](auto* element) {
    using T = std::remove_pointer_t<decltype(element)>;
    T* to = static_cast<T*>(y.mutable_raw());
    const T v = *static_cast<const T*>(one.raw());
    parallel_for(y.size(), grain,
                 [&](int64_t begin, int64_t end) { std::fill(to + begin, to + end, v); });
  });
}

}  // namespace

Tensor OneDnnBackend::slice_grad(const Tensor& dy, const Shape& shape, const Shape& starts,
                                 const Shape& strides) {
  if (!is_movable(dy)) return ReferenceBackend::slice_grad(dy, shape, starts, strides);
  Tensor x = Tensor::empty(shape, dy.dtype());
  fill(x, 0, *this);
  const auto from = strides_of(dy.shape()), to = strides_of(shape);
  std::vector<Axis> axes;
  int64_t first = 0;
  for (int i = 0; i < x.rank(); ++i) {
    const auto k = static_cast<size_t>(i);
    first += starts[i] * to[k];
    axes.push_back({dy.shape()[i], from[k], strides[i] * to[k]});
  }
  copy_any(dy, 0, x, first, axes);
  return x;
}

Tensor OneDnnBackend::pad(const Tensor& x, const Shape& low, const Shape& high, PadMode mode,
                          double value) {
  if (!is_movable(x) || mode != PadMode::constant || x.rank() == 0) {
    return ReferenceBackend::pad(x, low, high, mode, value);
  }
  Shape shape = x.shape();
  for (int i = 0; i < x.rank(); ++i) {
    if (low[i] < 0 || high[i] < 0) return ReferenceBackend::pad(x, low, high, mode, value);
    shape[i] += low[i] + high[i];
  }
  Tensor y = Tensor::empty(shape, x.dtype());
  fill(y, value, *this);
  const auto from = strides_of(x.shape()), to = strides_of(shape);
  std::vector<Axis> axes;
  int64_t first = 0;
  for (int i = 0; i < x.rank(); ++i) {
    const auto k = static_cast<size_t>(i);
    first += low[i] * to[k];
    axes.push_back({x.shape()[i], from[k], to[k]});
  }
  copy_any(x, 0, y, first, axes);
  return y;
}

Tensor OneDnnBackend::flip(const Tensor& x, const std::vector<int>& axes) {
  if (!is_movable(x)) return ReferenceBackend::flip(x, axes);
  Shape starts = Shape::filled(x.rank(), 0), strides = Shape::filled(x.rank(), 1);
  for (int a : axes) {
    starts[a] = x.shape()[a] - 1;
    strides[a] = -1;
  }
  return slice(x, starts, x.shape(), strides);
}

}  // namespace kcpp
