// Products take the addition of a residual and the activation behind them.
#include <algorithm>

#include "src/session/passes.h"

namespace kcpp::inference {
namespace {

bool is_product(const Node& n) { return n.is(NodeKind::conv) || n.is(NodeKind::dense); }

bool is_float(const Graph& g, int v) { return g.value(v).dtype == DType::float32; }

/// x [.., K] W [K, N] with constant W, and the same by views of x: a dense product.
void matmul_to_dense(Graph& g, Node& n) {
  if (!n.is(NodeKind::matmul) || n.flag || !g.is_constant(n.inputs[1]) ||
      g.is_constant(n.inputs[0])) {
    return;
  }
  const Tensor w = g.constant(n.inputs[1]);
  if (w.rank() != 2) return;
  if (n.flag_b) n.inputs[1] = g.add_constant(backend().transpose(w, {1, 0}));
  n.kind = NodeKind::dense;
  n.name = "dense";
  n.flag = n.flag_b = false;
  n.inputs.resize(3, -1);
}

/// p can write z, its result, in z's shape: a dense product computes rows, whatever their shape;
/// others take sizes from their result.
bool can_write(const Graph& g, const Node& p, int z) {
  return p.is(NodeKind::dense) || g.value(p.outputs[0]).shape == g.value(z).shape;
}

bool is_activation(UnaryOp op) { return op < UnaryOp::logical_not || op > UnaryOp::bitwise_not; }

/// y = act(z): the activation into what makes z.
bool fuse_activation(Graph& g, const Uses& uses, Node& n) {
  if (!n.is(NodeKind::unary) || !is_activation(n.unary_op) || !is_float(g, n.outputs[0]))
    return false;
  Node* p = whole_producer(g, n.inputs[0]);
  if (!p || uses.count(n.inputs[0]) != 1 || p->activation.op != UnaryOp::identity ||
      !can_write(g, *p, n.inputs[0])) {
    return false;
  }
  const bool sum = p->is(NodeKind::binary) && p->binary_op == BinaryOp::add;
  if (!is_product(*p) && !p->is(NodeKind::affine) && !sum) return false;
  p->activation = {n.unary_op, n.unary_attrs};
  add_note(*p, "activation");
  p->outputs = n.outputs;
  n.outputs.clear();
  return true;
}

/// y = z + r, z made by a product that nobody else reads: r becomes its residual. The product moves
/// to where the sum was: r is there by then.
bool fuse_residual(Graph& g, const Uses& uses, size_t at) {
  Node& n = g.nodes[at];
  if (!n.is(NodeKind::binary) || n.binary_op != BinaryOp::add || !is_float(g, n.outputs[0]) ||
      n.inputs[0] == n.inputs[1]) {
    return false;
  }
  int best = -1, best_node = -1;
  for (int side : {0, 1}) {
    const int z = n.inputs[static_cast<size_t>(side)], r = n.inputs[static_cast<size_t>(1 - side)];
    const Node* p = whole_producer(g, z);
    if (!p || !is_product(*p) || p->activation.op != UnaryOp::identity || p->residual >= 0 ||
        uses.count(z) != 1 || !can_write(g, *p, z) || g.is_constant(r) ||
        !(g.value(z).shape == g.value(r).shape)) {
      continue;
    }
    const int made = g.value(g.root(z)).producer;
    if (made > best_node) best = side, best_node = made;
  }
  if (best < 0) return false;
  Node product = g.nodes[static_cast<size_t>(best_node)];
  product.inputs.resize(3, -1);
  product.residual = 3;
  product.inputs.push_back(n.inputs[static_cast<size_t>(1 - best)]);
  product.activation = n.activation;
  add_note(product, "add");
  if (n.activation.op != UnaryOp::identity) add_note(product, "activation");
  product.outputs = n.outputs;
  g.nodes[static_cast<size_t>(best_node)].outputs.clear();
  n = std::move(product);
  return true;
}

}  // namespace

void fuse_products(Graph& g) {
  for (Node& n : g.nodes) matmul_to_dense(g, n);
  bool changed = true;
  while (changed) {
    changed = false;
    const Uses uses(g);
    for (size_t i = 0; i < g.nodes.size() && !changed; ++i) {
      changed = fuse_activation(g, uses, g.nodes[i]) || fuse_residual(g, uses, i);
    }
    if (changed) compact(g);
  }
}

}  // namespace kcpp::inference
