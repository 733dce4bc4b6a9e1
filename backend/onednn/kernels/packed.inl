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
/// From so many rows on, weights are used often enough to ask for them a little at a time, a
/// stretch ahead; below, they are asked for a page ahead, where the processor's own prefetcher
/// stops.
constexpr int64_t fewest_blocked_rows = 4 * packed_rows(panel_vecs);
constexpr int prefetched_floats = 1024;
/// Weights of a stretch, which stay in the second-level cache while all rows of a block meet them.
constexpr int64_t stretch_steps = 32 * 1024 / panel_columns;
constexpr int64_t most_block_rows = 256;
/// The part of A that belongs to a block, in floats: for the second-level cache too.
constexpr int64_t block_floats = 192 * 1024;

KCPP_INLINE vec clamp(vec v, float low, float high) {
  const vec l = splat(low), h = splat(high);
  v = v < l ? l : v;  // NaN stays
  return v > h ? h : v;
}

alignas(64) static constexpr float no_bias[panel_columns] = {};

/// A stretch of the long dimension: steps [first, first + steps) of some segments.
struct PackedStretch {
  int64_t segment, segments, first, steps;
};

/// What a tile begins with and where it leaves its sums.
struct PackedSums {
  const float* start;
  int64_t start_step;  ///< from row to row: 0 for a bias
  float* keep;         ///< rows of panel_columns, for the next stretch; null: finished, into C
};

/// One tile: `Rows` rows that start at a[i], `Vecs` vectors of one panel. With one row, the long
/// dimension is cut in `Split` interleaved sums, so that they do not wait for each other.
/// `Blocked`: the weights b are near, and a step asks for what is at `ahead`.
template <int Rows, int Vecs, int Split, bool Blocked>
static void packed_tile(const PackedProduct& g, const PackedStretch& stretch,
                        const PackedSums& sums, const float* const* a, const float* b,
                        const char* ahead, int64_t ahead_step, const float* residual, float* c,
                        int last) {
  vec acc[Split][Rows][Vecs];
#pragma GCC unroll 8
  for (int s = 0; s < Split; ++s) {
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
      for (int v = 0; v < Vecs; ++v) {
        acc[s][i][v] = s == 0 ? load(sums.start + i * sums.start_step + v * lanes) : vec{};
      }
    }
  }
  const int64_t steps = stretch.steps;
  for (int64_t segment = 0; segment < stretch.segments; ++segment) {
    const float* p[Rows];
    const int64_t offset =
        stretch.first + (g.segment_offsets ? g.segment_offsets[stretch.segment + segment] : 0);
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
          if constexpr (!Blocked) __builtin_prefetch(b + prefetched_floats + v * lanes);
        }
        if constexpr (Blocked) {
          __builtin_prefetch(ahead, 0, 2);
          ahead += ahead_step;
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
          for (int v = 0; v < Vecs; ++v)
            acc[0][i][v] = multiply_add(acc[0][i][v], x, load(b + v * lanes));
        }
      }
    }
  }
  if (sums.keep) {
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
      for (int v = 0; v < Vecs; ++v)
        store(sums.keep + i * panel_columns + v * lanes, acc[0][i][v]);
    }
    return;
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

using PackedTile = void (*)(const PackedProduct&, const PackedStretch&, const PackedSums&,
                            const float* const*, const float*, const char*, int64_t, const float*,
                            float*, int);
template <bool Blocked, int Vecs, int... Row>
constexpr std::array<PackedTile, most_packed_rows> packed_tiles_of_width(
    std::integer_sequence<int, Row...>) {
  return {packed_tile<Row + 1, Vecs, (Row == 0 && !Blocked ? (Vecs <= 2 ? 4 : 2) : 1), Blocked>...};
}
template <bool Blocked, int... Vec>
constexpr std::array<std::array<PackedTile, most_packed_rows>, panel_vecs> all_packed_tiles(
    std::integer_sequence<int, Vec...>) {
  return {packed_tiles_of_width<Blocked, Vec + 1>(
      std::make_integer_sequence<int, packed_rows(Vec + 1)>())...};
}
template <bool Blocked>
static constexpr auto packed_tiles =
    all_packed_tiles<Blocked>(std::make_integer_sequence<int, panel_vecs>());

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

/// Rows [first, first + count) of C, one panel, all of the long dimension or a stretch of it. All
/// panels but the last one are whole.
template <bool Blocked>
static void packed_bands(const PackedProduct& g, int64_t first, int64_t count, int64_t panel,
                         const PackedStretch& stretch, const float* b, const float* bias,
                         float* kept, bool finished) {
  const int64_t j = panel * panel_columns;
  const int64_t width = std::min<int64_t>(panel_columns, g.n - j);
  const int vecs = static_cast<int>((width + lanes - 1) / lanes);
  const int last = static_cast<int>(width - (vecs - 1) * lanes);
  const int most = packed_rows(vecs);
  const int64_t bands = (count + most - 1) / most;
  const int64_t rows_of_band = count / bands, longer_bands = count % bands;
  // What the next stretch or panel reads lies behind what this one does.
  const int64_t floats = stretch.segments * stretch.steps * vecs * lanes;
  const char* ahead = reinterpret_cast<const char*>(b + floats);
  const int64_t ahead_step = vecs * lanes * static_cast<int64_t>(sizeof(float)) / bands;
  const int64_t ahead_of_band = ahead_step * stretch.segments * stretch.steps;
  PackedRow row(g, first);
  for (int64_t band = 0, r = first; band < bands; ++band) {
    const int rows = static_cast<int>(rows_of_band + (band < longer_bands));
    const float* a[most_packed_rows];
    for (int i = 0; i < rows; ++i) a[i] = row.next(g);
    float* own = kept ? kept + (r - first) * panel_columns : nullptr;
    const PackedSums sums{bias ? bias : own, bias ? 0 : panel_columns, finished ? nullptr : own};
    packed_tiles<Blocked>[static_cast<size_t>(vecs - 1)][static_cast<size_t>(rows - 1)](
        g, stretch, sums, a, b, ahead + band * ahead_of_band, ahead_step,
        g.residual ? g.residual + r * g.ldc + j : nullptr, g.c + r * g.ldc + j, last);
    r += rows;
  }
}

/// The rows [first, first + count) of one panel, stretch by stretch: the weights come from memory
/// at an even pace, under the arithmetic of the stretch before.
static void packed_block(const PackedProduct& g, int64_t first, int64_t count, int64_t panel) {
  alignas(64) float kept[most_block_rows * panel_columns];
  const int64_t j = panel * panel_columns;
  const int64_t stored = (std::min<int64_t>(panel_columns, g.n - j) + lanes - 1) / lanes * lanes;
  const float* b = g.b + j * g.segments * g.steps;
  const float* bias = g.bias ? g.bias + j : no_bias;
  // A stretch is some whole segments, or a part of one.
  const int64_t segments = std::max<int64_t>(1, stretch_steps / g.steps);
  const int64_t steps = std::min(g.steps, stretch_steps);
  for (int64_t segment = 0; segment < g.segments; segment += segments) {
    for (int64_t step = 0; step < g.steps; step += steps) {
      const PackedStretch stretch{segment, std::min(segments, g.segments - segment), step,
                                  std::min(steps, g.steps - step)};
      const bool finished = segment + segments >= g.segments && step + steps >= g.steps;
      packed_bands<true>(g, first, count, panel, stretch, b, bias, kept, finished);
      bias = nullptr;
      b += stretch.segments * stretch.steps * stored;
    }
  }
}

static void packed_product_kernel(const PackedProduct& g) {
  const int64_t rows = g.row_last - g.row_first;
  if (rows <= 0) return;
  const bool blocked = rows >= fewest_blocked_rows && g.steps > 0;
  const PackedStretch whole{0, g.segments, 0, g.steps};
  // A block of rows, whose part of A stays in the second-level cache, meets all panels.
  const int64_t most =
      std::clamp<int64_t>(block_floats / std::max<int64_t>(1, g.row_step), 48, most_block_rows);
  const int64_t blocks = (rows + most - 1) / most;
  for (int64_t i = 0, first = g.row_first; i < blocks; ++i) {
    const int64_t count = rows / blocks + (i < rows % blocks);
    for (int64_t panel = g.panel_first; panel < g.panel_last; ++panel) {
      if (blocked) {
        packed_block(g, first, count, panel);
      } else {
        const int64_t j = panel * panel_columns;
        packed_bands<false>(g, first, count, panel, whole, g.b + j * g.segments * g.steps,
                            g.bias ? g.bias + j : no_bias, nullptr, true);
      }
    }
    first += count;
  }
}
