// Random numbers from vectorised Philox, with the bits that backend/reference/philox.h defines.
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
  parallel_for(
      out.size(), grain,
      [&](int64_t begin, int64_t end) {
        kernels().uniform(key.seed, key.offset, begin, end, low, high, to);
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

Tensor OneDnnBackend::dropout_grad(const Tensor& dy, double rate, const Tensor& mask) {
  if (dy.dtype() != DType::float32 || !(mask.shape() == dy.shape())) {
    return ReferenceBackend::dropout_grad(dy, rate, mask);
  }
  Tensor dx = Tensor::empty(dy.shape());
  float* out = floats_out(dx);
  const auto* kept = static_cast<const uint8_t*>(mask.raw());
  const float scale = rate < 1 ? static_cast<float>(1.0 / (1.0 - rate)) : 0.0f;
  parallel_for(dy.size(), 4 * grain, [&](int64_t begin, int64_t end) {
    kernels().mask_scale(floats(dy) + begin, kept + begin, scale, out + begin, end - begin);
  });
  return dx;
}

}  // namespace kcpp
