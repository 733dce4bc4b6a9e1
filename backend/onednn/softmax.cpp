// Softmax and its losses over the last axis, by own loops.
#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/parallel.h"

namespace kcpp {
namespace onednn {
namespace {

constexpr int64_t grain = 4 * 1024;

bool over_last(const Tensor& x, int axis) {
  return x.dtype() == DType::float32 && x.size() > 0 && axis == x.rank() - 1;
}

/// Labels of any integer dtype, as int64.
Tensor labels_as_int64(const Tensor& labels) {
  Tensor out = Tensor::empty(labels.shape(), DType::int64);
  auto* to = static_cast<int64_t*>(out.mutable_raw());
  const int64_t n = labels.size();
  const auto convert = [&](const auto* from) {
    for (int64_t i = 0; i < n; ++i) to[i] = static_cast<int64_t>(from[i]);
  };
  switch (labels.dtype()) {
    case DType::uint8:
      convert(static_cast<const uint8_t*>(labels.raw()));
      break;
    case DType::int32:
      convert(static_cast<const int32_t*>(labels.raw()));
      break;
    case DType::uint32:
      convert(static_cast<const uint32_t*>(labels.raw()));
      break;
    default:
      return {};
  }
  return out;
}

}  // namespace
}  // namespace onednn

using namespace onednn;

Tensor OneDnnBackend::softmax(const Tensor& x, int axis, bool log) {
  if (!over_last(x, axis)) return ReferenceBackend::softmax(x, axis, log);
  const int64_t cols = x.dim(-1), rows = x.size() / cols;
  Tensor y = Tensor::empty(x.shape());
  float* out = floats_out(y);
  parallel_for(
      rows, std::max<int64_t>(1, grain / cols),
      [&](int64_t begin, int64_t end) {
        kernels().softmax(floats(x) + begin * cols, out + begin * cols, end - begin, cols, log);
      },
      1);
  return y;
}

Tensor OneDnnBackend::softmax_grad(const Tensor& dy, const Tensor& y, int axis, bool log) {
  if (!over_last(y, axis)) return ReferenceBackend::softmax_grad(dy, y, axis, log);
  const int64_t cols = y.dim(-1), rows = y.size() / cols;
  Tensor dx = Tensor::empty(y.shape());
  float* out = floats_out(dx);
  parallel_for(
      rows, std::max<int64_t>(1, 2 * grain / cols),
      [&](int64_t begin, int64_t end) {
        const int64_t at = begin * cols;
        kernels().softmax_grad(floats(dy) + at, floats(y) + at, out + at, end - begin, cols, log);
      },
      1);
  return dx;
}

std::pair<Tensor, Tensor> OneDnnBackend::sparse_softmax_crossentropy(const Tensor& logits,
                                                                     const Tensor& labels) {
  Tensor wide = labels.dtype() == DType::int64 ? labels : labels_as_int64(labels);
  if (logits.dtype() != DType::float32 || logits.size() == 0 || !wide.defined()) {
    return ReferenceBackend::sparse_softmax_crossentropy(logits, labels);
  }
  const int64_t cols = logits.dim(-1), rows = logits.size() / cols;
  Shape loss_shape = logits.shape();
  loss_shape.pop_back();
  std::pair<Tensor, Tensor> r{Tensor::empty(loss_shape), Tensor::empty(logits.shape())};
  const auto* label = static_cast<const int64_t*>(wide.raw());
  float *loss = floats_out(r.first), *probabilities = floats_out(r.second);
  parallel_for(
      rows, std::max<int64_t>(1, grain / cols),
      [&](int64_t begin, int64_t end) {
        kernels().sparse_crossentropy(floats(logits) + begin * cols, label + begin, loss + begin,
                                      probabilities + begin * cols, end - begin, cols);
      },
      1);
  return r;
}

}  // namespace kcpp
