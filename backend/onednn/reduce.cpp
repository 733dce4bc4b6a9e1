// Reductions over axes, arg_reduce, running sums.
#include <cmath>
#include <limits>
#include <vector>

#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/parallel.h"
#include "backend/onednn/products.h"

namespace kcpp {
namespace onednn {
namespace {

constexpr int64_t grain = 16 * 1024;  // elements a thread

/// A contiguous run of reduced axes: x is [outer, reduced, inner].
struct Layout {
  int64_t outer = 1, reduced = 1, inner = 1;
};

bool layout_of(const Shape& shape, const std::vector<int>& axes, Layout& l) {
  if (axes.empty()) return false;
  const int first = axes.front(), last = axes.back();
  std::vector<bool> in(static_cast<size_t>(shape.rank()), false);
  for (int a : axes) in[static_cast<size_t>(a)] = true;
  for (int i = first; i <= last; ++i) {
    if (!in[static_cast<size_t>(i)] && shape[i] != 1) return false;
  }
  for (int i = 0; i < shape.rank(); ++i) {
    (i < first ? l.outer : i <= last ? l.reduced : l.inner) *= shape[i];
  }
  return true;
}

/// Adds the column sums of x [rows, cols] in double; rows are cut for the threads, whose parts are
/// added up in order.
void column_sums_into(const float* x, int64_t rows, int64_t cols, double* sums) {
  const int parts = rows >= 8 ? parts_of(rows * cols, grain) : 1;
  if (parts == 1) {
    const FlushDenormals flush;
    kernels().sum_rows(x, rows, cols, cols, sums);
    return;
  }
  static thread_local std::vector<double> partial;
  std::vector<double>& shared = partial;
  shared.assign(static_cast<size_t>(parts * cols), 0.0);
  run_parts(parts, [&](int i) {
    const Range r = part_range(rows, parts, i, 1);
    kernels().sum_rows(x + r.begin * cols, r.end - r.begin, cols, cols, shared.data() + i * cols);
  });
  for (int i = 0; i < parts; ++i) {
    for (int64_t j = 0; j < cols; ++j) sums[j] += shared[static_cast<size_t>(i * cols + j)];
  }
}

using Sum = double (*)(const float*, int64_t);

/// A sum over a long row: cut for the threads, parts added in order.
double long_sum(Sum kernel, const float* x, int64_t n) {
  const int parts = parts_of(n, grain);
  if (parts == 1) {
    const FlushDenormals flush;
    return kernel(x, n);
  }
  std::vector<double> sums(static_cast<size_t>(parts), 0.0);
  run_parts(parts, [&](int i) {
    const Range r = part_range(n, parts, i);
    sums[static_cast<size_t>(i)] = kernel(x + r.begin, r.end - r.begin);
  });
  double total = 0;
  for (double s : sums) total += s;
  return total;
}

void reduce_sums(const Layout& l, const float* x, double factor, float* out) {
  if (l.inner == 1 && l.outer == 1) {
    out[0] = static_cast<float>(long_sum(kernels().sum, x, l.reduced) * factor);
  } else if (l.inner == 1) {
    parallel_for(
        l.outer, std::max<int64_t>(1, grain / l.reduced),
        [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            out[i] = static_cast<float>(kernels().sum(x + i * l.reduced, l.reduced) * factor);
          }
        },
        1);
  } else {
    const auto one = [&](int64_t i, double* sums, bool threads) {
      std::fill(sums, sums + l.inner, 0.0);
      const float* p = x + i * l.reduced * l.inner;
      if (threads) {
        column_sums_into(p, l.reduced, l.inner, sums);
      } else {
        kernels().sum_rows(p, l.reduced, l.inner, l.inner, sums);
      }
      for (int64_t j = 0; j < l.inner; ++j) {
        out[i * l.inner + j] = static_cast<float>(sums[j] * factor);
      }
    };
    if (l.outer < num_threads()) {
      std::vector<double> sums(static_cast<size_t>(l.inner));
      for (int64_t i = 0; i < l.outer; ++i) one(i, sums.data(), true);
    } else {
      parallel_for(
          l.outer, std::max<int64_t>(1, grain / (l.reduced * l.inner)),
          [&](int64_t begin, int64_t end) {
            std::vector<double> sums(static_cast<size_t>(l.inner));
            for (int64_t i = begin; i < end; ++i) one(i, sums.data(), false);
          },
          1);
    }
  }
}

void reduce_extremes(bool max, const Layout& l, const float* x, float* out) {
  const Kernels& k = kernels();
  const auto whole = max ? k.max : k.min;
  const auto rows = max ? k.max_rows : k.min_rows;
  if (l.inner == 1 && l.outer == 1) {
    const int parts = parts_of(l.reduced, grain);
    std::vector<float> best(static_cast<size_t>(parts));
    run_parts(parts, [&](int i) {
      const Range r = part_range(l.reduced, parts, i);
      best[static_cast<size_t>(i)] = whole(x + r.begin, r.end - r.begin);
    });
    out[0] = whole(best.data(), parts);
    return;
  }
  parallel_for(
      l.outer, std::max<int64_t>(1, grain / (l.reduced * l.inner)),
      [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const float* p = x + i * l.reduced * l.inner;
          if (l.inner == 1) {
            out[i] = whole(p, l.reduced);
          } else {
            std::copy(p, p + l.inner, out + i * l.inner);
            rows(p + l.inner, l.reduced - 1, l.inner, l.inner, out + i * l.inner);
          }
        }
      },
      1);
}

}  // namespace

void column_sums(const float* x, int64_t rows, int64_t cols, float* out) {
  constexpr int64_t few = 512;
  double on_stack[few];
  std::vector<double> on_heap;
  double* sums = on_stack;
  if (cols > few) {
    on_heap.resize(static_cast<size_t>(cols));
    sums = on_heap.data();
  }
  std::fill(sums, sums + cols, 0.0);
  column_sums_into(x, rows, cols, sums);
  for (int64_t j = 0; j < cols; ++j) out[j] = static_cast<float>(sums[j]);
}

}  // namespace onednn

using namespace onednn;

Tensor OneDnnBackend::reduce(ReduceOp op, const Tensor& x, const std::vector<int>& axes,
                             bool keepdims) {
  const bool known =
      op == ReduceOp::sum || op == ReduceOp::mean || op == ReduceOp::max || op == ReduceOp::min;
  Layout l;
  if (x.dtype() != DType::float32 || !known || x.size() == 0 || !layout_of(x.shape(), axes, l)) {
    return ReferenceBackend::reduce(op, x, axes, keepdims);
  }
  Shape shape;
  size_t next = 0;
  for (int i = 0; i < x.rank(); ++i) {
    const bool reduced = next < axes.size() && axes[next] == i;
    next += reduced;
    if (!reduced) shape.push_back(x.shape()[i]);
    if (reduced && keepdims) shape.push_back(1);
  }
  Tensor y = Tensor::empty(shape);
  if (op == ReduceOp::sum || op == ReduceOp::mean) {
    const double factor = op == ReduceOp::sum ? 1.0 : 1.0 / static_cast<double>(l.reduced);
    reduce_sums(l, floats(x), factor, floats_out(y));
  } else {
    reduce_extremes(op == ReduceOp::max, l, floats(x), floats_out(y));
  }
  return y;
}

Tensor OneDnnBackend::arg_reduce(bool max, const Tensor& x, int axis, bool keepdims) {
  const int64_t n = x.rank() > 0 ? x.shape()[axis] : 1;
  if (x.dtype() != DType::float32 || x.size() == 0 || axis != x.rank() - 1) {
    return ReferenceBackend::arg_reduce(max, x, axis, keepdims);
  }
  Shape shape = x.shape();
  shape.pop_back();
  if (keepdims) shape.push_back(1);
  Tensor y = Tensor::empty(shape, DType::int32);
  auto* out = static_cast<int32_t*>(y.mutable_raw());
  const float* in = floats(x);
  parallel_for(
      x.size() / n, std::max<int64_t>(1, grain / n),
      [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
          const float* row = in + r * n;
          const float best = max ? kernels().max(row, n) : kernels().min(row, n);
          int64_t j = 0;
          if (best == best) {
            while (!(row[j] == best)) ++j;
          } else {
            while (row[j] == row[j]) ++j;  // the first NaN
          }
          out[r] = static_cast<int32_t>(j);
        }
      },
      1);
  return y;
}

Tensor OneDnnBackend::cumulative(CumulativeOp op, const Tensor& x, int axis, bool reverse) {
  int64_t inner = 1;
  for (int i = axis + 1; i < x.rank(); ++i) inner *= x.shape()[i];
  if (x.dtype() != DType::float32 || op != CumulativeOp::sum || inner < 8 || x.size() == 0) {
    return ReferenceBackend::cumulative(op, x, axis, reverse);
  }
  Tensor y = Tensor::empty(x.shape());
  const int64_t n = x.shape()[axis], outer = x.size() / (n * inner);
  const float* in = floats(x);
  float* out = floats_out(y);
  const auto add = kernels().binary[static_cast<size_t>(BinaryOp::add)][0];
  parallel_for(
      outer, std::max<int64_t>(1, grain / (n * inner)),
      [&](int64_t begin, int64_t end) {
        for (int64_t o = begin; o < end; ++o) {
          const int64_t base = o * n * inner;
          const int64_t first = base + (reverse ? (n - 1) * inner : 0);
          const int64_t step = reverse ? -inner : inner;
          std::copy(in + first, in + first + inner, out + first);
          for (int64_t i = 1; i < n; ++i) {
            const int64_t at = first + i * step;
            add(out + at - step, in + at, out + at, inner);
          }
        }
      },
      1);
  return y;
}

double OneDnnBackend::sum_of_squares(std::span<const Tensor> tensors) {
  double total = 0;
  for (const Tensor& t : tensors) {
    if (t.dtype() != DType::float32) {
      total += ReferenceBackend::sum_of_squares(std::span<const Tensor>(&t, 1));
    } else {
      total += long_sum(kernels().sum_of_squares, floats(t), t.size());
    }
  }
  return total;
}

}  // namespace kcpp
