#pragma once

#include "src/optimizers/per_variable.h"

namespace kcpp {

class AdagradImpl final : public PerVariableOptimizer {
 public:
  AdagradImpl() : AdagradImpl(optimizers::AdagradOptions{}) {}
  explicit AdagradImpl(const optimizers::AdagradOptions& o) : options_(o) { set_base(o); }
  ClassInfo class_info() const override { return {"Adagrad", "keras.optimizers"}; }
  void fields(Fields& f) override;

 protected:
  void build_slots(const Variables& variables) override;
  void update_variable(const Tensor& gradient, Variable variable, size_t i,
                       double learning_rate) override;

 private:
  optimizers::AdagradOptions options_;
  Variables accumulators_;
};

}  // namespace kcpp
