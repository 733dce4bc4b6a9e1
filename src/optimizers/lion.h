#pragma once

#include "src/optimizers/per_variable.h"

namespace kcpp {

class LionImpl final : public PerVariableOptimizer {
 public:
  LionImpl() : LionImpl(optimizers::LionOptions{}) {}
  explicit LionImpl(const optimizers::LionOptions& o) : options_(o) { set_base(o); }
  ClassInfo class_info() const override { return {"Lion", "keras.optimizers"}; }
  void fields(Fields& f) override;
  void validate() override;

 protected:
  void build_slots(const Variables& variables) override;
  void update_variable(const Tensor& gradient, Variable variable, size_t i,
                       double learning_rate) override;

 private:
  optimizers::LionOptions options_;
  Variables momentums_;
};

}  // namespace kcpp
