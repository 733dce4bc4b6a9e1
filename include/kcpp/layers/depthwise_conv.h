/// DepthwiseConv1D, DepthwiseConv2D (keras.layers).
#pragma once

#include "kcpp/activations.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"

namespace kcpp::layers {

struct DepthwiseConvOptions {
  Dims strides = 1;
  std::string padding = "valid";  ///< or "same"
  int64_t depth_multiplier = 1;   ///< output channels of each input channel
  std::string data_format = {};   ///< empty: keras.config.image_data_format()
  Dims dilation_rate = 1;
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint bias_constraint = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// Convolves each channel by itself: (batch, steps, in) -> (batch, new steps, in depth_multiplier).
/// Weights: kernel (kernel_size, in, depth_multiplier), bias.
class KCPP_API DepthwiseConv1D : public Layer {
 public:
  explicit DepthwiseConv1D(const Dims& kernel_size, DepthwiseConvOptions options = {});
};
/// (batch, height, width, in) -> (batch, new height, new width, in depth_multiplier).
class KCPP_API DepthwiseConv2D : public Layer {
 public:
  explicit DepthwiseConv2D(const Dims& kernel_size, DepthwiseConvOptions options = {});
};

}  // namespace kcpp::layers
