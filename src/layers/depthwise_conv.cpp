/// DepthwiseConv and SeparableConv.
#include "kcpp/layers/depthwise_conv.h"

#include "kcpp/layers/separable_conv.h"
#include "kcpp/ops/nn.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

/// What both check, in Keras's words.
template <int Rank, class Options>
class ChannelwiseImpl : public OptionsLayer<Options> {
 public:
  ChannelwiseImpl() = default;
  ChannelwiseImpl(const Dims& kernel_size, Options o)
      : OptionsLayer<Options>(std::move(o)), kernel_size_(kernel_size) {}

  void validate() override {
    Options& o = this->o_;
    size_ = kernel_size_.expand(Rank, "kernel_size");
    params_.strides = o.strides.expand(Rank, "strides");
    params_.dilations = o.dilation_rate.expand(Rank, "dilation_rate");
    params_.padding = ops::detail::padding_of(o.padding);
    params_.channels_first = this->resolve_data_format();
    kernel_size_ = size_;
    o.strides = params_.strides;
    o.dilation_rate = params_.dilations;
    check(o.depth_multiplier > 0,
          "Invalid value for argument `depth_multiplier`. Expected a strictly positive value. "
          "Received "
          "depth_multiplier=",
          o.depth_multiplier, ".");
    this->input_spec_ = {{.min_ndim = Rank + 2}};
  }

 protected:
  /// The input's channels; throws when nothing would come out of the convolution.
  int64_t channels(const Shape& in) {
    const int axis = params_.channels_first ? 1 : -1;
    const int64_t count = in.dim(axis);
    check(count != Shape::unknown,
          "The channel dimension of the inputs should be defined. The input_shape received is ", in,
          ".");
    ops::detail::conv_output_shape(in, Shape{count, this->o_.depth_multiplier}.size(), size_,
                                   params_);
    this->input_spec_ = {{.min_ndim = Rank + 2, .axes = {{axis, count}}}};
    return count;
  }
  Dims kernel_size_ = 1;
  Shape size_;
  ops::detail::ConvParams params_;
};

template <int Rank>
class DepthwiseConvImpl final : public ChannelwiseImpl<Rank, DepthwiseConvOptions> {
  using Base = ChannelwiseImpl<Rank, DepthwiseConvOptions>;
  using Base::o_;

 public:
  using Base::Base;
  ClassInfo class_info() const override {
    return {text("DepthwiseConv", Rank, "D"), "keras.layers"};
  }
  void fields(Fields& f) override {
    f("depth_multiplier", o_.depth_multiplier);
    f.required("kernel_size", this->kernel_size_);
    f("strides", o_.strides);
    f("padding", o_.padding);
    f("data_format", o_.data_format);
    f("dilation_rate", o_.dilation_rate);
    f("activation", o_.activation);
    f("use_bias", o_.use_bias);
    f("depthwise_initializer", o_.depthwise_initializer);
    f("bias_initializer", o_.bias_initializer);
    f("depthwise_regularizer", o_.depthwise_regularizer);
    f("bias_regularizer", o_.bias_regularizer);
    f("activity_regularizer", this->activity_regularizer_);
    f("depthwise_constraint", o_.depthwise_constraint);
    f("bias_constraint", o_.bias_constraint);
    for (const char* old :
         {"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint", "filters"})
      f.raw(old);  // of tf.keras, unused there
  }
  void build(const Shape& in) override {
    const int64_t channels = this->channels(in);
    kernel_ = this->add_weight("kernel", this->size_ + Shape{channels, o_.depth_multiplier},
                               {.initializer = o_.depthwise_initializer,
                                .regularizer = o_.depthwise_regularizer,
                                .constraint = o_.depthwise_constraint});
    if (o_.use_bias) {
      bias_ = this->add_weight("bias", {Shape{channels, o_.depth_multiplier}.size()},
                               {.initializer = o_.bias_initializer,
                                .regularizer = o_.bias_regularizer,
                                .constraint = o_.bias_constraint});
    }
  }
  Tensor call(const Tensor& inputs, CallContext&) override {
    return activate(o_.activation,
                    ops::detail::depthwise_conv_bias(this->floating(inputs), this->compute(kernel_),
                                                     this->compute(bias_), this->params_));
  }

 private:
  Variable kernel_, bias_;
};

template <int Rank>
class SeparableConvImpl final : public ChannelwiseImpl<Rank, SeparableConvOptions> {
  using Base = ChannelwiseImpl<Rank, SeparableConvOptions>;
  using Base::o_;

 public:
  SeparableConvImpl() = default;
  SeparableConvImpl(int64_t filters, const Dims& kernel_size, SeparableConvOptions o)
      : Base(kernel_size, std::move(o)), filters_(filters) {}
  ClassInfo class_info() const override {
    return {text("SeparableConv", Rank, "D"), "keras.layers"};
  }
  void fields(Fields& f) override {
    f("depth_multiplier", o_.depth_multiplier);
    f.required("filters", filters_);
    f.required("kernel_size", this->kernel_size_);
    f("strides", o_.strides);
    f("padding", o_.padding);
    f("data_format", o_.data_format);
    f("dilation_rate", o_.dilation_rate);
    f("activation", o_.activation);
    f("use_bias", o_.use_bias);
    f("depthwise_initializer", o_.depthwise_initializer);
    f("pointwise_initializer", o_.pointwise_initializer);
    f("bias_initializer", o_.bias_initializer);
    f("depthwise_regularizer", o_.depthwise_regularizer);
    f("pointwise_regularizer", o_.pointwise_regularizer);
    f("bias_regularizer", o_.bias_regularizer);
    f("activity_regularizer", this->activity_regularizer_);
    f("depthwise_constraint", o_.depthwise_constraint);
    f("pointwise_constraint", o_.pointwise_constraint);
    f("bias_constraint", o_.bias_constraint);
    for (const char* old :
         {"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"})
      f.raw(old);  // of tf.keras, unused there
  }
  void validate() override {
    Base::validate();
    check(filters_ > 0,
          "Invalid value for argument `filters`. Expected a strictly positive value. Received "
          "filters=",
          filters_, ".");
  }
  void build(const Shape& in) override {
    const int64_t channels = this->channels(in);
    depthwise_ =
        this->add_weight("depthwise_kernel", this->size_ + Shape{channels, o_.depth_multiplier},
                         {.initializer = o_.depthwise_initializer,
                          .regularizer = o_.depthwise_regularizer,
                          .constraint = o_.depthwise_constraint});
    pointwise_ = this->add_weight(
        "pointwise_kernel",
        Shape::filled(Rank, 1) + Shape{Shape{channels, o_.depth_multiplier}.size(), filters_},
        {.initializer = o_.pointwise_initializer,
         .regularizer = o_.pointwise_regularizer,
         .constraint = o_.pointwise_constraint});
    if (o_.use_bias) {
      bias_ = this->add_weight("bias", {filters_},
                               {.initializer = o_.bias_initializer,
                                .regularizer = o_.bias_regularizer,
                                .constraint = o_.bias_constraint});
    }
  }
  Tensor call(const Tensor& inputs, CallContext&) override {
    const Tensor spread = ops::detail::depthwise_conv_bias(
        this->floating(inputs), this->compute(depthwise_), {}, this->params_);
    ops::detail::ConvParams point;
    point.strides = point.dilations = Shape::filled(Rank, 1);
    point.channels_first = this->params_.channels_first;
    const kcpp::Activation* fused = o_.activation.fused();
    const Tensor y =
        ops::detail::conv_bias_activation(spread, this->compute(pointwise_), this->compute(bias_),
                                          point, fused ? *fused : kcpp::Activation{});
    return fused ? y : activate(o_.activation, y);
  }

 private:
  int64_t filters_ = 0;
  Variable depthwise_, pointwise_, bias_;
};

}  // namespace

DepthwiseConv1D::DepthwiseConv1D(const Dims& size, DepthwiseConvOptions o)
    : Layer(make_layer<DepthwiseConvImpl<1>>(size, std::move(o))) {}
DepthwiseConv2D::DepthwiseConv2D(const Dims& size, DepthwiseConvOptions o)
    : Layer(make_layer<DepthwiseConvImpl<2>>(size, std::move(o))) {}
SeparableConv1D::SeparableConv1D(int64_t filters, const Dims& size, SeparableConvOptions o)
    : Layer(make_layer<SeparableConvImpl<1>>(filters, size, std::move(o))) {}
SeparableConv2D::SeparableConv2D(int64_t filters, const Dims& size, SeparableConvOptions o)
    : Layer(make_layer<SeparableConvImpl<2>>(filters, size, std::move(o))) {}

std::shared_ptr<Object> makers::depthwise_conv1d() { return make_object<DepthwiseConvImpl<1>>(); }
std::shared_ptr<Object> makers::depthwise_conv2d() { return make_object<DepthwiseConvImpl<2>>(); }
std::shared_ptr<Object> makers::separable_conv1d() { return make_object<SeparableConvImpl<1>>(); }
std::shared_ptr<Object> makers::separable_conv2d() { return make_object<SeparableConvImpl<2>>(); }

}  // namespace kcpp::layers
