/// Optimizers (keras.optimizers): how gradients change variables.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kcpp/core/object.h"
#include "kcpp/core/tensor.h"
#include "kcpp/core/variable.h"
#include "kcpp/schedules.h"

namespace kcpp {

/// Base of the optimizers (keras.optimizers.Optimizer): clipping, decay, averages, accumulation, state.
class KCPP_API OptimizerImpl : public Object {
 public:
  /// Makes the slots for these variables. Called once, by the first apply_gradients or by a model.
  void build(const Variables& variables);
  bool built() const { return built_; }
  /// One step. `gradients[i]` belongs to `variables[i]`; an undefined one is skipped (Keras's None).
  /// Throws ValueError for no gradients at all, or for variables that it was not built for.
  void apply_gradients(const Tensors& gradients, const Variables& variables);
  /// Scales a loss before differentiation (loss_scale_factor).
  Tensor scale_loss(const Tensor& loss) const;
  /// With use_ema: overwrites the variables by their averages, at the end of fit.
  void finalize_variable_values(const Variables& variables);

  /// The learning rate now: the variable's value, or the schedule's at this iteration.
  double learning_rate() const;
  /// Throws TypeError if a schedule is in charge.
  void set_learning_rate(double value);
  const LearningRate& learning_rate_setting() const { return learning_rate_; }
  int64_t iterations() const;
  void set_iterations(int64_t value);
  const std::string& name() const { return name_; }

  /// All state in Keras's order: iteration, learning_rate (absent with a schedule), then averages, accumulators and slots.
  /// Each variable's `path` is Keras's ("adam/dense_kernel_momentum").
  Variables variables() const;
  const Variables& trainable_variables() const { return trainable_; }
  void fields(Fields& f) override;  ///< the fields that every optimizer has
  void validate() override;

 protected:
  /// Creates slots by add_slot, in Keras's order.
  virtual void build_slots(const Variables& variables) = 0;
  /// Updates all variables (in place), one fused pass where the backend has one. Gradients are defined.
  virtual void update(const Tensors& gradients, const std::vector<size_t>& indices, double learning_rate) = 0;
  /// A slot like variable i (or of another shape), zeros unless given; kept in `slots_`.
  Variable add_slot(const Variable& like, const std::string& suffix, const Tensor& initial = {});

  // Fields, in Keras's order.
  LearningRate learning_rate_ = 0.01;
  std::string name_;
  std::optional<double> weight_decay_;
  std::optional<double> clipnorm_, clipvalue_, global_clipnorm_;
  bool use_ema_ = false;
  double ema_momentum_ = 0.99;
  std::optional<int> ema_overwrite_frequency_;
  std::optional<double> loss_scale_factor_;
  std::optional<int> gradient_accumulation_steps_;

  Variables trainable_;   ///< what it was built for
  Variable iteration_, learning_rate_variable_;
  Variables averages_, accumulators_, slots_;
  bool built_ = false;
};

/// A handle built from a name ("adam") or from `optimizers::Adam(...)`.
class KCPP_API Optimizer : public Handle<OptimizerImpl> {
 public:
  using Handle::Handle;
  Optimizer() = default;
  Optimizer(const char* name);
  Optimizer(const std::string& name);
  void apply_gradients(const Tensors& gradients, const Variables& variables) const {
    impl_->apply_gradients(gradients, variables);
  }
  double learning_rate() const { return impl_->learning_rate(); }
  void set_learning_rate(double value) const { impl_->set_learning_rate(value); }
  int64_t iterations() const { return impl_->iterations(); }
};
KCPP_API Config to_config(const Optimizer& v);
KCPP_API void from_config(const Config& c, Optimizer& v, std::string_view what);

}  // namespace kcpp
