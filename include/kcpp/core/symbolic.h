/// Symbolic tensors: what a Functional graph is made of (keras.src.ops.node, operation).
///
/// A call on symbolic tensors makes a Call: the operation, its inputs, its outputs. Each output
/// tensor owns its Call, so a graph lives as long as its last tensor. Models walk it backwards from
/// their outputs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kcpp/core/config.h"
#include "kcpp/core/tensor.h"

namespace kcpp::symbolic {

/// What a node of a graph can run: a layer, or an op.
class KCPP_API Operation {
 public:
  virtual ~Operation() = default;
  /// "Dense", "Add": Keras's class name.
  virtual std::string operation_class() const = 0;
  /// Unique in its model: "dense_1", "add".
  virtual const std::string& operation_name() const = 0;
};

/// One application of an operation to symbolic tensors (keras.src.ops.node.Node).
struct KCPP_API Call {
  std::shared_ptr<Operation> operation;
  Tensors inputs;
  /// What else was passed: for an op its attributes, for a layer its call arguments (`training`,
  /// ...). A tensor among them is {"__tensor_input__": i}, an index into `inputs`.
  Config arguments;
  std::vector<TensorSpec> outputs;
  std::vector<std::string> output_names;
  /// Runs it again, on eager or symbolic inputs in the order of `inputs`. Empty for layers, which
  /// run themselves.
  std::function<Tensors(const Tensors&)> run;
};

/// An op's node: Keras's Operation subclass of that name ("Add", "GetItem", "Relu").
class KCPP_API OpNode final : public Operation {
 public:
  OpNode(std::string class_name, std::string name)
      : class_(std::move(class_name)), name_(std::move(name)) {}
  std::string operation_class() const override { return class_; }
  const std::string& operation_name() const override { return name_; }

 private:
  std::string class_;
  std::string name_;
};

/// False while a layer's `call` or a composite op's body works out shapes: inner ops then leave no
/// Call.
KCPP_API bool tracing();
class KCPP_API PauseTracing {
 public:
  PauseTracing();
  ~PauseTracing();
  PauseTracing(const PauseTracing&) = delete;
  PauseTracing& operator=(const PauseTracing&) = delete;

 private:
  bool saved_;
};

/// New symbolic outputs of a call; fills call->outputs and output_names.
KCPP_API Tensors make_outputs(const std::shared_ptr<Call>& call,
                              const std::vector<TensorSpec>& specs);

/// "dense", then "dense_1", ...: Keras's auto_name. `class_name` in CamelCase is turned to
/// snake_case.
KCPP_API std::string auto_name(std::string_view class_name);
KCPP_API std::string snake_case(std::string_view camel_case);
/// Forgets the counters (keras.utils.clear_session).
KCPP_API void reset_names();

KCPP_API Tensors record_op(std::string_view class_name, Tensors inputs, Config arguments,
                           const Tensors& outputs, std::function<Tensors(const Tensors&)> run);

/// Runs `body(tensors...)`; on symbolic inputs of a graph being built, the whole of it becomes one
/// Call named `class_name` whose arguments `describe(Config&)` fills. The eager path costs one
/// branch.
template <class Describe, class Body, class... T>
Tensor op(std::string_view class_name, Describe&& describe, Body&& body, const T&... inputs) {
  if (((inputs.defined() && inputs.is_symbolic()) || ...) && tracing()) [[unlikely]] {
    Tensor specs;
    {
      PauseTracing pause;
      specs = body(inputs...);
    }
    Config arguments = Config::dict();
    describe(arguments);
    auto run = [body]<size_t... I>(const Tensors& in, std::index_sequence<I...>) {
      return Tensors{body(in[I]...)};
    };
    return record_op(
        class_name, {inputs...}, std::move(arguments), {specs},
        [run](const Tensors& in) { return run(in, std::index_sequence_for<T...>()); })[0];
  }
  return body(inputs...);
}

/// The same for ops over a list of tensors, with one or several outputs (concatenate, split).
template <class Describe, class Body>
Tensors op_list(std::string_view class_name, Describe&& describe, Body&& body,
                const Tensors& inputs) {
  bool any = false;
  for (const Tensor& t : inputs) any |= t.defined() && t.is_symbolic();
  if (any && tracing()) [[unlikely]] {
    Tensors specs;
    {
      PauseTracing pause;
      specs = body(inputs);
    }
    Config arguments = Config::dict();
    describe(arguments);
    return record_op(class_name, inputs, std::move(arguments), specs, body);
  }
  return body(inputs);
}

/// For ops without attributes.
inline void no_arguments(Config&) {}

}  // namespace kcpp::symbolic
