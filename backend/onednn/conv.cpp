// Convolution forward. Activations stay in Keras's layout (channels last, or first), weights are
// packed into what oneDNN asks for, once a change.
#include "backend/onednn/convolution.h"
#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/products.h"

namespace kcpp {
namespace onednn {
namespace {

/// Row-major strides of [batch, spatial..., channels] or [batch, channels, spatial...], in oneDNN's
/// order of dimensions: batch, channels, spatial.
dnnl::memory::dims activation_strides(const dnnl::memory::dims& d, bool channels_first) {
  dnnl::memory::dims s(d.size());
  int64_t step = channels_first ? 1 : d[1];
  for (size_t i = d.size(); i-- > 2;) {
    s[i] = step;
    step *= d[i];
  }
  s[1] = channels_first ? step : 1;
  s[0] = channels_first ? step * d[1] : step;
  return s;
}

dnnl::memory::dims activation_dims(const Shape& x, bool channels_first) {
  const int r = x.rank();
  dnnl::memory::dims d{x[0], channels_first ? x[1] : x[r - 1]};
  for (int i = 0; i < r - 2; ++i) d.push_back(x[i + (channels_first ? 2 : 1)]);
  return d;
}

dnnl::memory::dims to_dims(const Shape& s) { return {s.begin(), s.end()}; }

struct ConvPrimitive : Prepared {
  int src = 0, weights = 0, bias = -1, dst = 0;
  WeightsLayout layout;
};

ConvPrimitive& forward_primitive(const Shape& x, const Shape& kernel, const Shape& y,
                                 const ConvAttrs& attrs, bool bias, bool relu) {
  PrimitiveKey key(op_conv);
  key.add(bias + 2 * relu);
  add_to_key(key, x, kernel, attrs);
  return PrimitiveCache::of_thread().get<ConvPrimitive>(key, [&] {
    auto p = std::make_unique<ConvPrimitive>();
    const Convolution c(x, kernel, y, attrs);
    const auto desc = conv_forward_desc(c, dnnl::prop_kind::forward_inference, bias, relu);
    p->layout.plain = c.w_desc();
    p->layout.wanted = desc.weights_desc();
    p->src = p->argument(DNNL_ARG_SRC, desc.src_desc());
    p->weights = p->argument(DNNL_ARG_WEIGHTS, p->layout.wanted);
    if (bias) p->bias = p->argument(DNNL_ARG_BIAS, c.bias_desc());
    p->dst = p->argument(DNNL_ARG_DST, desc.dst_desc());
    p->set_primitive(dnnl::convolution_forward(desc), desc.scratchpad_desc());
    return p;
  });
}

}  // namespace

Convolution::Convolution(const Shape& x, const Shape& kernel, const Shape& y,
                         const ConvAttrs& attrs)
    : spatial_rank(x.rank() - 2),
      groups(attrs.groups),
      x_dims(activation_dims(x, attrs.channels_first)),
      y_dims(activation_dims(y, attrs.channels_first)),
      strides(to_dims(attrs.strides)),
      dilations(to_dims(attrs.dilations)),
      pad_low(to_dims(attrs.pad_low)),
      pad_high(to_dims(attrs.pad_high)),
      channels_first(attrs.channels_first) {
  batch = x_dims[0];
  in = x_dims[1];
  out = y_dims[1];
  x_strides = activation_strides(x_dims, channels_first);
  y_strides = activation_strides(y_dims, channels_first);
  bias_dims = {out};
  for (int64_t& d : dilations) d -= 1;  // oneDNN counts the elements left out
  const int64_t group_in = in / groups, group_out = out / groups;
  if (groups > 1) {
    w_dims = {groups, group_out, group_in};
    w_strides = {group_out, 1, out};
  } else {
    w_dims = {out, in};
    w_strides = {1, out};
  }
  dims steps(static_cast<size_t>(spatial_rank));
  int64_t step = group_in * out;
  for (int i = spatial_rank; i-- > 0;) {
    steps[static_cast<size_t>(i)] = step;
    step *= kernel[i];
  }
  for (int i = 0; i < spatial_rank; ++i) {
    w_dims.push_back(kernel[i]);
    w_strides.push_back(steps[static_cast<size_t>(i)]);
  }
}

void add_to_key(PrimitiveKey& key, const Shape& x, const Shape& kernel, const ConvAttrs& attrs) {
  key.add(attrs.groups).add(attrs.channels_first).add(x).add(kernel);
  for (int i = 0; i < attrs.strides.rank(); ++i) {
    key.add(attrs.strides[i]).add(attrs.dilations[i]);
    key.add(attrs.pad_low[i]).add(attrs.pad_high[i]);
  }
}

Shape conv_output_shape(const Shape& x, const Shape& kernel, const ConvAttrs& attrs) {
  Shape y = x;
  const int first = attrs.channels_first ? 2 : 1;
  for (int i = 0; i < x.rank() - 2; ++i) {
    const int64_t reach = (kernel[i] - 1) * attrs.dilations[i] + 1;
    y[first + i] =
        (x[first + i] + attrs.pad_low[i] + attrs.pad_high[i] - reach) / attrs.strides[i] + 1;
  }
  y[attrs.channels_first ? 1 : x.rank() - 1] = kernel[kernel.rank() - 1];
  return y;
}

std::vector<int> channels_last_order(int rank) {
  std::vector<int> order{0};
  for (int i = 2; i < rank; ++i) order.push_back(i);
  order.push_back(1);
  return order;
}

std::vector<int> channels_first_order(int rank) {
  std::vector<int> order{0, rank - 1};
  for (int i = 1; i < rank - 1; ++i) order.push_back(i);
  return order;
}

Shape permuted(const Shape& shape, const std::vector<int>& order) {
  Shape result;
  for (int i : order) result.push_back(shape[i]);
  return result;
}

int64_t window_of(const Shape& kernel) {
  int64_t n = 1;
  for (int i = 0; i < kernel.rank() - 2; ++i) n *= kernel[i];
  return n;
}

dnnl::convolution_forward::primitive_desc conv_forward_desc(const Convolution& c,
                                                            dnnl::prop_kind kind, bool bias,
                                                            bool relu) {
  dnnl::primitive_attr attr = user_scratchpad();
  if (relu) {
    dnnl::post_ops ops;
    ops.append_eltwise(dnnl::algorithm::eltwise_relu, 0, 0);
    attr.set_post_ops(ops);
  }
  return {engine(),
          kind,
          dnnl::algorithm::convolution_direct,
          c.x_desc(),
          c.any(c.w_dims),
          bias ? c.bias_desc() : dnnl::memory::desc(),
          c.y_desc(),
          c.strides,
          c.dilations,
          c.pad_low,
          c.pad_high,
          attr};
}

}  // namespace onednn

using namespace onednn;

Tensor OneDnnBackend::conv(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                           const ConvAttrs& attrs) {
  const Shape y_shape = conv_output_shape(x.shape(), kernel.shape(), attrs);
  if (x.dtype() != DType::float32 || x.size() == 0 || y_shape.size() == 0 ||
      !has_activation_kernel(attrs.activation.op)) {
    return ReferenceBackend::conv(x, kernel, bias, attrs);
  }
  if (attrs.channels_first && attrs.groups == 1 && window_of(kernel.shape()) > 1) {
    ConvAttrs last = attrs;
    last.channels_first = false;
    const Tensor y = conv(transpose(x, channels_last_order(x.rank())), kernel, bias, last);
    return transpose(y, channels_first_order(x.rank()));
  }
  const bool relu = attrs.activation.op == UnaryOp::relu;
  Tensor y = Tensor::empty(y_shape);
  {
    const LibraryScope scope;
    ConvPrimitive& p =
        forward_primitive(x.shape(), kernel.shape(), y_shape, attrs, bias.defined(), relu);
    StoragePtr packed;
    p.bind(p.src, x.raw());
    p.bind(p.weights, p.layout.packed(kernel, packed));
    if (bias.defined()) p.bind(p.bias, bias.raw());
    p.bind(p.dst, y.mutable_raw());
    p.run();
  }
  if (!relu) apply_activation(attrs.activation, floats_out(y), y.size());
  return y;
}

}  // namespace kcpp
