// What the passes share, and the ones that only remove.
#include "src/session/passes.h"

#include <algorithm>
#include <cmath>

namespace kcpp::inference {

Uses::Uses(const Graph& graph)
    : graph_(graph), counts_(graph.values.size(), 0), reader_(graph.values.size(), -1) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (int v : graph.nodes[i].inputs) {
      if (v < 0) continue;
      const size_t root = static_cast<size_t>(graph.root(v));
      ++counts_[root];
      // A view is another reader than the whole.
      reader_[root] = graph.root(v) == v ? static_cast<int>(i) : -1;
    }
  }
  for (int v : graph.outputs) ++counts_[static_cast<size_t>(graph.root(v))];
  for (const State& s : graph.states) ++counts_[static_cast<size_t>(graph.root(s.after))];
}

int Uses::only_reader(int v) const {
  const size_t root = static_cast<size_t>(graph_.root(v));
  return counts_[root] == 1 && graph_.root(v) == v ? reader_[root] : -1;
}

bool all_are(const Shape& s, int64_t n) {
  return std::all_of(s.begin(), s.end(), [n](int64_t d) { return d == n; });
}

bool is_pointwise(const Graph& g, const Node& n) {
  if (!n.is(NodeKind::conv) || !all_are(n.conv.pad_low, 0) || !all_are(n.conv.pad_high, 0)) {
    return false;
  }
  const Shape& w = g.value(n.inputs[1]).shape;
  return all_are(w.slice(0, n.conv.strides.rank()), 1);
}

void compact(Graph& g) {
  std::erase_if(g.nodes, [](const Node& n) { return n.outputs.empty(); });
  for (Value& v : g.values) v.producer = -1;
  for (size_t i = 0; i < g.nodes.size(); ++i) {
    for (int v : g.nodes[i].outputs) g.value(v).producer = static_cast<int>(i);
  }
}

void replace_value(Graph& g, int from, int to) {
  const int to_root = g.root(to);
  const int64_t base = g.value(to).root >= 0 ? g.value(to).offset : 0;
  for (size_t i = 0; i < g.values.size(); ++i) {
    Value& v = g.values[i];
    if (v.root != from) continue;
    v.root = to_root;
    v.offset += base;
  }
  const auto change = [&](int& v) {
    if (v == from) v = to;
  };
  for (Node& n : g.nodes) std::for_each(n.inputs.begin(), n.inputs.end(), change);
  std::for_each(g.outputs.begin(), g.outputs.end(), change);
  for (State& s : g.states) change(s.after);
}

void add_note(Node& node, const std::string& note) {
  if (note.empty()) return;
  if (!node.fused.empty()) node.fused += ", ";
  node.fused += note;
}

void drop_dead_nodes(Graph& g) {
  std::vector<char> needed(g.values.size(), 0);
  const auto need = [&](int v) {
    if (v >= 0) needed[static_cast<size_t>(g.root(v))] = 1;
  };
  for (int v : g.outputs) need(v);
  for (const State& s : g.states) need(s.after);
  for (size_t i = g.nodes.size(); i-- > 0;) {
    Node& n = g.nodes[i];
    const bool live = std::any_of(n.outputs.begin(), n.outputs.end(),
                                  [&](int v) { return needed[static_cast<size_t>(v)]; });
    if (live) {
      for (int v : n.inputs) need(v);
    } else {
      n.outputs.clear();
    }
  }
  compact(g);
}

namespace {

bool is_identity(const Graph& g, const Node& n) {
  const Value& x = g.value(n.inputs[0]);
  const Value& y = g.value(n.outputs[0]);
  switch (n.kind) {
    case NodeKind::unary:
      return n.unary_op == UnaryOp::identity;
    case NodeKind::cast:
      return x.dtype == y.dtype;
    case NodeKind::broadcast:
      return x.shape.size() == y.shape.size();
    case NodeKind::transpose: {
      int last = -1;
      for (int a : n.axes) {
        if (x.shape[a] == 1) continue;
        if (a < last) return false;
        last = a;
      }
      return true;
    }
    case NodeKind::concat:
      return n.inputs.size() == 1;
    case NodeKind::slice:
      for (int i = 0; i < x.shape.rank(); ++i) {
        if (x.shape[i] != y.shape[i]) return false;
        if (x.shape[i] != 1 && n.strides[i] != 1) return false;
      }
      return true;
    case NodeKind::pad:
      return x.shape == y.shape;
    default:
      return false;
  }
}

/// The general relu with the numbers of a simpler one.
void simplify_relu(Node& n) {
  if (!n.is(NodeKind::unary) || n.unary_op != UnaryOp::relu_general) return;
  const auto& [slope, most, threshold] = n.unary_attrs;
  if (threshold != 0) return;
  if (slope != 0) {
    if (std::isinf(most)) n.unary_op = UnaryOp::leaky_relu;
  } else if (std::isinf(most)) {
    n.unary_op = UnaryOp::relu;
  } else if (most == 6) {
    n.unary_op = UnaryOp::relu6;
  }
}

}  // namespace

void drop_identities(Graph& g) {
  for (Node& n : g.nodes) {
    simplify_relu(n);
    if (n.outputs.size() != 1 || n.inputs.empty() || n.inputs[0] < 0 || !is_identity(g, n))
      continue;
    const int x = n.inputs[0], y = n.outputs[0];
    if (g.is_constant(x)) continue;
    if (g.value(x).shape == g.value(y).shape) {
      replace_value(g, y, x);
    } else {  // y stays, as a view of x
      const int root = g.root(x);
      const int64_t offset = g.value(x).root >= 0 ? g.value(x).offset : 0;
      for (Value& v : g.values) {
        if (v.root != y) continue;
        v.root = root;
        v.offset += offset;
      }
      g.value(y).root = root;
      g.value(y).offset = offset;
    }
    n.outputs.clear();
  }
  compact(g);
}

}  // namespace kcpp::inference
