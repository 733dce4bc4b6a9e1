/// The graph between symbolic tensors, and the plan that runs it (keras.src.ops.function).
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "kcpp/core/symbolic.h"
#include "kcpp/layers/layer.h"

namespace kcpp {

/// A graph's calls of each operation, in the order in which they were made.
using CallsOfOperations =
    std::unordered_map<const symbolic::Operation*, std::vector<std::shared_ptr<symbolic::Call>>>;

/// Nodes from inputs to outputs, in Keras's order. Throws ValueError when the graph is disconnected
/// or names repeat.
class Graph {
 public:
  Graph() = default;
  Graph(const Tensors& inputs, const Tensors& outputs);

  const Tensors& inputs() const { return inputs_; }
  const Tensors& outputs() const { return outputs_; }
  /// Calls sorted so that each comes after those it needs; InputLayers are among them.
  const std::vector<std::shared_ptr<symbolic::Call>>& calls() const { return calls_; }
  /// Each operation once, ordered by depth, then by first visit: Keras's `_operations`.
  const std::vector<std::shared_ptr<symbolic::Operation>>& operations() const {
    return operations_;
  }
  CallsOfOperations calls_of_operations() const;

  /// Runs it on tensors in the order of inputs(), eager or symbolic. As in Keras, `training`, once
  /// it is given, stands above what the calls of layers were made with.
  Tensors run(const Tensors& inputs, std::optional<bool> training) const;

 private:
  /// One call, with its tensors as places in a table of values.
  struct Step {
    const symbolic::Call* call;
    LayerImpl* layer = nullptr;  ///< null: an op
    std::vector<int> inputs;     ///< positional inputs
    std::vector<int> masks;      ///< explicit masks; -1 where there is none
    std::vector<int> initial_state;
    std::vector<std::pair<std::string, int>> tensors;  ///< other tensors by argument name
    CallOptions options;                               ///< what does not change from run to run
    bool has_options = false;
    int first_output = 0;
    std::vector<int> dead;  ///< values that nobody needs after this step
  };

  void sort();
  void plan();
  Step make_step(const symbolic::Call& call, const std::vector<int>& places) const;

  Tensors inputs_, outputs_;
  std::vector<std::shared_ptr<symbolic::Call>> calls_;
  std::vector<std::shared_ptr<symbolic::Operation>> operations_;
  std::vector<Step> steps_;
  std::vector<int> input_places_, output_places_;
  std::vector<std::pair<int, Tensor>>
      constants_;  ///< eager tensors among the inputs of calls: `h * 0.5`
  int value_count_ = 0;
};

/// The node that an InputLayer made: it has no inputs.
inline bool is_input_call(const symbolic::Call& call) { return call.inputs.empty(); }

}  // namespace kcpp
