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
  /// Keras's u: the share of the momentum at that step.
  double momentum_at(DType dtype, double beta_1, double step) const;

  optimizers::NadamOptions options_;
  /// How fast the momentum's schedule runs. Keras up to 2.10 wrote 0.004; Keras 3 has 1, and passes
  /// over the key.
  double decay_ = 1;
  Variables momentums_, velocities_;
  Variable u_product_;
};

}  // namespace kcpp
