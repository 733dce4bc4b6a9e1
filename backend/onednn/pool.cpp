// Pooling by oneDNN's primitives. The workspace of max pooling is oneDNN's: the place of each
// maximum.
#include "backend/onednn/convolution.h"
#include "backend/onednn/onednn_backend.h"

namespace kcpp {
namespace onednn {
namespace {

using dnnl::memory;

/// Sizes and descriptors of a pooling.
struct Pooling {
  Pooling(const Shape& x, const Shape& y, const PoolAttrs& attrs) {
    // A pooling is laid out as a convolution with one kernel element a channel.
    ConvAttrs conv;
    conv.strides = attrs.strides;
    conv.dilations = Shape::filled(attrs.strides.rank(), 1);
    conv.pad_low = attrs.pad_low;
    conv.pad_high = attrs.pad_high;
    conv.channels_first = attrs.channels_first;
    const Shape no_kernel = Shape::filled(attrs.strides.rank(), 1);
    const Convolution c(x, no_kernel, y, conv);
    x_desc = c.x_desc();
    y_desc = c.y_desc();
    strides = c.strides;
    low = c.pad_low;
    high = c.pad_high;
    window = {attrs.window.begin(), attrs.window.end()};
    dilations = memory::dims(strides.size(), 0);
    algorithm =
        attrs.max ? dnnl::algorithm::pooling_max : dnnl::algorithm::pooling_avg_exclude_padding;
  }
  dnnl::pooling_forward::primitive_desc forward(dnnl::prop_kind kind) const {
    return {engine(), kind,      algorithm, x_desc, y_desc,           strides,
            window,   dilations, low,       high,   user_scratchpad()};
  }
  memory::desc x_desc, y_desc;
  memory::dims strides, window, dilations, low, high;
  dnnl::algorithm algorithm;
};

PrimitiveKey key_of(Operation op, const Shape& x, const Shape& y, const PoolAttrs& attrs) {
  PrimitiveKey key(op);
  key.add(attrs.max).add(attrs.channels_first).add(x).add(y);
  key.add(attrs.window).add(attrs.strides).add(attrs.pad_low).add(attrs.pad_high);
  return key;
}

struct PoolPrimitive : Prepared {
  int src = 0, dst = 0, workspace = -1;
  size_t workspace_bytes = 0;
};

PoolPrimitive& forward_primitive(const Shape& x, const Shape& y, const PoolAttrs& attrs,
                                 bool workspace) {
  PrimitiveKey key = key_of(op_pool, x, y, attrs);
  key.add(workspace);
  return PrimitiveCache::of_thread().get<PoolPrimitive>(key, [&] {
    auto p = std::make_unique<PoolPrimitive>();
    const Pooling pooling(x, y, attrs);
    const auto desc = pooling.forward(workspace ? dnnl::prop_kind::forward_training
                                                : dnnl::prop_kind::forward_inference);
    p->src = p->argument(DNNL_ARG_SRC, desc.src_desc());
    p->dst = p->argument(DNNL_ARG_DST, desc.dst_desc());
    if (workspace) {
      p->workspace = p->argument(DNNL_ARG_WORKSPACE, desc.workspace_desc());
      p->workspace_bytes = desc.workspace_desc().get_size();
    }
    p->set_primitive(dnnl::pooling_forward(desc), desc.scratchpad_desc());
    return p;
  });
}

struct PoolGradPrimitive : Prepared {
  int diff_dst = 0, diff_src = 0, workspace = -1;
};

PoolGradPrimitive& backward_primitive(const Shape& x, const Shape& y, const PoolAttrs& attrs) {
  return PrimitiveCache::of_thread().get<PoolGradPrimitive>(key_of(op_pool_grad, x, y, attrs), [&] {
    auto p = std::make_unique<PoolGradPrimitive>();
    const Pooling g(x, y, attrs);
    const auto hint = g.forward(dnnl::prop_kind::forward_training);
    const dnnl::pooling_backward::primitive_desc desc(engine(), g.algorithm, g.x_desc, g.y_desc,
                                                      g.strides, g.window, g.dilations, g.low,
                                                      g.high, hint, user_scratchpad());
    p->diff_dst = p->argument(DNNL_ARG_DIFF_DST, g.y_desc);
    p->diff_src = p->argument(DNNL_ARG_DIFF_SRC, g.x_desc);
    if (attrs.max) p->workspace = p->argument(DNNL_ARG_WORKSPACE, hint.workspace_desc());
    p->set_primitive(dnnl::pooling_backward(desc), desc.scratchpad_desc());
    return p;
  });
}

Shape output_shape(const Shape& x, const PoolAttrs& attrs) {
  Shape y = x;
  const int first = attrs.channels_first ? 2 : 1;
  for (int i = 0; i < x.rank() - 2; ++i) {
    y[first + i] =
        (x[first + i] + attrs.pad_low[i] + attrs.pad_high[i] - attrs.window[i]) / attrs.strides[i] +
        1;
  }
  return y;
}

/// oneDNN refuses a padding as wide as the window: a window that sees padding only.
bool can_pool(const Tensor& x, const Shape& y, const PoolAttrs& attrs) {
  if (x.dtype() != DType::float32 || x.size() == 0 || y.size() == 0) return false;
  for (int i = 0; i < attrs.window.rank(); ++i) {
    if (attrs.pad_low[i] >= attrs.window[i] || attrs.pad_high[i] >= attrs.window[i]) return false;
  }
  return true;
}

}  // namespace
}  // namespace onednn

using namespace onednn;

std::pair<Tensor, Tensor> OneDnnBackend::pool(const Tensor& x, const PoolAttrs& attrs,
                                              bool training) {
  const Shape shape = output_shape(x.shape(), attrs);
  if (!can_pool(x, shape, attrs)) return ReferenceBackend::pool(x, attrs, training);
  const bool keep = training && attrs.max;
  const LibraryScope scope;
  PoolPrimitive& p = forward_primitive(x.shape(), shape, attrs, keep);
  std::pair<Tensor, Tensor> result{Tensor::empty(shape), {}};
  p.bind(p.src, x.raw());
  p.bind(p.dst, result.first.mutable_raw());
  if (keep) {
    result.second = Tensor::empty(Shape{static_cast<int64_t>(p.workspace_bytes)}, DType::uint8);
    p.bind(p.workspace, result.second.mutable_raw());
  }
  p.run();
  return result;
}

Tensor OneDnnBackend::pool_grad(const Tensor& dy, const Tensor& x, const Tensor& y,
                                const Tensor& workspace, const PoolAttrs& attrs) {
  if (!can_pool(x, dy.shape(), attrs)) {
    return ReferenceBackend::pool_grad(dy, x, y, workspace, attrs);
  }
  Tensor kept = workspace;
  if (attrs.max && !kept.defined()) kept = pool(x, attrs, true).second;
  const LibraryScope scope;
  PoolGradPrimitive& p = backward_primitive(x.shape(), dy.shape(), attrs);
  Tensor dx = Tensor::empty(x.shape());
  p.bind(p.diff_dst, dy.raw());
  p.bind(p.diff_src, dx.mutable_raw());
  if (attrs.max) p.bind(p.workspace, kept.raw());
  p.run();
  return dx;
}

}  // namespace kcpp
