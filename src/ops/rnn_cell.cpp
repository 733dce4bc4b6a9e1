#include "src/ops/rnn_cell.h"

#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/shape.h"

namespace kcpp::ops::detail {

Tensor project_input(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                     const RnnLayerOptions& options, bool time) {
  const int gates = gates_of(options.kind);
  const Tensors& masks = options.dropout_masks;
  Tensor input_bias = bias;
  if (bias.defined() && options.kind == RnnKind::gru_reset_after) input_bias = get_item(bias, {0});
  const auto dropped = [&](size_t i) { return x * (time ? expand_dims(masks[i], 1) : masks[i]); };
  if (masks.empty()) return dense(x, kernel, input_bias);
  if (masks.size() == 1) return dense(dropped(0), kernel, input_bias);
  check(static_cast<int>(masks.size()) == gates,
        "[rnn] Expected one dropout mask, or one a gate. Received: ", masks.size());
  const Tensors kernels = split(kernel, gates, 1);
  const Tensors biases =
      input_bias.defined() ? split(input_bias, gates, 0) : Tensors(static_cast<size_t>(gates));
  Tensors parts;
  for (size_t g = 0; g < masks.size(); ++g)
    parts.push_back(dense(dropped(g), kernels[g], biases[g]));
  return concatenate(parts, -1);
}

RecurrentHalf::RecurrentHalf(const Tensor& recurrent_kernel, const Tensor& bias,
                             const RnnLayerOptions& options)
    : options_(options), gates_(gates_of(options.kind)), kernel_(recurrent_kernel) {
  const bool gate_by_gate = options.recurrent_dropout_masks.size() > 1;
  if (gate_by_gate) {
    check(static_cast<int>(options.recurrent_dropout_masks.size()) == gates_,
          "[rnn] Expected one recurrent dropout mask, or one a gate. Received: ",
          options.recurrent_dropout_masks.size());
  }
  if (gate_by_gate || options.kind == RnnKind::gru) gate_kernels_ = split(kernel_, gates_, 1);
  if (options.kind == RnnKind::gru)
    leading_kernel_ = concatenate({gate_kernels_[0], gate_kernels_[1]}, 1);
  if (options.kind == RnnKind::gru_reset_after && bias.defined())
    recurrent_bias_ = get_item(bias, {1});
}

Tensor RecurrentHalf::act(const Tensor& x) const {
  const Activation* fused = options_.activation.fused();
  return fused ? activation(x, *fused) : options_.activation(x);
}
Tensor RecurrentHalf::recurrent_act(const Tensor& x) const {
  const Activation* fused = options_.recurrent_activation.fused();
  return fused ? activation(x, *fused) : options_.recurrent_activation(x);
}

Tensor RecurrentHalf::masked(const Tensor& h, int gate) const {
  const Tensors& masks = options_.recurrent_dropout_masks;
  return masks.empty() ? h : h * masks[masks.size() > 1 ? static_cast<size_t>(gate) : 0];
}

/// h times the kernels of the gates [first, last).
Tensor RecurrentHalf::product(const Tensor& h, int first, int last) const {
  if (options_.recurrent_dropout_masks.size() > 1) {
    Tensors parts;
    for (int g = first; g < last; ++g)
      parts.push_back(matmul(masked(h, g), gate_kernels_[static_cast<size_t>(g)]));
    return parts.size() == 1 ? parts[0] : concatenate(parts, -1);
  }
  return matmul(masked(h, first), last - first == gates_ ? kernel_ : leading_kernel_);
}

std::pair<Tensor, Tensors> RecurrentHalf::gru(const Tensor& projected, const Tensor& h) const {
  const Tensors x = split(projected, 3, -1);
  Tensor z, r, candidate;
  if (options_.kind == RnnKind::gru_reset_after) {
    Tensor inner = product(h, 0, 3);
    if (recurrent_bias_.defined()) inner = inner + recurrent_bias_;
    const Tensors parts = split(inner, 3, -1);
    z = recurrent_act(x[0] + parts[0]);
    r = recurrent_act(x[1] + parts[1]);
    candidate = act(x[2] + r * parts[2]);
  } else {
    const Tensors parts = split(product(h, 0, 2), 2, -1);
    z = recurrent_act(x[0] + parts[0]);
    r = recurrent_act(x[1] + parts[1]);
    candidate = act(x[2] + matmul(r * masked(h, 2), gate_kernels_[2]));
  }
  Tensor next = z * h + (1.0 - z) * candidate;
  return {next, {next}};
}

std::pair<Tensor, Tensors> RecurrentHalf::operator()(const Tensor& projected,
                                                     const Tensors& states) const {
  const Tensor& h = states.at(0);
  switch (options_.kind) {
    case RnnKind::simple: {
      Tensor next = act(projected + product(h, 0, 1));
      return {next, {next}};
    }
    case RnnKind::lstm: {
      const Tensors z = split(projected + product(h, 0, 4), 4, -1);
      const Tensor i = recurrent_act(z[0]), f = recurrent_act(z[1]), o = recurrent_act(z[3]);
      Tensor c = f * states.at(1) + i * act(z[2]);
      Tensor next = o * act(c);
      return {next, {next, c}};
    }
    case RnnKind::gru:
    case RnnKind::gru_reset_after:
      return gru(projected, h);
  }
  KCPP_ASSERT(false);
  return {};
}

std::pair<Tensor, Tensors> rnn_cell(const Tensor& x, const Tensors& states, const Tensor& kernel,
                                    const Tensor& recurrent_kernel, const Tensor& bias,
                                    const RnnLayerOptions& options) {
  check_defined(x, "rnn_cell");
  return RecurrentHalf(recurrent_kernel, bias, options)(
      project_input(x, kernel, bias, options, false), states);
}

}  // namespace kcpp::ops::detail
