// Optimizer updates, random bits, dropout.

// m += (g - m) (1 - b1) and so on: Keras's order of operations. The weight decay comes first.
// `square(i)` is g[i]^2, or what stands for it.
template <class Square>
static void optimizer_loop(OptimizerStep::Kind kind, const OptimizerSlice& s,
                             const OptimizerFactors& f, bool has_momentum, bool centered,
                           Square square) {
  using Kind = OptimizerStep::Kind;
  const int64_t n = s.count;
  float* __restrict w = s.variable;
  const float* __restrict g = s.gradient;
  float* __restrict m = s.slot[0];
  float* __restrict v = s.slot[1];
  float* __restrict z = s.slot[2];
  const float rate = f.rate, b1 = f.beta_1, b2 = f.beta_2, c1 = f.keep_1,
              c2 = f.keep_2, epsilon = f.epsilon;
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
        v[i] += (square(i) - v[i]) * c2;
        w[i] -= rate * m[i] / (__builtin_sqrtf(v[i]) + epsilon);
      }
      break;
    case Kind::amsgrad:
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) {
        m[i] += (g[i] - m[i]) * c1;
        v[i] += (square(i) - v[i]) * c2;
        z[i] = z[i] > v[i] ? z[i] : v[i];
        w[i] -= rate * m[i] / (__builtin_sqrtf(z[i]) + epsilon);
      }
      break;
    case Kind::rmsprop: {
      // slots: velocity, momentum, average gradient
      float* __restrict velocity = m;
      for (int64_t i = 0; i < n; ++i) {
        velocity[i] = b2 * velocity[i] + c2 * square(i);
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

static void optimizer_kernel(OptimizerStep::Kind kind, const OptimizerSlice& s,
                             const OptimizerFactors& f, bool has_momentum, bool centered) {
  const float* __restrict g = s.gradient;
  const float* __restrict q = s.square;
  if (q) {
    optimizer_loop(kind, s, f, has_momentum, centered, [q](int64_t i) { return q[i]; });
  } else {
    optimizer_loop(kind, s, f, has_momentum, centered, [g](int64_t i) { return g[i] * g[i]; });
  }
}

// Philox4x32-10. A vector holds one word of several blocks, each in the low half of 64 bits; what is
// left in the high halves never matters.
typedef uint64_t wide __attribute__((vector_size(lanes * 4)));
typedef uint64_t wide_u __attribute__((vector_size(lanes * 4), aligned(4), may_alias));
constexpr int blocks_at_once = lanes / 2;
constexpr int words_at_once = 4 * blocks_at_once;

KCPP_INLINE wide splat_wide(uint64_t v) { return v - wide{}; }
KCPP_INLINE wide multiply_low(wide a, wide b) {
#if KCPP_LANES == 16
  return (wide)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif KCPP_LANES == 8
  return (wide)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
  return (wide)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
  return (a & splat_wide(0xffffffffu)) * (b & splat_wide(0xffffffffu));
#endif
}

// The words of blocks first, first + 1 .. in the order of the elements.
KCPP_INLINE void philox_words(uint64_t seed, uint64_t offset, uint64_t first, uint32_t* words) {
  wide x0;
  for (int i = 0; i < blocks_at_once; ++i) x0[i] = first + static_cast<uint64_t>(i);
  wide x1 = x0 >> 32;
  wide x2 = splat_wide(offset), x3 = splat_wide(offset >> 32);
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  const wide m0 = splat_wide(0xD2511F53u), m1 = splat_wide(0xCD9E8D57u);
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const wide p0 = multiply_low(x0, m0), p1 = multiply_low(x2, m1);
    x0 = (p1 >> 32) ^ x1 ^ splat_wide(k0);
    x1 = p1;
    x2 = (p0 >> 32) ^ x3 ^ splat_wide(k1);
    x3 = p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  const wide low = splat_wide(0xffffffffu);
  const wide a = (x0 & low) | (x1 << 32), b = (x2 & low) | (x3 << 32);
#if KCPP_LANES == 16
  const wide front = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  const wide back = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#elif KCPP_LANES == 8
  const wide front = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const wide back = __builtin_shufflevector(a, b, 2, 6, 3, 7);
#else
  const wide front = __builtin_shufflevector(a, b, 0, 2);
  const wide back = __builtin_shufflevector(a, b, 1, 3);
#endif
  *reinterpret_cast<wide_u*>(words) = front;
  *reinterpret_cast<wide_u*>(words + 2 * blocks_at_once) = back;
}

// Calls use(words, i, count) for elements [begin, end), a few vectors at a time.
template <class Use>
KCPP_INLINE void for_words(uint64_t seed, uint64_t offset, int64_t begin, int64_t end, Use use) {
  constexpr int repeat = 4;
  uint32_t words[repeat * words_at_once];
  for (int64_t i = begin; i < end; i += repeat * words_at_once) {
    for (int r = 0; r < repeat; ++r) {
      philox_words(seed, offset, static_cast<uint64_t>(i) / 4 + static_cast<uint64_t>(r * blocks_at_once),
                   words + r * words_at_once);
    }
    use(words, i, std::min<int64_t>(repeat * words_at_once, end - i));
  }
}

// Keeps the compiler from fusing a product with the sum after it: the same bits on every machine.
#if defined(__x86_64__)
#define KCPP_ROUNDED(v) __asm__("" : "+" KCPP_VECTOR_CONSTRAINT(v))
#if KCPP_LANES == 16
#define KCPP_VECTOR_CONSTRAINT "v"
#else
#define KCPP_VECTOR_CONSTRAINT "x"
#endif
#elif defined(__aarch64__)
#define KCPP_ROUNDED(v) __asm__("" : "+w"(v))
#else
#define KCPP_ROUNDED(v)
#endif

static void uniform_kernel(uint64_t seed, uint64_t offset, int64_t begin, int64_t end, float low,
                           float high, float below, float* out) {
  typedef uint32_t words_vec __attribute__((vector_size(lanes * 4)));
  typedef int32_t int_vec __attribute__((vector_size(lanes * 4)));
  typedef uint32_t words_u __attribute__((vector_size(lanes * 4), aligned(4), may_alias));
  const vec range = splat(high - low), first = splat(low), most = splat(below);
  for_words(seed, offset, begin, end, [&](const uint32_t* words, int64_t i, int64_t count) {
    for (int64_t j = 0; j < count; j += lanes) {
      const words_vec w = *reinterpret_cast<const words_u*>(words + j);
      vec product = __builtin_convertvector((int_vec)(w >> 8), vec) * splat(0x1p-24f) * range;
      KCPP_ROUNDED(product);
      const vec sum = first + product;
      const vec clipped = sum < most ? sum : most;
      const int64_t left = count - j;
      if (left >= lanes) {
        store(out + i + j, clipped);
      } else {
        store_n(out + i + j, clipped, static_cast<int>(left));
      }
    }
  });
}

static void dropout_kernel(uint64_t seed, uint64_t offset, int64_t begin, int64_t end,
                           uint32_t threshold, float scale, const float* x, float* y,
                           uint8_t* mask) {
  for_words(seed, offset, begin, end, [&](const uint32_t* words, int64_t i, int64_t count) {
#pragma omp simd
    for (int64_t j = 0; j < count; ++j) {
      const bool kept = (words[j] >> 8) >= threshold;
      y[i + j] = kept ? x[i + j] * scale : 0.0f;
      mask[i + j] = kept;
    }
  });
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
