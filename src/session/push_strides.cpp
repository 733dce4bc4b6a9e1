// Where only pointwise convolutions with strides read a value, the positions between are never
// read: the step that makes it leaves them out. ResNet's last block of a stage is such a place.
#include <algorithm>

#include "src/session/passes.h"

namespace kcpp::inference {
namespace {

/// The axis of the first spatial dimension.
int first_spatial(bool channels_first) { return channels_first ? 2 : 1; }

/// Everybody who reads v reads it as n does: a pointwise convolution over the same positions.
bool all_read_like(const Graph& g, const Uses& uses, int v, const Node& n) {
  int readers = 0;
  for (const Node& m : g.nodes) {
    const bool alike = m.input(0) == v && is_pointwise(g, m) && m.conv.strides == n.conv.strides &&
                       m.conv.channels_first == n.conv.channels_first;
    readers += alike;
  }
  return readers == uses.count(v);  // other reads are counted too, those of outputs and states
}

/// `shape` at every strides-th position.
Shape thinned(Shape shape, const Shape& strides, bool channels_first) {
  for (int i = 0; i < strides.rank(); ++i) {
    int64_t& size = shape[first_spatial(channels_first) + i];
    size = (size + strides[i] - 1) / strides[i];
  }
  return shape;
}

/// A node that copies v at every strides-th position.
Node thinning(Graph& g, int v, const Shape& strides, const Node& reader) {
  const Value& x = g.value(v);
  Node n;
  n.kind = NodeKind::slice;
  n.name = "slice";
  n.layer = reader.layer;
  n.inputs = {v};
  n.starts = Shape::filled(x.shape.rank(), 0);
  n.strides = Shape::filled(x.shape.rank(), 1);
  for (int i = 0; i < strides.rank(); ++i) {
    n.strides[first_spatial(reader.conv.channels_first) + i] = strides[i];
  }
  n.sizes = thinned(x.shape, strides, reader.conv.channels_first);
  n.outputs = {g.add_value(n.sizes, x.dtype)};
  return n;
}

/// What only n and its like read, a convolution makes: that one takes over their strides.
bool push(Graph& g, const Uses& uses, const Node& n) {
  if (!is_pointwise(g, n) || all_are(n.conv.strides, 1)) return false;
  const int v = n.inputs[0];
  const Shape strides = n.conv.strides;
  Node* conv = producer(g, v);
  if (!conv || !conv->is(NodeKind::conv) || conv->conv.channels_first != n.conv.channels_first ||
      !all_read_like(g, uses, v, n)) {
    return false;
  }
  for (Node& m : g.nodes) {
    if (m.input(0) == v) m.conv.strides = Shape::filled(strides.rank(), 1);
  }
  for (int i = 0; i < strides.rank(); ++i) conv->conv.strides[i] *= strides[i];
  g.value(v).shape = thinned(g.value(v).shape, strides, conv->conv.channels_first);
  add_note(*conv, "strides");
  if (conv->residual >= 0) {
    int& residual = conv->inputs[static_cast<size_t>(conv->residual)];
    Node slice = thinning(g, residual, strides, *conv);
    residual = slice.outputs[0];
    g.nodes.insert(g.nodes.begin() + g.value(v).producer, std::move(slice));
  }
  return true;
}

}  // namespace

void push_strides(Graph& g) {
  bool changed = true;
  while (changed) {
    changed = false;
    const Uses uses(g);
    changed = std::any_of(g.nodes.begin(), g.nodes.end(),
                          [&](const Node& n) { return push(g, uses, n); });
    if (changed) compact(g);
  }
}

}  // namespace kcpp::inference
