#pragma once

#include "src/optimizers/per_variable.h"

namespace kcpp {

class AdamaxImpl final : public PerVariableOptimizer {
 public:
  AdamaxImpl() : AdamaxImpl(optimizers::AdamaxOptions{}) {}
  explicit AdamaxImpl(const optimizers::AdamaxOptions& o) : options_(o) { set_base(o); }
  ClassInfo class_info() const override { return {"Adamax", "keras.optimizers"}; }
  void fields(Fields& f) override;

 protected:
  void build_slots(const Variables& variables) override;
  std::optional<Variables> lazy_slots(size_t i) const override;
  void update_variable(const Tensor& gradient, Variable variable, size_t i,
                       double learning_rate) override;

 private:
  optimizers::AdamaxOptions options_;
  Variables momentums_, norms_;
};

}  // namespace kcpp
