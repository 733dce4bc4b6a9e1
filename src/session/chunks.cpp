#include "src/session/chunks.h"

#include <algorithm>

namespace kcpp::inference {
namespace {

/// Up to here the largest activation of MobileNetV2 and ResNet-50 came back from the caches of the
/// machine of docs/performance.md (2 MB of L2 a core).
constexpr int64_t cached_bytes = int64_t{20} << 20;

int64_t bytes_of(const Value& v) { return v.shape.size() * static_cast<int64_t>(size_of(v.dtype)); }

/// Whether row i of each of the node's results comes from row i of its inputs and from constants
/// alone. Says no where it does not know.
class RowWise {
 public:
  RowWise(const Graph& graph, int64_t batch) : graph_(graph), batch_(batch) {}

  bool holds() const {
    const auto has_rows = [this](const Value& v) { return v.is_constant() || is_batch(v); };
    return graph_.states.empty() &&
           std::all_of(graph_.values.begin(), graph_.values.end(), has_rows) &&
           std::none_of(graph_.outputs.begin(), graph_.outputs.end(),
                        [this](int v) { return graph_.is_constant(v); }) &&
           std::all_of(graph_.nodes.begin(), graph_.nodes.end(),
                       [this](const Node& n) { return holds(n); });
  }

 private:
  bool is_batch(const Value& v) const {
    if (v.shape.rank() == 0 || v.shape[0] != batch_) return false;
    // A view is the same rows in another shape.
    return v.root < 0 || v.shape.size() == graph_.value(v.root).shape.size();
  }
  bool holds(const Node& n) const {
    switch (n.kind) {
      case NodeKind::unary:
      case NodeKind::cast:
      case NodeKind::pool:
        return true;
      case NodeKind::conv:
      case NodeKind::dense:
        return graph_.is_constant(n.input(1)) && constant_or_absent(n.input(2)) &&
               graph_.value(n.inputs[0]).shape.rank() > 1;
      case NodeKind::batch_norm:
      case NodeKind::affine:
        return constants_behind_first(n) && graph_.value(n.inputs[0]).shape.rank() > 1;
      case NodeKind::binary:
        return std::all_of(n.inputs.begin(), n.inputs.end(),
                           [&](int v) { return spreads_over_rows(v, n); });
      case NodeKind::reduce:
      case NodeKind::softmax:
      case NodeKind::concat:
        return !names_rows(n) && (!n.is(NodeKind::concat) || no_constants(n));
      case NodeKind::transpose:
        return n.axes[0] == 0;
      case NodeKind::pad:
        return n.starts[0] == 0 && n.strides[0] == 0;
      default:
        return false;
    }
  }
  bool constant_or_absent(int v) const { return v < 0 || graph_.is_constant(v); }
  bool constants_behind_first(const Node& n) const {
    return std::all_of(n.inputs.begin() + 1, n.inputs.end(),
                       [this](int v) { return constant_or_absent(v); });
  }
  bool no_constants(const Node& n) const {
    return std::none_of(n.inputs.begin(), n.inputs.end(),
                        [this](int v) { return graph_.is_constant(v); });
  }
  /// An operand that is the same for all rows, or has its own first axis for them.
  bool spreads_over_rows(int v, const Node& n) const {
    const int rank = graph_.value(n.outputs[0]).shape.rank();
    const Shape& shape = graph_.value(v).shape;
    return graph_.is_constant(v) ? shape.rank() < rank || shape[0] == 1 : shape.rank() == rank;
  }
  bool names_rows(const Node& n) const {
    const int rank = graph_.value(n.inputs[0]).shape.rank();
    return n.axes.empty() || std::any_of(n.axes.begin(), n.axes.end(),
                                         [rank](int axis) { return axis == 0 || axis == -rank; });
  }

  const Graph& graph_;
  int64_t batch_;
};

}  // namespace

int64_t samples_at_once(const Graph& graph, int64_t batch, int threads) {
  int64_t largest = 0, activations = 0, weights = 0;
  for (const Value& v : graph.values) {
    const int64_t bytes = bytes_of(v);
    if (v.is_constant()) {
      weights += bytes;
    } else {
      largest = std::max(largest, bytes / batch);
      activations += bytes / batch;
    }
  }
  if (largest * batch <= cached_bytes || !RowWise(graph, batch).holds()) return batch;
  for (int64_t n = std::min(batch / 2, cached_bytes / largest); n >= threads; --n) {
    if (batch % n) continue;
    // Each piece reads all weights again.
    return n * activations >= weights ? n : batch;
  }
  return batch;
}

}  // namespace kcpp::inference
