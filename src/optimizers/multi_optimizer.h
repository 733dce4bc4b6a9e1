#pragma once

#include "kcpp/optimizers/multi.h"

namespace kcpp {

/// Keeps the count of steps; all else is the inner optimizers'.
class MultiOptimizerImpl final : public OptimizerImpl {
 public:
  MultiOptimizerImpl() : MultiOptimizerImpl({}, {}) {}
  MultiOptimizerImpl(optimizers::OptimizerMap map, const optimizers::MultiOptimizerOptions& o);
  ClassInfo class_info() const override { return {"MultiOptimizer", "keras.optimizers"}; }
  void fields(Fields& f) override;
  void validate() override;

  void build(const Variables& variables) override;
  void apply_gradients(const Tensors& gradients, const Variables& variables) override;
  void finalize_variable_values(const Variables& variables) override;
  double learning_rate() const override;
  void set_learning_rate(double value) override;
  Variables variables() const override;
  /// Each one once, in Keras's order: those of the map's keys, then the default.
  const std::vector<Optimizer>& optimizers() const { return optimizers_; }

 protected:
  void build_slots(const Variables&) override {}
  void update(const Tensors&, const Variables&, const std::vector<size_t>&, double) override;

 private:
  size_t place_of(size_t k, const Variable& variable) const;

  optimizers::OptimizerMap map_;
  std::vector<Optimizer> optimizers_;
  std::vector<size_t> places_;  ///< which of them trains each of the trainable variables
};

}  // namespace kcpp
