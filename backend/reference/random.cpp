// Random tensors; philox.h says how each element draws its bits.
#include <algorithm>
#include <cmath>

#include "backend/reference/common.h"
#include "backend/reference/philox.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {
namespace reference {
namespace {

uint32_t draw32(RandomKey key, int64_t i) {
  return philox::block(key, static_cast<uint64_t>(i) / 4)[i % 4];
}

uint64_t draw64(RandomKey key, int64_t i) {
  return philox::half(philox::block(key, static_cast<uint64_t>(i) / 2), static_cast<int>(i % 2));
}

/// Keeps a compiler from contracting a product and a sum into one operation.
template <class T>
T rounded(T product) {
  volatile T value = product;
  return value;
}

/// Element i of the standard normal tensor of attempt t.
double normal(RandomKey key, int64_t i, bool wide, uint64_t t) {
  const uint64_t pair = static_cast<uint64_t>(i) / 2;
  const auto [first, second] =
      wide ? philox::normal64(philox::block(key, philox::attempt(t) + pair))
           : philox::normal32(philox::half(philox::block(key, philox::attempt(t) + pair / 2),
                                           static_cast<int>(pair % 2)));
  return i % 2 ? second : first;
}

/// A tensor of `dtype` from f(i, wide), computed in double for float64 and rounded to float
/// otherwise.
template <class F>
Tensor generate(ReferenceBackend& backend, const Shape& shape, DType dtype, F f) {
  const DType drawn = dtype == DType::float64 ? DType::float64 : DType::float32;
  Tensor y = Tensor::empty(shape, drawn);
  dispatch_floating(drawn, [&]<class T>() {
    T* py = out<T>(y);
    for (int64_t i = 0; i < y.size(); ++i) py[i] = static_cast<T>(f(i, drawn == DType::float64));
  });
  return backend.cast(y, dtype);
}

}  // namespace
}  // namespace reference

Tensor ReferenceBackend::random_uniform(const Shape& shape, DType dtype, RandomKey key, double low,
                                        double high) {
  using namespace reference;
  if (dtype == DType::float64) {
    const double below = std::nextafter(high, low);
    return generate(*this, shape, dtype, [=](int64_t i, bool) {
      return std::min(low + rounded(philox::uniform53(draw64(key, i)) * (high - low)),
                      std::max(below, low));
    });
  }
  // Arithmetic in float; what would round up to `high` is the float before it.
  const float first = static_cast<float>(low), last = static_cast<float>(high),
              range = last - first;
  const float below = std::max(std::nextafter(last, first), first);
  return generate(*this, shape, dtype, [=](int64_t i, bool) {
    return std::min(first + rounded(philox::uniform24(draw32(key, i)) * range), below);
  });
}

Tensor ReferenceBackend::random_normal(const Shape& shape, DType dtype, RandomKey key, double mean,
                                       double stddev) {
  using namespace reference;
  return generate(*this, shape, dtype,
                  [=](int64_t i, bool wide) { return mean + stddev * normal(key, i, wide, 0); });
}

Tensor ReferenceBackend::random_truncated_normal(const Shape& shape, DType dtype, RandomKey key,
                                                 double mean, double stddev) {
  using namespace reference;
  return generate(*this, shape, dtype, [=](int64_t i, bool wide) {
    double z = normal(key, i, wide, 0);
    for (uint64_t t = 1; std::abs(z) > 2; ++t) z = normal(key, i, wide, t);
    return mean + stddev * z;
  });
}

Tensor ReferenceBackend::random_integers(const Shape& shape, DType dtype, RandomKey key,
                                         int64_t low, int64_t high) {
  using namespace reference;
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  Tensor y = Tensor::empty(shape, DType::int64);
  int64_t* py = out<int64_t>(y);
  for (int64_t i = 0; i < y.size(); ++i) {
    const unsigned __int128 product = static_cast<unsigned __int128>(draw64(key, i)) * range;
    py[i] = static_cast<int64_t>(static_cast<uint64_t>(low) + static_cast<uint64_t>(product >> 64));
  }
  return cast(y, dtype);
}

std::pair<Tensor, Tensor> ReferenceBackend::dropout(const Tensor& x, double rate,
                                                    const Shape& noise_shape, RandomKey key) {
  using namespace reference;
  Tensor mask = Tensor::empty(noise_shape, DType::uint8);
  uint8_t* pm = out<uint8_t>(mask);
  const uint32_t threshold = philox::dropout_threshold(rate);
  philox::Block words{};
  for (int64_t i = 0; i < mask.size(); ++i) {
    if (i % 4 == 0) words = philox::block(key, static_cast<uint64_t>(i) / 4);
    pm[i] = (words[i % 4] >> 8) >= threshold;
  }
  return {dropout_grad(x, rate, mask), mask};  // the same linear map both ways
}

Tensor ReferenceBackend::dropout_grad(Tensor dy, double rate, const Tensor& mask) {
  using namespace reference;
  if (is_half(dy.dtype()))
    return cast(dropout_grad(cast(dy, DType::float32), rate, mask), dy.dtype());
  Tensor dx = Tensor::empty(dy.shape(), dy.dtype());
  const StridedRows<1> rows(dy.shape(), {broadcast_strides(mask.shape(), dy.shape())});
  dispatch_floating(dy.dtype(), [&]<class T>() {
    const T scale = static_cast<T>(1 / (1 - rate));
    const T* p = in<T>(dy);
    const uint8_t* pm = in<uint8_t>(mask);
    T* px = out<T>(dx);
    const int64_t n = rows.length(), step = rows.step(0);
    rows.each([&](int64_t at, const auto& offset) {
      for (int64_t i = 0; i < n; ++i)
        px[at + i] = pm[offset[0] + i * step] ? p[at + i] * scale : T(0);
    });
  });
  return dx;
}

}  // namespace kcpp
