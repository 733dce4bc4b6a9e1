/// Step 2 of making a session: rewriting the traced graph. Each pass is one file, keeps the graph
/// correct, and says what it did in Node::fused.
#pragma once

#include <vector>

#include "src/core/inference_graph.h"
#include "src/core/inference_kernel.h"

namespace kcpp::inference {

/// Drops nodes that no output and no state needs (the penalties of activity regularizers, masks
/// that nobody reads).
void drop_dead_nodes(Graph& graph);
/// Nodes that change nothing become views; flips, slices and transposes that move nothing too.
void drop_identities(Graph& graph);
/// Batch norm, and products and sums with constants along the channels, go into the weights of the
/// convolution or dense product before them, or of the one behind them.
void fold_affine(Graph& graph);
/// Zero padding becomes the convolution's own; max pooling's too, behind a relu.
void fold_padding(Graph& graph);
/// Matrix products with constants become dense, bias and residual additions and activations go
/// into the product before them.
void fuse_products(Graph& graph);
/// A convolution leaves out the positions that the strides of those behind it skip.
void push_strides(Graph& graph);
/// A depthwise convolution and the pointwise ones around it become one node that computes some
/// lines of the images at a time, where what is between them is too large for the caches. The node
/// has no ordinary function: only for `kernels` that can run it.
void fuse_bands(Graph& graph, const KernelProvider& kernels, int threads);
/// The scores, softmax and sum of an attention become one node.
void fuse_attention(Graph& graph);

/// Who reads a value, through views too.
class Uses {
 public:
  explicit Uses(const Graph& graph);
  /// Reads of the memory of v: by nodes, outputs and states.
  int count(int v) const { return counts_[static_cast<size_t>(graph_.root(v))]; }
  /// The one node that reads v, as v itself and not as a view of it; -1 when there are others.
  int only_reader(int v) const;

 private:
  const Graph& graph_;
  std::vector<int> counts_;
  std::vector<int> reader_;  ///< the last node that reads the root
};

/// The node that makes v, when v is its whole result; else null.
inline Node* producer(Graph& g, int v) {
  if (v < 0) return nullptr;
  const Value& value = g.value(v);
  return value.root < 0 && value.producer >= 0 ? &g.nodes[static_cast<size_t>(value.producer)]
                                               : nullptr;
}

/// The same also when v is all of that result in another shape.
inline Node* whole_producer(Graph& g, int v) {
  if (v < 0) return nullptr;
  const Value& value = g.value(v);
  if (value.root < 0) return producer(g, v);
  return value.offset == 0 && value.shape.size() == g.value(value.root).shape.size() &&
                 value.dtype == g.value(value.root).dtype
             ? producer(g, value.root)
             : nullptr;
}

bool all_are(const Shape& s, int64_t n);
/// A convolution each of whose results reads one position of its input.
bool is_pointwise(const Graph& g, const Node& n);

/// Removes the nodes whose outputs are empty, and renumbers producers.
void compact(Graph& graph);
/// Everything that reads `from` reads `to` instead (views too); both have the same elements.
void replace_value(Graph& graph, int from, int to);
/// "a, b"
void add_note(Node& node, const std::string& note);

}  // namespace kcpp::inference
