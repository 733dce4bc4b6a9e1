// Gradients of convolutions by oneDNN's primitives; own_conv_grad.cpp has the loops for the weight
// gradients that oneDNN is slow at.
#include "backend/onednn/convolution.h"
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/own_conv_grad.h"
#include "backend/onednn/products.h"

namespace kcpp {
namespace onednn {
namespace {

struct GradInputPrimitive : Prepared {
  int diff_dst = 0, weights = 0, diff_src = 0;
  WeightsLayout layout;
};

GradInputPrimitive& grad_input_primitive(const Shape& x, const Shape& kernel, const Shape& y,
                                         const ConvAttrs& attrs) {
  PrimitiveKey key(op_conv_grad_input);
  add_to_key(key, x, kernel, attrs);
  return PrimitiveCache::of_thread().get<GradInputPrimitive>(key, [&] {
    auto p = std::make_unique<GradInputPrimitive>();
    const Convolution c(x, kernel, y, attrs);
    const auto hint = conv_forward_desc(c, dnnl::prop_kind::forward_training, false, false);
    const dnnl::convolution_backward_data::primitive_desc desc(
        engine(), dnnl::algorithm::convolution_direct, c.x_desc(), c.any(c.w_dims), c.y_desc(),
        c.strides, c.dilations, c.pad_low, c.pad_high, hint, user_scratchpad());
    p->layout.plain = c.w_desc();
    p->layout.wanted = desc.weights_desc();
    p->diff_dst = p->argument(DNNL_ARG_DIFF_DST, desc.diff_dst_desc());
    p->weights = p->argument(DNNL_ARG_WEIGHTS, p->layout.wanted);
    p->diff_src = p->argument(DNNL_ARG_DIFF_SRC, desc.diff_src_desc());
    p->set_primitive(dnnl::convolution_backward_data(desc), desc.scratchpad_desc());
    return p;
  });
}

struct GradWeightsPrimitive : Prepared {
  int src = 0, diff_dst = 0, diff_weights = 0, diff_bias = -1;
  dnnl::memory::desc plain, made;
};

GradWeightsPrimitive& grad_weights_primitive(const Convolution& c, const Shape& x,
                                             const Shape& kernel, const ConvAttrs& attrs,
                                             bool bias) {
  PrimitiveKey key(op_conv_grad_weights);
  key.add(bias);
  add_to_key(key, x, kernel, attrs);
  return PrimitiveCache::of_thread().get<GradWeightsPrimitive>(key, [&] {
    auto p = std::make_unique<GradWeightsPrimitive>();
    const auto hint = conv_forward_desc(c, dnnl::prop_kind::forward_training, bias, false);
    const dnnl::convolution_backward_weights::primitive_desc desc(
        engine(), dnnl::algorithm::convolution_direct, c.x_desc(), c.any(c.w_dims),
        bias ? c.bias_desc() : dnnl::memory::desc(), c.y_desc(), c.strides, c.dilations, c.pad_low,
        c.pad_high, hint, user_scratchpad());
    p->plain = c.w_desc();
    p->made = desc.diff_weights_desc();
    p->src = p->argument(DNNL_ARG_SRC, desc.src_desc());
    p->diff_dst = p->argument(DNNL_ARG_DIFF_DST, desc.diff_dst_desc());
    p->diff_weights = p->argument(DNNL_ARG_DIFF_WEIGHTS, p->made);
    if (bias) p->diff_bias = p->argument(DNNL_ARG_DIFF_BIAS, c.bias_desc());
    p->set_primitive(dnnl::convolution_backward_weights(desc), desc.scratchpad_desc());
    return p;
  });
}

}  // namespace
}  // namespace onednn

using namespace onednn;

Tensor OneDnnBackend::conv_grad_input(const Tensor& dy, const Tensor& kernel, const Shape& x_shape,
                                      const ConvAttrs& attrs) {
  if (dy.dtype() != DType::float32 || dy.size() == 0 || x_shape.size() == 0) {
    return ReferenceBackend::conv_grad_input(dy, kernel, x_shape, attrs);
  }
  if (attrs.groups == 1 && window_of(kernel.shape()) > 1) {
    // oneDNN's fast kernels are for channels last, but not for the few channels of an image.
    constexpr int64_t few = 4;
    const int rank = dy.rank();
    const bool image = kernel.shape()[kernel.rank() - 2] <= few;
    if (attrs.channels_first != image) {
      ConvAttrs other = attrs;
      other.channels_first = image;
      const auto there = image ? channels_first_order(rank) : channels_last_order(rank);
      const auto back = image ? channels_last_order(rank) : channels_first_order(rank);
      const Tensor dx =
          conv_grad_input(transpose(dy, there), kernel, permuted(x_shape, there), other);
      return transpose(dx, back);
    }
  }
  Tensor dx = Tensor::empty(x_shape);
  const LibraryScope scope;
  GradInputPrimitive& p = grad_input_primitive(x_shape, kernel.shape(), dy.shape(), attrs);
  StoragePtr packed;
  p.bind(p.diff_dst, dy.raw());
  p.bind(p.weights, p.layout.packed(kernel, packed));
  p.bind(p.diff_src, dx.mutable_raw());
  p.run();
  return dx;
}

std::pair<Tensor, Tensor> OneDnnBackend::conv_grad_weights(const Tensor& x, const Tensor& dy,
                                                           const Shape& kernel_shape,
                                                           const ConvAttrs& attrs, bool kernel,
                                                           bool bias) {
  if (dy.dtype() != DType::float32 || dy.size() == 0 || x.size() == 0) {
    return ReferenceBackend::conv_grad_weights(x, dy, kernel_shape, attrs, kernel, bias);
  }
  if (attrs.channels_first && attrs.groups == 1) {
    ConvAttrs last = attrs;
    last.channels_first = false;
    const auto order = channels_last_order(x.rank());
    return conv_grad_weights(transpose(x, order), transpose(dy, order), kernel_shape, last, kernel,
                             bias);
  }
  const Convolution c(x.shape(), kernel_shape, dy.shape(), attrs);
  std::pair<Tensor, Tensor> result;
  if (bias) result.second = Tensor::empty({c.out});
  const ConvGradWay way = conv_grad_weights_way(c);
  if (bias && (way != ConvGradWay::primitive || !kernel)) {
    if (c.channels_first) {
      std::vector<int> axes;
      for (int i = 0; i < dy.rank(); ++i) {
        if (i != 1) axes.push_back(i);
      }
      result.second = reduce(ReduceOp::sum, dy, axes, false);
    } else {
      column_sums(floats(dy), dy.size() / c.out, c.out, floats_out(result.second));
    }
  }
  if (!kernel) return result;

  result.first = Tensor::empty(kernel_shape);
  if (way == ConvGradWay::product) {
    Gemm g;
    g.transpose_a = true;
    g.m = g.lda = c.in;
    g.n = g.ldb = g.ldc = c.out;
    g.k = dy.size() / c.out;
    g.a = floats(x);
    g.b = floats(dy);
    g.c = floats_out(result.first);
    onednn::gemm(g);
    return result;
  }
  if (way == ConvGradWay::own) {
    own_conv_grad_weights(c, floats(x), floats(dy), floats_out(result.first));
    return result;
  }
  const LibraryScope scope;
  GradWeightsPrimitive& p = grad_weights_primitive(c, x.shape(), kernel_shape, attrs, bias);
  const bool direct = p.made == p.plain;
  void* made = direct ? result.first.mutable_raw() : scratch(1, p.made.get_size());
  p.bind(p.src, x.raw());
  p.bind(p.diff_dst, dy.raw());
  p.bind(p.diff_weights, made);
  if (bias) p.bind(p.diff_bias, result.second.mutable_raw());
  p.run();
  if (!direct) {
    dnnl::memory from(p.made, engine(), made);
    dnnl::memory to(p.plain, engine(), result.first.mutable_raw());
    dnnl::reorder(from, to).execute(stream(), from, to);
  }
  return result;
}

}  // namespace kcpp
