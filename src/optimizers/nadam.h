#pragma once

#include "kcpp/core/config.h"
#include "src/optimizers/per_variable.h"

namespace kcpp {

/// The product of momentums after so many steps over so many variables, for files that lack it.
/// `config` is that of a Nadam. Up to Keras 2.2 and from 2.11 to 2.15 nobody wrote it.
double nadam_product(const Config& config, size_t variables, double steps);

class NadamImpl final : public PerVariableOptimizer {
 public:
  NadamImpl() : NadamImpl(optimizers::NadamOptions{}) {}
  explicit NadamImpl(const optimizers::NadamOptions& o) : options_(o) { set_base(o); }
  ClassInfo class_info() const override { return {"Nadam", "keras.optimizers"}; }
  void fields(Fields& f) override;

 protected:
  void build_slots(const Variables& variables) override;
  std::optional<Variables> lazy_slots(size_t) const override { return Variables{}; }
  void update(const Tensors& gradients, const Variables& variables,
              const std::vector<size_t>& indices, double learning_rate) override;
  void update_variable(const Tensor& gradient, Variable variable, size_t i,
                       double learning_rate) override;
  Config older_step() const override;
  void set_older_step(const Config& step) override;

 private:
  /// Keras's u: the share of the momentum at that step.
  double momentum_at(DType dtype, double beta_1, double step) const;
  /// Multiplies the product by the momentum of this step.
  void advance_product(double step);

  optimizers::NadamOptions options_;
  /// How fast the momentum's schedule runs. Keras up to 2.10 wrote 0.004; Keras 3 has 1, and passes
  /// over the key.
  double decay_ = 1;
  /// As in tf.keras 2.11 to 2.15, every variable of a step advances the product once more. Written
  /// as the `decay` "each_variable", since that key is the only one that Keras 3 passes over.
  bool each_variable_ = false;
  Variables momentums_, velocities_;
  Variable u_product_;
};

}  // namespace kcpp
