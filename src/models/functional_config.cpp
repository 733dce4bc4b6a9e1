/// The config of a Functional model, out and in (keras.src.models.functional). Reads Keras 3's
/// nodes and the lists of Keras 1 and 2.
#include <algorithm>
#include <unordered_map>

#include "src/models/clone_graph.h"
#include "src/models/functional.h"
#include "src/models/node_reader.h"
#include "src/models/operations.h"
#include "src/models/references.h"
#include "src/ops/op_table.h"

namespace kcpp {

using symbolic::Call;
using symbolic::Operation;

namespace {

/// The calls of an operation that belong to a graph, in the order in which they were made.
class CallNumbers {
 public:
  explicit CallNumbers(const Graph& graph) : calls_of_(graph.calls_of_operations()) {
    for (const auto& [operation, calls] : calls_of_)
      for (size_t i = 0; i < calls.size(); ++i) number_[calls[i].get()] = static_cast<int64_t>(i);
  }
  const std::vector<std::shared_ptr<Call>>& calls_of(const Operation* operation) const {
    return calls_of_.at(operation);
  }
  int64_t operator[](const Call* call) const { return number_.at(call); }

 private:
  CallsOfOperations calls_of_;
  std::unordered_map<const Call*, int64_t> number_;
};

Config history(const Tensor& t, const CallNumbers& numbers, int64_t base = 0) {
  const Call* call = t.impl()->call.get();
  return Config::list({call->operation->operation_name(), numbers[call] + base,
                       static_cast<int64_t>(t.impl()->call_output)});
}

Config write_tensor(const Tensor& t, const Call& call, const CallNumbers& numbers) {
  if (!t.is_symbolic()) return ops::constant_config(t, ops::constant_class(call));
  return Config::dict({{"class_name", "__keras_tensor__"},
                       {"config", Config::dict({{"shape",
                                                 [&] {
                                                   Config shape = Config::list();
                                                   for (int64_t d : t.shape())
                                                     shape.push_back(d < 0 ? Config() : Config(d));
                                                   return shape;
                                                 }()},
                                                {"dtype", std::string(name_of(t.dtype()))},
                                                {"keras_history", history(t, numbers)}})}});
}

/// The arguments with each tensor reference written out.
Config write_arguments(const Config& c, const Call& call, const CallNumbers& numbers) {
  if (const Config* index = c.find("__tensor_input__")) {
    return write_tensor(call.inputs.at(static_cast<size_t>(index->as_int())), call, numbers);
  }
  if (c.is_list()) {
    Config out = Config::list();
    for (const Config& item : c.as_list()) out.push_back(write_arguments(item, call, numbers));
    return out;
  }
  if (c.is_dict()) {
    Config out = Config::dict();
    for (const auto& [key, value] : c.as_dict())
      out.set(key, write_arguments(value, call, numbers));
    return out;
  }
  return c;
}

Config write_structure(const Config& structure, const Tensors& tensors,
                       const CallNumbers& numbers) {
  if (structure.is_int()) {
    const Tensor& t = tensors.at(static_cast<size_t>(structure.as_int()));
    // A nested Functional model has a node of its own, from its inputs to its outputs, which counts
    // as 0.
    const bool nested = dynamic_cast<FunctionalImpl*>(t.impl()->call->operation.get()) != nullptr;
    return history(t, numbers, nested ? 1 : 0);
  }
  if (structure.is_list()) {
    Config out = Config::list();
    for (const Config& item : structure.as_list())
      out.push_back(write_structure(item, tensors, numbers));
    return out;
  }
  Config out = Config::dict();
  for (const auto& [key, value] : structure.as_dict())
    out.set(key, write_structure(value, tensors, numbers));
  return out;
}

}  // namespace

Config FunctionalImpl::get_config() const {
  const CallNumbers numbers(graph_);
  Config layers = Config::list();
  for (const auto& operation : graph_.operations()) {
    Config nodes = Config::list();
    for (const auto& call : numbers.calls_of(operation.get())) {
      if (is_input_call(*call)) continue;
      const Config arguments = written_arguments(*call);
      Config written = Config::dict();
      for (const char* part : {"args", "kwargs"})
        written.set(part, write_arguments(arguments.at(part), *call, numbers));
      nodes.push_back(std::move(written));
    }
    Config entry;
    if (auto* layer = dynamic_cast<LayerImpl*>(operation.get())) {
      entry = layer->serialize();
    } else {
      entry = serialize_operation(*numbers.calls_of(operation.get()).at(0));
    }
    entry.set("name", operation->operation_name());
    entry.set("inbound_nodes", std::move(nodes));
    layers.push_back(std::move(entry));
  }
  return Config::dict(
      {{"name", name()},
       {"trainable", trainable()},
       {"layers", std::move(layers)},
       {"input_layers", write_structure(input_structure_, graph_.inputs(), numbers)},
       {"output_layers", write_structure(output_structure_, graph_.outputs(), numbers)}});
}

std::vector<std::string> FunctionalImpl::set_config(const Config& config) {
  if (const Config* name = config.find("name"); name && name->is_string())
    set_name(name->as_string());
  NodeReader reader(config.at("layers"));
  Tensors inputs, outputs;
  Config input_structure = reader.read_structure(config.at("input_layers"), inputs);
  Config output_structure = reader.read_structure(config.at("output_layers"), outputs);
  clone_graph(inputs, outputs);
  adopt(Graph(inputs, outputs), std::move(input_structure), std::move(output_structure));
  if (const Config* trainable = config.find("trainable");
      trainable && trainable->is_bool() && !trainable->as_bool()) {
    set_trainable(false);
  }
  return {};
}

}  // namespace kcpp
