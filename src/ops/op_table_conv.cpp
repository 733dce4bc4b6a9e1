// Entries of keras.ops.nn: convolutions, pools, normalisations, losses, attention; and
// keras.activations.
#include "kcpp/activations.h"
#include "kcpp/ops/nn.h"
#include "src/ops/op_makers.h"

namespace kcpp::ops {

using namespace detail;

namespace {

Dims dims(const OpArguments& a, std::string_view name, Dims missing = {}) {
  const Config& given = a.attribute(name);
  if (!given.is_null()) from_config(given, missing, name);
  return missing;
}

ConvOptions conv_options(const OpArguments& a) {
  return {dims(a, "strides", 1), a.text("padding", "valid"), a.text("data_format"),
          dims(a, "dilation_rate", 1)};
}
template <Tensor (*f)(const Tensor&, const Tensor&, const ConvOptions&)>
OpRun convolution(const OpArguments& a) {
  return [x = a.tensor(0, "inputs"), k = a.tensor(1, "kernel"),
          o = conv_options(a)](const Tensors& in) { return Tensors{f(x(in), k(in), o)}; };
}
OpRun separable_op(const OpArguments& a) {
  return [x = a.tensor(0, "inputs"), d = a.tensor(1, "depthwise_kernel"),
          p = a.tensor(2, "pointwise_kernel"), o = conv_options(a)](const Tensors& in) {
    return Tensors{separable_conv(x(in), d(in), p(in), o)};
  };
}
OpRun conv_transpose_op(const OpArguments& a) {
  const ConvTransposeOptions o{dims(a, "strides", 1), a.text("padding", "valid"),
                               dims(a, "output_padding"), a.text("data_format"),
                               dims(a, "dilation_rate", 1)};
  return [x = a.tensor(0, "inputs"), k = a.tensor(1, "kernel"), o](const Tensors& in) {
    return Tensors{conv_transpose(x(in), k(in), o)};
  };
}
template <Tensor (*f)(const Tensor&, const Dims&, const PoolOptions&)>
OpRun pooling(const OpArguments& a) {
  const PoolOptions o{dims(a, "strides"), a.text("padding", "valid"), a.text("data_format")};
  return [x = a.tensor(0, "inputs"), size = dims(a, "pool_size"), o](const Tensors& in) {
    return Tensors{f(x(in), size, o)};
  };
}
template <Tensor (*f)(const Tensor&, const Dims&, const std::string&)>
OpRun adaptive(const OpArguments& a) {
  return [x = a.tensor(0, "inputs"), size = dims(a, "output_size"), format = a.text("data_format")](
             const Tensors& in) { return Tensors{f(x(in), size, format)}; };
}

UnfoldOptions unfold_options(const OpArguments& a) {
  return {dims(a, "dilation", 1), dims(a, "padding", 0), dims(a, "stride", 1)};
}
OpRun unfold_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), size = dims(a, "kernel_size"),
          o = unfold_options(a)](const Tensors& in) { return Tensors{unfold(x(in), size, o)}; };
}
OpRun fold_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), out = dims(a, "output_size"), size = dims(a, "kernel_size"),
          o = unfold_options(a)](const Tensors& in) { return Tensors{fold(x(in), out, size, o)}; };
}
template <Tensor (*f)(const Tensor&, int64_t, const std::string&)>
OpRun space(const OpArguments& a) {
  return [x = a.tensor(0, "x"), block = a.integer("block_size"),
          format = a.text("data_format", "channels_last")](const Tensors& in) {
    return Tensors{f(x(in), block, format)};
  };
}

/// An axis that is -1 when the node does not say.
Axes axes_or_last(const OpArguments& a) { return a.axes("axis", -1); }

OpRun moments_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), axes = a.axes("axes"), keepdims = a.flag("keepdims")](
             const Tensors& in) { return both(moments(x(in), axes, keepdims)); };
}
/// A tensor that may be missing: with plain arguments there is none.
TensorArgument optional_tensor(const OpArguments& a, int position, std::string_view name) {
  return a.tensor(a.plain() ? -1 : position, name);
}
OpRun batch_norm_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), mean = a.tensor(1, "mean"), variance = a.tensor(2, "variance"),
          offset = optional_tensor(a, 3, "offset"), scale = optional_tensor(a, 4, "scale"),
          axis = a.small("axis", -1), epsilon = a.number("epsilon", 1e-3)](const Tensors& in) {
    return Tensors{
        batch_normalization(x(in), mean(in), variance(in), axis, offset(in), scale(in), epsilon)};
  };
}
OpRun layer_norm_op(const OpArguments& a) {
  check(!a.flag("rms_scaling"),
        "[layer_normalization] `rms_scaling=True` is deprecated in Keras; use rms_normalization.");
  return [x = a.tensor(0, "x"), gamma = optional_tensor(a, 1, "gamma"),
          beta = optional_tensor(a, 2, "beta"), axis = axes_or_last(a),
          epsilon = a.optional_number("epsilon")](const Tensors& in) {
    return Tensors{layer_normalization(x(in), gamma(in), beta(in), axis, epsilon)};
  };
}
OpRun rms_norm_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), scale = optional_tensor(a, 1, "scale"), axis = axes_or_last(a),
          epsilon = a.optional_number("epsilon")](const Tensors& in) {
    return Tensors{rms_normalization(x(in), scale(in), axis, epsilon)};
  };
}
OpRun normalize_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), axis = axes_or_last(a), order = a.small("order", 2),
          epsilon = a.optional_number("epsilon")](const Tensors& in) {
    return Tensors{normalize(x(in), axis, order, epsilon)};
  };
}

OpRun binary_crossentropy_op(const OpArguments& a) {
  return [t = a.tensor(0, "target"), o = a.tensor(1, "output"), logits = a.flag("from_logits")](
             const Tensors& in) { return Tensors{binary_crossentropy(t(in), o(in), logits)}; };
}
template <Tensor (*f)(const Tensor&, const Tensor&, bool, int)>
OpRun crossentropy(const OpArguments& a) {
  return [t = a.tensor(0, "target"), o = a.tensor(1, "output"), logits = a.flag("from_logits"),
          axis = a.small("axis", -1)](const Tensors& in) {
    return Tensors{f(t(in), o(in), logits, axis)};
  };
}
OpRun ctc_op(const OpArguments& a) {
  return [t = a.tensor(0, "target"), o = a.tensor(1, "output"), tl = a.tensor(2, "target_length"),
          ol = a.tensor(3, "output_length"), mask = a.integer("mask_index")](const Tensors& in) {
    return Tensors{ctc_loss(t(in), o(in), tl(in), ol(in), mask)};
  };
}
OpRun psnr_op(const OpArguments& a) {
  return [x1 = a.tensor(0, "x1"), x2 = a.tensor(1, "x2"), most = a.number("max_val")](
             const Tensors& in) { return Tensors{psnr(x1(in), x2(in), most)}; };
}
OpRun attention_op(const OpArguments& a) {
  return [q = a.tensor(0, "query"), k = a.tensor(1, "key"), v = a.tensor(2, "value"),
          bias = optional_tensor(a, 3, "bias"), mask = optional_tensor(a, 4, "mask"),
          scale = a.optional_number("scale"), causal = a.flag("is_causal")](const Tensors& in) {
    return Tensors{dot_product_attention(q(in), k(in), v(in), {bias(in), mask(in), scale, causal})};
  };
}
OpRun relu_op(const OpArguments& a) {
  const activations::ReluOptions o{a.number("negative_slope"), a.optional_number("max_value"),
                                   a.number("threshold")};
  return
      [x = a.tensor(0, "x"), o](const Tensors& in) { return Tensors{activations::relu(x(in), o)}; };
}

constexpr OpEntry kEntries[] = {
    {"Conv", "nn", convolution<conv>},
    {"DepthwiseConv", "nn", convolution<depthwise_conv>},
    {"SeparableConv", "nn", separable_op},
    {"ConvTranspose", "nn", conv_transpose_op},
    {"MaxPool", "nn", pooling<max_pool>},
    {"AveragePool", "nn", pooling<average_pool>},
    {"AdaptiveMaxPool", "nn", adaptive<adaptive_max_pool>},
    {"AdaptiveAveragePool", "nn", adaptive<adaptive_average_pool>},
    {"Unfold", "nn", unfold_op},
    {"Fold", "nn", fold_op},
    {"DepthToSpace", "nn", space<depth_to_space>},
    {"SpaceToDepth", "nn", space<space_to_depth>},
    {"Moments", "nn", moments_op},
    {"BatchNorm", "nn", batch_norm_op},
    {"LayerNorm", "nn", layer_norm_op},
    {"RMSNorm", "nn", rms_norm_op},
    {"Normalize", "nn", normalize_op},
    {"BinaryCrossentropy", "nn", binary_crossentropy_op},
    {"CategoricalCrossentropy", "nn", crossentropy<categorical_crossentropy>},
    {"SparseCategoricalCrossentropy", "nn", crossentropy<sparse_categorical_crossentropy>},
    {"CTCLoss", "nn", ctc_op},
    {"PSNR", "nn", psnr_op},
    {"DotProductAttention", "nn", attention_op},
    {"ReLU", "keras.src.activations.activations", relu_op},
    {"Mish", "keras.src.activations.activations", unary<mish>},
};

}  // namespace

std::span<const OpEntry> op_table_conv() { return kEntries; }

}  // namespace kcpp::ops
