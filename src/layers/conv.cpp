#include "kcpp/layers/conv.h"

#include <algorithm>

#include "kcpp/ops/nn.h"
#include "kcpp/ops/shape.h"
#include "src/layers/lora.h"
#include "src/layers/makers.h"

namespace kcpp::layers {
namespace {

template <int Rank>
class ConvImpl final : public LoraLayer<ConvOptions> {
 public:
  ConvImpl() = default;
  ConvImpl(int64_t filters, const Dims& kernel_size, ConvOptions o)
      : LoraLayer(std::move(o)), filters_(filters), kernel_size_(kernel_size) {}

  ClassInfo class_info() const override { return {text("Conv", Rank, "D"), "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("filters", filters_);
    f.required("kernel_size", kernel_size_);
    f("strides", o_.strides);
    f("padding", o_.padding);
    f("data_format", o_.data_format);
    f("dilation_rate", o_.dilation_rate);
    f("groups", o_.groups);
    f("activation", o_.activation);
    f("use_bias", o_.use_bias);
    f("kernel_initializer", o_.kernel_initializer);
    f("bias_initializer", o_.bias_initializer);
    f("kernel_regularizer", o_.kernel_regularizer);
    f("bias_regularizer", o_.bias_regularizer);
    f("activity_regularizer", activity_regularizer_);
    f("kernel_constraint", o_.kernel_constraint);
    f("bias_constraint", o_.bias_constraint);
    lora_.fields(f);
  }

  void validate() override {
    size_ = kernel_size_.expand(Rank, "kernel_size");
    params_.strides = o_.strides.expand(Rank, "strides");
    params_.dilations = o_.dilation_rate.expand(Rank, "dilation_rate");
    params_.padding = ops::detail::padding_of(o_.padding, Rank == 1);
    params_.channels_first = resolve_data_format();
    kernel_size_ = size_;
    o_.strides = params_.strides;
    o_.dilation_rate = params_.dilations;
    check(filters_ > 0,
          "Invalid value for argument `filters`. Expected a strictly positive value. Received "
          "filters=",
          filters_, ".");
    check(o_.groups > 0,
          "The number of groups must be a positive integer. Received: groups=", o_.groups, ".");
    check(
        filters_ % o_.groups == 0,
        "The number of filters must be evenly divisible by the number of groups. Received: groups=",
        o_.groups, ", filters=", filters_, ".");
    check(*std::max_element(params_.strides.begin(), params_.strides.end()) == 1 ||
              *std::max_element(params_.dilations.begin(), params_.dilations.end()) == 1,
          "`strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: strides=",
          params_.strides, " and dilation_rate=", params_.dilations);
    input_spec_ = {{.min_ndim = Rank + 2}};
  }

  void build(const Shape& in) override {
    const int axis = params_.channels_first ? 1 : -1;
    const int64_t channels = in.dim(axis);
    check(channels != Shape::unknown,
          "The channel dimension of the inputs should be defined. The input_shape received is ", in,
          ", where axis ", axis, " (0-based) is the channel dimension, which found to be `None`.");
    check(channels % o_.groups == 0,
          "The number of input channels must be evenly divisible by the number of groups. Received "
          "groups=",
          o_.groups, ", but the input has ", channels, " channels (full input shape is ", in, ").");
    if (in.rank() == Rank + 2)
      ops::detail::conv_output_shape(in, filters_, size_,
                                     params_);  // throws when nothing would come out
    kernel_ = add_weight("kernel", size_ + Shape{channels / o_.groups, filters_},
                         {.initializer = o_.kernel_initializer,
                          .regularizer = o_.kernel_regularizer,
                          .constraint = o_.kernel_constraint});
    if (o_.use_bias) {
      bias_ = add_weight("bias", {filters_},
                         {.initializer = o_.bias_initializer,
                          .regularizer = o_.bias_regularizer,
                          .constraint = o_.bias_constraint});
    }
    input_spec_ = {{.min_ndim = Rank + 2, .axes = {{axis, channels}}}};
    adapt(kernel_, "kernel", o_.kernel_regularizer, o_.kernel_constraint, true);
  }

  Tensor call(const Tensor& inputs, CallContext&) override {
    const Tensor x = floating(inputs);
    if (x.rank() > Rank + 2) return with_more_batch_axes(x);
    if (const kcpp::Activation* fused = o_.activation.fused()) {
      return ops::detail::conv_bias_activation(x, adapted(), compute(bias_), params_, *fused);
    }
    return activate(o_.activation,
                    ops::detail::conv_bias_activation(x, adapted(), compute(bias_), params_));
  }

 private:
  /// (a, b, spatial.., in) is (a b, spatial.., in) to the kernel.
  Tensor with_more_batch_axes(const Tensor& x) {
    const int extra = x.rank() - (Rank + 2);
    const Shape batch = x.shape().slice(0, extra + 1);
    const int64_t merged = batch.is_static() ? batch.size() : Shape::unknown;
    CallContext context;
    const Tensor y = call(ops::reshape(x, Shape{merged} + x.shape().slice(extra + 1)), context);
    return ops::reshape(y, batch + y.shape().slice(1));
  }

  int64_t filters_ = 0;
  Dims kernel_size_ = 1;
  Shape size_;
  ops::detail::ConvParams params_;
  Variable kernel_, bias_;
};

}  // namespace

Conv1D::Conv1D(int64_t filters, const Dims& kernel_size, ConvOptions o)
    : Layer(make_layer<ConvImpl<1>>(filters, kernel_size, std::move(o))) {}
Conv2D::Conv2D(int64_t filters, const Dims& kernel_size, ConvOptions o)
    : Layer(make_layer<ConvImpl<2>>(filters, kernel_size, std::move(o))) {}
Conv3D::Conv3D(int64_t filters, const Dims& kernel_size, ConvOptions o)
    : Layer(make_layer<ConvImpl<3>>(filters, kernel_size, std::move(o))) {}

std::shared_ptr<Object> makers::conv1d() { return make_object<ConvImpl<1>>(); }
std::shared_ptr<Object> makers::conv2d() { return make_object<ConvImpl<2>>(); }
std::shared_ptr<Object> makers::conv3d() { return make_object<ConvImpl<3>>(); }

}  // namespace kcpp::layers
