// Element by element: unary ops, their gradients, casts, accumulation.
#include <cstring>

#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/parallel.h"
#include "backend/onednn/products.h"

namespace kcpp {
namespace onednn {

namespace {

/// Elements a thread should have before a second one helps: cheap loops move memory, functions
/// like exp cost about 1 ns an element.
constexpr int64_t cheap_grain = 32 * 1024;
constexpr int64_t costly_grain = 4 * 1024;

int64_t grain_of(UnaryOp op) {
  switch (op) {
    case UnaryOp::negative:
    case UnaryOp::abs:
    case UnaryOp::square:
    case UnaryOp::relu:
    case UnaryOp::relu6:
    case UnaryOp::leaky_relu:
      return cheap_grain;
    default:
      return costly_grain;
  }
}

UnaryParams params_of(const UnaryAttrs& a) {
  return {static_cast<float>(a.alpha), static_cast<float>(a.beta), static_cast<float>(a.gamma)};
}

Kernels::Unary unary_kernel(UnaryOp op) { return kernels().unary[static_cast<size_t>(op)]; }

}  // namespace

bool has_activation_kernel(UnaryOp op) {
  return op == UnaryOp::identity || unary_kernel(op) != nullptr;
}

void apply_activation(const Activation& activation, float* y, int64_t n) {
  if (activation.op == UnaryOp::identity) return;
  const auto kernel = unary_kernel(activation.op);
  const UnaryParams params = params_of(activation.attrs);
  parallel_for(n, grain_of(activation.op), [&](int64_t begin, int64_t end) {
    kernel(y + begin, y + begin, end - begin, params);
  });
}

void apply_bias_activation(const Activation& activation, const float* bias, float* y, int64_t rows,
                           int64_t cols) {
  if (!bias) return apply_activation(activation, y, rows * cols);
  const auto add = kernels().binary[static_cast<size_t>(BinaryOp::add)][0];
  const auto kernel = activation.op == UnaryOp::identity ? nullptr : unary_kernel(activation.op);
  const UnaryParams params = params_of(activation.attrs);
  const int64_t grain = std::max<int64_t>(1, grain_of(activation.op) / std::max<int64_t>(cols, 1));
  parallel_for(
      rows, grain,
      [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
          float* row = y + r * cols;
          add(row, bias, row, cols);
          if (kernel) kernel(row, row, cols, params);
        }
      },
      1);
}

}  // namespace onednn

using namespace onednn;

Tensor OneDnnBackend::unary(UnaryOp op, const Tensor& x, UnaryAttrs attrs) {
  const auto kernel = unary_kernel(op);
  if (x.dtype() != DType::float32 || !kernel) return ReferenceBackend::unary(op, x, attrs);
  Tensor y = Tensor::empty(x.shape());
  const float* in = floats(x);
  float* out = floats_out(y);
  const UnaryParams params = params_of(attrs);
  parallel_for(x.size(), grain_of(op), [&](int64_t begin, int64_t end) {
    kernel(in + begin, out + begin, end - begin, params);
  });
  return y;
}

Tensor OneDnnBackend::unary_grad(UnaryOp op, Tensor dy, const Tensor& x, const Tensor& y,
                                 UnaryAttrs attrs) {
  const auto kernel = kernels().unary_grad[static_cast<size_t>(op)];
  // elu with a negative alpha: the sign of the output says nothing.
  const bool odd = op == UnaryOp::elu && attrs.alpha < 0;
  if (dy.dtype() != DType::float32 || !kernel || odd) {
    return ReferenceBackend::unary_grad(op, std::move(dy), x, y, attrs);
  }
  const Tensor& v = unary_grad_uses_output(op) ? y : x;
  Tensor dx = dy.is_unique() ? std::move(dy) : Tensor::empty(v.shape());
  const float* g = floats(dy.defined() ? dy : dx);
  const float* in = floats(v);
  float* out = floats_out(dx);
  const UnaryParams params = params_of(attrs);
  parallel_for(dx.size(), grain_of(op), [&](int64_t begin, int64_t end) {
    kernel(g + begin, in + begin, out + begin, end - begin, params);
  });
  return dx;
}

Tensor OneDnnBackend::cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype || dtype != DType::float32) return ReferenceBackend::cast(x, dtype);
  const bool bytes = x.dtype() == DType::uint8 || x.dtype() == DType::bool_;
  if (!bytes && x.dtype() != DType::int32) return ReferenceBackend::cast(x, dtype);
  Tensor y = Tensor::empty(x.shape());
  float* out = floats_out(y);
  parallel_for(x.size(), cheap_grain, [&](int64_t begin, int64_t end) {
    if (bytes) {
      kernels().convert_from_uint8(static_cast<const uint8_t*>(x.raw()) + begin, out + begin,
                                   end - begin);
    } else {
      kernels().convert_from_int32(static_cast<const int32_t*>(x.raw()) + begin, out + begin,
                                   end - begin);
    }
  });
  return y;
}

void OneDnnBackend::accumulate(Tensor& into, const Tensor& x) {
  if (into.dtype() != DType::float32) return ReferenceBackend::accumulate(into, x);
  float* out = floats_out(into);
  const float* in = floats(x);
  const auto add = kernels().binary[static_cast<size_t>(BinaryOp::add)][0];
  parallel_for(into.size(), cheap_grain, [&](int64_t begin, int64_t end) {
    add(out + begin, in + begin, out + begin, end - begin);
  });
}

}  // namespace kcpp
