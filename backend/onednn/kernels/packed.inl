// A product with packed weights, which is also every convolution that is not depthwise. With
// KCPP_PAIRS, an element of A and of B is a pair of bfloat16 instead of a float: two products a
// step.

#ifdef KCPP_PAIRS
KCPP_INLINE vec multiply_add(vec sum, vec x, vec row) {
  return (vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)row, (__m512bh)x);
}
#else
KCPP_INLINE vec multiply_add(vec sum, vec x, vec row) { return sum + x * row; }
#endif
/// One element in all lanes, bit by bit.
KCPP_INLINE vec repeat(const float* p) {
#if KCPP_LANES == 16
  return (vec)_mm512_set1_ps(*p);
#else
  return splat(*p);
#endif
}

constexpr int panel_vecs = lanes == 16 ? 4 : 2;  // a panel of packed weights: 64, 16 or 8 columns
constexpr int panel_columns = panel_vecs * lanes;
/// Rows of a tile: as many sums as the registers hold beside the weights and one factor.
constexpr int packed_rows(int vecs) { return vecs == panel_vecs ? 6 : 8; }
constexpr int most_packed_rows = 8;
/// So many floats ahead, weights are asked for: a page, where the processor's own prefetcher stops.
constexpr int prefetched_floats = 1024;

KCPP_INLINE vec clamp(vec v, float low, float high) {
  const vec l = splat(low), h = splat(high);
  v = v < l ? l : v;  // NaN stays
  return v > h ? h : v;
}

/// One tile: `Rows` rows that start at a[i], `Vecs` vectors of one panel. With one row, the long
/// dimension is cut in `Split` interleaved sums, so that they do not wait for each other.
template <int Rows, int Vecs, int Split>
static void packed_tile(const PackedProduct& g, const float* const* a, const float* b,
                        const float* bias, const float* residual, float* c, int last) {
  vec acc[Split][Rows][Vecs];
#pragma GCC unroll 8
  for (int s = 0; s < Split; ++s) {
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
      for (int v = 0; v < Vecs; ++v)
        acc[s][i][v] = s == 0 && bias ? load(bias + v * lanes) : vec{};
    }
  }
  const int64_t steps = g.steps;
  for (int64_t segment = 0; segment < g.segments; ++segment) {
    const float* p[Rows];
    const int64_t offset = g.segment_offsets ? g.segment_offsets[segment] : 0;
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) p[i] = a[i] + offset;
    int64_t k = 0;
    for (; k + Split <= steps; k += Split) {
#pragma GCC unroll 8
      for (int s = 0; s < Split; ++s) {
        vec row[Vecs];
#pragma GCC unroll 8
        for (int v = 0; v < Vecs; ++v) {
          row[v] = load(b + v * lanes);
          __builtin_prefetch(b + prefetched_floats + v * lanes);
        }
        b += Vecs * lanes;
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i) {
          const vec x = repeat(p[i] + k + s);
#pragma GCC unroll 8
          for (int v = 0; v < Vecs; ++v) acc[s][i][v] = multiply_add(acc[s][i][v], x, row[v]);
        }
      }
    }
    if constexpr (Split > 1) {
      for (; k < steps; ++k, b += Vecs * lanes) {
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i) {
          const vec x = repeat(p[i] + k);
#pragma GCC unroll 8
          for (int v = 0; v < Vecs; ++v) acc[0][i][v] = multiply_add(acc[0][i][v], x, load(b + v * lanes));
        }
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
    for (int v = 0; v < Vecs; ++v) {
      vec y = acc[0][i][v];
#pragma GCC unroll 8
      for (int s = 1; s < Split; ++s) y += acc[s][i][v];
      const bool partial = v == Vecs - 1 && last != lanes;
      if (residual) {
        const float* r = residual + i * g.ldc + v * lanes;
        y += partial ? load_n(r, last) : load(r);
      }
      if (g.clamped) y = clamp(y, g.low, g.high);
      float* to = c + i * g.ldc + v * lanes;
      if (partial) {
        store_n(to, y, last);
      } else {
        store(to, y);
      }
    }
  }
}

using PackedTile = void (*)(const PackedProduct&, const float* const*, const float*, const float*,
                            const float*, float*, int);
template <int Vecs, int... Row>
constexpr std::array<PackedTile, most_packed_rows> packed_tiles_of_width(
    std::integer_sequence<int, Row...>) {
  return {packed_tile<Row + 1, Vecs, (Row == 0 ? (Vecs <= 2 ? 4 : 2) : 1)>...};
}
template <int... Vec>
constexpr std::array<std::array<PackedTile, most_packed_rows>, panel_vecs> all_packed_tiles(
    std::integer_sequence<int, Vec...>) {
  return {packed_tiles_of_width<Vec + 1>(std::make_integer_sequence<int, packed_rows(Vec + 1)>())...};
}
static constexpr auto packed_tiles =
    all_packed_tiles(std::make_integer_sequence<int, panel_vecs>());

/// Walks over the rows of A: divisions would take as long as the product of a short row.
class PackedRow {
 public:
  PackedRow(const PackedProduct& g, int64_t r)
      : x_(r % g.width),
        line_(r / g.width % g.lines),
        image_(r / g.width / g.lines),
        at_(g.a + image_ * g.image_step + line_ * g.line_step + x_ * g.row_step) {}
  /// The row in hand; goes on to the one behind it.
  const float* next(const PackedProduct& g) {
    const float* row = at_;
    at_ += g.row_step;
    if (++x_ == g.width) {
      x_ = 0;
      if (++line_ == g.lines) line_ = 0, ++image_;
      at_ = g.a + image_ * g.image_step + line_ * g.line_step;
    }
    return row;
  }

 private:
  int64_t x_, line_, image_;
  const float* at_;
};

static void packed_product_kernel(const PackedProduct& g) {
  const int64_t depth = g.segments * g.steps;
  const int64_t rows = g.row_last - g.row_first;
  // A block of rows, whose part of A stays in the second-level cache, meets all panels.
  const int64_t block =
      std::max<int64_t>(48, 48 * 1024 / std::max<int64_t>(1, std::min(depth, g.steps * 3)));
  for (int64_t r0 = 0; r0 < rows; r0 += block) {
    const int64_t block_rows = std::min(block, rows - r0);
    for (int64_t panel = g.panel_first; panel < g.panel_last; ++panel) {
      const int64_t j = panel * panel_columns;
      const int64_t width = std::min<int64_t>(panel_columns, g.n - j);
      // All panels but the last one are whole: they lie panel_columns * depth apart.
      const float* b = g.b + panel * panel_columns * depth;
      const int vecs = static_cast<int>((width + lanes - 1) / lanes);
      const int last = static_cast<int>(width - (vecs - 1) * lanes);
      const int most = packed_rows(vecs);
      const int64_t bands = (block_rows + most - 1) / most;
      const int64_t rows_of_band = block_rows / bands, longer_bands = block_rows % bands;
      int64_t r = g.row_first + r0;
      PackedRow row(g, r);
      for (int64_t band = 0; band < bands; ++band) {
        const int count = static_cast<int>(rows_of_band + (band < longer_bands));
        const float* a[most_packed_rows];
        for (int i = 0; i < count; ++i) a[i] = row.next(g);
        packed_tiles[static_cast<size_t>(vecs - 1)][static_cast<size_t>(count - 1)](
            g, a, b, g.bias ? g.bias + j : nullptr,
            g.residual ? g.residual + r * g.ldc + j : nullptr, g.c + r * g.ldc + j, last);
        r += count;
      }
    }
  }
}
