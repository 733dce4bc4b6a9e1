/// Optimizers whose update is one kernel over all variables.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "kcpp/backend.h"
#include "kcpp/optimizers.h"
#include "src/optimizers/indexed_slices.h"

namespace kcpp {

/// Runs `step` on the variables and their slots (`slots[kind]`, each as long as the optimizer's
/// variables), in place.
inline void run_fused(OptimizerStep step, const Tensors& gradients, const Variables& variables,
                      const std::vector<size_t>& indices, std::vector<Variables*> slots) {
  std::vector<Tensor*> values;
  std::vector<std::vector<Tensor*>> slot_values(slots.size());
  values.reserve(variables.size());
  for (Variable v : variables) values.push_back(&v.mutable_value());
  for (size_t k = 0; k < slots.size(); ++k) {
    slot_values[k].reserve(indices.size());
    for (size_t i : indices) slot_values[k].push_back(&(*slots[k])[i].mutable_value());
  }
  const bool sliced = std::any_of(gradients.begin(), gradients.end(), autodiff::slices_of);
  Tensors squares(sliced ? gradients.size() : 0);
  for (size_t i = 0; i < squares.size(); ++i) {
    if (autodiff::slices_of(gradients[i])) squares[i] = square_of(gradients[i]);
  }
  step.squares = squares;
  backend().optimizer_step(step, values, gradients, slot_values);
}

}  // namespace kcpp
