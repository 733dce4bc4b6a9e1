// The loop over time with any step function (keras.src.backend.tensorflow.rnn.rnn).
#include "kcpp/ops/rnn.h"

#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/ops/rnn_cell.h"

namespace kcpp::ops {

namespace detail {

Tensors time_slices(const Tensor& x) {
  std::vector<int> order;
  for (int i = 0; i < x.rank(); ++i) order.push_back(i < 2 ? 1 - i : i);
  const Tensor time_major = backend().transpose(x.detach(), order);
  Tensors slices;
  {
    autodiff::PauseRecording pause;
    for (int64_t t = 0; t < x.shape()[1]; ++t) slices.push_back(time_major[t]);
  }
  if (autodiff::recording(x)) {
    // One node for all steps: a node each would add up as many gradients of x's whole size.
    autodiff::record("time_slices", {&x}, slices,
                     [steps = static_cast<int>(slices.size())](Vjp& v) {
                       Tensors dy;
                       for (int t = 0; t < steps; ++t) dy.push_back(v.grad(t));
                       v.set(0, stack(dy, 1));
                     });
  }
  return slices;
}

namespace {

/// A mask (batch, ...) against a value of at least its rank, the leading axes side by side: the
/// value of this step where it holds, else the other. Images of a series may be masked pixel by
/// pixel.
Tensor keep_where(const Tensor& mask, const Tensor& value, const Tensor& otherwise) {
  Shape shape = mask.shape();
  while (shape.rank() < value.rank()) shape.push_back(1);
  Tensor kept = where(reshape(mask, shape), value, otherwise);
  check(kept.shape() == value.shape(),
        "[rnn] The mask of a step must fit its outputs and states. Received: mask.shape=",
        mask.shape(), ", output.shape=", value.shape());
  return kept;
}

RnnOutputs symbolic_rnn(const RnnStep& step, const Tensor& inputs, const Tensors& states,
                        const RnnOptions& options) {
  symbolic::PauseTracing pause;
  Shape at = inputs.shape();
  at.erase(1);
  const auto [output, new_states] = step(Tensor::symbolic(at, inputs.dtype()), states);
  Shape all = output.shape();
  all.insert(1, options.return_all_outputs ? inputs.shape()[1] : 1);
  return {symbolic_result(output.shape(), output.dtype()), symbolic_result(all, output.dtype()),
          new_states};
}

}  // namespace
}  // namespace detail

using namespace detail;

RnnOutputs rnn(const RnnStep& step, const Tensor& inputs, const Tensors& initial_states,
               const RnnOptions& options) {
  check_defined(inputs, "rnn");
  check(inputs.rank() >= 3,
        "[rnn] Expected inputs of rank at least 3: (batch, time, ...). Received: inputs.shape=",
        inputs.shape());
  if (inputs.is_symbolic() || any_symbolic(initial_states))
    return symbolic_rnn(step, inputs, initial_states, options);
  const int64_t steps = inputs.shape()[1];
  check(steps > 0,
        "[rnn] Expected at least one time step. Received: inputs.shape=", inputs.shape());
  const Tensors xs = time_slices(inputs);
  Tensors masks;
  if (options.mask.defined()) {
    Tensor mask = as_dtype(options.mask, DType::bool_);
    if (mask.rank() == 2) mask = expand_dims(mask, -1);
    check(
        mask.rank() >= 3 && mask.shape()[0] == inputs.shape()[0] && mask.shape()[1] == steps,
        "[rnn] Expected a mask of shape (batch, time) or (batch, time, ...). Received: mask.shape=",
        options.mask.shape(), ", inputs.shape=", inputs.shape());
    masks = time_slices(mask);
  }
  RnnOutputs result;
  result.states = initial_states;
  Tensors outputs;
  Tensor previous;
  for (int64_t i = 0; i < steps; ++i) {
    const size_t t = static_cast<size_t>(options.go_backwards ? steps - 1 - i : i);
    auto [output, states] = step(xs[t], result.states);
    check(states.size() == result.states.size(),
          "[rnn] The step function must return as many states as it gets. Expected ",
          result.states.size(), ". Received: ", states.size());
    if (!masks.empty()) {
      if (!previous.defined() || options.zero_output_for_mask)
        previous = Tensor::zeros(output.shape(), output.dtype());
      output = keep_where(masks[t], output, previous);
      for (size_t k = 0; k < states.size(); ++k)
        states[k] = keep_where(masks[t], states[k], result.states[k]);
    }
    result.states = std::move(states);
    previous = output;
    if (options.return_all_outputs) outputs.push_back(output);
  }
  result.last_output = previous;
  result.outputs = options.return_all_outputs ? stack(outputs, 1) : expand_dims(previous, 1);
  return result;
}

}  // namespace kcpp::ops
