// Elementary functions as straight-line code that the compiler turns into vector instructions.
// Errors are 1-3 units in the last place. NaN stays NaN; infinities give what the C library gives.
// Polynomials: Cephes and N. Juffa's minimax approximations.

KCPP_INLINE uint32_t bits_of(float x) { return std::bit_cast<uint32_t>(x); }
KCPP_INLINE float float_of(uint32_t u) { return std::bit_cast<float>(u); }
KCPP_INLINE float with_sign(float magnitude, float sign) {
  return float_of((bits_of(magnitude) & 0x7fffffffu) | (bits_of(sign) & 0x80000000u));
}
KCPP_INLINE float abs_(float x) { return float_of(bits_of(x) & 0x7fffffffu); }

KCPP_INLINE float exp_(float x) {
  float c = x < -104.0f ? -104.0f : x;
  c = c > 89.0f ? 89.0f : c;
  constexpr float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const float t = c * 1.44269504f + magic;
  const float k = t - magic;
  float r = c - k * 0.693145752f;
  r = r - k * 1.42860677e-6f;
  float p = 1.37805939e-3f;
  p = p * r + 8.37312452e-3f;
  p = p * r + 4.16695364e-2f;
  p = p * r + 1.66664720e-1f;
  p = p * r + 4.99999851e-1f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  // 2^k in two factors: k reaches -150 and 128
  const int32_t n = static_cast<int32_t>(bits_of(t) - 0x4b400000u);
  const int32_t half = n >> 1;
  const float f1 = float_of(static_cast<uint32_t>(half + 127) << 23);
  const float f2 = float_of(static_cast<uint32_t>(n - half + 127) << 23);
  return p * f1 * f2;
}

KCPP_INLINE float log_(float x) {
  const bool tiny = x < 1.17549435e-38f;
  const float a = tiny ? x * 8388608.0f : x;
  const uint32_t e = (bits_of(a) - 0x3f2aaaabu) & 0xff800000u;
  const float m = float_of(bits_of(a) - e) - 1.0f;  // in [-1/3, 1/3]
  const float i = static_cast<float>(static_cast<int32_t>(e)) * 1.19209290e-7f +
                  (tiny ? -23.0f : 0.0f);
  const float s = m * m;
  float r = -0.130310059f;
  float t = 0.140869141f;
  r = r * s + -0.121483512f;
  t = t * s + 0.139814854f;
  r = r * s + -0.166846126f;
  t = t * s + 0.200120345f;
  r = r * s + -0.249996200f;
  r = t * m + r;
  r = r * m + 0.333331972f;
  r = r * m + -0.5f;
  r = r * s + m;
  r = i * 0.693147182f + r;
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  r = x < infinity ? r : x;  // infinity, NaN
  r = x < 0.0f ? nan : r;
  return x == 0.0f ? -infinity : r;
}

KCPP_INLINE float log1p_(float x) {
  const float u = 1.0f + x;
  const float d = u - 1.0f;
  const float l = log_(u);
  // log(u) corrected for what rounding 1 + x lost
  const float c = l + (x - d) / u;
  const float r = d == 0.0f ? x : c;
  return u < std::numeric_limits<float>::infinity() && u > 0.0f ? r : l;
}

KCPP_INLINE float expm1_(float x) {
  // near 0: x + x^2/2 + ...; elsewhere exp(x) - 1
  float p = 1.98412698e-4f;
  p = p * x + 1.38888889e-3f;
  p = p * x + 8.33333333e-3f;
  p = p * x + 4.16666667e-2f;
  p = p * x + 1.66666667e-1f;
  p = p * x + 0.5f;
  const float small = p * (x * x) + x;
  return abs_(x) < 0.35f ? small : exp_(x) - 1.0f;
}

KCPP_INLINE float tanh_(float x) {
  const float s = x * x;
  float p = 1.57394409e-2f;
  p = p * s + -5.23025580e-2f;
  p = p * s + 1.33152470e-1f;
  p = p * s + -3.33327681e-1f;
  p = p * s;
  const float small = p * x + x;
  const float a = abs_(x);
  const float large = with_sign(1.0f - 2.0f / (exp_(a + a) + 1.0f), x);
  const float r = a < 0.55f ? small : large;
  return x == x ? r : x;
}

KCPP_INLINE float sigmoid_(float x) { return 1.0f / (1.0f + exp_(-x)); }

KCPP_INLINE float erf_(float x) {
  const float t = abs_(x);
  const float s = x * x;
  float r = -1.72853470e-5f * t + 3.83197126e-4f;
  const float u = -3.88396438e-3f * t + 2.42546219e-2f;
  r = r * s + u;
  r = r * t + -1.06777877e-1f;
  r = r * t + -6.34846687e-1f;
  r = r * t + -1.28717512e-1f;
  r = r * t + -t;
  const float large = with_sign(1.0f - exp_(r), x);
  float p = -5.96761703e-4f;
  p = p * s + 4.99119423e-3f;
  p = p * s + -2.67681349e-2f;
  p = p * s + 1.12819925e-1f;
  p = p * s + -3.76125336e-1f;
  p = p * s + 1.28379166e-1f;
  const float small = p * x + x;
  // beyond 4 the result is 1; the polynomial above would overflow to NaN at infinity
  const float tail = t > 4.0f ? with_sign(1.0f, x) : large;
  const float q = t > 0.927734375f ? tail : small;
  return x == x ? q : x;
}

KCPP_INLINE float softplus_(float x) {
  return (x > 0.0f ? x : 0.0f) + log1p_(exp_(-abs_(x)));
}
