// Packed weights, and products cut for threads.
#include <cstring>
#include <limits>
#include <vector>

#include "backend/onednn/session/kernels.h"

namespace kcpp::onednn::session {

bool all_float(const Graph& g, const Node& n) {
  for (int v : n.inputs) {
    if (!is_float(g, v)) return false;
  }
  for (int v : n.outputs) {
    if (!is_float(g, v)) return false;
  }
  return true;
}

FusedActivation::FusedActivation(const Activation& a)
    : params{static_cast<float>(a.attrs.alpha), static_cast<float>(a.attrs.beta),
             static_cast<float>(a.attrs.gamma)} {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  switch (a.op) {
    case UnaryOp::identity:
      return;
    case UnaryOp::relu:
      clamped = true;
      high = infinity;
      return;
    case UnaryOp::relu6:
      clamped = true;
      high = 6;
      return;
    case UnaryOp::relu_general:
      if (a.attrs.alpha == 0 && a.attrs.gamma == 0 && a.attrs.beta > 0) {
        clamped = true;
        high = static_cast<float>(a.attrs.beta);
        return;
      }
      break;
    default:
      break;
  }
  kernel = kernels().unary[static_cast<size_t>(a.op)];
}

bool FusedActivation::available(const Activation& a) {
  const FusedActivation f(a);
  return a.op == UnaryOp::identity || f.clamped || f.kernel;
}

namespace {

int64_t columns() { return kernels().panel_columns; }
/// Columns of the panel that starts at j, in whole vectors.
int64_t stored_columns(int64_t n, int64_t j) {
  const int64_t v = kernels().vector_floats;
  return std::min(columns(), (n - j + v - 1) / v * v);
}

}  // namespace

int64_t PackedWeights::floats_needed(int64_t depth, int64_t n) {
  const int64_t whole = n / columns() * columns();
  return depth * (whole + (whole < n ? stored_columns(n, whole) : 0));
}

int64_t PackedWeights::panels() const { return (n + columns() - 1) / columns(); }

void PackedWeights::pack(const float* w, int64_t depth, int64_t n, int64_t row, int64_t column,
                         float* to, const float* scale) {
  for (int64_t j = 0; j < n; j += columns()) {
    const int64_t width = std::min(columns(), n - j), stored = stored_columns(n, j);
    for (int64_t i = 0; i < depth; ++i, to += stored) {
      const float* from = w + i * row + j * column;
      if (column == 1 && scale) {
        for (int64_t c = 0; c < width; ++c) to[c] = from[c] * scale[j + c];
      } else if (column == 1) {
        std::memcpy(to, from, static_cast<size_t>(width) * sizeof(float));
      } else {
        for (int64_t c = 0; c < width; ++c) to[c] = from[c * column];
      }
      std::fill(to + width, to + stored, 0.0f);
    }
  }
}

PackedWeights::PackedWeights(const float* w, int64_t depth_, int64_t n_, int64_t ld, int64_t first,
                             const float* scale)
    : panels_data(floats_needed(depth_, n_)), depth(depth_), n(n_) {
  const int64_t count = panels();
  // A panel a piece: the largest models are packed on all threads.
  const int parts = parts_of(count, std::max<int64_t>(1, 1 + (1 << 16) / (depth * columns())));
  run_parts(parts, [&](int part) {
    const Range r = part_range(count, parts, part, 1);
    for (int64_t p = r.begin; p < r.end; ++p) {
      const int64_t j = p * columns();
      pack(w + first + j, depth, std::min(columns(), n - j), ld, 1, panels_data.data() + j * depth,
           scale ? scale + first + j : nullptr);
    }
  });
}

PackedWeights PackedWeights::pairs(const float* w, int64_t depth, int64_t n, int64_t ld,
                                   int64_t first, const float* scale) {
  // A column of pairs is a column of floats whose bits are two bfloat16.
  std::vector<float> paired(static_cast<size_t>(depth / 2 * n));
  std::vector<float> row(static_cast<size_t>(n));
  std::vector<uint16_t> halves(static_cast<size_t>(n));
  auto* out = reinterpret_cast<uint16_t*>(paired.data());
  for (int64_t i = 0; i < depth; ++i) {
    for (int64_t c = 0; c < n; ++c)
      row[static_cast<size_t>(c)] = w[i * ld + first + c] * (scale ? scale[first + c] : 1.0f);
    bfloat16_kernels()->to_bfloat16(row.data(), halves.data(), n);
    for (int64_t c = 0; c < n; ++c)
      out[2 * (i / 2 * n + c) + i % 2] = halves[static_cast<size_t>(c)];
  }
  return PackedWeights(paired.data(), depth / 2, n, n);
}

FloatArray padded_bias(const float* bias, int64_t n) {
  if (!bias) return {};
  const int64_t v = kernels().vector_floats, stored = (n + v - 1) / v * v;
  FloatArray out(stored);
  std::copy(bias, bias + n, out.data());
  std::fill(out.data() + n, out.data() + stored, 0.0f);
  return out;
}

namespace {
constexpr int64_t shared_weights = 64 << 10;  // floats
}

void run_product(const PackedProduct& whole, int64_t rows, int64_t panels,
                 const FusedActivation& activation, bool pairs) {
  const auto product = pairs ? bfloat16_kernels()->packed_product : kernels().packed_product;
  const auto run = [&](PackedProduct p) {
    product(p);
    if (!activation.kernel) return;
    if (p.panel_first == 0 && p.panel_last == panels && p.ldc == p.n) {
      activation.apply(p.c + p.row_first * p.ldc, (p.row_last - p.row_first) * p.n);
      return;
    }
    const int64_t j = p.panel_first * columns();
    const int64_t width = std::min(p.n, p.panel_last * columns()) - j;
    for (int64_t r = p.row_first; r < p.row_last; ++r) activation.apply(p.c + r * p.ldc + j, width);
  };
  PackedProduct p = whole;
  p.row_first = 0;
  p.row_last = rows;
  p.panel_first = 0;
  p.panel_last = panels;
  const int64_t depth = p.segments * p.steps;
  const int threads = num_threads();
  // Below some ten microseconds of work, other threads cost more than they do.
  if (threads == 1 || rows * p.n * depth < 400 * 1000) return run(p);
  // Small weights may be read by all threads: what lies around a product is cut along its rows, and
  // is then in the cache of the same core.
  const bool few_rows = rows < 6 * threads || (rows <= p.n && depth * p.n >= shared_weights);
  const bool by_panels =
      panels >= threads && few_rows && (panels % threads == 0 || panels >= 4 * threads);
  const int parts = static_cast<int>(
      std::min<int64_t>(threads, by_panels ? panels : std::max<int64_t>(1, rows / 6)));
  run_parts(parts, [&](int i) {
    PackedProduct part = p;
    const Range r = part_range(by_panels ? panels : rows, parts, i, 1);
    (by_panels ? part.panel_first : part.row_first) = r.begin;
    (by_panels ? part.panel_last : part.row_last) = r.end;
    if (r.begin < r.end) run(part);
  });
}

}  // namespace kcpp::onednn::session
