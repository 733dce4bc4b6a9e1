#include "src/models/clone_graph.h"

#include <algorithm>
#include <map>

#include "kcpp/layers/input.h"
#include "src/core/make_call.h"
#include "src/models/graph.h"

namespace kcpp {
namespace {

using symbolic::Call;

bool is_made_by_input(const Tensor& t) {
  return !t.is_symbolic() || !t.impl()->call || is_input_call(*t.impl()->call);
}

/// The new tensors, by what they stand for.
class Clones {
 public:
  /// The first clone stays: an input's, where other outputs of its call belong to the graph.
  void add(const Call& call, uint32_t output, const Tensor& clone) {
    clones_.emplace(Key{&call, output}, clone);
  }
  Tensor operator[](const Tensor& t) const {
    if (!t.is_symbolic() || !t.impl()->call) return t;
    const auto it = clones_.find({t.impl()->call.get(), t.impl()->call_output});
    return it == clones_.end() ? t : it->second;
  }

 private:
  using Key = std::pair<const Call*, uint32_t>;
  std::map<Key, Tensor> clones_;
};

}  // namespace

void clone_graph(Tensors& inputs, Tensors& outputs) {
  if (std::all_of(inputs.begin(), inputs.end(), is_made_by_input)) return;
  const Graph graph(inputs, outputs);  // throws where there is no way from inputs to outputs
  Clones clones;
  for (Tensor& input : inputs) {
    if (is_made_by_input(input)) continue;
    const Tensor clone = layers::Input(
        {}, {.dtype = input.dtype(), .batch_shape = input.shape(), .name = input.name() + "CLONE"});
    clones.add(*input.impl()->call, input.impl()->call_output, clone);
    input = clone;
  }
  for (const auto& call : graph.calls()) {
    if (is_input_call(*call)) continue;
    auto copy = symbolic::make_call();
    copy->operation = call->operation;
    copy->arguments = call->arguments;
    copy->run = call->run;
    for (const Tensor& input : call->inputs) copy->inputs.push_back(clones[input]);
    copy->outputs = call->outputs;
    copy->output_names = call->output_names;
    for (uint32_t k = 0; k < copy->outputs.size(); ++k) {
      Tensor t =
          Tensor::symbolic(copy->outputs[k].shape, copy->outputs[k].dtype, copy->output_names[k]);
      t.impl()->call = copy;
      t.impl()->call_output = k;
      clones.add(*call, k, t);
    }
  }
  for (Tensor& output : outputs) output = clones[output];
}

}  // namespace kcpp
