// Whole recurrent layers: by the backend's kernel where it can, else step by step.
#include "kcpp/core/tape.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/ops/rnn_cell.h"

namespace kcpp::ops::detail {
namespace {

/// The tensors of a layer, in the order of a node's inputs: x, kernel, recurrent kernel, bias,
/// states.
struct Operands {
  Tensor x, kernel, recurrent_kernel, bias;
  Tensors states;
  Tensors list() const {
    Tensors all = {x, kernel, recurrent_kernel, bias};
    all.insert(all.end(), states.begin(), states.end());
    return all;
  }
};

RnnOutputs stepwise(const Operands& in, const RnnLayerOptions& options) {
  const RecurrentHalf half(in.recurrent_kernel, in.bias, options);
  const Tensor projected = project_input(in.x, in.kernel, in.bias, options, true);
  return rnn([&](const Tensor& x, const Tensors& states) { return half(x, states); }, projected,
             in.states, options.options);
}

void check_shapes(const Operands& in, const RnnLayerOptions& options) {
  const int gates = gates_of(options.kind);
  const int64_t units = in.recurrent_kernel.shape()[0];
  check(in.x.rank() == 3,
        "[rnn] Expected x of shape (batch, time, features). Received: x.shape=", in.x.shape());
  check(in.kernel.shape() == Shape{in.x.shape()[2], gates * units} ||
            in.x.shape()[2] == Shape::unknown,
        "[rnn] Expected kernel.shape=", Shape{in.x.shape()[2], gates * units},
        ". Received: kernel.shape=", in.kernel.shape(), ", x.shape=", in.x.shape());
  check(in.recurrent_kernel.shape() == Shape{units, gates * units},
        "[rnn] Expected recurrent_kernel.shape=", Shape{units, gates * units},
        ". Received: ", in.recurrent_kernel.shape());
  const Shape bias =
      options.kind == RnnKind::gru_reset_after ? Shape{2, 3 * units} : Shape{gates * units};
  check(!in.bias.defined() || in.bias.shape() == bias, "[rnn] Expected bias.shape=", bias,
        ". Received: ", in.bias.defined() ? in.bias.shape() : Shape());
  const size_t states = options.kind == RnnKind::lstm ? 2 : 1;
  check(in.states.size() == states, "[rnn] Expected ", states,
        " initial states. Received: ", in.states.size());
  for (const Tensor& s : in.states) {
    check(s.rank() == 2 && s.shape()[1] == units &&
              (s.shape()[0] == in.x.shape()[0] || s.is_symbolic() || in.x.is_symbolic()),
          "[rnn] Expected initial states of shape ", Shape{in.x.shape()[0], units},
          ". Received: ", s.shape());
  }
}

/// In a backward closure: the gradients by differentiating the stepwise layer, so that an outer
/// tape can go on from them.
void gradients_composite(Vjp& v, const Operands& given, const RnnLayerOptions& options,
                         bool sequences) {
  // Stand-ins with nodes of their own: the pass that is running keeps its marks on the nodes of the
  // tensors themselves.
  const auto stand_in = [](const Tensor& t) {
    if (!t.defined()) return t;
    Tensor copy = t.detach();
    if (autodiff::recording(t))
      autodiff::record("stand_in", {&t}, copy, [](Vjp& back) { back.set(0, back.grad()); });
    return copy;
  };
  Operands in{stand_in(given.x),
              stand_in(given.kernel),
              stand_in(given.recurrent_kernel),
              stand_in(given.bias),
              {}};
  for (const Tensor& s : given.states) in.states.push_back(stand_in(s));
  GradientTape tape;
  Tensors sources;
  for (const Tensor& t : in.list()) {
    if (!t.defined()) continue;
    tape.watch(t);
    sources.push_back(t);
  }
  const RnnOutputs out = stepwise(in, options);
  Tensors targets, cotangents;
  if (sequences) targets.push_back(out.outputs);
  targets.insert(targets.end(), out.states.begin(), out.states.end());
  for (size_t k = 0; k < targets.size(); ++k) cotangents.push_back(v.grad(static_cast<int>(k)));
  const Tensors gradients = tape.gradient(targets, sources, cotangents);
  int i = 0;
  size_t next = 0;
  for (const Tensor& t : in.list()) {
    if (t.defined()) v.set(i, gradients[next++]);
    ++i;
  }
}

RnnOutputs fused(const Operands& in, const RnnLayerOptions& options, RnnAttrs attrs) {
  const Tensors inputs = in.list();
  const bool recorded = autodiff::recording(inputs);
  attrs.training = recorded;
  const bool sequences = attrs.return_sequences;
  // The kernels always add a bias.
  Tensor bias = in.bias;
  if (!bias.defined()) {
    const int64_t width = in.kernel.shape()[1];
    bias = Tensor::zeros(attrs.kind == RnnKind::gru_reset_after ? Shape{2, width} : Shape{width},
                         in.x.dtype());
  }
  RnnResult result = backend().rnn(in.x, in.states, in.kernel, in.recurrent_kernel, bias, attrs);
  // Without sequences the output is the state h: one tensor, one output of the node.
  Tensors outputs;
  if (sequences) outputs.push_back(result.output);
  for (const Tensor& s : result.states) outputs.push_back(s.detach());
  if (recorded) {
    // The closure must not hold the outputs themselves: they hold the node.
    RnnResult saved{result.output.detach(), {}, std::move(result.workspace)};
    for (const Tensor& s : result.states) saved.states.push_back(s.detach());
    RnnLayerOptions again = options;
    again.dropout_masks.clear();  // already applied to x
    autodiff::record(
        "rnn", inputs, outputs,
        [in, bias, attrs, again, saved = std::move(saved), sequences](Vjp& v) {
          if (autodiff::recording()) return gradients_composite(v, in, again, sequences);
          const int first = sequences ? 1 : 0;
          Tensors d_states;
          for (size_t k = 0; k < in.states.size(); ++k) {
            // Without sequences, what flows into h is the cotangent of the output.
            const bool is_output = !sequences && k == 0;
            d_states.push_back(is_output ? Tensor::zeros(in.states[k].shape(), in.states[k].dtype())
                                         : v.grad(first + static_cast<int>(k)));
          }
          RnnGrads g = backend().rnn_grad(v.grad(0), d_states, in.x, in.states, in.kernel,
                                          in.recurrent_kernel, bias, saved, attrs);
          if (v.needs(0)) v.set(0, g.x);
          if (v.needs(1)) v.set(1, g.kernel);
          if (v.needs(2)) v.set(2, g.recurrent_kernel);
          if (v.needs(3)) v.set(3, g.bias);
          for (size_t k = 0; k < in.states.size(); ++k) {
            if (v.needs(4 + static_cast<int>(k))) v.set(4 + static_cast<int>(k), g.states[k]);
          }
        });
  }
  RnnOutputs out;
  out.states.assign(outputs.begin() + (sequences ? 1 : 0), outputs.end());
  out.last_output = out.states[0];
  out.outputs = sequences ? outputs[0] : expand_dims(out.last_output, 1);
  return out;
}

}  // namespace

RnnOutputs rnn_layer(const Tensor& x, const Tensors& initial_states, const Tensor& kernel,
                     const Tensor& recurrent_kernel, const Tensor& bias,
                     const RnnLayerOptions& options) {
  check_defined(x, "rnn");
  const DType dtype = float_of(result_of(x, kernel));
  const auto cast = [dtype](const Tensor& t) { return t.defined() ? as_dtype(t, dtype) : t; };
  Operands in{cast(x), cast(kernel), cast(recurrent_kernel), cast(bias), {}};
  for (const Tensor& s : initial_states) in.states.push_back(cast(s));
  check_shapes(in, options);
  const int64_t steps = in.x.shape()[1], units = in.recurrent_kernel.shape()[0];
  if (in.x.is_symbolic() || any_symbolic(in.states)) {
    const Shape state{in.x.shape()[0], units};
    RnnOutputs out;
    out.last_output = symbolic_result(state, dtype);
    out.outputs =
        symbolic_result({state[0], options.options.return_all_outputs ? steps : 1, units}, dtype);
    for (size_t k = 0; k < in.states.size(); ++k)
      out.states.push_back(symbolic_result(state, dtype));
    return out;
  }
  const Activation *act = options.activation.fused(),
                   *recurrent_act = options.recurrent_activation.fused();
  if (steps > 0 && in.x.shape()[0] > 0 && act && recurrent_act && !options.options.mask.defined() &&
      options.dropout_masks.size() <= 1 && options.recurrent_dropout_masks.empty()) {
    RnnAttrs attrs;
    attrs.kind = options.kind;
    attrs.activation = *act;
    attrs.recurrent_activation = *recurrent_act;
    attrs.go_backwards = options.options.go_backwards;
    attrs.return_sequences = options.options.return_all_outputs;
    if (backend().rnn_available(attrs, dtype)) {
      if (!options.dropout_masks.empty()) in.x = in.x * expand_dims(options.dropout_masks[0], 1);
      return fused(in, options, attrs);
    }
  }
  return stepwise(in, options);
}

}  // namespace kcpp::ops::detail
