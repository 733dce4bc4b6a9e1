#include "src/models/graph.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "src/core/trace_hook.h"
#include "src/models/references.h"

namespace kcpp {

using symbolic::Call;
using symbolic::Operation;

namespace {

/// Depth-first from the outputs; `order` ends up with every call after those it needs.
class Visitor {
 public:
  explicit Visitor(const Tensors& inputs) {
    for (const Tensor& t : inputs) input_tensors_.insert(t.impl());
  }

  void visit(const Tensor& tensor) {
    const std::shared_ptr<Call>& call = tensor.impl()->call;
    if (!call || finished_.count(call.get())) return;
    // A declared input that some other operation made: the graph ends here.
    if (!is_input_call(*call) && input_tensors_.count(tensor.impl())) {
      return;
    }
    // An explicit stack: a deep graph (from a file, say) must not overflow the machine's.
    struct Frame {
      std::shared_ptr<Call> call;
      Tensors inputs;
      size_t next = 0;
    };
    std::vector<Frame> stack;
    const auto enter = [&](const std::shared_ptr<Call>& c) {
      check(in_progress_.insert(c.get()).second, "Operation '", c->operation->operation_name(),
            "' is part of a cycle.");
      first_visit_.emplace(c->operation.get(), static_cast<int>(first_visit_.size()));
      stack.push_back({c, flattened_inputs(*c)});
    };
    enter(call);
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (frame.next < frame.inputs.size()) {
        const Tensor input = frame.inputs[frame.next++];
        const std::shared_ptr<Call>& producer = input.impl()->call;
        if (!producer || finished_.count(producer.get())) continue;
        if (!is_input_call(*producer) && input_tensors_.count(input.impl())) continue;
        enter(producer);
      } else {
        finished_.insert(frame.call.get());
        in_progress_.erase(frame.call.get());
        order.push_back(frame.call);
        stack.pop_back();
      }
    }
  }

  std::vector<std::shared_ptr<Call>> order;
  const std::unordered_map<const Operation*, int>& first_visit() const { return first_visit_; }

 private:
  std::set<const detail::TensorImpl*> input_tensors_;
  std::set<const Call*> finished_, in_progress_;
  std::unordered_map<const Operation*, int> first_visit_;
};

}  // namespace

Graph::Graph(const Tensors& inputs, const Tensors& outputs) : inputs_(inputs), outputs_(outputs) {
  const auto require_symbolic = [](const Tensors& tensors, const char* what) {
    check(!tensors.empty(), "A Functional model needs at least one of `", what, "`.");
    for (const Tensor& t : tensors) {
      check(t.is_symbolic(), "All `", what,
            "` values must be KerasTensors. Received: ", t.defined() ? t.to_string() : "None");
    }
  };
  require_symbolic(inputs_, "inputs");
  require_symbolic(outputs_, "outputs");
  sort();
  plan();
}

CallsOfOperations Graph::calls_of_operations() const {
  CallsOfOperations out;
  for (const auto& call : calls_) out[call->operation.get()].push_back(call);
  for (auto& [operation, calls] : out) {
    const auto* layer = dynamic_cast<const LayerImpl*>(operation);
    if (!layer || calls.size() < 2) continue;
    std::unordered_map<const Call*, size_t> order;
    for (const auto& weak : layer->inbound_calls())
      if (const auto call = weak.lock()) order.emplace(call.get(), order.size());
    // A layer does not know the calls that clone_graph made: they come last.
    const auto place = [&](const std::shared_ptr<Call>& call) {
      const auto it = order.find(call.get());
      return it == order.end() ? order.size() : it->second;
    };
    std::stable_sort(calls.begin(), calls.end(),
                     [&](const auto& a, const auto& b) { return place(a) < place(b); });
  }
  return out;
}

/// keras.src.ops.function.map_graph: by decreasing distance from the outputs.
void Graph::sort() {
  Visitor visitor(inputs_);
  for (const Tensor& t : outputs_) visitor.visit(t);
  auto first_visit = visitor.first_visit();

  const std::set<const Call*> in_graph = [&] {
    std::set<const Call*> out;
    for (const auto& call : visitor.order) out.insert(call.get());
    return out;
  }();
  std::unordered_map<const Call*, int> call_depth;
  std::unordered_map<const Operation*, int> operation_depth;
  std::vector<std::shared_ptr<Call>>
      by_visit;  // the order in which depths were first set, as Python's dict keeps it
  std::vector<std::shared_ptr<Operation>> operations_by_visit;
  const auto touch = [&](const std::shared_ptr<Call>& call) -> int& {
    const auto [it, fresh] = call_depth.emplace(call.get(), 0);
    if (fresh) by_visit.push_back(call);
    return it->second;
  };
  for (auto it = visitor.order.rbegin(); it != visitor.order.rend(); ++it) {
    const auto& call = *it;
    int& depth = touch(call);
    const auto [op, fresh] = operation_depth.emplace(call->operation.get(), 0);
    if (fresh) operations_by_visit.push_back(call->operation);
    depth = op->second = std::max(depth, op->second);
    const int below = depth + 1;
    for (const Tensor& input : flattened_inputs(*call)) {
      const auto& producer = input.impl()->call;
      if (!producer || !in_graph.count(producer.get())) continue;
      int& d = touch(producer);
      d = std::max(d, below);
    }
  }
  // Inputs that lead to no output still belong to the model.
  for (const Tensor& input : inputs_) {
    const auto& call = input.impl()->call;
    if (!call || !is_input_call(*call) || operation_depth.count(call->operation.get())) continue;
    operation_depth.emplace(call->operation.get(), 0);
    operations_by_visit.push_back(call->operation);
    first_visit[call->operation.get()] = -1;
    touch(call) = 0;
  }

  std::stable_sort(by_visit.begin(), by_visit.end(), [&](const auto& a, const auto& b) {
    return call_depth[a.get()] > call_depth[b.get()];
  });
  calls_ = by_visit;
  std::stable_sort(operations_by_visit.begin(), operations_by_visit.end(),
                   [&](const auto& a, const auto& b) {
                     const int da = operation_depth[a.get()], db = operation_depth[b.get()];
                     return da != db ? da > db : first_visit[a.get()] < first_visit[b.get()];
                   });
  operations_ = operations_by_visit;

  std::map<std::string, int> uses;
  for (const auto& op : operations_) ++uses[op->operation_name()];
  for (const auto& [name, count] : uses) {
    check(count == 1, "The name \"", name, "\" is used ", count,
          " times in the model. All operation names should be unique.");
  }
}

void Graph::plan() {
  std::unordered_map<const detail::TensorImpl*, int> place_of;  // of the declared inputs
  std::unordered_map<const Call*, int> first_output;            // of each call
  const auto place = [&](const Tensor& t) -> int {
    if (!t.is_symbolic()) {
      constants_.emplace_back(value_count_, t);
      return value_count_++;
    }
    if (const auto it = place_of.find(t.impl()); it != place_of.end()) return it->second;
    if (const auto& call = t.impl()->call) {
      if (const auto it = first_output.find(call.get()); it != first_output.end()) {
        return it->second + static_cast<int>(t.impl()->call_output);
      }
    }
    return -1;
  };
  for (const Tensor& input : inputs_) {
    place_of[input.impl()] = value_count_;
    // The same node's tensor may be held by another handle.
    if (const auto& call = input.impl()->call; call && call->outputs.size() == 1)
      first_output[call.get()] = value_count_;
    input_places_.push_back(value_count_++);
  }
  std::string seen;
  for (const auto& call : calls_) {
    if (is_input_call(*call) && first_output.count(call.get())) continue;
    std::vector<int> places;
    for (const Tensor& input : call->inputs) {
      places.push_back(place(input));
      check(places.back() >= 0, "Graph disconnected: cannot find parent for tensor ",
            input.to_string(), " at operation '", call->operation->operation_name(),
            "'. The following previous operations were accessed without issue: [", seen, "]");
    }
    check(!is_input_call(*call), "Graph disconnected: the InputLayer '",
          call->operation->operation_name(),
          "' is needed for the outputs but is not among the `inputs`.");
    Step step = make_step(*call, places);
    step.first_output = value_count_;
    value_count_ += static_cast<int>(call->outputs.size());
    first_output[call.get()] = step.first_output;
    steps_.push_back(std::move(step));
    if (seen.size() < 2000)
      seen += (seen.empty() ? "'" : ", '") + call->operation->operation_name() + "'";
  }
  for (size_t i = 0; i < outputs_.size(); ++i) {
    output_places_.push_back(place(outputs_[i]));
    check(output_places_.back() >= 0, "Output with path `", i, "` is not connected to `inputs`");
  }

  // Each value is let go after the last step that reads it, so that the pool can serve the next one
  // from its memory.
  std::vector<int> last_step(static_cast<size_t>(value_count_), -1);
  for (size_t s = 0; s < steps_.size(); ++s) {
    const auto read = [&](int v) {
      if (v >= 0) last_step[static_cast<size_t>(v)] = static_cast<int>(s);
    };
    for (int v : steps_[s].inputs) read(v);
    for (int v : steps_[s].masks) read(v);
    for (int v : steps_[s].initial_state) read(v);
    for (const auto& [name, v] : steps_[s].tensors) read(v);
  }
  for (int v : output_places_) last_step[static_cast<size_t>(v)] = -1;
  for (int v = 0; v < value_count_; ++v) {
    if (const int s = last_step[static_cast<size_t>(v)]; s >= 0)
      steps_[static_cast<size_t>(s)].dead.push_back(v);
  }
}

Graph::Step Graph::make_step(const Call& call, const std::vector<int>& places) const {
  Step step;
  step.call = &call;
  step.layer = dynamic_cast<LayerImpl*>(call.operation.get());
  if (!step.layer) {
    step.inputs = places;
    return step;
  }
  const auto index_of = [&](const Config& c) -> int {
    const Config* i = c.find("__tensor_input__");
    return i ? places.at(static_cast<size_t>(i->as_int())) : -1;
  };
  const auto indices_of = [&](const Config& c) {
    std::vector<int> out;
    if (c.is_list()) {
      for (const Config& item : c.as_list()) out.push_back(index_of(item));
    } else if (c.is_dict() && !c.find("__tensor_input__")) {
      // A nested model that takes a dict: its inputs are the first of the call, in their order.
      std::vector<size_t> references;
      references_in(c, references);
      out.assign(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(references.size()));
    } else {
      out.push_back(index_of(c));
    }
    return out;
  };
  const Config* args = call.arguments.find("args");
  if (args && args->size()) {
    // A recurrent layer of Keras takes [x, state...] as its one argument too; its call sorts that
    // out.
    const Config& first = args->as_list()[0];
    if (Config structure = input_structure(first);
        structure.is_dict() && !step.layer->call_structure().is_dict()) {
      std::vector<size_t> references;
      references_in(first, references);
      for (size_t i : references) step.inputs.push_back(places.at(i));
      step.options.structure = std::move(structure);
      step.has_options = true;
    } else {
      step.inputs = indices_of(first);
    }
    for (size_t i = 1; i < args->size(); ++i) {
      for (int v : indices_of(args->as_list()[i])) {
        if (v >= 0) step.inputs.push_back(v);
      }
    }
  } else {
    step.inputs = places;
  }
  if (const Config* kwargs = call.arguments.find("kwargs"); kwargs && kwargs->is_dict()) {
    for (const auto& [key, value] : kwargs->as_dict()) {
      if (value.is_null()) continue;  // an argument left at None, which Keras writes for `mask`
      step.has_options = true;
      if (key == "mask") {
        step.masks = indices_of(value);
      } else if (key == "initial_state") {
        step.initial_state = indices_of(value);
      } else if (key == "training") {
        step.options.training = value.as_bool("training");
      } else if (const int v = index_of(value); v >= 0) {
        step.tensors.emplace_back(key, v);
      } else {
        step.options.arguments.set(key, value);
      }
    }
  }
  return step;
}

Tensors Graph::run(const Tensors& inputs, std::optional<bool> training) const {
  KCPP_ASSERT(inputs.size() == input_places_.size());
  Tensors values(static_cast<size_t>(value_count_));
  const auto value = [&](int v) -> const Tensor& { return values[static_cast<size_t>(v)]; };
  for (size_t i = 0; i < inputs.size(); ++i)
    values[static_cast<size_t>(input_places_[i])] = inputs[i];
  for (const auto& [v, constant] : constants_) values[static_cast<size_t>(v)] = constant;
  Tensors arguments;
  for (const Step& step : steps_) {
    arguments.clear();
    for (int v : step.inputs) arguments.push_back(value(v));
    Tensors outputs;
    if (!step.layer) {
      outputs = inference::active_trace
                    ? inference::active_trace->call_op(step.call->run, arguments)
                    : step.call->run(arguments);
    } else if (!step.has_options) {
      outputs = (*step.layer)(arguments);
    } else {
      CallOptions options = step.options;
      if (options.training && training) options.training = training;
      for (int v : step.masks) options.masks.push_back(v >= 0 ? value(v) : Tensor());
      for (int v : step.initial_state) options.initial_state.push_back(value(v));
      for (const auto& [name, v] : step.tensors) options.tensors.emplace_back(name, value(v));
      outputs = (*step.layer)(arguments, options);
    }
    for (size_t k = 0; k < outputs.size(); ++k)
      values[static_cast<size_t>(step.first_output) + k] = std::move(outputs[k]);
    for (int v : step.dead) values[static_cast<size_t>(v)] = Tensor();
  }
  Tensors out;
  out.reserve(output_places_.size());
  for (int v : output_places_) out.push_back(value(v));
  return out;
}

}  // namespace kcpp
