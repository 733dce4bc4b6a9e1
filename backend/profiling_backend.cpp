#include "backend/profiling_backend.h"

#include <iterator>
#include <memory>
#include <mutex>

#include "kcpp/profile.h"

namespace kcpp {
namespace {

std::string_view name_of(UnaryOp op) {
  static constexpr std::string_view names[] = {"identity",
                                               "negative",
                                               "abs",
                                               "sign",
                                               "square",
                                               "sqrt",
                                               "rsqrt",
                                               "reciprocal",
                                               "exp",
                                               "expm1",
                                               "exp2",
                                               "log",
                                               "log1p",
                                               "log2",
                                               "log10",
                                               "sin",
                                               "cos",
                                               "tan",
                                               "asin",
                                               "acos",
                                               "atan",
                                               "sinh",
                                               "cosh",
                                               "tanh",
                                               "asinh",
                                               "acosh",
                                               "atanh",
                                               "ceil",
                                               "floor",
                                               "round",
                                               "trunc",
                                               "erf",
                                               "erfinv",
                                               "lgamma",
                                               "digamma",
                                               "logical_not",
                                               "isnan",
                                               "isinf",
                                               "isfinite",
                                               "bitwise_not",
                                               "relu",
                                               "relu6",
                                               "leaky_relu",
                                               "relu_general",
                                               "sigmoid",
                                               "log_sigmoid",
                                               "softplus",
                                               "softsign",
                                               "silu",
                                               "gelu",
                                               "gelu_tanh",
                                               "elu",
                                               "selu",
                                               "celu",
                                               "hard_sigmoid",
                                               "hard_sigmoid_keras2",
                                               "hard_silu",
                                               "hard_tanh",
                                               "mish",
                                               "tanh_shrink",
                                               "soft_shrink",
                                               "hard_shrink",
                                               "squareplus",
                                               "sparse_plus",
                                               "sparse_sigmoid",
                                               "threshold"};
  static_assert(std::size(names) == static_cast<size_t>(UnaryOp::threshold) + 1);
  return names[static_cast<size_t>(op)];
}
std::string_view name_of(BinaryOp op) {
  static constexpr std::string_view names[] = {
      "add",          "subtract",      "multiply",    "divide",
      "floor_divide", "mod",           "power",       "maximum",
      "minimum",      "atan2",         "logaddexp",   "squared_difference",
      "equal",        "not_equal",     "less",        "less_equal",
      "greater",      "greater_equal", "logical_and", "logical_or",
      "logical_xor",  "bitwise_and",   "bitwise_or",  "bitwise_xor",
      "left_shift",   "right_shift"};
  static_assert(std::size(names) == static_cast<size_t>(BinaryOp::right_shift) + 1);
  return names[static_cast<size_t>(op)];
}
std::string_view name_of(ReduceOp op) {
  static constexpr std::string_view names[] = {"sum", "mean", "prod", "max", "min", "any", "all"};
  static_assert(std::size(names) == static_cast<size_t>(ReduceOp::all) + 1);
  return names[static_cast<size_t>(op)];
}
std::string_view name_of(LinalgOp op) {
  static constexpr std::string_view names[] = {
      "cholesky", "inverse", "determinant", "solve", "solve_triangular", "qr", "svd",
      "eigh",     "lstsq",   "lu_factor",   "eig"};
  static_assert(std::size(names) == static_cast<size_t>(LinalgOp::eig) + 1);
  return names[static_cast<size_t>(op)];
}

/// The shapes of one argument, where it has any.
class Shown {
 public:
  Shown(const Tensor& t) { add(t); }
  Shown(const Tensors& list) : Shown(std::span<const Tensor>(list)) {}
  Shown(std::span<const Tensor> list) {
    for (const Tensor& t : list) add(t);
  }
  Shown(const Shape& shape) : text_(text(shape)) {}
  const std::string& get() const { return text_; }

 private:
  void add(const Tensor& t) {
    if (!text_.empty()) text_ += " ";
    text_ += t.defined() ? text(t.shape()) : "-";
  }
  std::string text_;
};

/// The stretch of time of one kernel.
class Span {
 public:
  Span(std::string_view name, std::initializer_list<Shown> arguments) : scope_(name, "op") {
    std::string shapes;
    for (const Shown& s : arguments) shapes += (shapes.empty() ? "" : " ") + s.get();
    scope_.note("shapes", shapes);
  }

 private:
  profile::Scope scope_;
};

class ProfilingBackend final : public Backend {
 public:
  explicit ProfilingBackend(Backend& inner) : inner_(inner) {}
  const Backend& inner() const { return inner_; }

  std::string_view name() const override { return inner_.name(); }
  Tensor unary(UnaryOp op, const Tensor& x, UnaryAttrs attrs) override {
    const Span span(name_of(op), {x});
    return inner_.unary(op, x, attrs);
  }
  Tensor unary_grad(UnaryOp op, Tensor dy, const Tensor& x, const Tensor& y,
                    UnaryAttrs attrs) override {
    const Span span(text(name_of(op), "_grad"), {dy, x, y});
    return inner_.unary_grad(op, std::move(dy), x, y, attrs);
  }
  Tensor binary(BinaryOp op, const Tensor& a, const Tensor& b) override {
    const Span span(name_of(op), {a, b});
    return inner_.binary(op, a, b);
  }
  Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) override {
    const Span span("where", {condition, a, b});
    return inner_.where(condition, a, b);
  }
  Tensor cast(const Tensor& x, DType dtype) override {
    const Span span("cast", {x});
    return inner_.cast(x, dtype);
  }
  void accumulate(Tensor& into, const Tensor& x) override {
    const Span span("accumulate", {into, x});
    inner_.accumulate(into, x);
  }
  Tensor reduce(ReduceOp op, const Tensor& x, const std::vector<int>& axes,
                bool keepdims) override {
    const Span span(name_of(op), {x});
    return inner_.reduce(op, x, axes, keepdims);
  }
  Tensor arg_reduce(bool max, const Tensor& x, int axis, bool keepdims) override {
    const Span span(max ? "argmax" : "argmin", {x});
    return inner_.arg_reduce(max, x, axis, keepdims);
  }
  Tensor cumulative(CumulativeOp op, const Tensor& x, int axis, bool reverse) override {
    const Span span(op == CumulativeOp::sum ? "cumsum" : "cumprod", {x});
    return inner_.cumulative(op, x, axis, reverse);
  }
  Tensor sort(const Tensor& x, int axis, bool descending) override {
    const Span span("sort", {x});
    return inner_.sort(x, axis, descending);
  }
  Tensor argsort(const Tensor& x, int axis, bool descending) override {
    const Span span("argsort", {x});
    return inner_.argsort(x, axis, descending);
  }
  std::pair<Tensor, Tensor> top_k(const Tensor& x, int64_t k) override {
    const Span span("top_k", {x});
    return inner_.top_k(x, k);
  }
  Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) override {
    const Span span("matmul", {a, b});
    return inner_.matmul(a, b, transpose_a, transpose_b);
  }
  Tensor dense(const Tensor& x, const Tensor& kernel, const Tensor& bias,
               Activation activation) override {
    const Span span("dense", {x, kernel, bias});
    return inner_.dense(x, kernel, bias, activation);
  }
  std::pair<Tensor, Tensor> dense_grad_weights(const Tensor& x, const Tensor& dy, bool kernel,
                                               bool bias) override {
    const Span span("dense_grad_weights", {x, dy});
    return inner_.dense_grad_weights(x, dy, kernel, bias);
  }
  Tensor conv(const Tensor& x, const Tensor& kernel, const Tensor& bias,
              const ConvAttrs& attrs) override {
    const Span span("conv", {x, kernel, bias});
    return inner_.conv(x, kernel, bias, attrs);
  }
  Tensor conv_grad_input(const Tensor& dy, const Tensor& kernel, const Shape& x_shape,
                         const ConvAttrs& attrs) override {
    const Span span("conv_grad_input", {dy, kernel, x_shape});
    return inner_.conv_grad_input(dy, kernel, x_shape, attrs);
  }
  std::pair<Tensor, Tensor> conv_grad_weights(const Tensor& x, const Tensor& dy,
                                              const Shape& kernel_shape, const ConvAttrs& attrs,
                                              bool kernel, bool bias) override {
    const Span span("conv_grad_weights", {x, dy, kernel_shape});
    return inner_.conv_grad_weights(x, dy, kernel_shape, attrs, kernel, bias);
  }
  std::pair<Tensor, Tensor> pool(const Tensor& x, const PoolAttrs& attrs, bool training) override {
    const Span span(attrs.max ? "max_pool" : "average_pool", {x});
    return inner_.pool(x, attrs, training);
  }
  Tensor pool_grad(const Tensor& dy, const Tensor& x, const Tensor& y, const Tensor& workspace,
                   const PoolAttrs& attrs) override {
    const Span span(attrs.max ? "max_pool_grad" : "average_pool_grad", {dy, x, y, workspace});
    return inner_.pool_grad(dy, x, y, workspace, attrs);
  }
  BatchNorm batch_norm_training(const Tensor& x, const Tensor& gamma, const Tensor& beta, int axis,
                                double epsilon) override {
    const Span span("batch_norm_training", {x, gamma, beta});
    return inner_.batch_norm_training(x, gamma, beta, axis, epsilon);
  }
  Tensor batch_norm_inference(const Tensor& x, const Tensor& mean, const Tensor& variance,
                              const Tensor& gamma, const Tensor& beta, int axis,
                              double epsilon) override {
    const Span span("batch_norm_inference", {x, mean, variance, gamma, beta});
    return inner_.batch_norm_inference(x, mean, variance, gamma, beta, axis, epsilon);
  }
  NormGrads batch_norm_grad(const Tensor& dy, const Tensor& x, const Tensor& mean,
                            const Tensor& variance, const Tensor& gamma, int axis,
                            double epsilon) override {
    const Span span("batch_norm_grad", {dy, x, mean, variance, gamma});
    return inner_.batch_norm_grad(dy, x, mean, variance, gamma, axis, epsilon);
  }
  LayerNorm layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                       double epsilon) override {
    const Span span("layer_norm", {x, gamma, beta});
    return inner_.layer_norm(x, gamma, beta, epsilon);
  }
  NormGrads layer_norm_grad(const Tensor& dy, const Tensor& x, const Tensor& mean,
                            const Tensor& rstd, const Tensor& gamma) override {
    const Span span("layer_norm_grad", {dy, x, mean, rstd, gamma});
    return inner_.layer_norm_grad(dy, x, mean, rstd, gamma);
  }
  Tensor softmax(const Tensor& x, int axis, bool log) override {
    const Span span("softmax", {x});
    return inner_.softmax(x, axis, log);
  }
  Tensor softmax_grad(const Tensor& dy, const Tensor& y, int axis, bool log) override {
    const Span span("softmax_grad", {dy, y});
    return inner_.softmax_grad(dy, y, axis, log);
  }
  std::pair<Tensor, Tensor> sparse_softmax_crossentropy(const Tensor& logits,
                                                        const Tensor& labels) override {
    const Span span("sparse_softmax_crossentropy", {logits, labels});
    return inner_.sparse_softmax_crossentropy(logits, labels);
  }
  bool rnn_available(const RnnAttrs& attrs, DType dtype) const override {
    return inner_.rnn_available(attrs, dtype);
  }
  RnnResult rnn(const Tensor& x, const Tensors& states, const Tensor& kernel,
                const Tensor& recurrent_kernel, const Tensor& bias,
                const RnnAttrs& attrs) override {
    const Span span("rnn", {x, states, kernel, recurrent_kernel, bias});
    return inner_.rnn(x, states, kernel, recurrent_kernel, bias, attrs);
  }
  RnnGrads rnn_grad(const Tensor& d_output, const Tensors& d_states, const Tensor& x,
                    const Tensors& states, const Tensor& kernel, const Tensor& recurrent_kernel,
                    const Tensor& bias, const RnnResult& forward, const RnnAttrs& attrs) override {
    const Span span("rnn_grad", {d_output, d_states, x, states, kernel, recurrent_kernel, bias});
    return inner_.rnn_grad(d_output, d_states, x, states, kernel, recurrent_kernel, bias, forward,
                           attrs);
  }
  Tensor transpose(const Tensor& x, const std::vector<int>& permutation) override {
    const Span span("transpose", {x});
    return inner_.transpose(x, permutation);
  }
  Tensor broadcast_to(const Tensor& x, const Shape& shape) override {
    const Span span("broadcast_to", {x, shape});
    return inner_.broadcast_to(x, shape);
  }
  Tensor concat(const Tensors& xs, int axis) override {
    const Span span("concat", {xs});
    return inner_.concat(xs, axis);
  }
  Tensor slice(const Tensor& x, const Shape& starts, const Shape& sizes,
               const Shape& strides) override {
    const Span span("slice", {x, starts, sizes, strides});
    return inner_.slice(x, starts, sizes, strides);
  }
  Tensor slice_grad(const Tensor& dy, const Shape& shape, const Shape& starts,
                    const Shape& strides) override {
    const Span span("slice_grad", {dy, shape, starts, strides});
    return inner_.slice_grad(dy, shape, starts, strides);
  }
  Tensor pad(const Tensor& x, const Shape& low, const Shape& high, PadMode mode,
             double value) override {
    const Span span("pad", {x, low, high});
    return inner_.pad(x, low, high, mode, value);
  }
  Tensor flip(const Tensor& x, const std::vector<int>& axes) override {
    const Span span("flip", {x});
    return inner_.flip(x, axes);
  }
  Tensor gather(const Tensor& x, const Tensor& indices, int axis) override {
    const Span span("gather", {x, indices});
    return inner_.gather(x, indices, axis);
  }
  Tensor scatter_add(const Tensor& updates, const Tensor& indices, const Shape& shape,
                     int axis) override {
    const Span span("scatter_add", {updates, indices, shape});
    return inner_.scatter_add(updates, indices, shape, axis);
  }
  Tensor gather_elements(const Tensor& x, const Tensor& indices, int axis) override {
    const Span span("gather_elements", {x, indices});
    return inner_.gather_elements(x, indices, axis);
  }
  Tensor scatter_elements_add(const Tensor& updates, const Tensor& indices, const Shape& shape,
                              int axis) override {
    const Span span("scatter_elements_add", {updates, indices, shape});
    return inner_.scatter_elements_add(updates, indices, shape, axis);
  }
  Tensor one_hot(const Tensor& indices, int64_t classes, DType dtype) override {
    const Span span("one_hot", {indices});
    return inner_.one_hot(indices, classes, dtype);
  }
  Tensor random_uniform(const Shape& shape, DType dtype, RandomKey key, double low,
                        double high) override {
    const Span span("random_uniform", {shape});
    return inner_.random_uniform(shape, dtype, key, low, high);
  }
  Tensor random_normal(const Shape& shape, DType dtype, RandomKey key, double mean,
                       double stddev) override {
    const Span span("random_normal", {shape});
    return inner_.random_normal(shape, dtype, key, mean, stddev);
  }
  Tensor random_truncated_normal(const Shape& shape, DType dtype, RandomKey key, double mean,
                                 double stddev) override {
    const Span span("random_truncated_normal", {shape});
    return inner_.random_truncated_normal(shape, dtype, key, mean, stddev);
  }
  Tensor random_integers(const Shape& shape, DType dtype, RandomKey key, int64_t low,
                         int64_t high) override {
    const Span span("random_integers", {shape});
    return inner_.random_integers(shape, dtype, key, low, high);
  }
  std::pair<Tensor, Tensor> dropout(const Tensor& x, double rate, const Shape& noise_shape,
                                    RandomKey key) override {
    const Span span("dropout", {x, noise_shape});
    return inner_.dropout(x, rate, noise_shape, key);
  }
  Tensor dropout_grad(Tensor dy, double rate, const Tensor& mask) override {
    const Span span("dropout_grad", {dy, mask});
    return inner_.dropout_grad(std::move(dy), rate, mask);
  }
  void optimizer_step(const OptimizerStep& step, std::span<Tensor* const> variables,
                      std::span<const Tensor> gradients,
                      const std::vector<std::vector<Tensor*>>& slots) override {
    const Span span("optimizer_step", {gradients});
    inner_.optimizer_step(step, variables, gradients, slots);
  }
  double sum_of_squares(std::span<const Tensor> tensors) override {
    const Span span("sum_of_squares", {tensors});
    return inner_.sum_of_squares(tensors);
  }
  Tensors linalg(LinalgOp op, const Tensors& inputs, bool flag) override {
    const Span span(name_of(op), {inputs});
    return inner_.linalg(op, inputs, flag);
  }

 private:
  Backend& inner_;
};

}  // namespace

Backend& profiled(Backend& inner) {
  static std::mutex mutex;
  static auto* made = new std::vector<std::unique_ptr<ProfilingBackend>>;
  std::lock_guard lock(mutex);
  for (const auto& b : *made) {
    if (&b->inner() == &inner) return *b;
  }
  made->push_back(std::make_unique<ProfilingBackend>(inner));
  return *made->back();
}

}  // namespace kcpp
