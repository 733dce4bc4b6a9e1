/// What ops, layers and variables ask while a session is being traced on this thread.
///
/// A session runs its model once on tensors without data ("traced" tensors) and a backend that
/// records. Whoever would look at the data of a traced tensor cannot be traced: then the nearest
/// layer is taken as a whole, and runs as it is.
#pragma once

#include <exception>
#include <functional>

#include "kcpp/core/tensor.h"

namespace kcpp {

class Backend;
class LayerImpl;
class Variable;
struct CallContext;

namespace inference {

/// Thrown where tracing cannot go on.
class Untraceable : public std::exception {
 public:
  const char* what() const noexcept override { return "this cannot be traced"; }
};

class TraceHook {
 public:
  virtual ~TraceHook() = default;
  virtual Backend& backend() = 0;
  /// Its data will only be known when the session runs.
  virtual bool is_traced(const Tensor& t) const = 0;
  /// Before the data of t are read on the host. Throws Untraceable.
  void on_read(const Tensor& t) const {
    if (is_traced(t)) throw Untraceable();
  }
  virtual Tensor clone(const Tensor& t) = 0;
  virtual void assign(const Variable& variable, const Tensor& value) = 0;
  /// One call is one time step, and recurrent layers go on from the last one.
  virtual bool streaming() const = 0;
  /// The states that a recurrent layer starts from: `initial`, or what the session keeps for it.
  virtual Tensors first_states(const LayerImpl& layer, const Tensors& initial) = 0;
  virtual void last_states(const LayerImpl& layer, const Tensors& states) = 0;
  virtual Tensors call_layer(LayerImpl& layer, const Tensors& inputs, CallContext& context) = 0;
  virtual Tensors call_op(const std::function<Tensors(const Tensors&)>& run,
                          const Tensors& inputs) = 0;
};

/// The tracing that goes on on this thread, if any.
inline constinit thread_local TraceHook* active_trace = nullptr;

}  // namespace inference
}  // namespace kcpp
