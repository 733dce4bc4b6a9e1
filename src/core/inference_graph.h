/// The graph that an inference session is compiled from: backend-level operations of fixed shapes.
///
/// Tracing a model makes it, passes rewrite it, a backend's kernels run it. A value that is a view
/// has a root, whose memory it shares.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kcpp/backend.h"

namespace kcpp::inference {

enum class NodeKind : uint8_t {
  eager,  ///< only `Node::call` knows how
  unary,
  binary,
  cast,
  where,
  reduce,
  matmul,
  dense,  ///< x, kernel, bias; then residual
  conv,   ///< x, kernel, bias; then residual
  pool,
  batch_norm,  ///< x, mean, variance, gamma, beta
  affine,      ///< x * scale + shift, one factor a channel (the last axis)
  layer_norm,  ///< x, gamma, beta
  softmax,
  rnn,  ///< x, kernel, recurrent kernel, bias; states. Outputs: output, states
  transpose,
  broadcast,
  concat,
  slice,
  pad,
  gather,     ///< x, indices
  bands,      ///< x, residual or -1: the convolutions `parts`, some lines at a time
  attention,  ///< query, key, value (batch, time, heads, size)
  layer,      ///< a layer's own call, eager
};

struct Node;
using EagerCall = std::function<Tensors(Backend&, const Tensors&)>;

/// One operation. Which attributes count depends on the kind; absent inputs are -1.
struct Node {
  NodeKind kind = NodeKind::eager;
  std::vector<int> inputs, outputs;
  std::string name;   ///< "conv", for the report
  std::string layer;  ///< the layer that made it
  std::string fused;  ///< what passes put into it, for the report

  UnaryOp unary_op = UnaryOp::identity;
  UnaryAttrs unary_attrs = {};
  BinaryOp binary_op = BinaryOp::add;
  ReduceOp reduce_op = ReduceOp::sum;
  Activation activation = {};  ///< applied last: dense, conv, binary
  int residual = -1;           ///< place in `inputs` of what is added before the activation
  /// dense, conv: a factor for each output channel of the weights, for whoever packs them;
  /// empty: 1.
  std::vector<float> scale;
  std::vector<int> axes;  ///< reduce; transpose: the permutation; concat, gather, softmax: [0];
                          ///< bands: [0], the place of the depthwise convolution in `parts`
  bool flag = false;      ///< softmax: log; matmul: transpose a; reduce: keepdims; concat: unused
  bool flag_b = false;    ///< matmul: transpose b
  double number = 0;      ///< epsilon; pad: the value; attention: the scale
  PadMode pad_mode = PadMode::constant;
  ConvAttrs conv = {};
  PoolAttrs pool = {};
  RnnAttrs rnn = {};
  Shape starts, sizes, strides;  ///< slice; pad: low and high in starts, strides; broadcast: starts
  std::optional<DType> dtype;    ///< cast
  EagerCall call;                ///< kinds eager and layer
  std::vector<Node> parts;       ///< bands: as they were, each reads the one before it

  bool is(NodeKind k) const { return kind == k; }
  int input(size_t i) const { return i < inputs.size() ? inputs[i] : -1; }
};

struct Value {
  Shape shape;
  DType dtype = DType::float32;
  int root = -1;       ///< this is a view of that value (which is no view itself)
  int64_t offset = 0;  ///< of a view, in bytes
  Tensor constant;     ///< defined: known when the session is made
  int producer = -1;   ///< node; -1: an input, a state or a constant
  bool is_constant() const { return constant.defined(); }
};

/// What a call leaves for the next one: an input value, and the value that replaces it.
struct State {
  std::string name;
  int before = -1, after = -1;
  Tensor initial;
};

struct Graph {
  std::vector<Value> values;
  std::vector<Node> nodes;  ///< in an order in which they can run
  std::vector<int> inputs, outputs;
  std::vector<State> states;

  const Value& value(int v) const { return values[static_cast<size_t>(v)]; }
  Value& value(int v) { return values[static_cast<size_t>(v)]; }
  /// The value whose memory v lies in.
  int root(int v) const { return value(v).root >= 0 ? value(v).root : v; }
  const Tensor& constant(int v) const { return value(v).constant; }
  bool is_constant(int v) const { return v >= 0 && value(v).is_constant(); }
  int add_value(const Shape& shape, DType dtype);
  int add_constant(const Tensor& t);
};

/// int32 or int64 indices of an axis, those from the end made positive. Throws IndexError.
Tensor check_indices(const Tensor& indices, int64_t length);

/// The weights (last axis: output channels) times the node's scale.
Tensor scaled_weights(const Node& node, const Tensor& weights);

/// A convolution of each channel by itself, one result a channel.
bool is_depthwise(const Graph& graph, const Node& node);

/// Runs a node with the backend's ordinary functions; absent inputs are undefined tensors.
Tensors run_eager(const Node& node, Backend& backend, const Tensors& inputs);

}  // namespace kcpp::inference
