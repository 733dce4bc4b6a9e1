#pragma once

#include "src/optimizers/per_variable.h"

namespace kcpp {

class ScheduleFreeAdamWImpl final : public PerVariableOptimizer {
 public:
  ScheduleFreeAdamWImpl() : ScheduleFreeAdamWImpl(optimizers::ScheduleFreeAdamWOptions{}) {}
  explicit ScheduleFreeAdamWImpl(const optimizers::ScheduleFreeAdamWOptions& o) : options_(o) {
    set_base(o);
  }
  ClassInfo class_info() const override { return {"ScheduleFreeAdamW", "keras.optimizers"}; }
  void fields(Fields& f) override;

 protected:
  void build_slots(const Variables& variables) override;
  void update_variable(const Tensor& gradient, Variable variable, size_t i,
                       double learning_rate) override;

 private:
  optimizers::ScheduleFreeAdamWOptions options_;
  Variables momentums_, velocities_;
};

}  // namespace kcpp
