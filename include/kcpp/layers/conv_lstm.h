/// ConvLSTM1D, ConvLSTM2D, ConvLSTM3D (keras.layers).
#pragma once

#include "kcpp/activations.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/layers/rnn.h"
#include "kcpp/ops/dims.h"

namespace kcpp::layers {

struct ConvLSTMOptions {
  Dims strides = 1;
  std::string padding = "valid";  ///< or "same"
  std::string data_format = {};   ///< empty: keras.config.image_data_format()
  Dims dilation_rate = 1;
  ActivationFn activation = "tanh";
  ActivationFn recurrent_activation = "sigmoid";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool unit_forget_bias = true;
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<int64_t> seed = {};
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  bool zero_output_for_mask = false;
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// An LSTM whose products are convolutions (Shi et al., 2015): (batch, time, steps, in) -> (batch,
/// new steps, filters), or with time when return_sequences. Weights: kernel (kernel_size, in, 4
/// filters), recurrent_kernel, bias.
class KCPP_API ConvLSTM1D : public RNN {
 public:
  ConvLSTM1D(int64_t filters, const Dims& kernel_size, ConvLSTMOptions options = {});
};
/// (batch, time, height, width, in) -> (batch, new height, new width, filters).
class KCPP_API ConvLSTM2D : public RNN {
 public:
  ConvLSTM2D(int64_t filters, const Dims& kernel_size, ConvLSTMOptions options = {});
};
class KCPP_API ConvLSTM3D : public RNN {
 public:
  ConvLSTM3D(int64_t filters, const Dims& kernel_size, ConvLSTMOptions options = {});
};

}  // namespace kcpp::layers
