// Activations and math, forward and gradient, over one range. Formulas and edge cases are those of
// backend/reference.

#define KCPP_UNARY(op, expression)                                                              \
  static void unary_##op(const float* px, float* py, int64_t n,                                 \
                         [[maybe_unused]] const UnaryParams& params) {                          \
    [[maybe_unused]] const float alpha = params.alpha, beta = params.beta, gamma = params.gamma; \
    _Pragma("omp simd") for (int64_t i = 0; i < n; ++i) {                                       \
      const float x = px[i];                                                                    \
      py[i] = expression;                                                                       \
    }                                                                                           \
  }
// The gradient: g is dy, v is x or y.
#define KCPP_UNARY_GRAD(op, expression)                                                          \
  static void grad_##op(const float* pg, const float* pv, float* pd, int64_t n,                  \
                        [[maybe_unused]] const UnaryParams& params) {                            \
    [[maybe_unused]] const float alpha = params.alpha, beta = params.beta, gamma = params.gamma; \
    _Pragma("omp simd") for (int64_t i = 0; i < n; ++i) {                                        \
      const float g = pg[i];                                                                     \
      const float v = pv[i];                                                                     \
      pd[i] = expression;                                                                        \
    }                                                                                            \
  }

// Comparisons are written so that NaN passes through where NumPy and TensorFlow let it.
KCPP_UNARY(negative, -x)
KCPP_UNARY(abs, abs_(x))
KCPP_UNARY(square, x * x)
KCPP_UNARY(sqrt, __builtin_sqrtf(x))
KCPP_UNARY(rsqrt, 1.0f / __builtin_sqrtf(x))
KCPP_UNARY(reciprocal, 1.0f / x)
KCPP_UNARY(exp, exp_(x))
KCPP_UNARY(expm1, expm1_(x))
KCPP_UNARY(log, log_(x))
KCPP_UNARY(log1p, log1p_(x))
KCPP_UNARY(tanh, tanh_(x))
KCPP_UNARY(erf, erf_(x))
KCPP_UNARY(relu, x < 0.0f ? 0.0f : x)
KCPP_UNARY(relu6, x < 0.0f ? 0.0f : x > 6.0f ? 6.0f : x)
KCPP_UNARY(leaky_relu, x >= 0.0f ? x : alpha * x)
KCPP_UNARY(sigmoid, sigmoid_(x))
KCPP_UNARY(log_sigmoid, -softplus_(-x))
KCPP_UNARY(softplus, softplus_(x))
KCPP_UNARY(softsign, x / (1.0f + abs_(x)))
KCPP_UNARY(silu, x* sigmoid_(x))
KCPP_UNARY(gelu, 0.5f * x * (1.0f + erf_(x * 0.707106781f)))
KCPP_UNARY(gelu_tanh, 0.5f * x * (1.0f + tanh_(0.797884561f * (x + 0.044715f * x * x * x))))
KCPP_UNARY(elu, x > 0.0f ? x : alpha * expm1_(x))
KCPP_UNARY(selu, 1.05070099f * (x > 0.0f ? x : 1.67326324f * expm1_(x)))
KCPP_UNARY(hard_sigmoid, (x + 3.0f < 0.0f ? 0.0f : x + 3.0f > 6.0f ? 6.0f : x + 3.0f) * (1.0f / 6.0f))
KCPP_UNARY(hard_silu,
           x * ((x + 3.0f < 0.0f ? 0.0f : x + 3.0f > 6.0f ? 6.0f : x + 3.0f) * (1.0f / 6.0f)))
KCPP_UNARY(mish, x* tanh_(softplus_(x)))

KCPP_UNARY_GRAD(abs, v > 0.0f ? g : v < 0.0f ? -g : 0.0f * v)
KCPP_UNARY_GRAD(square, 2.0f * v * g)
KCPP_UNARY_GRAD(sqrt, 0.5f * g / v)
KCPP_UNARY_GRAD(rsqrt, -0.5f * g * v * v * v)
KCPP_UNARY_GRAD(reciprocal, -g * v * v)
KCPP_UNARY_GRAD(exp, g* v)
KCPP_UNARY_GRAD(expm1, g* exp_(v))
KCPP_UNARY_GRAD(log, g / v)
KCPP_UNARY_GRAD(log1p, g / (1.0f + v))
KCPP_UNARY_GRAD(tanh, g * (1.0f - v * v))
KCPP_UNARY_GRAD(erf, g * 1.12837917f * exp_(-v * v))
KCPP_UNARY_GRAD(relu, v > 0.0f ? g : 0.0f)
KCPP_UNARY_GRAD(relu6, v > 0.0f && v < 6.0f ? g : 0.0f)
KCPP_UNARY_GRAD(leaky_relu, v > 0.0f ? g : alpha * g)
KCPP_UNARY_GRAD(sigmoid, g* v * (1.0f - v))
KCPP_UNARY_GRAD(log_sigmoid, g* sigmoid_(-v))
KCPP_UNARY_GRAD(softplus, g* sigmoid_(v))
KCPP_UNARY_GRAD(softsign, g / ((1.0f + abs_(v)) * (1.0f + abs_(v))))
KCPP_UNARY_GRAD(elu, v > 0.0f ? g : g * (v + alpha))
KCPP_UNARY_GRAD(selu, v >= 0.0f ? 1.05070099f * g : g * (v + 1.75809934f))

static void grad_silu(const float* pg, const float* pv, float* pd, int64_t n, const UnaryParams&) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float s = sigmoid_(pv[i]);
    pd[i] = pg[i] * s * (1.0f + pv[i] * (1.0f - s));
  }
}
static void grad_gelu(const float* pg, const float* pv, float* pd, int64_t n, const UnaryParams&) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float x = pv[i];
    const float cdf = 0.5f * (1.0f + erf_(x * 0.707106781f));
    pd[i] = pg[i] * (cdf + x * 0.398942280f * exp_(-0.5f * x * x));
  }
}
static void grad_gelu_tanh(const float* pg, const float* pv, float* pd, int64_t n,
                           const UnaryParams&) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float x = pv[i];
    const float t = tanh_(0.797884561f * (x + 0.044715f * x * x * x));
    const float inner = 0.797884561f * (1.0f + 0.134145f * x * x);
    pd[i] = pg[i] * (0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * inner);
  }
}
static void grad_mish(const float* pg, const float* pv, float* pd, int64_t n, const UnaryParams&) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float x = pv[i];
    const float t = tanh_(softplus_(x));
    pd[i] = pg[i] * (t + x * sigmoid_(x) * (1.0f - t * t));
  }
}

static void fill_unary(Kernels& k) {
#define KCPP_SET(op) k.unary[static_cast<size_t>(UnaryOp::op)] = unary_##op;
#define KCPP_SET_GRAD(op) k.unary_grad[static_cast<size_t>(UnaryOp::op)] = grad_##op;
#define KCPP_SET_BOTH(op) KCPP_SET(op) KCPP_SET_GRAD(op)
  KCPP_SET(negative)
  KCPP_SET_BOTH(abs)
  KCPP_SET_BOTH(square)
  KCPP_SET_BOTH(sqrt)
  KCPP_SET_BOTH(rsqrt)
  KCPP_SET_BOTH(reciprocal)
  KCPP_SET_BOTH(exp)
  KCPP_SET_BOTH(expm1)
  KCPP_SET_BOTH(log)
  KCPP_SET_BOTH(log1p)
  KCPP_SET_BOTH(tanh)
  KCPP_SET_BOTH(erf)
  KCPP_SET_BOTH(relu)
  KCPP_SET_BOTH(relu6)
  KCPP_SET_BOTH(leaky_relu)
  KCPP_SET_BOTH(sigmoid)
  KCPP_SET_BOTH(log_sigmoid)
  KCPP_SET_BOTH(softplus)
  KCPP_SET_BOTH(softsign)
  KCPP_SET_BOTH(silu)
  KCPP_SET_BOTH(gelu)
  KCPP_SET_BOTH(gelu_tanh)
  KCPP_SET_BOTH(elu)
  KCPP_SET_BOTH(selu)
  KCPP_SET(hard_sigmoid)
  KCPP_SET(hard_silu)
  KCPP_SET_BOTH(mish)
#undef KCPP_SET
#undef KCPP_SET_GRAD
#undef KCPP_SET_BOTH
}
#undef KCPP_UNARY
#undef KCPP_UNARY_GRAD
