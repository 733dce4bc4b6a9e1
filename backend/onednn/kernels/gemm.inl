// Products without packing, for small matrices and for the weight gradients of convolutions: a tile
// of C stays in registers while the long dimension runs.

constexpr int tile_vecs = lanes == 16 ? 4 : 2;  // 32 or 16 vector registers
constexpr int most_tile_rows = 24;
/// Rows of a tile that is `vecs` vectors wide: as many sums as fit the registers.
constexpr int tile_rows(int64_t vecs) {
  if (lanes == 16) return vecs == 1 ? 24 : vecs == 2 ? 12 : vecs == 3 ? 8 : 6;
  return vecs == 1 ? 8 : 6;
}

struct TileArgs {
  const float* const* a;  // `segments` pieces of the long dimension, each of `steps`
  const float* const* b;
  int64_t segments, steps;
  int64_t a_offset, b_offset;
  int64_t row_a, step_a, ldb;
  float* c;
  int64_t ldc;
  const float* bias;
  bool accumulate;
  int last;  // elements in the last vector of a row of the tile
};

// C [Rows, Vecs * lanes] = the sum over steps of (column of A) x (row of B). UnitRows: row_a is 1.
template <int Rows, int Vecs, bool UnitRows>
static void tile(const TileArgs& t) {
  vec acc[Rows][Vecs];
  const int last = t.last;
#pragma GCC unroll 24
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 24
    for (int v = 0; v < Vecs; ++v) {
      const bool partial = v == Vecs - 1;
      if (t.accumulate) {
        const float* c = t.c + i * t.ldc + v * lanes;
        acc[i][v] = partial ? load_n(c, last) : load(c);
      } else if (t.bias) {
        acc[i][v] = partial ? load_n(t.bias + v * lanes, last) : load(t.bias + v * lanes);
      } else {
        acc[i][v] = vec{};
      }
    }
  }
  const int64_t row_a = UnitRows ? 1 : t.row_a;
  for (int64_t s = 0; s < t.segments; ++s) {
    const float* a = t.a[s] + t.a_offset;
    const float* b = t.b[s] + t.b_offset;
    for (int64_t p = 0; p < t.steps; ++p, a += t.step_a, b += t.ldb) {
      if constexpr (UnitRows) {  // pixels that wait in the second-level cache
        constexpr int64_t ahead = 8;
        __builtin_prefetch(a + ahead * t.step_a);
#pragma GCC unroll 24
        for (int v = 0; v < Vecs; ++v) __builtin_prefetch(b + ahead * t.ldb + v * lanes);
      }
      vec row[Vecs];
#pragma GCC unroll 24
      for (int v = 0; v < Vecs; ++v) {
        row[v] = v == Vecs - 1 ? load_n(b + v * lanes, last) : load(b + v * lanes);
      }
#pragma GCC unroll 24
      for (int i = 0; i < Rows; ++i) {
        const vec x = splat(a[i * row_a]);
#pragma GCC unroll 24
        for (int v = 0; v < Vecs; ++v) acc[i][v] += x * row[v];
      }
    }
  }
#pragma GCC unroll 24
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 24
    for (int v = 0; v < Vecs; ++v) {
      float* c = t.c + i * t.ldc + v * lanes;
      if (v == Vecs - 1) {
        store_n(c, acc[i][v], last);
      } else {
        store(c, acc[i][v]);
      }
    }
  }
}

using TileFn = void (*)(const TileArgs&);

template <bool UnitRows, int Vecs, int... Row>
constexpr std::array<TileFn, most_tile_rows> tiles_of_width(std::integer_sequence<int, Row...>) {
  return {tile<Row + 1, Vecs, UnitRows>...};
}
template <bool UnitRows, int... Vec>
constexpr std::array<std::array<TileFn, most_tile_rows>, tile_vecs> all_tiles(
    std::integer_sequence<int, Vec...>) {
  return {tiles_of_width<UnitRows, Vec + 1>(
      std::make_integer_sequence<int, tile_rows(Vec + 1)>())...};
}
static constexpr auto unit_tiles = all_tiles<true>(std::make_integer_sequence<int, tile_vecs>());
static constexpr auto strided_tiles = all_tiles<false>(std::make_integer_sequence<int, tile_vecs>());

// Covers C [m, n] with tiles; rows are cut evenly, so that no tile is left with one row.
static void run_tiles(TileArgs t, int64_t m, int64_t n) {
  const auto& tiles = t.row_a == 1 ? unit_tiles : strided_tiles;
  float* const c = t.c;
  const float* const bias = t.bias;
  const int64_t a_offset = t.a_offset, b_offset = t.b_offset;
  for (int64_t j = 0; j < n; j += tile_vecs * lanes) {
    const int64_t w = std::min<int64_t>(tile_vecs * lanes, n - j);
    const int64_t vecs = (w + lanes - 1) / lanes;
    t.last = static_cast<int>(w - (vecs - 1) * lanes);
    t.b_offset = b_offset + j;
    t.bias = bias ? bias + j : nullptr;
    const int64_t bands = (m + tile_rows(vecs) - 1) / tile_rows(vecs);
    for (int64_t band = 0; band < bands; ++band) {
      const int64_t i = m * band / bands;
      const int64_t rows = m * (band + 1) / bands - i;
      t.a_offset = a_offset + i * t.row_a;
      t.c = c + i * t.ldc + j;
      tiles[static_cast<size_t>(vecs - 1)][static_cast<size_t>(rows - 1)](t);
    }
  }
}

static void small_gemm_kernel(const SmallGemm& g) {
  TileArgs t{};
  t.a = &g.a;
  t.b = &g.b;
  t.segments = 1;
  t.steps = g.k;
  t.row_a = g.row_a;
  t.step_a = g.step_a;
  t.ldb = g.ldb;
  t.c = g.c;
  t.ldc = g.ldc;
  t.bias = g.bias;
  t.accumulate = g.accumulate;
  run_tiles(t, g.m, g.n);
}

static void pixel_product_kernel(const PixelProduct& p) {
  TileArgs t{};
  t.a = p.x;
  t.b = p.dy;
  t.segments = p.rows;
  t.steps = p.pixels;
  t.row_a = 1;
  t.step_a = p.step_x;
  t.ldb = p.ld_dy;
  t.c = p.c;
  t.ldc = p.ldc;
  t.accumulate = p.accumulate;
  run_tiles(t, p.m, p.n);
}

// Dot products of rows of A with rows of B, four at a time.
static void small_gemm_nt_kernel(int64_t m, int64_t n, int64_t k, const float* a, int64_t lda,
                                 const float* b, int64_t ldb, float* c, int64_t ldc) {
  if (k < lanes) {  // too short for dot products: turn B, a piece at a time
    constexpr int64_t piece = 256;
    float turned[lanes * piece];
    for (int64_t j0 = 0; j0 < n; j0 += piece) {
      const int64_t w = std::min(piece, n - j0);
      for (int64_t p = 0; p < k; ++p) {
        for (int64_t j = 0; j < w; ++j) turned[p * w + j] = b[(j0 + j) * ldb + p];
      }
      small_gemm_kernel({m, w, k, a, lda, 1, turned, w, c + j0, ldc, nullptr, false});
    }
    return;
  }
  const int64_t whole = (k - 1) / lanes * lanes;
  const int rest = static_cast<int>(k - whole);  // 1 .. lanes
  for (int64_t i = 0; i < m; ++i) {
    const float* x = a + i * lda;
    int64_t j = 0;
    for (; j + 4 <= n; j += 4) {
      const float* y = b + j * ldb;
      vec s0{}, s1{}, s2{}, s3{};
      for (int64_t p = 0; p < whole; p += lanes) {
        const vec v = load(x + p);
        s0 += v * load(y + p);
        s1 += v * load(y + ldb + p);
        s2 += v * load(y + 2 * ldb + p);
        s3 += v * load(y + 3 * ldb + p);
      }
      const vec v = load_n(x + whole, rest);
      y += whole;
      c[i * ldc + j] = sum_lanes(s0 + v * load_n(y, rest));
      c[i * ldc + j + 1] = sum_lanes(s1 + v * load_n(y + ldb, rest));
      c[i * ldc + j + 2] = sum_lanes(s2 + v * load_n(y + 2 * ldb, rest));
      c[i * ldc + j + 3] = sum_lanes(s3 + v * load_n(y + 3 * ldb, rest));
    }
    for (; j < n; ++j) {
      const float* y = b + j * ldb;
      vec s{};
      for (int64_t p = 0; p < whole; p += lanes) s += load(x + p) * load(y + p);
      c[i * ldc + j] = sum_lanes(s + load_n(x + whole, rest) * load_n(y + whole, rest));
    }
  }
}

static void fill_gemm(Kernels& k) {
  k.small_gemm = small_gemm_kernel;
  k.small_gemm_nt = small_gemm_nt_kernel;
  k.pixel_product = pixel_product_kernel;
}
