/// Conv1D, Conv2D, Conv3D (keras.layers).
#pragma once

#include "kcpp/activations.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"

namespace kcpp::layers {

struct ConvOptions {
  Dims strides = 1;
  std::string padding = "valid";  ///< or "same"; Conv1D also "causal"
  std::string data_format =
      {};  ///< "channels_last" or "channels_first"; empty: keras.config.image_data_format()
  Dims dilation_rate = 1;
  int64_t groups = 1;
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::optional<int64_t> lora_rank = {};  ///< as by `enable_lora` when it is built
  std::optional<double> lora_alpha = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// (batch, steps, in) -> (batch, new steps, filters). Weights: kernel (kernel_size, in / groups,
/// filters), bias (filters,).
class KCPP_API Conv1D : public Layer {
 public:
  Conv1D(int64_t filters, const Dims& kernel_size, ConvOptions options = {});
};
/// (batch, height, width, in) -> (batch, new height, new width, filters).
///
///     layers::Conv2D(32, 3, {.strides = 2, .padding = "same", .activation = "relu"})
///     layers::Conv2D(32, {3, 5})
class KCPP_API Conv2D : public Layer {
 public:
  Conv2D(int64_t filters, const Dims& kernel_size, ConvOptions options = {});
};
/// (batch, dim1, dim2, dim3, in) -> (batch, new dim1, new dim2, new dim3, filters).
class KCPP_API Conv3D : public Layer {
 public:
  Conv3D(int64_t filters, const Dims& kernel_size, ConvOptions options = {});
};
using Convolution1D = Conv1D;
using Convolution2D = Conv2D;
using Convolution3D = Conv3D;

}  // namespace kcpp::layers
