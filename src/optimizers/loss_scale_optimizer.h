#pragma once

#include "kcpp/optimizers.h"

namespace kcpp {

/// Everything but the scale is the inner optimizer's.
class LossScaleOptimizerImpl final : public OptimizerImpl {
 public:
  LossScaleOptimizerImpl();
  LossScaleOptimizerImpl(Optimizer inner, const optimizers::LossScaleOptimizerOptions& o);
  ClassInfo class_info() const override { return {"LossScaleOptimizer", "keras.optimizers"}; }
  void fields(Fields& f) override;
  void validate() override;

  void build(const Variables& variables) override;
  void apply_gradients(const Tensors& gradients, const Variables& variables) override;
  Tensor scale_loss(const Tensor& loss) const override;
  void finalize_variable_values(const Variables& variables) override {
    inner_->finalize_variable_values(variables);
  }
  double learning_rate() const override { return inner_->learning_rate(); }
  void set_learning_rate(double value) override { inner_->set_learning_rate(value); }
  int64_t iterations() const override { return inner_->iterations(); }
  void set_iterations(int64_t value) override { inner_->set_iterations(value); }
  Variables variables() const override;
  const Variables& trainable_variables() const override { return inner_->trainable_variables(); }
  bool use_ema() const override { return inner_->use_ema(); }
  const Variables& averages() const override { return inner_->averages(); }

 protected:
  void build_slots(const Variables&) override {}
  void update(const Tensors&, const Variables&, const std::vector<size_t>&, double) override;

 private:
  Optimizer inner_;
  optimizers::LossScaleOptimizerOptions options_;
  Variable step_counter_, dynamic_scale_;
};

}  // namespace kcpp
