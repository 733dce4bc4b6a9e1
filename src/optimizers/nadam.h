#pragma once

#include "src/optimizers/per_variable.h"

namespace kcpp {

class NadamImpl final : public PerVariableOptimizer {
 public:
  NadamImpl() : NadamImpl(optimizers::NadamOptions{}) {}
  explicit NadamImpl(const optimizers::NadamOptions& o) : options_(o) { set_base(o); }
  ClassInfo class_info() const override { return {"Nadam", "keras.optimizers"}; }
  void fields(Fields& f) override;

 protected:
  void build_slots(const Variables& variables) override;
  void update(const Tensors& gradients, const Variables& variables,
              const std::vector<size_t>& indices, double learning_rate) override;
  void update_variable(const Tensor& gradient, Variable variable, size_t i,
                       double learning_rate) override;

 private:
  optimizers::NadamOptions options_;
  Variables momentums_, velocities_;
  Variable u_product_;
};

}  // namespace kcpp
