/// The seam between ops and kernels, on one page.
///
/// Every function takes checked arguments (ops check them) of static shape and returns new tensors.
/// Both host backends share memory. ReferenceBackend implements everything; another host backend
/// derives from it and overrides what it does faster.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kcpp/core/tensor.h"

namespace kcpp {

enum class UnaryOp : uint8_t {
  identity,
  // arithmetic
  negative,
  abs,
  sign,
  square,
  sqrt,
  rsqrt,
  reciprocal,
  exp,
  expm1,
  exp2,
  log,
  log1p,
  log2,
  log10,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh,
  ceil,
  floor,
  round,
  trunc,
  erf,
  erfinv,
  lgamma,
  digamma,
  // tests, to bool
  logical_not,
  isnan,
  isinf,
  isfinite,
  // bits
  bitwise_not,
  // activations; alpha and beta are the parameters of UnaryAttrs
  relu,          ///< max(x, 0)
  relu6,         ///< min(max(x, 0), 6)
  leaky_relu,    ///< x >= 0 ? x : alpha x
  relu_general,  ///< keras.activations.relu(negative_slope alpha, max_value beta, threshold gamma)
  sigmoid,
  log_sigmoid,
  softplus,
  softsign,
  silu,
  gelu,       ///< exact, with erf
  gelu_tanh,  ///< the tanh approximation
  elu,        ///< x > 0 ? x : alpha (exp(x) - 1)
  selu,
  celu,                 ///< celu: alpha
  hard_sigmoid,         ///< relu6(x + 3) / 6, as Keras 3
  hard_sigmoid_keras2,  ///< clip(0.2 x + 0.5, 0, 1), as Keras 1 and 2
  hard_silu,
  hard_tanh,
  mish,
  tanh_shrink,
  soft_shrink,
  hard_shrink,  ///< alpha: the threshold
  squareplus,   ///< alpha: b
  sparse_plus,
  sparse_sigmoid,
  threshold,  ///< threshold: x > alpha ? x : beta
};

struct UnaryAttrs {
  double alpha = 0, beta = 0, gamma = 0;
};

/// unary_grad of this op reads y = op(x); x may be undefined. For every other op it reads x, and y
/// may be undefined.
constexpr bool unary_grad_uses_output(UnaryOp op) {
  switch (op) {
    case UnaryOp::exp:
    case UnaryOp::exp2:
    case UnaryOp::sqrt:
    case UnaryOp::rsqrt:
    case UnaryOp::reciprocal:
    case UnaryOp::tanh:
    case UnaryOp::sigmoid:
    case UnaryOp::relu:
    case UnaryOp::relu6:
    case UnaryOp::elu:
    case UnaryOp::selu:
      return true;
    default:
      return false;
  }
}

enum class BinaryOp : uint8_t {
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  mod,
  power,
  maximum,
  minimum,
  atan2,
  logaddexp,
  squared_difference,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,  // to bool
  logical_and,
  logical_or,
  logical_xor,  // bool to bool
  bitwise_and,
  bitwise_or,
  bitwise_xor,
  left_shift,
  right_shift,
};

enum class ReduceOp : uint8_t { sum, mean, prod, max, min, any, all };
enum class CumulativeOp : uint8_t { sum, prod };
enum class PadMode : uint8_t { constant, reflect, symmetric, edge };

/// An activation that a product kernel may apply to its result.
struct Activation {
  UnaryOp op = UnaryOp::identity;
  UnaryAttrs attrs = {};
};

/// Convolution of 1 to 3 spatial dimensions. Kernel: spatial..., in / groups, out (Keras's layout).
/// Padding is explicit.
struct ConvAttrs {
  Shape strides, dilations, pad_low, pad_high;
  int64_t groups = 1;
  bool channels_first = false;
  Activation activation = {};
};

struct PoolAttrs {
  bool max = true;  ///< else average, which never counts the padding
  Shape window, strides, pad_low, pad_high;
  bool channels_first = false;
};

enum class RnnKind : uint8_t {
  simple,
  lstm,             ///< gates i f c o
  gru,              ///< gates z r h; reset gate before the product (reset_after=False), bias (3u)
  gru_reset_after,  ///< reset gate after the product; bias (2, 3u)
};
/// A whole recurrent layer over time. x is (batch, time, features).
struct RnnAttrs {
  RnnKind kind = RnnKind::simple;
  Activation activation = {UnaryOp::tanh}, recurrent_activation = {UnaryOp::sigmoid};
  bool go_backwards = false;
  bool return_sequences = false;
  bool training = false;  ///< keep what the backward pass needs in `workspace`
};
struct RnnResult {
  Tensor output;      ///< (batch, time, units) when return_sequences, else (batch, units)
  Tensors states;     ///< h, and c for an LSTM
  Tensors workspace;  ///< for rnn_grad, in the backend's own form
};
struct RnnGrads {
  Tensor x, kernel, recurrent_kernel, bias;
  Tensors states;
};

/// One multi-tensor optimizer update: `variables[i]` and `slots[k][i]` are overwritten in place.
/// Slots, in the order in which Keras makes them: momentum, nesterov: momentum. rmsprop: velocity,
/// momentum if beta_1 > 0, average gradient if centered. adam: momentum, velocity; amsgrad also the
/// greatest velocity.
struct OptimizerStep {
  enum class Kind : uint8_t { sgd, momentum, nesterov, rmsprop, adam, amsgrad } kind = Kind::sgd;
  double learning_rate = 0;
  double beta_1 = 0, beta_2 = 0;  ///< adam; rmsprop: rho is beta_2, momentum is beta_1
  double epsilon = 0;
  double weight_decay =
      0;  ///< decoupled: variable -= variable * weight_decay * learning_rate, before the update
  bool centered = false;  ///< rmsprop
  int64_t iteration = 1;  ///< 1 at the first step: the bias correction's exponent
  /// Adam and RMSprop: what stands for the square of each gradient; empty, or an undefined tensor:
  /// the square itself. See autodiff::IndexedSlices.
  std::span<const Tensor> squares;
};

/// A stream of Philox4x32-10 numbers: the same key and offset give the same bits on every device.
struct RandomKey {
  uint64_t seed = 0;
  uint64_t offset = 0;
};

enum class LinalgOp : uint8_t {
  cholesky,
  inverse,
  determinant,
  solve,
  solve_triangular,
  qr,
  svd,
  eigh,
  lstsq,
  lu_factor,
  eig
};

class KCPP_API Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;

  // Element by element. a and b have one dtype and broadcast.
  virtual Tensor unary(UnaryOp op, const Tensor& x, UnaryAttrs attrs = {}) = 0;
  /// dy * op'(x). `y` is op(x); kernels use whichever they need, see unary_grad_uses_output. A dy
  /// that nobody else holds may be overwritten with the result.
  virtual Tensor unary_grad(UnaryOp op, Tensor dy, const Tensor& x, const Tensor& y,
                            UnaryAttrs attrs = {}) = 0;
  virtual Tensor binary(BinaryOp op, const Tensor& a, const Tensor& b) = 0;
  virtual Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) = 0;
  virtual Tensor cast(const Tensor& x, DType dtype) = 0;
  /// into += x, in place; same shape and dtype.
  virtual void accumulate(Tensor& into, const Tensor& x) = 0;

  // Over axes (sorted, counted from the front).
  virtual Tensor reduce(ReduceOp op, const Tensor& x, const std::vector<int>& axes,
                        bool keepdims) = 0;
  /// Index of the first greatest (or least) element, int32. NumPy's rule for NaN.
  virtual Tensor arg_reduce(bool max, const Tensor& x, int axis, bool keepdims) = 0;
  virtual Tensor cumulative(CumulativeOp op, const Tensor& x, int axis, bool reverse) = 0;
  virtual Tensor sort(const Tensor& x, int axis, bool descending) = 0;
  virtual Tensor argsort(const Tensor& x, int axis, bool descending) = 0;
  /// The k greatest along the last axis, sorted; values and int32 indices.
  virtual std::pair<Tensor, Tensor> top_k(const Tensor& x, int64_t k) = 0;

  // Products.
  /// [.., M, K] x [.., K, N] -> [.., M, N]; leading axes broadcast; both of rank >= 2. The flags
  /// swap the last two axes.
  virtual Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) = 0;
  /// activation(x [.., K] x kernel [K, N] + bias [N]); bias may be undefined.
  virtual Tensor dense(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                       Activation activation) = 0;
  /// {d kernel [K, N], d bias [N]}: x^T dy and the sum of dy, over all leading axes. An unwanted
  /// part stays undefined.
  virtual std::pair<Tensor, Tensor> dense_grad_weights(const Tensor& x, const Tensor& dy,
                                                       bool kernel, bool bias) = 0;

  // Convolution and pooling.
  virtual Tensor conv(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                      const ConvAttrs& attrs) = 0;
  /// Also the forward pass of a transposed convolution.
  virtual Tensor conv_grad_input(const Tensor& dy, const Tensor& kernel, const Shape& x_shape,
                                 const ConvAttrs& attrs) = 0;
  /// {d kernel, d bias}; an unwanted part stays undefined.
  virtual std::pair<Tensor, Tensor> conv_grad_weights(const Tensor& x, const Tensor& dy,
                                                      const Shape& kernel_shape,
                                                      const ConvAttrs& attrs, bool kernel,
                                                      bool bias) = 0;
  /// {y, workspace}; the workspace (the backend's own form) only when `training` and max.
  virtual std::pair<Tensor, Tensor> pool(const Tensor& x, const PoolAttrs& attrs,
                                         bool training) = 0;
  virtual Tensor pool_grad(const Tensor& dy, const Tensor& x, const Tensor& y,
                           const Tensor& workspace, const PoolAttrs& attrs) = 0;

  // Normalisation. gamma, beta may be undefined (1 and 0). `axis` is the channel axis of a batch
  // norm; statistics have its length.
  struct BatchNorm {
    Tensor y, mean, variance;  ///< the biased variance
  };
  virtual BatchNorm batch_norm_training(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                        int axis, double epsilon) = 0;
  virtual Tensor batch_norm_inference(const Tensor& x, const Tensor& mean, const Tensor& variance,
                                      const Tensor& gamma, const Tensor& beta, int axis,
                                      double epsilon) = 0;
  struct NormGrads {
    Tensor x, gamma, beta;
  };
  virtual NormGrads batch_norm_grad(const Tensor& dy, const Tensor& x, const Tensor& mean,
                                    const Tensor& variance, const Tensor& gamma, int axis,
                                    double epsilon) = 0;
  /// Over the last axis.
  struct LayerNorm {
    Tensor y, mean, rstd;  ///< mean and 1 / sqrt(variance + epsilon), one a row
  };
  virtual LayerNorm layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                               double epsilon) = 0;
  virtual NormGrads layer_norm_grad(const Tensor& dy, const Tensor& x, const Tensor& mean,
                                    const Tensor& rstd, const Tensor& gamma) = 0;
  virtual Tensor softmax(const Tensor& x, int axis, bool log) = 0;
  virtual Tensor softmax_grad(const Tensor& dy, const Tensor& y, int axis, bool log) = 0;
  /// Per row of logits [.., C]: the loss against integer labels [..] (float losses; label out of
  /// range: NaN), and the probabilities.
  virtual std::pair<Tensor, Tensor> sparse_softmax_crossentropy(const Tensor& logits,
                                                                const Tensor& labels) = 0;

  // Recurrent layers. `rnn` is called only where rnn_available says yes; otherwise ops step through
  // time.
  virtual bool rnn_available(const RnnAttrs& attrs, DType dtype) const = 0;
  virtual RnnResult rnn(const Tensor& x, const Tensors& states, const Tensor& kernel,
                        const Tensor& recurrent_kernel, const Tensor& bias,
                        const RnnAttrs& attrs) = 0;
  virtual RnnGrads rnn_grad(const Tensor& d_output, const Tensors& d_states, const Tensor& x,
                            const Tensors& states, const Tensor& kernel,
                            const Tensor& recurrent_kernel, const Tensor& bias,
                            const RnnResult& forward, const RnnAttrs& attrs) = 0;

  // Moving elements.
  virtual Tensor transpose(const Tensor& x, const std::vector<int>& permutation) = 0;
  virtual Tensor broadcast_to(const Tensor& x, const Shape& shape) = 0;
  virtual Tensor concat(const Tensors& xs, int axis) = 0;
  /// Start inclusive, counted from the front; `sizes` is the result's shape; strides may be
  /// negative.
  virtual Tensor slice(const Tensor& x, const Shape& starts, const Shape& sizes,
                       const Shape& strides) = 0;
  /// Zeros of `shape` with dy written (added) where slice would have read.
  virtual Tensor slice_grad(const Tensor& dy, const Shape& shape, const Shape& starts,
                            const Shape& strides) = 0;
  virtual Tensor pad(const Tensor& x, const Shape& low, const Shape& high, PadMode mode,
                     double value) = 0;
  virtual Tensor flip(const Tensor& x, const std::vector<int>& axes) = 0;
  /// Whole slices of `axis` by integer indices of any shape (which must be in range; ops check).
  virtual Tensor gather(const Tensor& x, const Tensor& indices, int axis) = 0;
  /// Zeros of `shape` with updates added at the indices: the gradient of gather.
  virtual Tensor scatter_add(const Tensor& updates, const Tensor& indices, const Shape& shape,
                             int axis) = 0;
  /// Element by element along `axis` (NumPy's take_along_axis), and its gradient.
  virtual Tensor gather_elements(const Tensor& x, const Tensor& indices, int axis) = 0;
  virtual Tensor scatter_elements_add(const Tensor& updates, const Tensor& indices,
                                      const Shape& shape, int axis) = 0;
  virtual Tensor one_hot(const Tensor& indices, int64_t classes, DType dtype) = 0;

  // Random numbers.
  virtual Tensor random_uniform(const Shape& shape, DType dtype, RandomKey key, double low,
                                double high) = 0;
  virtual Tensor random_normal(const Shape& shape, DType dtype, RandomKey key, double mean,
                               double stddev) = 0;
  /// Redrawn beyond two standard deviations.
  virtual Tensor random_truncated_normal(const Shape& shape, DType dtype, RandomKey key,
                                         double mean, double stddev) = 0;
  virtual Tensor random_integers(const Shape& shape, DType dtype, RandomKey key, int64_t low,
                                 int64_t high) = 0;
  /// {x kept with probability 1 - rate and scaled by 1 / (1 - rate), mask of 0 and 1 as uint8}.
  /// Noise broadcasts from `noise_shape`.
  virtual std::pair<Tensor, Tensor> dropout(const Tensor& x, double rate, const Shape& noise_shape,
                                            RandomKey key) = 0;
  virtual Tensor dropout_grad(Tensor dy, double rate, const Tensor& mask) = 0;

  // Training.
  virtual void optimizer_step(const OptimizerStep& step, std::span<Tensor* const> variables,
                              std::span<const Tensor> gradients,
                              const std::vector<std::vector<Tensor*>>& slots) = 0;
  /// The sum of squares of all elements of all tensors: the square of the global norm.
  virtual double sum_of_squares(std::span<const Tensor> tensors) = 0;

  /// Dense linear algebra over the last two axes, batched; outputs as in keras.ops.linalg.
  virtual Tensors linalg(LinalgOp op, const Tensors& inputs, bool flag) = 0;
};

/// The backend in use: KCPP_BACKEND, or the fastest present.
KCPP_API Backend& backend();
/// Chooses by name ("onednn", "reference"); throws ValueError with the names that exist, or why it
/// cannot be used.
KCPP_API void set_backend(std::string_view name);

struct BackendInfo {
  std::string name;
  bool available = false;
  std::string detail;  ///< version, or why it is not available
};
/// Every backend in the table, in order of preference.
KCPP_API std::vector<BackendInfo> backends();

/// Threads that kernels may use (default: OMP_NUM_THREADS or the cores).
KCPP_API void set_num_threads(int threads);
KCPP_API int num_threads();

}  // namespace kcpp
