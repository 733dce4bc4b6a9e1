// Random numbers from vectorised Philox, with the bits that backend/reference/philox.h defines.
#include <algorithm>
#include <cmath>

#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/parallel.h"
#include "backend/reference/philox.h"

namespace kcpp {
namespace onednn {
namespace {
constexpr int64_t grain = 8 * 1024;
constexpr int64_t align = 64;  // whole vectors of Philox blocks
}  // namespace
}  // namespace onednn

using namespace onednn;

Tensor OneDnnBackend::random_uniform(const Shape& shape, DType dtype, RandomKey key, double low,
                                     double high) {
  if (dtype != DType::float32) {
    return ReferenceBackend::random_uniform(shape, dtype, key, low, high);
  }
  Tensor out = Tensor::empty(shape);
  float* to = floats_out(out);
  const float first = static_cast<float>(low), last = static_cast<float>(high);
  const float below =
      std::max(std::nextafter(last, first), first);  // what would round up to `high`
  parallel_for(
      out.size(), grain,
      [&](int64_t begin, int64_t end) {
        kernels().uniform(key.seed, key.offset, begin, end, first, last, below, to);
      },
      align);
  return out;
}

Tensor OneDnnBackend::random_normal(const Shape& shape, DType dtype, RandomKey key, double mean,
                                    double stddev) {
  if (dtype != DType::float32) {
    return ReferenceBackend::random_normal(shape, dtype, key, mean, stddev);
  }
  // The reference's arithmetic in double, a block of four elements at a time.
  Tensor out = Tensor::empty(shape);
  float* to = floats_out(out);
  parallel_for(
      out.size(), grain / 16,
      [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; i += 4) {
          const philox::Block block = philox::block(key, static_cast<uint64_t>(i) / 4);
          const auto [a, b] = philox::normal32(philox::half(block, 0));
          const auto [c, d] = philox::normal32(philox::half(block, 1));
          const double four[] = {a, b, c, d};
          for (int64_t j = i; j < std::min(i + 4, end); ++j) {
            to[j] = static_cast<float>(mean + stddev * four[j - i]);
          }
        }
      },
      align);
  return out;
}

std::pair<Tensor, Tensor> OneDnnBackend::dropout(const Tensor& x, double rate,
                                                 const Shape& noise_shape, RandomKey key) {
  if (x.dtype() != DType::float32 || !(noise_shape == x.shape())) {
    return ReferenceBackend::dropout(x, rate, noise_shape, key);
  }
  std::pair<Tensor, Tensor> r{Tensor::empty(x.shape()), Tensor::empty(x.shape(), DType::uint8)};
  float* y = floats_out(r.first);
  auto* mask = static_cast<uint8_t*>(r.second.mutable_raw());
  const uint32_t threshold = philox::dropout_threshold(rate);
  const float scale = rate < 1 ? static_cast<float>(1.0 / (1.0 - rate)) : 0.0f;
  parallel_for(
      x.size(), grain,
      [&](int64_t begin, int64_t end) {
        kernels().dropout(key.seed, key.offset, begin, end, threshold, scale, floats(x), y, mask);
      },
      align);
  return r;
}

Tensor OneDnnBackend::dropout_grad(Tensor dy, double rate, const Tensor& mask) {
  if (dy.dtype() != DType::float32 || !(mask.shape() == dy.shape())) {
    return ReferenceBackend::dropout_grad(std::move(dy), rate, mask);
  }
  Tensor dx = dy.is_unique() ? std::move(dy) : Tensor::empty(mask.shape());
  const float* in = floats(dy.defined() ? dy : dx);
  float* out = floats_out(dx);
  const auto* kept = static_cast<const uint8_t*>(mask.raw());
  const float scale = rate < 1 ? static_cast<float>(1.0 / (1.0 - rate)) : 0.0f;
  parallel_for(dx.size(), 4 * grain, [&](int64_t begin, int64_t end) {
    kernels().mask_scale(in + begin, kept + begin, scale, out + begin, end - begin);
  });
  return dx;
}

}  // namespace kcpp
