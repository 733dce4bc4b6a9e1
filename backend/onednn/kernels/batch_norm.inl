// Batch normalisation of a matrix [rows, cols] whose columns are the channels.
//
// Few channels make short rows: several rows then count as one wide one, with the columns'
// parameters repeated. A last, incomplete wide row is a prefix of it.

constexpr int64_t bn_tile = 4 * lanes;     // columns that registers hold
constexpr int64_t bn_widest = batch_norm_widest;
constexpr int64_t bn_block = 32;           // wide rows that float sums go over

struct BnWide {
  BnWide(int64_t rows, int64_t cols)
      : repeat(cols < bn_widest / 2 ? bn_widest / cols : 1),
        width(cols * repeat),
        rows(rows / repeat),
        rest(rows % repeat * cols) {}
  int64_t repeat, width, rows, rest;
};

// A column's parameters, repeated into `room` where rows are widened.
KCPP_INLINE const float* bn_repeated(const float* p, int64_t cols, const BnWide& w, float* room) {
  if (w.repeat == 1) return p;
  for (int64_t j = 0; j < w.width; ++j) room[j] = p[j % cols];
  return room;
}

// Tells f(first column, full vectors, columns of a last partial vector) of each tile.
template <class F>
KCPP_INLINE void bn_tiles(int64_t width, F f) {
  for (int64_t j = 0; j < width; j += bn_tile) {
    const int64_t w = std::min(bn_tile, width - j);
    f(j, static_cast<int>(w / lanes), static_cast<int>(w % lanes));
  }
}

// Adds the mean and the squared deviations of `n` values of a column to those of `have` values.
KCPP_INLINE void bn_merge(double& mean, double& m2, double have, double other_mean, double other_m2,
                          double n) {
  const double delta = other_mean - mean, share = n / (have + n);
  mean += delta * share;
  m2 += other_m2 + delta * delta * have * share;
}

// mean[j] and m2[j], the sum of squared deviations from it, of each column: block by block around
// the block's own mean, so that nothing cancels.
static void column_moments_kernel(const float* x, int64_t rows, int64_t cols, double* mean,
                                  double* m2) {
  const BnWide wide(rows, cols);
  for (int64_t j = 0; j < wide.width; ++j) mean[j] = m2[j] = 0;
  for (int64_t r0 = 0; r0 < wide.rows; r0 += bn_block) {
    const int64_t n = std::min(bn_block, wide.rows - r0);
    const float inverse = 1.0f / static_cast<float>(n);
    bn_tiles(wide.width, [&](int64_t j, int full, int part) {
      const float* from = x + r0 * wide.width + j;
      vec mu[5] = {}, q[5] = {};
      if (full == 4) {
        const float* p = from;
        for (int64_t r = 0; r < n; ++r, p += wide.width) {
          for (int v = 0; v < 4; ++v) mu[v] += load(p + v * lanes);
        }
        for (int v = 0; v < 4; ++v) mu[v] *= inverse;
        p = from;
        for (int64_t r = 0; r < n; ++r, p += wide.width) {
          for (int v = 0; v < 4; ++v) {
            const vec d = load(p + v * lanes) - mu[v];
            q[v] += d * d;
          }
        }
      } else {
        const float* p = from;
        for (int64_t r = 0; r < n; ++r, p += wide.width) {
          for (int v = 0; v < full; ++v) mu[v] += load(p + v * lanes);
          if (part) mu[full] += load_n(p + full * lanes, part);
        }
        for (int v = 0; v <= full; ++v) mu[v] *= inverse;
        p = from;
        for (int64_t r = 0; r < n; ++r, p += wide.width) {
          for (int v = 0; v < full; ++v) {
            const vec d = load(p + v * lanes) - mu[v];
            q[v] += d * d;
          }
          if (part) {
            const vec d = load_n(p + full * lanes, part) - mu[full];
            q[full] += d * d;
          }
        }
      }
      float block_mean[5 * lanes], block_q[5 * lanes];
      for (int v = 0; v < 5; ++v) {
        store(block_mean + v * lanes, mu[v]);
        store(block_q + v * lanes, q[v]);
      }
      const int64_t w = full * lanes + part;
      const auto have = static_cast<double>(r0), more = static_cast<double>(n);
      for (int64_t i = 0; i < w; ++i)
        bn_merge(mean[j + i], m2[j + i], have, block_mean[i], block_q[i], more);
    });
  }
  // Fold what was repeated, then the rest of the rows.
  const auto n = static_cast<double>(wide.rows);
  for (int64_t j = 0; j < cols; ++j) {
    double have = n;
    for (int64_t i = j + cols; i < wide.width && n > 0; i += cols, have += n)
      bn_merge(mean[j], m2[j], have, mean[i], m2[i], n);
    if (n == 0) have = 0;
    const float* rest = x + wide.rows * wide.width;
    for (int64_t i = j; i < wide.rest; i += cols, have += 1)
      bn_merge(mean[j], m2[j], have, rest[i], 0, 1);
  }
}

// y = (x - mean) scale + shift, by column.
static void normalize_columns_kernel(const float* x, const float* mean, const float* scale,
                                     const float* shift, float* y, int64_t rows, int64_t cols) {
  const BnWide wide(rows, cols);
  float room[3][bn_widest];
  const float* m = bn_repeated(mean, cols, wide, room[0]);
  const float* a = bn_repeated(scale, cols, wide, room[1]);
  const float* b = bn_repeated(shift, cols, wide, room[2]);
  for (int64_t r = 0; r <= wide.rows; ++r, x += wide.width, y += wide.width) {
    const int64_t w = r < wide.rows ? wide.width : wide.rest;
#pragma omp simd
    for (int64_t j = 0; j < w; ++j) y[j] = (x[j] - m[j]) * a[j] + b[j];
  }
}

// sum_dy[j] += the sum of dy, sum_dyx[j] += the sum of dy (x - mean), by column.
static void batch_norm_grad_sums_kernel(const float* dy, const float* x, const float* mean,
                                        int64_t rows, int64_t cols, double* sum_dy,
                                        double* sum_dyx) {
  const BnWide wide(rows, cols);
  float room[bn_widest];
  const float* m = bn_repeated(mean, cols, wide, room);
  const auto add = [&](int64_t j, const float* s, const float* t, int64_t w) {
    for (int64_t i = 0; i < w; ++i) {
      const int64_t column = wide.repeat == 1 ? j + i : (j + i) % cols;
      sum_dy[column] += s[i];
      sum_dyx[column] += t[i];
    }
  };
  for (int64_t r0 = 0; r0 < wide.rows; r0 += bn_block) {
    const int64_t n = std::min(bn_block, wide.rows - r0);
    bn_tiles(wide.width, [&](int64_t j, int full, int part) {
      const float* g = dy + r0 * wide.width + j;
      const float* p = x + r0 * wide.width + j;
      vec s[5] = {}, t[5] = {};
      if (full == 4) {
        const vec m0 = load(m + j), m1 = load(m + j + lanes), m2 = load(m + j + 2 * lanes),
                  m3 = load(m + j + 3 * lanes);
        for (int64_t r = 0; r < n; ++r, g += wide.width, p += wide.width) {
          const vec g0 = load(g), g1 = load(g + lanes), g2 = load(g + 2 * lanes),
                    g3 = load(g + 3 * lanes);
          s[0] += g0;
          s[1] += g1;
          s[2] += g2;
          s[3] += g3;
          t[0] += g0 * (load(p) - m0);
          t[1] += g1 * (load(p + lanes) - m1);
          t[2] += g2 * (load(p + 2 * lanes) - m2);
          t[3] += g3 * (load(p + 3 * lanes) - m3);
        }
      } else {
        for (int64_t r = 0; r < n; ++r, g += wide.width, p += wide.width) {
          for (int v = 0; v < full; ++v) {
            const vec d = load(g + v * lanes);
            s[v] += d;
            t[v] += d * (load(p + v * lanes) - load(m + j + v * lanes));
          }
          if (part) {
            const vec d = load_n(g + full * lanes, part);
            s[full] += d;
            t[full] += d * (load_n(p + full * lanes, part) - load_n(m + j + full * lanes, part));
          }
        }
      }
      float sums[5 * lanes], products[5 * lanes];
      for (int v = 0; v < 5; ++v) {
        store(sums + v * lanes, s[v]);
        store(products + v * lanes, t[v]);
      }
      add(j, sums, products, full * lanes + part);
    });
  }
  const int64_t done = wide.rows * wide.width;
  for (int64_t i = 0; i < wide.rest; ++i) {
    const float d = dy[done + i], e = d * (x[done + i] - mean[i % cols]);
    add(i, &d, &e, 1);
  }
}

// dx = scale (dy - a - (x - mean) b), by column.
static void batch_norm_grad_kernel(const float* dy, const float* x, const float* mean,
                                   const float* scale, const float* a, const float* b, float* dx,
                                   int64_t rows, int64_t cols) {
  const BnWide wide(rows, cols);
  float room[4][bn_widest];
  const float* m = bn_repeated(mean, cols, wide, room[0]);
  const float* s = bn_repeated(scale, cols, wide, room[1]);
  const float* c = bn_repeated(a, cols, wide, room[2]);
  const float* d = bn_repeated(b, cols, wide, room[3]);
  for (int64_t r = 0; r <= wide.rows; ++r, dy += wide.width, x += wide.width, dx += wide.width) {
    const int64_t w = r < wide.rows ? wide.width : wide.rest;
#pragma omp simd
    for (int64_t j = 0; j < w; ++j) dx[j] = s[j] * (dy[j] - c[j] - (x[j] - m[j]) * d[j]);
  }
}

static void fill_batch_norm(Kernels& k) {
  k.column_moments = column_moments_kernel;
  k.normalize_columns = normalize_columns_kernel;
  k.batch_norm_grad_sums = batch_norm_grad_sums_kernel;
  k.batch_norm_grad = batch_norm_grad_kernel;
}
