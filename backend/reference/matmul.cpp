// Matrix products: matmul, dense and its gradient.
#include "backend/reference/common.h"
#include "backend/reference/kernels.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {

Tensor ReferenceBackend::matmul(const Tensor& a, const Tensor& b, bool transpose_a,
                                bool transpose_b) {
  using namespace reference;
  if (!is_computed_natively(a.dtype())) {
    const DType wide = compute_dtype(a.dtype());
    return cast(matmul(cast(a, wide), cast(b, wide), transpose_a, transpose_b), a.dtype());
  }
  KCPP_ASSERT(a.dtype() == b.dtype());
  const int64_t m = a.dim(transpose_a ? -1 : -2), k = a.dim(transpose_a ? -2 : -1);
  const int64_t n = b.dim(transpose_b ? -2 : -1);
  KCPP_ASSERT(b.dim(transpose_b ? -1 : -2) == k);
  const Shape a_batch = a.shape().slice(0, a.rank() - 2),
              b_batch = b.shape().slice(0, b.rank() - 2);
  const Shape batch = broadcast_shapes(a_batch, b_batch, "matmul");
  Tensor y = Tensor::empty(batch + Shape{m, n}, a.dtype());

  // Offsets are counted in matrices.
  const StridedRows<2> rows(batch,
                            {broadcast_strides(a_batch, batch), broadcast_strides(b_batch, batch)});
  dispatch_compute(a.dtype(), [&]<class T>() {
    T* py = out<T>(y);
    rows.each([&](int64_t at, const auto& offset) {
      for (int64_t i = 0; i < rows.length(); ++i) {
        const Matrix<T> x{in<T>(a) + (offset[0] + i * rows.step(0)) * m * k, a.dim(-1),
                          transpose_a};
        const Matrix<T> z{in<T>(b) + (offset[1] + i * rows.step(1)) * k * n, b.dim(-1),
                          transpose_b};
        gemm<T>(m, n, k, x, z, py + (at + i) * m * n, n, false);
      }
    });
  });
  return y;
}

Tensor ReferenceBackend::dense(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                               Activation activation) {
  using namespace reference;
  if (!is_computed_natively(x.dtype())) {
    const DType wide = compute_dtype(x.dtype());
    return cast(dense(cast(x, wide), cast(kernel, wide), bias.defined() ? cast(bias, wide) : bias,
                      activation),
                x.dtype());
  }
  const int64_t k = kernel.dim(0), n = kernel.dim(1);
  Shape shape = x.shape();
  shape[x.rank() - 1] = n;
  const int64_t rows = shape.slice(0, x.rank() - 1).size();
  Tensor y = Tensor::empty(shape, x.dtype());
  dispatch_compute(x.dtype(), [&]<class T>() {
    T* py = out<T>(y);
    gemm<T>(rows, n, k, {in<T>(x), k}, {in<T>(kernel), n}, py, n, false);
    if (bias.defined()) add_bias(in<T>(bias), py, rows, n);
    if (activation.op != UnaryOp::identity)
      apply_unary(activation.op, activation.attrs, py, py, rows * n);
  });
  return y;
}

std::pair<Tensor, Tensor> ReferenceBackend::dense_grad_weights(const Tensor& x, const Tensor& dy,
                                                               bool kernel, bool bias) {
  using namespace reference;
  if (is_half(dy.dtype())) {
    auto [dk, db] = dense_grad_weights(kernel ? cast(x, DType::float32) : x,
                                       cast(dy, DType::float32), kernel, bias);
    return {kernel ? cast(dk, dy.dtype()) : dk, bias ? cast(db, dy.dtype()) : db};
  }
  const int64_t n = dy.dim(-1), rows = dy.shape().slice(0, dy.rank() - 1).size();
  Tensor dk, db;
  if (kernel) {
    const int64_t k = x.dim(-1);
    dk = Tensor::empty({k, n}, dy.dtype());
    dispatch_floating(dy.dtype(), [&]<class T>() {
      gemm<T>(k, n, rows, {in<T>(x), k, true}, {in<T>(dy), n}, out<T>(dk), n, false);  // x^T dy
    });
  }
  if (bias) {
    std::vector<int> axes;
    for (int i = 0; i + 1 < dy.rank(); ++i) axes.push_back(i);
    db = reduce(ReduceOp::sum, dy, axes, false);
  }
  return {dk, db};
}

}  // namespace kcpp
