/// ReferenceBackend: every kernel of Backend on the host, written for clarity. It is the oracle
/// that every other backend is compared with, and what another host backend derives from: a
/// function that it does not override is this one.
///
/// Element types. Arithmetic is written for float, double and int64. float16 and bfloat16 are
/// computed in float, the other integers and bool in int64, and the result is converted back.
/// Functions that only move elements work on any dtype, by element size.
#pragma once

#include "kcpp/backend.h"

namespace kcpp {

class ReferenceBackend : public Backend {
 public:
  std::string_view name() const override { return "reference"; }

  // Element by element. a and b have one dtype and broadcast.
  Tensor unary(UnaryOp op, const Tensor& x, UnaryAttrs attrs = {}) override;
  Tensor unary_grad(UnaryOp op, Tensor dy, const Tensor& x, const Tensor& y,
                    UnaryAttrs attrs = {}) override;
  Tensor binary(BinaryOp op, const Tensor& a, const Tensor& b) override;
  Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) override;
  Tensor cast(const Tensor& x, DType dtype) override;
  void accumulate(Tensor& into, const Tensor& x) override;

  // Over axes (sorted, counted from the front).
  Tensor reduce(ReduceOp op, const Tensor& x, const std::vector<int>& axes, bool keepdims) override;
  Tensor arg_reduce(bool max, const Tensor& x, int axis, bool keepdims) override;
  Tensor cumulative(CumulativeOp op, const Tensor& x, int axis, bool reverse) override;
  Tensor sort(const Tensor& x, int axis, bool descending) override;
  Tensor argsort(const Tensor& x, int axis, bool descending) override;
  std::pair<Tensor, Tensor> top_k(const Tensor& x, int64_t k) override;

  // Products.
  Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) override;
  Tensor dense(const Tensor& x, const Tensor& kernel, const Tensor& bias,
               Activation activation) override;
  std::pair<Tensor, Tensor> dense_grad_weights(const Tensor& x, const Tensor& dy, bool kernel,
                                               bool bias) override;

  // Convolution and pooling.
  Tensor conv(const Tensor& x, const Tensor& kernel, const Tensor& bias,
              const ConvAttrs& attrs) override;
  Tensor conv_grad_input(const Tensor& dy, const Tensor& kernel, const Shape& x_shape,
                         const ConvAttrs& attrs) override;
  std::pair<Tensor, Tensor> conv_grad_weights(const Tensor& x, const Tensor& dy,
                                              const Shape& kernel_shape, const ConvAttrs& attrs,
                                              bool kernel, bool bias) override;
  std::pair<Tensor, Tensor> pool(const Tensor& x, const PoolAttrs& attrs, bool training) override;
  Tensor pool_grad(const Tensor& dy, const Tensor& x, const Tensor& y, const Tensor& workspace,
                   const PoolAttrs& attrs) override;

  // Normalisation.
  BatchNorm batch_norm_training(const Tensor& x, const Tensor& gamma, const Tensor& beta, int axis,
                                double epsilon) override;
  Tensor batch_norm_inference(const Tensor& x, const Tensor& mean, const Tensor& variance,
                              const Tensor& gamma, const Tensor& beta, int axis,
                              double epsilon) override;
  NormGrads batch_norm_grad(const Tensor& dy, const Tensor& x, const Tensor& mean,
                            const Tensor& variance, const Tensor& gamma, int axis,
                            double epsilon) override;
  LayerNorm layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                       double epsilon) override;
  NormGrads layer_norm_grad(const Tensor& dy, const Tensor& x, const Tensor& mean,
                            const Tensor& rstd, const Tensor& gamma) override;
  Tensor softmax(const Tensor& x, int axis, bool log) override;
  Tensor softmax_grad(const Tensor& dy, const Tensor& y, int axis, bool log) override;
  std::pair<Tensor, Tensor> sparse_softmax_crossentropy(const Tensor& logits,
                                                        const Tensor& labels) override;

  // Recurrent layers: every kind, any activation.
  bool rnn_available(const RnnAttrs& attrs, DType dtype) const override;
  RnnResult rnn(const Tensor& x, const Tensors& states, const Tensor& kernel,
                const Tensor& recurrent_kernel, const Tensor& bias, const RnnAttrs& attrs) override;
  RnnGrads rnn_grad(const Tensor& d_output, const Tensors& d_states, const Tensor& x,
                    const Tensors& states, const Tensor& kernel, const Tensor& recurrent_kernel,
                    const Tensor& bias, const RnnResult& forward, const RnnAttrs& attrs) override;

  // Moving elements.
  Tensor transpose(const Tensor& x, const std::vector<int>& permutation) override;
  Tensor broadcast_to(const Tensor& x, const Shape& shape) override;
  Tensor concat(const Tensors& xs, int axis) override;
  Tensor slice(const Tensor& x, const Shape& starts, const Shape& sizes,
               const Shape& strides) override;
  Tensor slice_grad(const Tensor& dy, const Shape& shape, const Shape& starts,
                    const Shape& strides) override;
  Tensor pad(const Tensor& x, const Shape& low, const Shape& high, PadMode mode,
             double value) override;
  Tensor flip(const Tensor& x, const std::vector<int>& axes) override;
  Tensor gather(const Tensor& x, const Tensor& indices, int axis) override;
  Tensor scatter_add(const Tensor& updates, const Tensor& indices, const Shape& shape,
                     int axis) override;
  Tensor gather_elements(const Tensor& x, const Tensor& indices, int axis) override;
  Tensor scatter_elements_add(const Tensor& updates, const Tensor& indices, const Shape& shape,
                              int axis) override;
  Tensor one_hot(const Tensor& indices, int64_t classes, DType dtype) override;

  // Random numbers.
  Tensor random_uniform(const Shape& shape, DType dtype, RandomKey key, double low,
                        double high) override;
  Tensor random_normal(const Shape& shape, DType dtype, RandomKey key, double mean,
                       double stddev) override;
  Tensor random_truncated_normal(const Shape& shape, DType dtype, RandomKey key, double mean,
                                 double stddev) override;
  Tensor random_integers(const Shape& shape, DType dtype, RandomKey key, int64_t low,
                         int64_t high) override;
  std::pair<Tensor, Tensor> dropout(const Tensor& x, double rate, const Shape& noise_shape,
                                    RandomKey key) override;
  Tensor dropout_grad(Tensor dy, double rate, const Tensor& mask) override;

  // Training.
  void optimizer_step(const OptimizerStep& step, std::span<Tensor* const> variables,
                      std::span<const Tensor> gradients,
                      const std::vector<std::vector<Tensor*>>& slots) override;
  double sum_of_squares(std::span<const Tensor> tensors) override;
  Tensors linalg(LinalgOp op, const Tensors& inputs, bool flag) override;
};

}  // namespace kcpp
