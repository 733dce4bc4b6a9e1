// The fused product of dense layers, and embedding.
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/activation.h"

namespace kcpp::ops::detail {
namespace {

/// [.., K] x [K, N] -> [.., N]
Shape dense_shape(const Tensor& x, const Tensor& kernel, const Tensor& bias) {
  check(kernel.rank() == 2 && x.rank() >= 1,
        "[dense] Expected `x` of rank at least 1 and `kernel` of rank 2. Received: x.shape=",
        x.shape(), ", kernel.shape=", kernel.shape());
  const int64_t in = x.shape().back();
  check(
      in == kernel.shape()[0] || in == Shape::unknown || kernel.shape()[0] == Shape::unknown,
      "Inner dimensions (`x1.shape[-1]` and `x2.shape[-2]`) must be equal, but received `x1.shape=",
      x.shape(), "` and `x2.shape=", kernel.shape(), "`.");
  check(!bias.defined() || (bias.rank() == 1 && bias.shape()[0] == kernel.shape()[1]),
        "[dense] `bias` must have one element for each column of `kernel`. Received: bias.shape=",
        bias.defined() ? bias.shape() : Shape(), ", kernel.shape=", kernel.shape());
  Shape out = x.shape();
  out[out.rank() - 1] = kernel.shape()[1];
  return out;
}

/// The gradients in ops, for a tape that records the backward pass.
void dense_gradient_composite(Vjp& v, const Tensor& dz, const Tensor& x, const Tensor& kernel) {
  const int64_t in = kernel.shape()[0], out = kernel.shape()[1];
  if (v.needs(0)) v.set(0, matmul(dz, transpose(kernel)));
  const Tensor rows = view(dz, {dz.size() / out, out});
  if (v.needs(1)) v.set(1, matmul(transpose(view(x, {x.size() / in, in})), rows));
  if (v.needs(2)) v.set(2, sum(rows, 0));
}

}  // namespace

Tensor dense(const Tensor& x_in, const Tensor& kernel_in, const Tensor& bias_in,
             kcpp::Activation act) {
  check_defined(x_in, "dense");
  if (x_in.is_symbolic() || kernel_in.is_symbolic()) [[unlikely]] {
    return symbolic_result(dense_shape(x_in, kernel_in, bias_in),
                           float_of(result_of(x_in, kernel_in)));
  }
  if (x_in.dtype() != kernel_in.dtype() || !is_floating(x_in.dtype())) [[unlikely]] {
    const DType dtype = float_of(result_of(x_in, kernel_in));
    return dense(as_dtype(x_in, dtype), as_dtype(kernel_in, dtype),
                 bias_in.defined() ? as_dtype(bias_in, dtype) : bias_in, act);
  }
  const Tensor& x = x_in;
  const Tensor& kernel = kernel_in;
  const Shape& shape = x.shape();
  if (shape.rank() < 2 || kernel.rank() != 2 || shape.back() != kernel.shape()[0] ||
      (bias_in.defined() && !(bias_in.rank() == 1 && bias_in.shape()[0] == kernel.shape()[1])))
      [[unlikely]] {
    const Shape out = dense_shape(x, kernel, bias_in);
    return view(dense(view(x, {1, x.size()}), kernel, bias_in, act), out);
  }
  if (bias_in.defined() && bias_in.dtype() != x.dtype())
    return dense(x, kernel, as_dtype(bias_in, x.dtype()), act);
  const bool recorded = autodiff::recording(x, kernel, bias_in);
  if (!can_fuse(act, recorded)) {
    const Tensor z = dense(x, kernel, bias_in);
    return act.op == UnaryOp::sigmoid ? sigmoid(z) : activation(z, act);
  }
  Tensor y = backend().dense(x, kernel, bias_in, act);
  if (recorded) {
    autodiff::record(
        "dense", {&x, &kernel, &bias_in}, y,
        [x, kernel, act, y = act.op == UnaryOp::identity ? Tensor() : y.detach()](Vjp& v) {
          const Tensor dz = activation_gradient(v, act, y);
          if (autodiff::recording()) return dense_gradient_composite(v, dz, x, kernel);
          // [.., N] x [K, N]^T -> [.., K]
          if (v.needs(0)) v.set(0, backend().matmul(dz, kernel, false, true));
          if (v.needs(1) || v.needs(2)) {
            auto [d_kernel, d_bias] = backend().dense_grad_weights(x, dz, v.needs(1), v.needs(2));
            if (v.needs(1)) v.set(1, std::move(d_kernel));
            if (v.needs(2)) v.set(2, std::move(d_bias));
          }
        });
  }
  return y;
}

Tensor embedding(const Tensor& table, const Tensor& indices) { return take(table, indices, 0); }

}  // namespace kcpp::ops::detail
