/// Step 1 of making a session: running the model on tensors without data, and recording what its
/// layers ask of the backend.
#pragma once

#include <map>
#include <unordered_map>
#include <vector>

#include "kcpp/models/model.h"
#include "src/core/inference_graph.h"
#include "src/core/trace_hook.h"

namespace kcpp::inference {

/// What a traced node gives.
using Specs = std::vector<TensorSpec>;

class Tracer final : public TraceHook {
 public:
  Tracer(Backend& real, bool streaming);
  ~Tracer() override;

  /// A new input of the graph.
  Tensor add_input(const TensorSpec& spec);
  /// Calls to `variable` read and write a state of the session.
  void add_state(const Variable& variable, std::string name);
  /// The graph, its outputs being these tensors. Ends the tracing.
  Graph finish(const Tensors& outputs);
  /// Layers that run as they are, whose weights are not frozen.
  bool has_layer_calls() const { return layer_calls_; }
  /// All of the model as one step.
  Tensors call_whole(const Model& model, const Tensors& inputs);
  Backend& real() const { return real_; }

  // --- for the recording backend ---------------------------------------------------------------
  bool any_traced(const Tensors& inputs) const;
  /// Appends a node and makes its outputs.
  Tensors record(Node node, const Tensors& inputs, const Specs& outputs);

  // --- TraceHook -------------------------------------------------------------------------------
  Backend& backend() override { return *recorder_; }
  bool is_traced(const Tensor& t) const override;
  Tensor clone(const Tensor& t) override;
  void assign(const Variable& variable, const Tensor& value) override;
  bool streaming() const override { return streaming_; }
  Tensors first_states(const LayerImpl& layer, const Tensors& initial) override;
  void last_states(const LayerImpl& layer, const Tensors& states) override;
  Tensors call_layer(LayerImpl& layer, const Tensors& inputs, CallContext& context) override;
  Tensors call_op(const std::function<Tensors(const Tensors&)>& run,
                  const Tensors& inputs) override;

 private:
  /// A tensor without data that stands for a value.
  Tensor make_traced(int value);
  /// The value that a tensor stands for; a constant, or a view, may be made for it.
  int value_of(const Tensor& t);
  /// A step that is a whole call of ordinary code; its outputs are found by running it on zeros.
  Tensors record_call(Node node, const Tensors& inputs,
                      const std::function<Tensors(const Tensors&)>& call);

  Backend& real_;
  std::unique_ptr<Backend> recorder_;
  Graph graph_;
  std::unordered_map<const Storage*, int> value_of_storage_;
  std::map<std::tuple<int, int64_t, std::vector<int64_t>, DType>, int> views_;
  std::unordered_map<const detail::TensorImpl*, int> constants_;
  std::unordered_map<const void*, size_t> state_of_variable_;
  std::unordered_map<const LayerImpl*, size_t> stream_states_;  ///< the first of a layer's states
  Tensors kept_;  ///< addresses of storages and tensors stay theirs while tracing
  std::string layer_;
  bool streaming_;
  bool layer_calls_ = false;
};

/// The backend that records into a tracer.
std::unique_ptr<Backend> make_trace_backend(Tracer& tracer);

/// The traced graph of a model for inputs of these shapes.
struct Traced {
  Graph graph;
  bool frozen = true;       ///< no layer runs as it is
  bool masked = false;      ///< an output carries a mask
  std::vector<int> logits;  ///< see Program::logits
};
struct TraceOptions {
  bool streaming = false;
  bool whole = false;   ///< the model's own call as one step
  bool logits = false;  ///< what losses start from, as further outputs
};
Traced trace(const Model& model, const std::vector<TensorSpec>& inputs,
             const TraceOptions& options);

/// Causal convolutions over time keep what they need of the past as states.
void stream_convolutions(Graph& graph);
/// Outputs and new states that are old states are copied before those are overwritten.
void separate_states(Graph& graph);

}  // namespace kcpp::inference
