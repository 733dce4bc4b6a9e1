/// Which of an optimizer's variables belongs to which trained weight.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kcpp/optimizers.h"

namespace kcpp::saving {

/// Kinds of slots whose slots stand beside each other, variable after variable.
using SlotGroup = std::vector<std::string>;

/// The kinds of slots of an optimizer that is older than Keras 3, in the order in which Keras 2.11
/// and later made them. Earlier ones wrote the same kinds, each by itself (but for Ftrl).
std::vector<SlotGroup> slot_groups(const std::string& class_name);

/// An optimizer's variables by what they are.
struct OptimizerSlots {
  explicit OptimizerSlots(OptimizerImpl& optimizer);

  /// The class and the variables of the optimizer itself; of a LossScaleOptimizer, those of the one
  /// inside, as Keras 2 saved nothing else of it.
  std::string class_name;
  Variables variables;
  /// slots[kind][i] belongs to the i-th trained weight; undefined where it has none.
  std::map<std::string, Variables> slots;
};

/// The state as tf.keras's older optimizers list it, which all of tf.keras 2.x read back: the
/// iteration, then a block for each kind of slot. Pairs of the name there ("Adam/dense/kernel/m:0")
/// and the variable; none where those optimizers cannot hold the state.
std::vector<std::pair<std::string, Variable>> tf_optimizer_weights(OptimizerImpl& optimizer);

}  // namespace kcpp::saving
