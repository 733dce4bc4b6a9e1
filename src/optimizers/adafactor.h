#pragma once

#include "src/optimizers/per_variable.h"

namespace kcpp {

class AdafactorImpl final : public PerVariableOptimizer {
 public:
  AdafactorImpl() : AdafactorImpl(optimizers::AdafactorOptions{}) {}
  explicit AdafactorImpl(const optimizers::AdafactorOptions& o) : options_(o) { set_base(o); }
  ClassInfo class_info() const override { return {"Adafactor", "keras.optimizers"}; }
  void fields(Fields& f) override;

 protected:
  void build_slots(const Variables& variables) override;
  void update_variable(const Tensor& gradient, Variable variable, size_t i,
                       double learning_rate) override;

 private:
  optimizers::AdafactorOptions options_;
  Variables rows_, columns_, velocities_;
};

}  // namespace kcpp
