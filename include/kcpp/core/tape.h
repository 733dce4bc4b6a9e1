/// GradientTape: automatic differentiation of eager ops (tf.GradientTape).
#pragma once

#include <memory>

#include "kcpp/core/autodiff.h"
#include "kcpp/core/variable.h"

namespace kcpp {

struct GradientTapeOptions {
  bool persistent = false;               ///< gradient() may be called more than once
  bool watch_accessed_variables = true;  ///< trainable variables are watched by themselves
};

/// Records the ops of its thread from construction to destruction (or `stop`), and differentiates
/// them. Tapes nest: gradients computed under an outer tape are recorded by it.
///
///     GradientTape tape;
///     Tensor loss = ops::mean(ops::square(ops::matmul(x, w) + b - y));
///     Tensors g = tape.gradient(loss, {w, b});
class KCPP_API GradientTape {
 public:
  explicit GradientTape(GradientTapeOptions options = {});
  ~GradientTape();
  GradientTape(const GradientTape&) = delete;
  GradientTape& operator=(const GradientTape&) = delete;

  /// Makes `x` a source. Variables that are trainable need no watching.
  void watch(const Tensor& x);
  void watch(const Variable& v);

  /// d sum(targets) / d sources, one tensor a source; undefined (Keras's None) where nothing
  /// connects them. `output_gradients`: the cotangents of the targets; ones if empty. Throws
  /// RuntimeError at the second call unless persistent.
  Tensors gradient(const Tensors& targets, const Tensors& sources,
                   const Tensors& output_gradients = {});
  Tensors gradient(const Tensors& targets, const Variables& sources,
                   const Tensors& output_gradients = {});
  Tensors gradient(const Tensor& target, const Tensors& sources,
                   const Tensor& output_gradient = {});
  Tensors gradient(const Tensor& target, const Variables& sources,
                   const Tensor& output_gradient = {});
  // A braced list of either kind: `{w, b}`.
  Tensors gradient(const Tensor& target, std::initializer_list<Tensor> sources) {
    return gradient(target, Tensors(sources));
  }
  Tensors gradient(const Tensor& target, std::initializer_list<Variable> sources) {
    return gradient(target, Variables(sources));
  }
  // One source, one gradient.
  Tensor gradient(const Tensor& target, const Tensor& source, const Tensor& output_gradient = {}) {
    return gradient(target, Tensors{source}, output_gradient)[0];
  }
  Tensor gradient(const Tensor& target, const Variable& source,
                  const Tensor& output_gradient = {}) {
    return gradient(target, Variables{source}, output_gradient)[0];
  }

  /// Ends the recording; gradient() can still be asked.
  void stop();
  /// Forgets everything recorded so far.
  void reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kcpp
