#include "src/core/inference_graph.h"

namespace kcpp::inference {

int Graph::add_value(const Shape& shape, DType dtype) {
  values.push_back({.shape = shape, .dtype = dtype});
  return static_cast<int>(values.size()) - 1;
}

int Graph::add_constant(const Tensor& t) {
  values.push_back({.shape = t.shape(), .dtype = t.dtype(), .constant = t});
  return static_cast<int>(values.size()) - 1;
}

namespace {

/// activation(y + residual): what was fused into a product, by ordinary functions.
Tensor finish(const Node& node, Backend& backend, Tensor y, const Tensors& in) {
  if (node.residual >= 0) {
    // The same elements, perhaps in another shape.
    y = backend.binary(BinaryOp::add, y, in[static_cast<size_t>(node.residual)].reshape(y.shape()));
  }
  if (node.activation.op != UnaryOp::identity)
    y = backend.unary(node.activation.op, y, node.activation.attrs);
  return y;
}

/// softmax(scale q k^T) v for every head; q, k, v [batch, time, heads, size].
Tensor attention(const Node& node, Backend& b, const Tensors& in) {
  const Tensor q = b.transpose(in[0], {0, 2, 1, 3}), k = b.transpose(in[1], {0, 2, 1, 3}),
               v = b.transpose(in[2], {0, 2, 1, 3});
  Tensor scores = b.matmul(q, k, false, true);
  scores = b.binary(BinaryOp::multiply, scores, Tensor::scalar(node.number, scores.dtype()));
  const Tensor p = b.softmax(scores, 3, false);
  return b.transpose(b.matmul(p, v, false, false), {0, 2, 1, 3});
}

}  // namespace

Tensor scaled_weights(const Node& node, const Tensor& weights) {
  if (node.scale.empty()) return weights;
  Tensor out = Tensor::empty(weights.shape(), weights.dtype());
  const auto run = [&]<class T>(T) {
    const auto from = weights.data<T>();
    auto to = out.mutable_data<T>();
    const size_t columns = node.scale.size();
    for (size_t r = 0; r < from.size(); r += columns) {
      for (size_t c = 0; c < columns; ++c) to[r + c] = from[r + c] * static_cast<T>(node.scale[c]);
    }
  };
  weights.dtype() == DType::float64 ? run(double()) : run(float());
  return out;
}

Tensors run_eager(const Node& node, Backend& b, const Tensors& in) {
  const auto at = [&](size_t i) { return i < in.size() ? in[i] : Tensor(); };
  switch (node.kind) {
    case NodeKind::eager:
    case NodeKind::layer:
      return node.call(b, in);
    case NodeKind::unary:
      return {b.unary(node.unary_op, in[0], node.unary_attrs)};
    case NodeKind::binary: {
      Tensor y = b.binary(node.binary_op, in[0], in[1]);
      return {finish(node, b, y, in)};
    }
    case NodeKind::cast:
      return {b.cast(in[0], *node.dtype)};
    case NodeKind::where:
      return {b.where(in[0], in[1], in[2])};
    case NodeKind::reduce:
      return {b.reduce(node.reduce_op, in[0], node.axes, node.flag)};
    case NodeKind::matmul:
      return {b.matmul(in[0], in[1], node.flag, node.flag_b)};
    case NodeKind::dense:
      return {finish(node, b, b.dense(in[0], in[1], at(2), {}), in)};
    case NodeKind::conv:
      return {finish(node, b, b.conv(in[0], in[1], at(2), node.conv), in)};
    case NodeKind::pool:
      return {b.pool(in[0], node.pool, false).first};
    case NodeKind::batch_norm:
      return {b.batch_norm_inference(in[0], in[1], in[2], at(3), at(4), node.axes[0], node.number)};
    case NodeKind::affine: {
      const Tensor y = b.binary(BinaryOp::multiply, in[0], in[1]);
      return {finish(node, b, b.binary(BinaryOp::add, y, in[2]), in)};
    }
    case NodeKind::layer_norm:
      return {b.layer_norm(in[0], at(1), at(2), node.number).y};
    case NodeKind::softmax:
      return {b.softmax(in[0], node.axes[0], node.flag)};
    case NodeKind::rnn: {
      RnnResult r = b.rnn(in[0], Tensors(in.begin() + 4, in.end()), in[1], in[2], in[3], node.rnn);
      Tensors out = {r.output};
      out.insert(out.end(), r.states.begin(), r.states.end());
      return out;
    }
    case NodeKind::transpose:
      return {b.transpose(in[0], node.axes)};
    case NodeKind::broadcast:
      return {b.broadcast_to(in[0], node.starts)};
    case NodeKind::concat:
      return {b.concat(in, node.axes[0])};
    case NodeKind::slice:
      return {b.slice(in[0], node.starts, node.sizes, node.strides)};
    case NodeKind::pad:
      return {b.pad(in[0], node.starts, node.strides, node.pad_mode, node.number)};
    case NodeKind::gather:
      return {b.gather(in[0], check_indices(in[1], in[0].shape()[node.axes[0]]), node.axes[0])};
    case NodeKind::attention:
      return {attention(node, b, in)};
    case NodeKind::bands:
      break;  // made only for a backend that has a kernel for it
  }
  KCPP_ASSERT(!"a kind of node without a case");
  return {};
}

bool is_depthwise(const Graph& g, const Node& n) {
  if (!n.is(NodeKind::conv) || n.residual >= 0) return false;
  const int axis = n.conv.channels_first ? 1 : g.value(n.inputs[0]).shape.rank() - 1;
  const int64_t channels = g.value(n.inputs[0]).shape[axis];
  return n.conv.groups == channels && g.value(n.outputs[0]).shape[axis] == channels;
}

Tensor check_indices(const Tensor& indices, int64_t length) {
  Tensor out = indices.clone();
  const auto fix = [&]<class T>(T) {
    for (T& v : out.mutable_data<T>()) {
      check<IndexError>(v >= -length && v < length, "[take] indices = ", static_cast<int64_t>(v),
                        " is not in [0, ", length, ")");
      if (v < 0) v = static_cast<T>(v + length);
    }
  };
  if (indices.dtype() == DType::int32) {
    fix(int32_t());
  } else {
    fix(int64_t());
  }
  return out;
}

}  // namespace kcpp::inference
