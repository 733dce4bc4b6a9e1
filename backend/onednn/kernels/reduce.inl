// Reductions. Sums run in float over blocks of a few thousand elements and in double across blocks:
// as accurate as NumPy's pairwise sums, and always the same order.

constexpr int64_t sum_block = 2048;

static double sum_kernel(const float* x, int64_t n) {
  double total = 0;
  for (int64_t b = 0; b < n; b += sum_block) {
    const int64_t m = std::min(sum_block, n - b);
    float s = 0;
#pragma omp simd reduction(+ : s)
    for (int64_t i = 0; i < m; ++i) s += x[b + i];
    total += s;
  }
  return total;
}

static double sum_of_squares_kernel(const float* x, int64_t n) {
  double total = 0;
  for (int64_t b = 0; b < n; b += sum_block) {
    const int64_t m = std::min(sum_block, n - b);
    float s = 0;
#pragma omp simd reduction(+ : s)
    for (int64_t i = 0; i < m; ++i) s += x[b + i] * x[b + i];
    total += s;
  }
  return total;
}

// NaN wins: a comparison with NaN is false, so the element is kept when it is NaN itself.
KCPP_INLINE float max_of(float best, float x) { return best > x || !(best == best) ? best : x; }
KCPP_INLINE float min_of(float best, float x) { return best < x || !(best == best) ? best : x; }

#define KCPP_EXTREME(name, pick)                                                      \
  static float name##_kernel(const float* x, int64_t n) {                             \
    constexpr int64_t width = 64;                                                     \
    if (n < width) {                                                                  \
      float best = x[0];                                                              \
      for (int64_t i = 1; i < n; ++i) best = pick(best, x[i]);                        \
      return best;                                                                    \
    }                                                                                 \
    float best[width];                                                                \
    for (int64_t j = 0; j < width; ++j) best[j] = x[j];                               \
    int64_t i = width;                                                                \
    for (; i + width <= n; i += width) {                                              \
      _Pragma("omp simd") for (int64_t j = 0; j < width; ++j) best[j] =               \
          pick(best[j], x[i + j]);                                                    \
    }                                                                                 \
    for (; i < n; ++i) best[0] = pick(best[0], x[i]);                                 \
    for (int64_t j = 1; j < width; ++j) best[0] = pick(best[0], best[j]);             \
    return best[0];                                                                   \
  }                                                                                   \
  static void name##_rows_kernel(const float* x, int64_t rows, int64_t cols, int64_t ld, \
                                 float* best) {                                       \
    for (int64_t r = 0; r < rows; ++r) {                                              \
      _Pragma("omp simd") for (int64_t j = 0; j < cols; ++j) best[j] =                \
          pick(best[j], x[r * ld + j]);                                               \
    }                                                                                 \
  }
KCPP_EXTREME(max, max_of)
KCPP_EXTREME(min, min_of)
#undef KCPP_EXTREME

// Columns of a few vectors at a time, their sums in registers for up to 256 rows.
static void sum_rows_kernel(const float* x, int64_t rows, int64_t cols, int64_t ld, double* sums) {
  constexpr int64_t row_block = 256;
  constexpr int64_t width = 4 * lanes;
  if (cols == ld && cols < width && rows * cols >= 4 * width) {
    // narrow rows: sum several of them side by side as one wide row, then fold
    const int64_t side = width / cols + 1;
    float wide[2 * width];
    const int64_t w = side * cols;
    const int64_t wide_rows = rows / side;
    for (int64_t r0 = 0; r0 < wide_rows; r0 += row_block) {
      const int64_t r1 = std::min(wide_rows, r0 + row_block);
      for (int64_t j = 0; j < w; ++j) wide[j] = 0;
      for (int64_t r = r0; r < r1; ++r) {
#pragma omp simd
        for (int64_t j = 0; j < w; ++j) wide[j] += x[r * w + j];
      }
      for (int64_t s = 0; s < side; ++s) {
        for (int64_t j = 0; j < cols; ++j) sums[j] += wide[s * cols + j];
      }
    }
    for (int64_t r = wide_rows * side; r < rows; ++r) {
      for (int64_t j = 0; j < cols; ++j) sums[j] += x[r * cols + j];
    }
    return;
  }
  for (int64_t r0 = 0; r0 < rows; r0 += row_block) {
    const int64_t r1 = std::min(rows, r0 + row_block);
    int64_t c = 0;
    for (; c + width <= cols; c += width) {
      vec s0{}, s1{}, s2{}, s3{};
      for (int64_t r = r0; r < r1; ++r) {
        const float* p = x + r * ld + c;
        s0 += load(p);
        s1 += load(p + lanes);
        s2 += load(p + 2 * lanes);
        s3 += load(p + 3 * lanes);
      }
      for (int j = 0; j < lanes; ++j) {
        sums[c + j] += s0[j];
        sums[c + lanes + j] += s1[j];
        sums[c + 2 * lanes + j] += s2[j];
        sums[c + 3 * lanes + j] += s3[j];
      }
    }
    for (; c < cols; c += lanes) {
      const int count = static_cast<int>(std::min<int64_t>(lanes, cols - c));
      vec s{};
      for (int64_t r = r0; r < r1; ++r) s += load_n(x + r * ld + c, count);
      for (int j = 0; j < count; ++j) sums[c + j] += s[j];
    }
  }
}

static void fill_reduce(Kernels& k) {
  k.sum = sum_kernel;
  k.sum_of_squares = sum_of_squares_kernel;
  k.max = max_kernel;
  k.min = min_kernel;
  k.sum_rows = sum_rows_kernel;
  k.max_rows = max_rows_kernel;
  k.min_rows = min_rows_kernel;
}
