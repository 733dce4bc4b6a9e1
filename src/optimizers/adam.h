#pragma once

#include "kcpp/optimizers.h"

namespace kcpp {

class AdamImpl : public OptimizerImpl {
 public:
  AdamImpl();
  explicit AdamImpl(const optimizers::AdamOptions& o);
  ClassInfo class_info() const override { return {"Adam", "keras.optimizers"}; }
  void fields(Fields& f) override;

 protected:
  void build_slots(const Variables& variables) override;
  void update(const Tensors& gradients, const Variables& variables,
              const std::vector<size_t>& indices, double learning_rate) override;

  double beta_1_ = 0.9, beta_2_ = 0.999, epsilon_ = 1e-7;
  bool amsgrad_ = false;

 private:
  Variables momentums_, velocities_, velocity_hats_;
};

class AdamWImpl final : public AdamImpl {
 public:
  AdamWImpl();
  explicit AdamWImpl(const optimizers::AdamWOptions& o);
  ClassInfo class_info() const override { return {"AdamW", "keras.optimizers"}; }
  void validate() override;
};

}  // namespace kcpp
