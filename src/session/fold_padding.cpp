// Padding layers before convolutions and poolings.
#include "src/session/passes.h"

namespace kcpp::inference {
namespace {

/// Only zeros, and only along the spatial axes.
bool pads_space(const Node& pad, bool channels_first) {
  if (pad.pad_mode != PadMode::constant || pad.number != 0) return false;
  const int rank = pad.starts.rank(), channels = channels_first ? 1 : rank - 1;
  for (int i : {0, channels}) {
    if (pad.starts[i] != 0 || pad.strides[i] != 0) return false;
  }
  for (int i = 0; i < rank; ++i) {
    if (pad.starts[i] < 0 || pad.strides[i] < 0) return false;
  }
  return true;
}

void take_over(const Node& pad, bool channels_first, Shape& low, Shape& high) {
  const int first = channels_first ? 2 : 1;
  for (int i = 0; i < low.rank(); ++i) {
    low[i] += pad.starts[first + i];
    high[i] += pad.strides[first + i];
  }
}

/// No element of v is negative.
bool is_rectified(Graph& g, int v) {
  const Node* p = producer(g, v);
  if (!p) return false;
  const UnaryOp op = p->is(NodeKind::unary) ? p->unary_op : p->activation.op;
  return op == UnaryOp::relu || op == UnaryOp::relu6 || op == UnaryOp::sigmoid;
}

}  // namespace

void fold_padding(Graph& g) {
  const Uses uses(g);
  for (Node& n : g.nodes) {
    if (!n.is(NodeKind::conv) && !n.is(NodeKind::pool)) continue;
    Node* pad = producer(g, n.inputs[0]);
    if (!pad || !pad->is(NodeKind::pad) || uses.count(n.inputs[0]) != 1) continue;
    const bool first = n.is(NodeKind::conv) ? n.conv.channels_first : n.pool.channels_first;
    if (!pads_space(*pad, first)) continue;
    if (n.is(NodeKind::conv)) {
      take_over(*pad, first, n.conv.pad_low, n.conv.pad_high);
    } else {
      // A maximum over zeros beside values that are not negative is one over these alone.
      if (!n.pool.max || !is_rectified(g, pad->inputs[0])) continue;
      Shape low = n.pool.pad_low, high = n.pool.pad_high;
      take_over(*pad, first, low, high);
      bool inside = true;
      for (int i = 0; i < low.rank(); ++i)
        inside &= low[i] < n.pool.window[i] && high[i] < n.pool.window[i];
      if (!inside) continue;
      n.pool.pad_low = low;
      n.pool.pad_high = high;
    }
    n.inputs[0] = pad->inputs[0];
    add_note(n, "padding");
    pad->outputs.clear();
  }
  compact(g);
}

}  // namespace kcpp::inference
