// Kernels over rows: softmax, its gradient, cross-entropy, layer normalisation.

// The exponentials of a row less its maximum go to y; returns their sum.
KCPP_INLINE float exp_row(const float* x, float* y, int64_t cols, float most) {
  float s = 0;
#pragma omp simd reduction(+ : s)
  for (int64_t j = 0; j < cols; ++j) {
    const float e = exp_(x[j] - most);
    y[j] = e;
    s += e;
  }
  return s;
}

static void softmax_kernel(const float* x, float* y, int64_t rows, int64_t cols, bool log) {
  for (int64_t r = 0; r < rows; ++r, x += cols, y += cols) {
    const float most = max_kernel(x, cols);
    if (log) {
      float s = 0;
#pragma omp simd reduction(+ : s)
      for (int64_t j = 0; j < cols; ++j) s += exp_(x[j] - most);
      const float shift = most, log_sum = log_(s);
#pragma omp simd
      for (int64_t j = 0; j < cols; ++j) y[j] = (x[j] - shift) - log_sum;
    } else {
      const float inverse = 1.0f / exp_row(x, y, cols, most);
#pragma omp simd
      for (int64_t j = 0; j < cols; ++j) y[j] *= inverse;
    }
  }
}

static void softmax_grad_kernel(const float* dy, const float* y, float* dx, int64_t rows,
                                int64_t cols, bool log) {
  for (int64_t r = 0; r < rows; ++r, dy += cols, y += cols, dx += cols) {
    float s = 0;
    if (log) {
#pragma omp simd reduction(+ : s)
      for (int64_t j = 0; j < cols; ++j) s += dy[j];
#pragma omp simd
      for (int64_t j = 0; j < cols; ++j) dx[j] = dy[j] - exp_(y[j]) * s;
    } else {
#pragma omp simd reduction(+ : s)
      for (int64_t j = 0; j < cols; ++j) s += dy[j] * y[j];
#pragma omp simd
      for (int64_t j = 0; j < cols; ++j) dx[j] = (dy[j] - s) * y[j];
    }
  }
}

static void sparse_crossentropy_kernel(const float* logits, const int64_t* labels, float* loss,
                                       float* probabilities, int64_t rows, int64_t cols) {
  for (int64_t r = 0; r < rows; ++r, logits += cols, probabilities += cols) {
    const float most = max_kernel(logits, cols);
    const float s = exp_row(logits, probabilities, cols, most);
    const float inverse = 1.0f / s;
#pragma omp simd
    for (int64_t j = 0; j < cols; ++j) probabilities[j] *= inverse;
    const int64_t label = labels[r];
    loss[r] = label >= 0 && label < cols ? log_(s) - (logits[label] - most)
                                         : std::numeric_limits<float>::quiet_NaN();
  }
}

static void layer_norm_kernel(const float* x, const float* gamma, const float* beta, float epsilon,
                              float* y, float* mean, float* rstd, int64_t rows, int64_t cols) {
  for (int64_t r = 0; r < rows; ++r, x += cols, y += cols) {
    float s = 0;
#pragma omp simd reduction(+ : s)
    for (int64_t j = 0; j < cols; ++j) s += x[j];
    const float m = s / static_cast<float>(cols);
    float q = 0;
#pragma omp simd reduction(+ : q)
    for (int64_t j = 0; j < cols; ++j) q += (x[j] - m) * (x[j] - m);
    const float inverse = 1.0f / __builtin_sqrtf(q / static_cast<float>(cols) + epsilon);
    mean[r] = m;
    rstd[r] = inverse;
    if (gamma && beta) {
#pragma omp simd
      for (int64_t j = 0; j < cols; ++j) y[j] = (x[j] - m) * inverse * gamma[j] + beta[j];
    } else {
      for (int64_t j = 0; j < cols; ++j) {
        y[j] = (x[j] - m) * inverse * (gamma ? gamma[j] : 1.0f) + (beta ? beta[j] : 0.0f);
      }
    }
  }
}

// dgamma and dbeta (of length cols) are added to; rows are summed in float 64 at a time.
static void layer_norm_grad_kernel(const float* dy, const float* x, const float* mean,
                                   const float* rstd, const float* gamma, float* dx, double* dgamma,
                                   double* dbeta, int64_t rows, int64_t cols) {
  constexpr int64_t column_block = 256, row_block = 64;
  const float inverse_cols = 1.0f / static_cast<float>(cols);
  for (int64_t r0 = 0; r0 < rows; r0 += row_block) {
    const int64_t r1 = std::min(rows, r0 + row_block);
    for (int64_t r = r0; r < r1; ++r) {
      const float* g = dy + r * cols;
      const float* v = x + r * cols;
      float* d = dx + r * cols;
      const float m = mean[r], s = rstd[r];
      float sum_g = 0, sum_gx = 0;
      if (gamma) {
#pragma omp simd reduction(+ : sum_g, sum_gx)
        for (int64_t j = 0; j < cols; ++j) {
          const float t = g[j] * gamma[j];
          sum_g += t;
          sum_gx += t * ((v[j] - m) * s);
        }
        const float a = sum_g * inverse_cols, b = sum_gx * inverse_cols;
#pragma omp simd
        for (int64_t j = 0; j < cols; ++j) {
          d[j] = s * (g[j] * gamma[j] - a - (v[j] - m) * s * b);
        }
      } else {
#pragma omp simd reduction(+ : sum_g, sum_gx)
        for (int64_t j = 0; j < cols; ++j) {
          sum_g += g[j];
          sum_gx += g[j] * ((v[j] - m) * s);
        }
        const float a = sum_g * inverse_cols, b = sum_gx * inverse_cols;
#pragma omp simd
        for (int64_t j = 0; j < cols; ++j) d[j] = s * (g[j] - a - (v[j] - m) * s * b);
      }
    }
    for (int64_t c0 = 0; c0 < cols; c0 += column_block) {
      const int64_t w = std::min(column_block, cols - c0);
      float gamma_sums[column_block] = {}, beta_sums[column_block] = {};
      for (int64_t r = r0; r < r1; ++r) {
        const float* g = dy + r * cols + c0;
        const float* v = x + r * cols + c0;
        const float m = mean[r], s = rstd[r];
#pragma omp simd
        for (int64_t j = 0; j < w; ++j) {
          gamma_sums[j] += g[j] * ((v[j] - m) * s);
          beta_sums[j] += g[j];
        }
      }
      for (int64_t j = 0; j < w; ++j) {
        dgamma[c0 + j] += gamma_sums[j];
        dbeta[c0 + j] += beta_sums[j];
      }
    }
  }
}

static void fill_rows(Kernels& k) {
  k.softmax = softmax_kernel;
  k.softmax_grad = softmax_grad_kernel;
  k.sparse_crossentropy = sparse_crossentropy_kernel;
  k.layer_norm = layer_norm_kernel;
  k.layer_norm_grad = layer_norm_grad_kernel;
}
