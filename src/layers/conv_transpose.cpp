#include "kcpp/layers/conv_transpose.h"

#include <algorithm>

#include "kcpp/ops/nn.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

template <int Rank>
class ConvTransposeImpl final : public OptionsLayer<ConvTransposeOptions> {
 public:
  ConvTransposeImpl() = default;
  ConvTransposeImpl(int64_t filters, const Dims& kernel_size, ConvTransposeOptions o)
      : OptionsLayer(std::move(o)), filters_(filters), kernel_size_(kernel_size) {}

  ClassInfo class_info() const override {
    return {text("Conv", Rank, "DTranspose"), "keras.layers"};
  }
  void fields(Fields& f) override {
    f.required("filters", filters_);
    f.required("kernel_size", kernel_size_);
    f("strides", o_.strides);
    f("padding", o_.padding);
    f("output_padding", o_.output_padding);
    f("data_format", o_.data_format);
    f("dilation_rate", o_.dilation_rate);
    f("activation", o_.activation);
    f("use_bias", o_.use_bias);
    f("kernel_initializer", o_.kernel_initializer);
    f("bias_initializer", o_.bias_initializer);
    f("kernel_regularizer", o_.kernel_regularizer);
    f("bias_regularizer", o_.bias_regularizer);
    f("activity_regularizer", activity_regularizer_);
    f("kernel_constraint", o_.kernel_constraint);
    f("bias_constraint", o_.bias_constraint);
    int64_t groups = 1;  // tf.keras wrote it; only 1 was ever possible
    if (f.reading()) f("groups", groups);
    check(groups == 1, class_info().name, " has no groups. Received: groups=", groups);
  }

  void validate() override {
    size_ = kernel_size_.expand(Rank, "kernel_size");
    params_.strides = o_.strides.expand(Rank, "strides");
    params_.dilations = o_.dilation_rate.expand(Rank, "dilation_rate");
    params_.padding = ops::detail::padding_of(o_.padding);
    if (!o_.output_padding.is_none())
      o_.output_padding = o_.output_padding.expand(Rank, "output_padding", 0);
    params_.channels_first = resolve_data_format();
    kernel_size_ = size_;
    o_.strides = params_.strides;
    o_.dilation_rate = params_.dilations;
    check(filters_ > 0,
          "Invalid value for argument `filters`. Expected a strictly positive value. Received "
          "filters=",
          filters_, ".");
    for (int i = 0; i < o_.output_padding.values().rank(); ++i) {
      const int64_t pad = o_.output_padding.values()[i], stride = params_.strides[i];
      check(
          pad < stride,
          "`output_padding` must be strictly less than `strides` for all dimensions. At dimension ",
          i, ", `output_padding` is ", pad, " but `strides` is ", stride,
          ". Received: output_padding=", o_.output_padding.values(), ", strides=", params_.strides);
    }
    check(*std::max_element(params_.strides.begin(), params_.strides.end()) == 1 ||
              *std::max_element(params_.dilations.begin(), params_.dilations.end()) == 1,
          "`strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: strides=",
          params_.strides, " and dilation_rate=", params_.dilations);
    input_spec_ = {{.min_ndim = Rank + 2}};
  }

  void build(const Shape& in) override {
    const int axis = params_.channels_first ? 1 : -1;
    const int64_t channels = in.dim(axis);
    kernel_ = add_weight("kernel", size_ + Shape{filters_, channels},
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
  }
  Tensor call(const Tensor& inputs, CallContext&) override {
    return activate(o_.activation,
                    ops::detail::conv_transpose_bias(floating(inputs), compute(kernel_),
                                                     compute(bias_), params_, o_.output_padding));
  }

 private:
  int64_t filters_ = 0;
  Dims kernel_size_ = 1;
  Shape size_;
  ops::detail::ConvParams params_;
  Variable kernel_, bias_;
};

}  // namespace

Conv1DTranspose::Conv1DTranspose(int64_t filters, const Dims& kernel_size, ConvTransposeOptions o)
    : Layer(make_layer<ConvTransposeImpl<1>>(filters, kernel_size, std::move(o))) {}
Conv2DTranspose::Conv2DTranspose(int64_t filters, const Dims& kernel_size, ConvTransposeOptions o)
    : Layer(make_layer<ConvTransposeImpl<2>>(filters, kernel_size, std::move(o))) {}
Conv3DTranspose::Conv3DTranspose(int64_t filters, const Dims& kernel_size, ConvTransposeOptions o)
    : Layer(make_layer<ConvTransposeImpl<3>>(filters, kernel_size, std::move(o))) {}

std::shared_ptr<Object> makers::conv1d_transpose() { return make_object<ConvTransposeImpl<1>>(); }
std::shared_ptr<Object> makers::conv2d_transpose() { return make_object<ConvTransposeImpl<2>>(); }
std::shared_ptr<Object> makers::conv3d_transpose() { return make_object<ConvTransposeImpl<3>>(); }

}  // namespace kcpp::layers
