// One pass of an optimizer over all variables of a model.
#include <cmath>
#include <vector>

#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/parallel.h"

namespace kcpp {

using namespace onednn;

void OneDnnBackend::optimizer_step(const OptimizerStep& step, std::span<Tensor* const> variables,
                                   std::span<const Tensor> gradients,
                                   const std::vector<std::vector<Tensor*>>& slots) {
  using Kind = OptimizerStep::Kind;
  bool all_float = slots.size() <= 3;
  for (size_t i = 0; i < variables.size(); ++i) {
    all_float = all_float && variables[i]->dtype() == DType::float32 &&
                gradients[i].dtype() == DType::float32;
  }
  if (!all_float) return ReferenceBackend::optimizer_step(step, variables, gradients, slots);

  OptimizerFactors f;
  f.rate = static_cast<float>(step.learning_rate);
  f.beta_1 = static_cast<float>(step.beta_1);
  f.beta_2 = static_cast<float>(step.beta_2);
  f.keep_1 = static_cast<float>(1.0 - step.beta_1);
  f.keep_2 = static_cast<float>(1.0 - step.beta_2);
  f.epsilon = static_cast<float>(step.epsilon);
  f.decay = static_cast<float>(step.weight_decay * step.learning_rate);
  if (step.kind == Kind::adam || step.kind == Kind::amsgrad) {
    const double t = static_cast<double>(step.iteration);
    // In float, as Keras: 1 - beta_2 then differs in the fifth digit.
    const auto bias = [&](double beta) {
      return 1.0F - std::pow(static_cast<float>(beta), static_cast<float>(t));
    };
    f.rate =
        static_cast<float>(step.learning_rate) * std::sqrt(bias(step.beta_2)) / bias(step.beta_1);
  }
  const bool has_momentum = step.kind == Kind::rmsprop && step.beta_1 > 0;
  static thread_local std::vector<OptimizerSlice> slices_of_thread;
  std::vector<OptimizerSlice>& slices = slices_of_thread;
  slices.clear();
  int64_t total = 0;
  for (size_t i = 0; i < variables.size(); ++i) {
    OptimizerSlice s{floats_out(*variables[i]), floats(gradients[i]), {}, variables[i]->size()};
    for (size_t k = 0; k < slots.size(); ++k) {
      if (i < slots[k].size() && slots[k][i]) s.slot[k] = floats_out(*slots[k][i]);
    }
    // The kernel's places are fixed: velocity, momentum, average gradient.
    if (step.kind == Kind::rmsprop && step.centered && !has_momentum) {
      std::swap(s.slot[1], s.slot[2]);
    }
    if (i < step.squares.size() && step.squares[i].defined()) s.square = floats(step.squares[i]);
    slices.push_back(s);
    total += s.count;
  }
  // The variables laid end to end, cut for the threads.
  parallel_for(total, 16 * 1024, [&](int64_t begin, int64_t end) {
    int64_t base = 0;
    for (const OptimizerSlice& s : slices) {
      const int64_t first = std::max(begin - base, int64_t{0});
      const int64_t last = std::min(end - base, s.count);
      base += s.count;
      if (first >= last) continue;
      OptimizerSlice part = s;
      part.count = last - first;
      part.variable += first;
      part.gradient += first;
      if (part.square) part.square += first;
      for (float*& slot : part.slot) {
        if (slot) slot += first;
      }
      kernels().optimizer(step.kind, part, f, has_momentum, step.centered);
    }
  });
}

}  // namespace kcpp
