/// SeparableConv1D, SeparableConv2D (keras.layers).
#pragma once

#include "kcpp/activations.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"

namespace kcpp::layers {

struct SeparableConvOptions {
  Dims strides = 1;
  std::string padding = "valid";  ///< or "same"
  std::string data_format = {};   ///< empty: keras.config.image_data_format()
  Dims dilation_rate = 1;
  int64_t depth_multiplier = 1;
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer pointwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer pointwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint pointwise_constraint = {};
  Constraint bias_constraint = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// A depthwise convolution, then a 1 x 1 convolution over the channels: (batch, steps, in) ->
/// (batch, new steps, filters). Weights: depthwise_kernel (kernel_size, in, depth_multiplier),
/// pointwise_kernel (1, in depth_multiplier, filters), bias.
class KCPP_API SeparableConv1D : public Layer {
 public:
  SeparableConv1D(int64_t filters, const Dims& kernel_size, SeparableConvOptions options = {});
};
/// (batch, height, width, in) -> (batch, new height, new width, filters).
class KCPP_API SeparableConv2D : public Layer {
 public:
  SeparableConv2D(int64_t filters, const Dims& kernel_size, SeparableConvOptions options = {});
};
using SeparableConvolution1D = SeparableConv1D;
using SeparableConvolution2D = SeparableConv2D;

}  // namespace kcpp::layers
