// Optimizer updates, random bits, dropout.

// m += (g - m) (1 - b1) and so on: Keras's order of operations. The weight decay comes first.
static void optimizer_kernel(OptimizerStep::Kind kind, const OptimizerSlice& s,
                             const OptimizerFactors& f, bool has_momentum, bool centered) {
  using Kind = OptimizerStep::Kind;
  const int64_t n = s.count;
  float* __restrict w = s.variable;
  const float* __restrict g = s.gradient;
  float* __restrict m = s.slot[0];
  float* __restrict v = s.slot[1];
  float* __restrict z = s.slot[2];
  const float rate = f.rate, b1 = f.beta_1, b2 = f.beta_2, c1 = 1.0f - f.beta_1,
              c2 = 1.0f - f.beta_2, epsilon = f.epsilon;
  if (f.decay != 0.0f) {
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) w[i] -= w[i] * f.decay;
  }
  switch (kind) {
    case Kind::sgd:
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) w[i] -= rate * g[i];
      break;
    case Kind::momentum:
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) {
        m[i] = b1 * m[i] - rate * g[i];
        w[i] += m[i];
      }
      break;
    case Kind::nesterov:
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) {
        m[i] = b1 * m[i] - rate * g[i];
        w[i] += b1 * m[i] - rate * g[i];
      }
      break;
    case Kind::adam:
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) {
        m[i] += (g[i] - m[i]) * c1;
        v[i] += (g[i] * g[i] - v[i]) * c2;
        w[i] -= rate * m[i] / (__builtin_sqrtf(v[i]) + epsilon);
      }
      break;
    case Kind::amsgrad:
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) {
        m[i] += (g[i] - m[i]) * c1;
        v[i] += (g[i] * g[i] - v[i]) * c2;
        z[i] = z[i] > v[i] ? z[i] : v[i];
        w[i] -= rate * m[i] / (__builtin_sqrtf(z[i]) + epsilon);
      }
      break;
    case Kind::rmsprop: {
      // slots: velocity, momentum, average gradient
      float* __restrict velocity = m;
      for (int64_t i = 0; i < n; ++i) {
        velocity[i] = b2 * velocity[i] + c2 * g[i] * g[i];
        float denominator = velocity[i] + epsilon;
        if (centered) {
          z[i] = b2 * z[i] + c2 * g[i];
          denominator -= z[i] * z[i];
        }
        const float increment = rate * g[i] / __builtin_sqrtf(denominator);
        if (has_momentum) {
          v[i] = b1 * v[i] + increment;
          w[i] -= v[i];
        } else {
          w[i] -= increment;
        }
      }
      break;
    }
  }
}

// Philox4x32-10 of `lanes` blocks at once: word w of block number first + i in out[w][i].
KCPP_INLINE void philox_blocks(uint64_t seed, uint64_t offset, uint64_t first,
                               uint32_t out[4][lanes]) {
#pragma omp simd
  for (int i = 0; i < lanes; ++i) {
    const uint64_t number = first + static_cast<uint64_t>(i);
    uint32_t x0 = static_cast<uint32_t>(number), x1 = static_cast<uint32_t>(number >> 32);
    uint32_t x2 = static_cast<uint32_t>(offset), x3 = static_cast<uint32_t>(offset >> 32);
    uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
      const uint64_t p0 = uint64_t{0xD2511F53u} * x0;
      const uint64_t p1 = uint64_t{0xCD9E8D57u} * x2;
      x0 = static_cast<uint32_t>(p1 >> 32) ^ x1 ^ k0;
      x1 = static_cast<uint32_t>(p1);
      x2 = static_cast<uint32_t>(p0 >> 32) ^ x3 ^ k1;
      x3 = static_cast<uint32_t>(p0);
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    out[0][i] = x0;
    out[1][i] = x1;
    out[2][i] = x2;
    out[3][i] = x3;
  }
}

// The 4 * lanes words of those blocks in the order of the elements.
KCPP_INLINE void philox_words(uint64_t seed, uint64_t offset, uint64_t first, uint32_t* words) {
  uint32_t out[4][lanes];
  philox_blocks(seed, offset, first, out);
  for (int i = 0; i < lanes; ++i) {
    for (int w = 0; w < 4; ++w) words[4 * i + w] = out[w][i];
  }
}

static void uniform_kernel(uint64_t seed, uint64_t offset, int64_t begin, int64_t end, float low,
                           float high, float* out) {
  uint32_t words[4 * lanes];
  const float range = high - low;
  for (int64_t i = begin; i < end; i += 4 * lanes) {
    philox_words(seed, offset, static_cast<uint64_t>(i) / 4, words);
    const int64_t m = std::min<int64_t>(4 * lanes, end - i);
#pragma omp simd
    for (int64_t j = 0; j < m; ++j) {
      out[i + j] = low + static_cast<float>(static_cast<int32_t>(words[j] >> 8)) * 0x1p-24f * range;
    }
  }
}

static void dropout_kernel(uint64_t seed, uint64_t offset, int64_t begin, int64_t end,
                           uint32_t threshold, float scale, const float* x, float* y,
                           uint8_t* mask) {
  uint32_t words[4 * lanes];
  for (int64_t i = begin; i < end; i += 4 * lanes) {
    philox_words(seed, offset, static_cast<uint64_t>(i) / 4, words);
    const int64_t m = std::min<int64_t>(4 * lanes, end - i);
#pragma omp simd
    for (int64_t j = 0; j < m; ++j) {
      const bool kept = (words[j] >> 8) >= threshold;
      y[i + j] = kept ? x[i + j] * scale : 0.0f;
      mask[i + j] = kept;
    }
  }
}

static void mask_scale_kernel(const float* x, const uint8_t* mask, float scale, float* y,
                              int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] = mask[i] ? x[i] * scale : 0.0f;
}

static void fill_training(Kernels& k) {
  k.optimizer = optimizer_kernel;
  k.uniform = uniform_kernel;
  k.dropout = dropout_kernel;
  k.mask_scale = mask_scale_kernel;
}
