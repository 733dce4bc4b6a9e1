/// Conv1DTranspose, Conv2DTranspose, Conv3DTranspose (keras.layers).
#pragma once

#include "kcpp/activations.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"

namespace kcpp::layers {

struct ConvTransposeOptions {
  Dims strides = 1;
  std::string padding = "valid";  ///< or "same"
  Dims output_padding = {};       ///< added to one side of the output; None: worked out
  std::string data_format = {};   ///< empty: keras.config.image_data_format()
  Dims dilation_rate = 1;
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// The transpose ("deconvolution") of Conv1D: (batch, steps, in) -> (batch, new steps, filters).
/// Weights: kernel (kernel_size, filters, in), bias (filters,).
class KCPP_API Conv1DTranspose : public Layer {
 public:
  Conv1DTranspose(int64_t filters, const Dims& kernel_size, ConvTransposeOptions options = {});
};
/// (batch, height, width, in) -> (batch, new height, new width, filters).
///
///     layers::Conv2DTranspose(16, 3, {.strides = 2, .padding = "same"})   // twice the size
class KCPP_API Conv2DTranspose : public Layer {
 public:
  Conv2DTranspose(int64_t filters, const Dims& kernel_size, ConvTransposeOptions options = {});
};
class KCPP_API Conv3DTranspose : public Layer {
 public:
  Conv3DTranspose(int64_t filters, const Dims& kernel_size, ConvTransposeOptions options = {});
};
using Convolution1DTranspose = Conv1DTranspose;
using Convolution2DTranspose = Conv2DTranspose;
using Convolution3DTranspose = Conv3DTranspose;

}  // namespace kcpp::layers
