#pragma once

#include "src/optimizers/per_variable.h"

namespace kcpp {

class AdadeltaImpl final : public PerVariableOptimizer {
 public:
  AdadeltaImpl() : AdadeltaImpl(optimizers::AdadeltaOptions{}) {}
  explicit AdadeltaImpl(const optimizers::AdadeltaOptions& o) : options_(o) { set_base(o); }
  ClassInfo class_info() const override { return {"Adadelta", "keras.optimizers"}; }
  void fields(Fields& f) override;

 protected:
  void build_slots(const Variables& variables) override;
  std::optional<Variables> lazy_slots(size_t i) const override;
  void update_variable(const Tensor& gradient, Variable variable, size_t i,
                       double learning_rate) override;

 private:
  optimizers::AdadeltaOptions options_;
  Variables accumulated_gradients_, accumulated_deltas_;
};

}  // namespace kcpp
