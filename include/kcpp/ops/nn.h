/// Neural network ops, named as in keras.ops.nn.
///
/// Activations work element by element and keep shape and dtype (integers become
/// keras.config.floatx()). Images and sequences are (batch, spatial..., channels), or (batch,
/// channels, spatial...) with data_format="channels_first". All take symbolic tensors too. (one_hot
/// and multi_hot are in index.h, tanh in math.h.)
#pragma once

#include <string>
#include <utility>

#include "kcpp/backend.h"
#include "kcpp/ops/dims.h"
#include "kcpp/ops/types.h"

namespace kcpp::ops {

// --- activations ---------------------------------------------------------------------------------
/// max(x, 0).
KCPP_API Tensor relu(const Tensor& x);
/// min(max(x, 0), 6).
KCPP_API Tensor relu6(const Tensor& x);
/// x where x >= 0, else negative_slope x.
KCPP_API Tensor leaky_relu(const Tensor& x, double negative_slope = 0.2);
/// x where x > 0, else alpha (e^x - 1).
KCPP_API Tensor elu(const Tensor& x, double alpha = 1.0);
/// 1.0507 elu(x, 1.6733) (Klambauer et al., 2017).
KCPP_API Tensor selu(const Tensor& x);
/// max(x, 0) + alpha (e^(min(x, 0) / alpha) - 1).
KCPP_API Tensor celu(const Tensor& x, double alpha = 1.0);
/// x times the normal distribution function of x; by a tanh formula when `approximate`.
KCPP_API Tensor gelu(const Tensor& x, bool approximate = true);
/// x sigmoid(x).
KCPP_API Tensor silu(const Tensor& x);
/// The same as silu.
KCPP_API Tensor swish(const Tensor& x);
/// 1 / (1 + e^-x).
KCPP_API Tensor sigmoid(const Tensor& x);
/// log(sigmoid(x)).
KCPP_API Tensor log_sigmoid(const Tensor& x);
/// relu6(x + 3) / 6.
KCPP_API Tensor hard_sigmoid(const Tensor& x);
/// x hard_sigmoid(x).
KCPP_API Tensor hard_silu(const Tensor& x);
/// The same as hard_silu.
KCPP_API Tensor hard_swish(const Tensor& x);
/// x limited to [-1, 1].
KCPP_API Tensor hard_tanh(const Tensor& x);
/// x where |x| > threshold, else 0.
KCPP_API Tensor hard_shrink(const Tensor& x, double threshold = 0.5);
/// x moved towards 0 by `threshold`, 0 within it.
KCPP_API Tensor soft_shrink(const Tensor& x, double threshold = 0.5);
/// x - tanh(x).
KCPP_API Tensor tanh_shrink(const Tensor& x);
/// log(1 + e^x).
KCPP_API Tensor softplus(const Tensor& x);
/// x / (1 + |x|).
KCPP_API Tensor softsign(const Tensor& x);
/// x tanh(softplus(x)).
KCPP_API Tensor mish(const Tensor& x);
/// (x + sqrt(x^2 + b)) / 2.
KCPP_API Tensor squareplus(const Tensor& x, double b = 4);
/// 0 below -1, x above 1, (x + 1)^2 / 4 between.
KCPP_API Tensor sparse_plus(const Tensor& x);
/// 0 below -1, 1 above 1, (x + 1) / 2 between.
KCPP_API Tensor sparse_sigmoid(const Tensor& x);
/// x where x > threshold, else default_value.
KCPP_API Tensor threshold(const Tensor& x, double threshold, double default_value);
/// The first half of `axis` times the sigmoid of the second half. ValueError if its length is odd.
KCPP_API Tensor glu(const Tensor& x, int axis = -1);
/// e^x / sum(e^x) along an axis or several; over all elements for None.
KCPP_API Tensor softmax(const Tensor& x, Axes axis = -1);
/// log(softmax(x)).
KCPP_API Tensor log_softmax(const Tensor& x, Axes axis = -1);
/// The nearest point of the probability simplex (Martins and Astudillo, 2016).
KCPP_API Tensor sparsemax(const Tensor& x, int axis = -1);

// --- convolution ---------------------------------------------------------------------------------
struct ConvOptions {
  Dims strides = 1;
  std::string padding = "valid";  ///< or "same"; "causal" in one dimension
  std::string data_format = {};   ///< empty: keras.config.image_data_format()
  Dims dilation_rate = 1;
};
/// Convolution in 1 to 3 dimensions with a kernel (spatial..., in / groups, out). The number of
/// groups is the input's channels by the kernel's.
///
///     Tensor y = ops::conv(x, kernel, {.strides = 2, .padding = "same"});
KCPP_API Tensor conv(const Tensor& inputs, const Tensor& kernel, const ConvOptions& options = {});
/// Every channel by itself, in 1 or 2 dimensions: kernel (spatial..., in, multiplier) -> in *
/// multiplier channels.
KCPP_API Tensor depthwise_conv(const Tensor& inputs, const Tensor& kernel,
                               const ConvOptions& options = {});
/// depthwise_conv, then a conv with pointwise_kernel (1..., in * multiplier, out).
KCPP_API Tensor separable_conv(const Tensor& inputs, const Tensor& depthwise_kernel,
                               const Tensor& pointwise_kernel, const ConvOptions& options = {});
struct ConvTransposeOptions {
  Dims strides = 1;
  std::string padding = "valid";  ///< or "same"
  Dims output_padding =
      {};  ///< None: so that strides * input (same) or all of the input's reach (valid) comes out
  std::string data_format = {};
  Dims dilation_rate = 1;
};
/// The gradient of conv as an op of its own ("deconvolution"): kernel (spatial..., out, in).
KCPP_API Tensor conv_transpose(const Tensor& inputs, const Tensor& kernel,
                               const ConvTransposeOptions& options = {});

// --- pooling -------------------------------------------------------------------------------------
struct PoolOptions {
  Dims strides = {};              ///< None: pool_size
  std::string padding = "valid";  ///< or "same"
  std::string data_format = {};
};
/// Greatest element of each window, in 1 to 3 dimensions.
KCPP_API Tensor max_pool(const Tensor& inputs, const Dims& pool_size,
                         const PoolOptions& options = {});
/// Mean of each window; the padding does not count.
KCPP_API Tensor average_pool(const Tensor& inputs, const Dims& pool_size,
                             const PoolOptions& options = {});
/// max_pool with windows chosen so that `output_size` comes out.
KCPP_API Tensor adaptive_max_pool(const Tensor& inputs, const Dims& output_size,
                                  const std::string& data_format = {});
/// average_pool with windows chosen so that `output_size` comes out.
KCPP_API Tensor adaptive_average_pool(const Tensor& inputs, const Dims& output_size,
                                      const std::string& data_format = {});

// --- rearranging images --------------------------------------------------------------------------
struct UnfoldOptions {
  Dims dilation = 1, padding = 0, stride = 1;
};
/// Sliding blocks of (N, C, H, W) as columns: (N, C kernel_h kernel_w, blocks).
KCPP_API Tensor unfold(const Tensor& x, const Dims& kernel_size, const UnfoldOptions& options = {});
/// Adds the columns of `unfold` up again: (N, C kernel_h kernel_w, blocks) -> (N, C, output_h,
/// output_w).
KCPP_API Tensor fold(const Tensor& x, const Dims& output_size, const Dims& kernel_size,
                     const UnfoldOptions& options = {});
/// (N, H, W, C) -> (N, H b, W b, C / b^2).
KCPP_API Tensor depth_to_space(const Tensor& x, int64_t block_size,
                               const std::string& data_format = "channels_last");
/// (N, H, W, C) -> (N, H / b, W / b, C b^2).
KCPP_API Tensor space_to_depth(const Tensor& x, int64_t block_size,
                               const std::string& data_format = "channels_last");

// --- normalisation -------------------------------------------------------------------------------
/// {mean, variance} over axes; the variance is the biased one.
KCPP_API std::pair<Tensor, Tensor> moments(const Tensor& x, Axes axes, bool keepdims = false);
/// (x - mean) / sqrt(variance + epsilon) * scale + offset; the vectors have the length of `axis`.
KCPP_API Tensor batch_normalization(const Tensor& x, const Tensor& mean, const Tensor& variance,
                                    int axis, const Tensor& offset = {}, const Tensor& scale = {},
                                    double epsilon = 1e-3);
/// (x - mean) / sqrt(variance + epsilon) * gamma + beta, with the statistics of x over `axis`.
/// epsilon: kcpp::epsilon().
KCPP_API Tensor layer_normalization(const Tensor& x, const Tensor& gamma = {},
                                    const Tensor& beta = {}, Axes axis = -1,
                                    std::optional<double> epsilon = {});
/// x / sqrt(mean(x^2) + epsilon) * scale (Zhang and Sennrich, 2019).
KCPP_API Tensor rms_normalization(const Tensor& x, const Tensor& scale = {}, Axes axis = -1,
                                  std::optional<double> epsilon = {});
/// x divided by its norm of that order along axis; a norm below epsilon counts as epsilon.
KCPP_API Tensor normalize(const Tensor& x, Axes axis = -1, int order = 2,
                          std::optional<double> epsilon = {});

// --- losses --------------------------------------------------------------------------------------
// A target's probabilities are clipped to [epsilon, 1 - epsilon], except when `output` is what
// ops::softmax or ops::sigmoid returned: then its logits are used, as in Keras.
/// Element by element: -target log(output) - (1 - target) log(1 - output). Shapes are equal.
KCPP_API Tensor binary_crossentropy(const Tensor& target, const Tensor& output,
                                    bool from_logits = false);
/// -sum(target log(output)) over axis. Shapes are equal.
KCPP_API Tensor categorical_crossentropy(const Tensor& target, const Tensor& output,
                                         bool from_logits = false, int axis = -1);
/// -log(output[target]): target has the shape of output without the last axis (or 1 there). NaN for
/// a label out of range.
KCPP_API Tensor sparse_categorical_crossentropy(const Tensor& target, const Tensor& output,
                                                bool from_logits = false, int axis = -1);
/// Connectionist temporal classification (Graves et al., 2006): target (batch, labels), output
/// (batch, time, classes) of logits, lengths (batch,) -> (batch,).
KCPP_API Tensor ctc_loss(const Tensor& target, const Tensor& output, const Tensor& target_length,
                         const Tensor& output_length, int64_t mask_index = 0);
/// Peak signal-to-noise ratio in dB, a scalar.
KCPP_API Tensor psnr(const Tensor& x1, const Tensor& x2, double max_val);

// --- attention -----------------------------------------------------------------------------------
struct AttentionOptions {
  Tensor bias = {};  ///< added to the scores; broadcasts to (batch, heads, targets, sources)
  Tensor mask = {};  ///< bool; false: not attended to; broadcasts likewise
  std::optional<double> scale = {};  ///< 1 / sqrt(size of a head) unless given
  bool is_causal = false;
};
/// softmax(scale query key^T + bias) value; query (batch, targets, heads, size), key and value
/// (batch, sources, heads, size). Fewer key heads than query heads are shared.
KCPP_API Tensor dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                      const AttentionOptions& options = {});

// --- what layers call ----------------------------------------------------------------------------
// Without a graph node of their own; one node on the tape.
namespace detail {

enum class Padding : uint8_t { valid, same, causal };
/// Throws ValueError, in Keras's words, for another word.
KCPP_API Padding padding_of(std::string_view padding, bool causal_allowed = false);

/// What a convolution layer works out once.
struct ConvParams {
  Shape strides, dilations;
  Padding padding = Padding::valid;
  bool channels_first = false;
};
/// Keras's compute_conv_output_shape; unknown dimensions stay unknown.
KCPP_API Shape conv_output_shape(const Shape& input, int64_t filters, const Shape& kernel_size,
                                 const ConvParams& params);
/// Keras's compute_conv_transpose_output_shape.
KCPP_API Shape conv_transpose_output_shape(const Shape& input, int64_t filters,
                                           const Shape& kernel_size, const ConvParams& params,
                                           const Dims& output_padding);
/// Keras's compute_pooling_output_shape.
KCPP_API Shape pool_output_shape(const Shape& input, const Shape& pool_size,
                                 const ConvParams& params);

/// activation(x [.., in] x kernel [in, out] + bias [out]); bias may be undefined.
KCPP_API Tensor dense(const Tensor& x, const Tensor& kernel, const Tensor& bias = {},
                      kcpp::Activation activation = {});
/// activation(conv(x, kernel) + bias); bias may be undefined.
KCPP_API Tensor conv_bias_activation(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                                     const ConvParams& params, kcpp::Activation activation = {});
/// depthwise_conv and conv_transpose with a bias (which may be undefined).
KCPP_API Tensor depthwise_conv_bias(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                                    const ConvParams& params);
KCPP_API Tensor conv_transpose_bias(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                                    const ConvParams& params, const Dims& output_padding = {});
/// Max (else average) pooling; `params` without dilations.
KCPP_API Tensor pool(bool max, const Tensor& x, const Shape& pool_size, const ConvParams& params);

struct BatchNormResult {
  Tensor y, mean, variance;  ///< mean and (biased) variance of the batch, of axis' length; no
                             ///< gradient flows through these two
};
/// Batch normalisation by the batch's own statistics; gamma and beta may be undefined.
KCPP_API BatchNormResult batch_norm_training(const Tensor& x, const Tensor& gamma,
                                             const Tensor& beta, int axis, double epsilon);

/// Any activation by its kernel; identity returns x. Unlike ops::sigmoid, leaves no logits behind.
KCPP_API Tensor activation(const Tensor& x, kcpp::Activation activation);

/// Rows of `table` (n, size) by integer indices of any shape: indices.shape + (size,). IndexError
/// out of range.
KCPP_API Tensor embedding(const Tensor& table, const Tensor& indices);

}  // namespace detail
}  // namespace kcpp::ops
