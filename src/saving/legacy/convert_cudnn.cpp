/// CuDNNLSTM and CuDNNGRU: kernels transposed gate by gate, and two biases.
#include "kcpp/ops/shape.h"
#include "src/saving/legacy/convert.h"

namespace kcpp::saving {
namespace {

/// `f` of each gate's part of the columns.
StoredWeight each_gate(const StoredWeight& kernel, int gates,
                       const std::function<Tensor(const Tensor&)>& f) {
  return kernel.mapped([gates, f](const Tensor& x) {
    Tensors parts = ops::split(x, gates, 1);
    for (Tensor& part : parts) part = f(part);
    return ops::concatenate(parts, 1);
  });
}

StoredWeights kernels_from_cudnn(StoredWeights stored, int gates) {
  // cuDNN has a gate's kernel [in, units] as [units, in].
  stored[0] = each_gate(stored[0], gates, [](const Tensor& x) {
    return ops::transpose(ops::reshape(x, {x.dim(1), x.dim(0)}));
  });
  stored[1] = each_gate(stored[1], gates, [](const Tensor& x) { return ops::transpose(x); });
  return stored;
}

}  // namespace

StoredWeights convert_cudnn(const LayerImpl& layer, StoredWeights stored, const Conversion& c) {
  const std::string class_name = layer.class_info().name;
  const bool lstm = class_name == "LSTM", gru = class_name == "GRU";
  if ((!lstm && !gru) || stored.size() != 3) return stored;
  const Shape& recurrent = stored[1].shape();
  const Shape bias = stored[2].shape();
  const int gates = lstm ? 4 : 3;
  if (recurrent.rank() != 2 || recurrent[1] != gates * recurrent[0] ||
      stored[0].shape().rank() != 2 || stored[0].shape()[1] != recurrent[1])
    return stored;  // the comparison of shapes says what is wrong
  const int64_t columns = recurrent[1];
  const bool cudnn = bias == Shape{2 * columns};
  check(cudnn || bias == Shape{columns} || (gru && bias == Shape{2, columns}), "Layer '",
        layer.name(), "': Invalid bias shape: ", bias);
  if (lstm && cudnn) {
    stored = kernels_from_cudnn(std::move(stored), gates);
    // The two biases are always added. Each has the gradient of their sum.
    stored[2] = stored[2].changed({columns}, [slots = c.slots](const Tensor& x) {
      const Tensors halves = ops::split(x, 2, 0);
      return slots ? halves[0] : halves[0] + halves[1];
    });
  }
  if (gru) {
    const Variables weights = layer.weights();
    const bool reset_after = weights.size() == 3 && weights[2].shape().rank() == 2;
    const auto name = [](bool from_cudnn, bool after) {
      return from_cudnn ? "CuDNNGRU" : after ? "GRU(reset_after=True)" : "GRU(reset_after=False)";
    };
    check(reset_after == (cudnn || bias.rank() == 2), "Layer '", layer.name(),
          "': ", name(cudnn, bias.rank() == 2), " is not compatible with ",
          name(false, reset_after),
          ". Build the layer with reset_after=", reset_after ? "False" : "True", ".");
    if (cudnn) {
      stored = kernels_from_cudnn(std::move(stored), gates);
      stored[2] = stored[2].reshaped({2, columns});
    }
  }
  if (cudnn)
    c.note(text("Layer '", layer.name(), "': the weights of CuDNN", class_name, " became those of ",
                class_name, "."));
  return stored;
}

}  // namespace kcpp::saving
