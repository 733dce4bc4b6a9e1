// Two operands with broadcasting.
//
// The axes are merged until each remaining one is walked the same way by both operands; the
// innermost is then a plain loop: array with array, array with number, or number with array.
#include <array>

#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/parallel.h"

namespace kcpp {
namespace onednn {
namespace {

constexpr int64_t grain = 24 * 1024;

/// The loops over a result, outermost first; an operand's stride is 0 where it is broadcast.
struct Loops {
  int rank = 0;
  std::array<int64_t, Shape::max_rank + 1> size{}, a{}, b{};
};

/// Strides of an operand seen in the result's shape.
std::array<int64_t, Shape::max_rank> strides_in(const Shape& operand, int rank) {
  std::array<int64_t, Shape::max_rank> s{};
  int64_t step = 1;
  for (int i = rank - 1, j = operand.rank() - 1; j >= 0; --i, --j) {
    s[static_cast<size_t>(i)] = operand[j] == 1 ? 0 : step;
    step *= operand[j];
  }
  return s;
}

Loops loops_of(const Shape& a, const Shape& b, const Shape& result) {
  const int rank = result.rank();
  const auto sa = strides_in(a, rank), sb = strides_in(b, rank);
  Loops l;
  for (int i = 0; i < rank; ++i) {
    const auto at = static_cast<size_t>(i);
    const int64_t n = result[i];
    if (n == 1) continue;
    if (l.rank > 0) {
      const auto last = static_cast<size_t>(l.rank - 1);
      if (l.a[last] == sa[at] * n && l.b[last] == sb[at] * n) {  // one loop walks both axes
        l.size[last] *= n;
        l.a[last] = sa[at];
        l.b[last] = sb[at];
        continue;
      }
    }
    const auto next = static_cast<size_t>(l.rank++);
    l.size[next] = n;
    l.a[next] = sa[at];
    l.b[next] = sb[at];
  }
  if (l.rank == 0) {
    l.rank = 1;
    l.size[0] = 1;
    l.a[0] = l.b[0] = 1;
  }
  return l;
}

/// Runs kernel[form] along the innermost loop for outer positions [begin, end).
template <class Kernel, class Out>
void run_rows(const std::array<Kernel, binary_form_count>& kernel, const Loops& l, const float* a,
              const float* b, Out* out, int64_t begin, int64_t end) {
  const auto inner = static_cast<size_t>(l.rank - 1);
  const int64_t n = l.size[inner];
  const auto form = l.a[inner] == 0   ? BinaryForm::scalar_a
                    : l.b[inner] == 0 ? BinaryForm::scalar_b
                                      : BinaryForm::both;
  const Kernel run = kernel[static_cast<size_t>(form)];
  for (int64_t r = begin; r < end; ++r) {
    int64_t rest = r, at_a = 0, at_b = 0;
    for (int i = l.rank - 2; i >= 0; --i) {
      const auto k = static_cast<size_t>(i);
      const int64_t q = rest % l.size[k];
      rest /= l.size[k];
      at_a += q * l.a[k];
      at_b += q * l.b[k];
    }
    run(a + at_a, b + at_b, out + r * n, n);
  }
}

/// A short row under many: [R, C] with [C]. The row is repeated in a buffer, so that the loops are
/// long enough for vectors.
struct RepeatedRow {
  static constexpr int64_t room = 1024;
  float values[room];
  int64_t length = 0;

  void fill(const float* row, int64_t cols) {
    length = room / cols * cols;
    for (int64_t i = 0; i < length; i += cols) std::copy(row, row + cols, values + i);
  }
};

template <class Kernel, class Out>
void run_binary(const std::array<Kernel, binary_form_count>& kernel, const Loops& l, const float* a,
                const float* b, Out* out) {
  const auto inner = static_cast<size_t>(l.rank - 1);
  const int64_t n = l.size[inner];
  int64_t outer = 1;
  for (size_t i = 0; i < inner; ++i) outer *= l.size[i];
  if (l.rank == 1) {
    const auto form = l.a[0] == 0   ? BinaryForm::scalar_a
                      : l.b[0] == 0 ? BinaryForm::scalar_b
                                    : BinaryForm::both;
    const Kernel run = kernel[static_cast<size_t>(form)];
    parallel_for(n, grain, [&](int64_t begin, int64_t end) {
      run(a + (l.a[0] ? begin : 0), b + (l.b[0] ? begin : 0), out + begin, end - begin);
    });
    return;
  }
  const bool short_row = l.rank == 2 && n <= 256 && l.a[1] == 1 && l.b[1] == 1 &&
                         ((l.b[0] == 0 && l.a[0] == n) || (l.a[0] == 0 && l.b[0] == n));
  if (short_row) {
    const bool row_is_b = l.b[0] == 0;
    RepeatedRow row;
    row.fill(row_is_b ? b : a, n);
    const Kernel run = kernel[static_cast<size_t>(BinaryForm::both)];
    parallel_for(
        outer, std::max<int64_t>(1, grain / n),
        [&](int64_t begin, int64_t end) {
          for (int64_t i = begin * n; i < end * n; i += row.length) {
            const int64_t m = std::min(row.length, end * n - i);
            run(row_is_b ? a + i : row.values, row_is_b ? row.values : b + i, out + i, m);
          }
        },
        1);
    return;
  }
  parallel_for(
      outer, std::max<int64_t>(1, grain / n),
      [&](int64_t begin, int64_t end) { run_rows(kernel, l, a, b, out, begin, end); }, 1);
}

}  // namespace
}  // namespace onednn

using namespace onednn;

Tensor OneDnnBackend::binary(BinaryOp op, const Tensor& a, const Tensor& b) {
  const auto& kernel = kernels().binary[static_cast<size_t>(op)];
  const auto& compare = kernels().compare[static_cast<size_t>(op)];
  if (a.dtype() != DType::float32 || (!kernel[0] && !compare[0])) {
    return ReferenceBackend::binary(op, a, b);
  }
  const bool same = a.shape() == b.shape();
  const Shape shape = same ? a.shape() : broadcast_shapes(a.shape(), b.shape(), "binary");
  Tensor out = Tensor::empty(shape, kernel[0] ? DType::float32 : DType::bool_);
  if (out.size() == 0) return out;
  Loops l;
  if (same) {
    l.rank = 1;
    l.size[0] = out.size();
    l.a[0] = l.b[0] = 1;
  } else {
    l = loops_of(a.shape(), b.shape(), shape);
  }
  if (kernel[0]) {
    run_binary(kernel, l, floats(a), floats(b), floats_out(out));
  } else {
    run_binary(compare, l, floats(a), floats(b), static_cast<uint8_t*>(out.mutable_raw()));
  }
  return out;
}

Tensor OneDnnBackend::where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  if (a.dtype() != DType::float32 || b.dtype() != DType::float32 ||
      condition.dtype() != DType::bool_ || !(a.shape() == b.shape()) ||
      !(a.shape() == condition.shape())) {
    return ReferenceBackend::where(condition, a, b);
  }
  Tensor out = Tensor::empty(a.shape());
  float* to = floats_out(out);
  const auto* c = static_cast<const uint8_t*>(condition.raw());
  parallel_for(a.size(), grain, [&](int64_t begin, int64_t end) {
    kernels().where(c + begin, floats(a) + begin, floats(b) + begin, to + begin, end - begin);
  });
  return out;
}

Tensor OneDnnBackend::broadcast_to(const Tensor& x, const Shape& shape) {
  if (x.dtype() != DType::float32 || x.size() == 0) {
    return ReferenceBackend::broadcast_to(x, shape);
  }
  Tensor out = Tensor::empty(shape);
  if (out.size() == 0) return out;
  const Loops l = loops_of(x.shape(), x.shape(), shape);
  // x's element copied, or repeated, along the innermost loop
  using Copy = void (*)(const float*, const float*, float*, int64_t);
  const Copy copy = [](const float* from, const float*, float* to, int64_t n) {
    std::copy(from, from + n, to);
  };
  const Copy repeat = [](const float* from, const float*, float* to, int64_t n) {
    std::fill(to, to + n, *from);
  };
  run_binary(std::array<Copy, binary_form_count>{copy, repeat, repeat}, l, floats(x), floats(x),
             floats_out(out));
  return out;
}

}  // namespace kcpp
