#pragma once

#include "src/optimizers/per_variable.h"

namespace kcpp {

class LambImpl final : public PerVariableOptimizer {
 public:
  LambImpl() : LambImpl(optimizers::LambOptions{}) {}
  explicit LambImpl(const optimizers::LambOptions& o) : options_(o) { set_base(o); }
  ClassInfo class_info() const override { return {"Lamb", "keras.optimizers"}; }
  void fields(Fields& f) override;

 protected:
  void build_slots(const Variables& variables) override;
  void update_variable(const Tensor& gradient, Variable variable, size_t i,
                       double learning_rate) override;

 private:
  optimizers::LambOptions options_;
  Variables momentums_, velocities_;
};

}  // namespace kcpp
