// Entries of keras.ops.nn: activations and softmax.
#include "kcpp/ops/ctc.h"
#include "kcpp/ops/nn.h"
#include "src/ops/op_makers.h"

namespace kcpp::ops {

using namespace detail;

namespace {

template <Tensor (*f)(const Tensor&, double)>
OpRun parametric(const OpArguments& a, const char* name, double missing) {
  return [x = a.tensor(0, "x"), p = a.number(name, missing)](const Tensors& in) {
    return Tensors{f(x(in), p)};
  };
}
OpRun leaky_relu_op(const OpArguments& a) {
  return parametric<leaky_relu>(a, "negative_slope", 0.2);
}
OpRun elu_op(const OpArguments& a) { return parametric<elu>(a, "alpha", 1); }
OpRun celu_op(const OpArguments& a) { return parametric<celu>(a, "alpha", 1); }
OpRun hard_shrink_op(const OpArguments& a) { return parametric<hard_shrink>(a, "threshold", 0.5); }
OpRun soft_shrink_op(const OpArguments& a) { return parametric<soft_shrink>(a, "threshold", 0.5); }
OpRun squareplus_op(const OpArguments& a) { return parametric<squareplus>(a, "b", 4); }
OpRun gelu_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), approximate = a.flag("approximate", true)](const Tensors& in) {
    return Tensors{gelu(x(in), approximate)};
  };
}
OpRun threshold_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), at = a.number("threshold"), value = a.number("default_value")](
             const Tensors& in) { return Tensors{threshold(x(in), at, value)}; };
}
template <Tensor (*f)(const Tensor&, int)>
OpRun over_axis(const OpArguments& a) {
  return [x = a.tensor(0, "x"), axis = a.small("axis", -1)](const Tensors& in) {
    return Tensors{f(x(in), axis)};
  };
}
template <Tensor (*f)(const Tensor&, Axes)>
OpRun over_axes(const OpArguments& a) {
  return [x = a.tensor(0, "x"), axis = a.axes("axis", -1)](const Tensors& in) {
    return Tensors{f(x(in), axis)};
  };
}

OpRun ctc_decode_op(const OpArguments& a) {
  const CtcDecodeOptions o{.strategy = a.text("strategy", "greedy"),
                           .beam_width = a.integer("beam_width", 100),
                           .top_paths = a.integer("top_paths", 1),
                           .merge_repeated = a.flag("merge_repeated", true),
                           .mask_index = a.integer("mask_index")};
  return [x = a.tensor(0, "inputs"), lengths = a.tensor(1, "sequence_lengths"),
          o](const Tensors& in) { return both(ctc_decode(x(in), lengths(in), o)); };
}

constexpr OpEntry kEntries[] = {
    {"Relu", "nn", unary<relu>},
    {"Relu6", "nn", unary<relu6>},
    {"LeakyRelu", "nn", leaky_relu_op},
    {"Elu", "nn", elu_op},
    {"Selu", "nn", unary<selu>},
    {"Celu", "nn", celu_op},
    {"Gelu", "nn", gelu_op},
    {"Silu", "nn", unary<silu>},
    {"Sigmoid", "nn", unary<sigmoid>},
    {"LogSigmoid", "nn", unary<log_sigmoid>},
    {"HardSigmoid", "nn", unary<hard_sigmoid>},
    {"HardSilu", "nn", unary<hard_silu>},
    {"HardTanh", "nn", unary<hard_tanh>},
    {"HardShrink", "nn", hard_shrink_op},
    {"SoftShrink", "nn", soft_shrink_op},
    {"TanhShrink", "nn", unary<tanh_shrink>},
    {"Softplus", "nn", unary<softplus>},
    {"Softsign", "nn", unary<softsign>},
    {"Squareplus", "nn", squareplus_op},
    {"SparsePlus", "nn", unary<sparse_plus>},
    {"SparseSigmoid", "nn", unary<sparse_sigmoid>},
    {"Threshold", "nn", threshold_op},
    {"Glu", "nn", over_axis<glu>},
    {"Softmax", "nn", over_axes<softmax>},
    {"LogSoftmax", "nn", over_axes<log_softmax>},
    {"Sparsemax", "nn", over_axis<sparsemax>},
    {"CTCDecode", "nn", ctc_decode_op},
};

}  // namespace

std::span<const OpEntry> op_table_nn() { return kEntries; }

}  // namespace kcpp::ops
