/// OneDnnBackend: the default on a CPU. oneDNN's primitives for the large products, own vectorised
/// loops for what they lack or where they are slower, ReferenceBackend for everything else (other
/// dtypes than float32, rare operations).
#pragma once

#include "backend/reference/reference_backend.h"
#include "src/core/inference_kernel.h"

namespace kcpp {

class OneDnnBackend : public ReferenceBackend, public inference::KernelProvider {
 public:
  std::string_view name() const override { return "onednn"; }

  // session/: the kernels of inference sessions; engine.cpp: the state they run in
  std::unique_ptr<inference::Kernel> make_kernel(
      const inference::Graph& graph, const inference::Node& node,
      const inference::KernelOptions& options) const override;
  bool runs_in_bands(const inference::Graph& graph, const inference::Node& conv) const override;
  std::string why_no_bfloat16() const override;
  Saved enter(int threads, bool library) const noexcept override;
  void leave(const Saved& saved) const noexcept override;

  // elementwise.cpp, binary.cpp
  Tensor unary(UnaryOp op, const Tensor& x, UnaryAttrs attrs = {}) override;
  Tensor unary_grad(UnaryOp op, Tensor dy, const Tensor& x, const Tensor& y,
                    UnaryAttrs attrs = {}) override;
  Tensor cast(const Tensor& x, DType dtype) override;
  void accumulate(Tensor& into, const Tensor& x) override;
  Tensor binary(BinaryOp op, const Tensor& a, const Tensor& b) override;
  Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) override;
  Tensor broadcast_to(const Tensor& x, const Shape& shape) override;

  // reduce.cpp
  Tensor reduce(ReduceOp op, const Tensor& x, const std::vector<int>& axes, bool keepdims) override;
  Tensor arg_reduce(bool max, const Tensor& x, int axis, bool keepdims) override;
  Tensor cumulative(CumulativeOp op, const Tensor& x, int axis, bool reverse) override;
  double sum_of_squares(std::span<const Tensor> tensors) override;

  // matmul.cpp
  Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) override;
  Tensor dense(const Tensor& x, const Tensor& kernel, const Tensor& bias,
               Activation activation) override;
  std::pair<Tensor, Tensor> dense_grad_weights(const Tensor& x, const Tensor& dy, bool kernel,
                                               bool bias) override;

  // conv.cpp, conv_grad.cpp, pool.cpp
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

  // norm.cpp
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

  // softmax.cpp
  Tensor softmax(const Tensor& x, int axis, bool log) override;
  Tensor softmax_grad(const Tensor& dy, const Tensor& y, int axis, bool log) override;
  std::pair<Tensor, Tensor> sparse_softmax_crossentropy(const Tensor& logits,
                                                        const Tensor& labels) override;

  // rnn.cpp, rnn_grad.cpp
  bool rnn_available(const RnnAttrs& attrs, DType dtype) const override;
  RnnResult rnn(const Tensor& x, const Tensors& states, const Tensor& kernel,
                const Tensor& recurrent_kernel, const Tensor& bias, const RnnAttrs& attrs) override;
  RnnGrads rnn_grad(const Tensor& d_output, const Tensors& d_states, const Tensor& x,
                    const Tensors& states, const Tensor& kernel, const Tensor& recurrent_kernel,
                    const Tensor& bias, const RnnResult& forward, const RnnAttrs& attrs) override;

  // move.cpp, index.cpp
  Tensor transpose(const Tensor& x, const std::vector<int>& permutation) override;
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
  Tensor one_hot(const Tensor& indices, int64_t classes, DType dtype) override;

  // random.cpp
  Tensor random_uniform(const Shape& shape, DType dtype, RandomKey key, double low,
                        double high) override;
  Tensor random_normal(const Shape& shape, DType dtype, RandomKey key, double mean,
                       double stddev) override;
  std::pair<Tensor, Tensor> dropout(const Tensor& x, double rate, const Shape& noise_shape,
                                    RandomKey key) override;
  Tensor dropout_grad(Tensor dy, double rate, const Tensor& mask) override;

  // optimizer.cpp
  void optimizer_step(const OptimizerStep& step, std::span<Tensor* const> variables,
                      std::span<const Tensor> gradients,
                      const std::vector<std::vector<Tensor*>>& slots) override;
};

}  // namespace kcpp
