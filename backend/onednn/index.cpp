// Reading and adding by index: gather and its gradient, one_hot.
#include <cstring>
#include <vector>

#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/parallel.h"

namespace kcpp {
namespace onednn {
namespace {

constexpr int64_t grain = 32 * 1024;

int64_t product(const Shape& s, int first, int last) {
  int64_t n = 1;
  for (int i = first; i < last; ++i) n *= s[i];
  return n;
}

/// Integer indices as int64; a copy only when they have another dtype.
struct Indices {
  explicit Indices(const Tensor& t) {
    const auto n = static_cast<size_t>(t.size());
    if (t.dtype() == DType::int64) {
      data = static_cast<const int64_t*>(t.raw());
    } else if (t.dtype() == DType::int32) {
      const auto* from = static_cast<const int32_t*>(t.raw());
      copy.assign(from, from + n);
      data = copy.data();
    } else if (t.dtype() == DType::uint8) {
      const auto* from = static_cast<const uint8_t*>(t.raw());
      copy.assign(from, from + n);
      data = copy.data();
    }
  }
  std::vector<int64_t> copy;
  const int64_t* data = nullptr;
};

}  // namespace
}  // namespace onednn

using namespace onednn;

Tensor OneDnnBackend::gather(const Tensor& x, const Tensor& indices, int axis) {
  const Indices at(indices);
  if (x.dtype() == DType::string || x.size() == 0 || !at.data || indices.size() == 0) {
    return ReferenceBackend::gather(x, indices, axis);
  }
  const Shape shape =
      x.shape().slice(0, axis) + indices.shape() + x.shape().slice(axis + 1, x.rank());
  Tensor y = Tensor::empty(shape, x.dtype());
  const int64_t outer = product(x.shape(), 0, axis), n = x.shape()[axis];
  const int64_t count = indices.size();
  const int64_t bytes =
      product(x.shape(), axis + 1, x.rank()) * static_cast<int64_t>(size_of(x.dtype()));
  const auto* in = static_cast<const char*>(x.raw());
  auto* out = static_cast<char*>(y.mutable_raw());
  parallel_for(
      outer * count, std::max<int64_t>(1, 2 * grain / std::max<int64_t>(bytes, 1)),
      [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t o = i / count;
          std::memcpy(out + i * bytes, in + (o * n + at.data[i - o * count]) * bytes,
                      static_cast<size_t>(bytes));
        }
      },
      1);
  return y;
}

Tensor OneDnnBackend::scatter_add(const Tensor& updates, const Tensor& indices, const Shape& shape,
                                  int axis) {
  const Indices at(indices);
  const int64_t inner = product(shape, axis + 1, shape.rank());
  if (updates.dtype() != DType::float32 || !at.data || inner < 8) {
    return ReferenceBackend::scatter_add(updates, indices, shape, axis);
  }
  Tensor y = Tensor::empty(shape);
  const int64_t outer = product(shape, 0, axis), n = shape[axis], count = indices.size();
  float* out = floats_out(y);
  parallel_for(y.size(), 2 * grain,
               [&](int64_t begin, int64_t end) { std::fill(out + begin, out + end, 0.0f); });
  const auto add = kernels().binary[static_cast<size_t>(BinaryOp::add)][0];
  // Each thread adds to its own columns: every element is summed in the order of the updates.
  const int64_t enough = std::max<int64_t>(16, 2 * grain / std::max<int64_t>(outer * count, 1));
  parallel_for(inner, enough, [&](int64_t begin, int64_t end) {
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t i = 0; i < count; ++i) {
        float* to = out + (o * n + at.data[i]) * inner + begin;
        add(to, floats(updates) + (o * count + i) * inner + begin, to, end - begin);
      }
    }
  });
  return y;
}

Tensor OneDnnBackend::one_hot(const Tensor& indices, int64_t classes, DType dtype) {
  const Indices at(indices);
  if (dtype != DType::float32 || !at.data) {
    return ReferenceBackend::one_hot(indices, classes, dtype);
  }
  Shape shape = indices.shape();
  shape.push_back(classes);
  Tensor y = Tensor::empty(shape);
  float* out = floats_out(y);
  std::fill(out, out + y.size(), 0.0f);
  for (int64_t i = 0; i < indices.size(); ++i) {
    const int64_t j = at.data[i];
    if (j >= 0 && j < classes) out[i * classes + j] = 1.0f;
  }
  return y;
}

}  // namespace kcpp
