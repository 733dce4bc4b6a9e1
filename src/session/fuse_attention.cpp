// softmax(scale q k^T) v with its transposes, as ops::dot_product_attention writes it, as one node.
#include "src/session/passes.h"

namespace kcpp::inference {
namespace {

/// The node that makes v and is of that kind, when nobody else reads v.
Node* only_producer(Graph& g, const Uses& uses, int v, NodeKind kind) {
  Node* p = producer(g, v);
  return p && p->is(kind) && uses.count(v) == 1 ? p : nullptr;
}

Node* transposed(Graph& g, const Uses& uses, int v, const std::vector<int>& axes) {
  Node* p = only_producer(g, uses, v, NodeKind::transpose);
  return p && p->axes == axes ? p : nullptr;
}

bool plain(const Node& n) { return !n.flag && !n.flag_b; }

bool fuse(Graph& g, const Uses& uses, Node& softmax) {
  if (!softmax.is(NodeKind::softmax) || softmax.flag || softmax.axes[0] != 3 ||
      g.value(softmax.outputs[0]).shape.rank() != 4 ||
      g.value(softmax.outputs[0]).dtype != DType::float32) {
    return false;
  }
  Node* scale = only_producer(g, uses, softmax.inputs[0], NodeKind::binary);
  if (!scale || scale->binary_op != BinaryOp::multiply || !g.is_constant(scale->inputs[1]) ||
      g.constant(scale->inputs[1]).size() != 1) {
    return false;
  }
  Node* scores = only_producer(g, uses, scale->inputs[0], NodeKind::matmul);
  if (!scores || !plain(*scores)) return false;
  Node *q = transposed(g, uses, scores->inputs[0], {0, 2, 1, 3}),
       *k = transposed(g, uses, scores->inputs[1], {0, 2, 3, 1});
  const int reader = uses.only_reader(softmax.outputs[0]);
  if (!q || !k || reader < 0) return false;
  Node& sum = g.nodes[static_cast<size_t>(reader)];
  if (!sum.is(NodeKind::matmul) || !plain(sum) || sum.inputs[0] != softmax.outputs[0]) return false;
  Node* v = transposed(g, uses, sum.inputs[1], {0, 2, 1, 3});
  const int last = uses.only_reader(sum.outputs[0]);
  if (!v || last < 0) return false;
  Node& back = g.nodes[static_cast<size_t>(last)];
  if (!back.is(NodeKind::transpose) || back.axes != std::vector<int>{0, 2, 1, 3}) return false;

  Node fused;
  fused.kind = NodeKind::attention;
  fused.name = "attention";
  fused.layer = softmax.layer;
  fused.inputs = {q->inputs[0], k->inputs[0], v->inputs[0]};
  fused.outputs = back.outputs;
  fused.number = g.constant(scale->inputs[1]).item();
  fused.fused = "transposes, scale, softmax";
  for (Node* n : {q, k, v, scores, scale, &softmax, &sum}) n->outputs.clear();
  back = std::move(fused);
  return true;
}

}  // namespace

void fuse_attention(Graph& g) {
  bool changed = true;
  while (changed) {
    changed = false;
    const Uses uses(g);
    for (Node& n : g.nodes) {
      if (n.outputs.size() == 1 && fuse(g, uses, n)) {
        changed = true;
        break;
      }
    }
    if (changed) compact(g);
  }
}

}  // namespace kcpp::inference
