#include "kcpp/layers/conv_lstm.h"

#include <algorithm>

#include "kcpp/ops/nn.h"
#include "kcpp/ops/random.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

template <int Rank>
class ConvLSTMCellImpl final : public RNNCellImpl {
 public:
  ConvLSTMCellImpl() = default;
  ConvLSTMCellImpl(int64_t filters, const Dims& kernel_size, ConvLSTMOptions o)
      : filters_(filters), kernel_size_(kernel_size), o_(std::move(o)) {}

  ClassInfo class_info() const override { return {"ConvLSTMCell", "keras.layers"}; }
  void all_fields(Fields& f, Regularizer& activity_regularizer) {
    f.required("filters", filters_);
    f.required("kernel_size", kernel_size_);
    f("strides", o_.strides);
    f("padding", o_.padding);
    f("data_format", o_.data_format);
    f("dilation_rate", o_.dilation_rate);
    f("activation", o_.activation);
    f("recurrent_activation", o_.recurrent_activation);
    f("use_bias", o_.use_bias);
    f("kernel_initializer", o_.kernel_initializer);
    f("recurrent_initializer", o_.recurrent_initializer);
    f("bias_initializer", o_.bias_initializer);
    f("unit_forget_bias", o_.unit_forget_bias);
    f("kernel_regularizer", o_.kernel_regularizer);
    f("recurrent_regularizer", o_.recurrent_regularizer);
    f("bias_regularizer", o_.bias_regularizer);
    f("activity_regularizer", activity_regularizer);
    f("kernel_constraint", o_.kernel_constraint);
    f("recurrent_constraint", o_.recurrent_constraint);
    f("bias_constraint", o_.bias_constraint);
    f("dropout", o_.dropout);
    f("recurrent_dropout", o_.recurrent_dropout);
    f("seed", o_.seed);
  }
  void validate() override {
    size_ = kernel_size_.expand(Rank, "kernel_size");
    params_.strides = o_.strides.expand(Rank, "strides", 0);
    params_.dilations = o_.dilation_rate.expand(Rank, "dilation_rate");
    params_.padding = ops::detail::padding_of(o_.padding);
    params_.channels_first = is_channels_first(o_.data_format);
    o_.data_format = params_.channels_first ? "channels_first" : "channels_last";
    kernel_size_ = size_;
    o_.strides = params_.strides;
    o_.dilation_rate = params_.dilations;
    recurrent_ = params_;
    recurrent_.strides = recurrent_.dilations = Shape::filled(Rank, 1);
    recurrent_.padding = ops::detail::Padding::same;
    check(filters_ > 0,
          "Invalid value for argument `filters`. Expected a strictly positive value. Received "
          "filters=",
          filters_, ".");
    o_.dropout = std::clamp(o_.dropout, 0.0, 1.0);
    o_.recurrent_dropout = std::clamp(o_.recurrent_dropout, 0.0, 1.0);
    if (!generator_) generator_ = add_seed_generator("seed_generator", o_.seed);
  }

  void build(const Shape& in) override {
    const int64_t channels = in.dim(params_.channels_first ? 1 : -1);
    const Shape spatial = params_.channels_first ? in.slice(2) : in.slice(1, in.rank() - 1);
    check(spatial.is_static(),
          "ConvLSTM layers only support static input shapes for the spatial dimension. Received "
          "invalid input shape: input_shape=",
          in);
    check(channels != Shape::unknown,
          "The channel dimension of the inputs (last axis) should be defined. Found None. Full "
          "input shape received: "
          "input_shape=",
          in);
    state_ = ops::detail::conv_output_shape(in, filters_, size_, params_).slice(1);
    const int64_t width = Shape{4, filters_}.size();  // throws when it overflows
    kernel_ = add_weight("kernel", size_ + Shape{channels, width},
                         {.initializer = o_.kernel_initializer,
                          .regularizer = o_.kernel_regularizer,
                          .constraint = o_.kernel_constraint});
    recurrent_kernel_ = add_weight("recurrent_kernel", size_ + Shape{filters_, width},
                                   {.initializer = o_.recurrent_initializer,
                                    .regularizer = o_.recurrent_regularizer,
                                    .constraint = o_.recurrent_constraint});
    if (!o_.use_bias) return;
    Initializer initializer = o_.bias_initializer;
    if (initializer && o_.unit_forget_bias) {
      initializer = Initializer([base = o_.bias_initializer, n = filters_](const Shape&,
                                                                           DType dtype) {
        return ops::concatenate({base({n}, dtype), Tensor::ones({n}, dtype), base({2 * n}, dtype)});
      });
    }
    bias_ = add_weight("bias", {width},
                       {.initializer = initializer,
                        .regularizer = o_.bias_regularizer,
                        .constraint = o_.bias_constraint});
  }

  std::vector<Shape> state_size() const override { return {state_, state_}; }
  std::pair<Tensor, Tensors> step(const Tensor& x, const Tensors& states, bool training) override {
    return begin(x, states, training)(x, states);
  }
  ops::RnnStep begin(const Tensor& first, const Tensors& states, bool training) override {
    const Tensors inputs = masks(o_.dropout, first, training),
                  hidden = masks(o_.recurrent_dropout, states.at(0), training);
    const Tensor kernel = compute(kernel_), recurrent = compute(recurrent_kernel_),
                 bias = compute(bias_);
    return [this, inputs, hidden, kernel, recurrent, bias](const Tensor& x, const Tensors& s) {
      const Tensors a = gates(x, inputs, kernel, bias, params_),
                    b = gates(s[0], hidden, recurrent, {}, recurrent_);
      const Tensor i = activate(o_.recurrent_activation, a[0] + b[0]);
      const Tensor f = activate(o_.recurrent_activation, a[1] + b[1]);
      const Tensor c = f * s[1] + i * activate(o_.activation, a[2] + b[2]);
      const Tensor o = activate(o_.recurrent_activation, a[3] + b[3]);
      const Tensor h = o * activate(o_.activation, c);
      return std::pair(h, Tensors{h, c});
    };
  }

 private:
  /// A mask a gate, drawn once a call.
  Tensors masks(double rate, const Tensor& like, bool training) {
    Tensors out;
    if (!training || rate <= 0 || rate >= 1 || like.is_symbolic()) return out;
    for (int i = 0; i < 4; ++i)
      out.push_back(
          random::dropout(Tensor::ones(like.shape(), like.dtype()), rate, {}, generator_));
    return out;
  }
  /// The convolutions of the four gates; one when no mask makes their inputs differ.
  Tensors gates(const Tensor& x, const Tensors& masks, const Tensor& kernel, const Tensor& bias,
                const ops::detail::ConvParams& params) const {
    const int channels = params.channels_first ? 1 : -1;
    if (masks.empty())
      return ops::split(ops::detail::conv_bias_activation(x, kernel, bias, params), 4, channels);
    const Tensors kernels = ops::split(kernel, 4, -1);
    const Tensors biases = bias.defined() ? ops::split(bias, 4) : Tensors(4);
    Tensors out;
    for (size_t i = 0; i < 4; ++i)
      out.push_back(ops::detail::conv_bias_activation(x * masks[i], kernels[i], biases[i], params));
    return out;
  }

  int64_t filters_ = 0;
  Dims kernel_size_ = 1;
  ConvLSTMOptions o_;
  Shape size_, state_;
  ops::detail::ConvParams params_, recurrent_;
  std::shared_ptr<SeedGenerator> generator_;
  Variable kernel_, recurrent_kernel_, bias_;
};

template <int Rank>
class ConvLSTMImpl final : public RNNImpl {
  using Cell = ConvLSTMCellImpl<Rank>;

 public:
  ConvLSTMImpl() : ConvLSTMImpl(std::make_shared<Cell>()) {}
  ConvLSTMImpl(int64_t filters, const Dims& kernel_size, const ConvLSTMOptions& o)
      : ConvLSTMImpl(std::make_shared<Cell>(filters, kernel_size, o)) {
    set_base(o);
    options() = {.return_sequences = o.return_sequences,
                 .return_state = o.return_state,
                 .go_backwards = o.go_backwards,
                 .stateful = o.stateful,
                 .unroll = o.unroll,
                 .zero_output_for_mask = o.zero_output_for_mask};
  }
  ClassInfo class_info() const override { return {text("ConvLSTM", Rank, "D"), "keras.layers"}; }
  void fields(Fields& f) override {
    common_fields(f);
    static_cast<Cell&>(cell_impl()).all_fields(f, activity_regularizer_);
  }
  void validate() override {
    // As in Keras, not `trainable`: given to the constructor it does not reach the cell's weights.
    cell_impl().set_dtype_policy(dtype_policy());
    cell_impl().validate();
    RNNImpl::validate();
    input_spec_ = {{.ndim = Rank + 3}};
  }

 private:
  explicit ConvLSTMImpl(std::shared_ptr<Cell> cell) {
    cell->set_name("conv_lstm_cell");
    set_cell(Layer(std::move(cell)));
  }
};

template <int Rank>
std::shared_ptr<RNNImpl> make(int64_t filters, const Dims& kernel_size, const ConvLSTMOptions& o) {
  auto impl = std::make_shared<ConvLSTMImpl<Rank>>(filters, kernel_size, o);
  impl->check_fields();
  return impl;
}

}  // namespace

ConvLSTM1D::ConvLSTM1D(int64_t filters, const Dims& size, ConvLSTMOptions o)
    : RNN(make<1>(filters, size, o)) {}
ConvLSTM2D::ConvLSTM2D(int64_t filters, const Dims& size, ConvLSTMOptions o)
    : RNN(make<2>(filters, size, o)) {}
ConvLSTM3D::ConvLSTM3D(int64_t filters, const Dims& size, ConvLSTMOptions o)
    : RNN(make<3>(filters, size, o)) {}

std::shared_ptr<Object> makers::conv_lstm1d() { return make_object<ConvLSTMImpl<1>>(); }
std::shared_ptr<Object> makers::conv_lstm2d() { return make_object<ConvLSTMImpl<2>>(); }
std::shared_ptr<Object> makers::conv_lstm3d() { return make_object<ConvLSTMImpl<3>>(); }

}  // namespace kcpp::layers
