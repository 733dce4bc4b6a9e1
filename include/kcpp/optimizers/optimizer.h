/// OptimizerImpl, the base of the optimizers, and the handle Optimizer
/// (keras.optimizers.Optimizer).
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

class UntouchedRows;

/// Base of the optimizers (keras.optimizers.Optimizer): clipping, decay, averages, accumulation,
/// state.
class KCPP_API OptimizerImpl : public Object {
 public:
  /// Makes the slots for these variables. Called once, by the first apply_gradients or by a model.
  virtual void build(const Variables& variables);
  bool built() const { return built_; }
  /// One step. `gradients[i]` belongs to `variables[i]`; an undefined one is skipped (Keras's
  /// None). Throws ValueError for no gradients at all, or for variables that it was not built for.
  virtual void apply_gradients(const Tensors& gradients, const Variables& variables);
  /// Scales a loss before differentiation (loss_scale_factor).
  virtual Tensor scale_loss(const Tensor& loss) const;
  /// Keras's attribute of that name: none, or what losses are multiplied by.
  void set_loss_scale_factor(std::optional<double> value) { loss_scale_factor_ = value; }
  /// With use_ema: overwrites the variables by their averages, at the end of fit.
  virtual void finalize_variable_values(const Variables& variables);

  /// The learning rate now: the variable's value, or the schedule's at this iteration.
  virtual double learning_rate() const;
  /// Throws TypeError if a schedule is in charge.
  virtual void set_learning_rate(double value);
  const LearningRate& learning_rate_setting() const { return learning_rate_; }
  virtual int64_t iterations() const;
  virtual void set_iterations(int64_t value);
  const std::string& name() const { return name_; }

  /// All state in Keras's order: iteration, learning_rate (absent with a schedule), then averages,
  /// accumulators and slots. Each variable's `path` is Keras's ("adam/dense_kernel_momentum").
  virtual Variables variables() const;
  virtual const Variables& trainable_variables() const { return trainable_; }
  virtual bool use_ema() const { return use_ema_; }
  /// With use_ema: the moving average of each trainable variable (Keras's
  /// _model_variables_moving_average).
  virtual const Variables& averages() const { return averages_; }
  void fields(Fields& f) override;  ///< the fields that every optimizer has
  /// Takes over what every optimizer's options have.
  template <class Options>
  void set_base(const Options& o) {
    learning_rate_ = o.learning_rate;
    name_ = o.name;
    weight_decay_ = o.weight_decay;
    clipnorm_ = o.clipnorm;
    clipvalue_ = o.clipvalue;
    global_clipnorm_ = o.global_clipnorm;
    use_ema_ = o.use_ema;
    ema_momentum_ = o.ema_momentum;
    ema_overwrite_frequency_ = o.ema_overwrite_frequency;
    loss_scale_factor_ = o.loss_scale_factor;
    gradient_accumulation_steps_ = o.gradient_accumulation_steps;
  }
  void validate() override;

 protected:
  /// Creates slots by add_slots, in Keras's order.
  virtual void build_slots(const Variables& variables) = 0;
  /// Updates the variables (in place), one fused pass where the backend has one. `indices[k]` is
  /// the place of variable k among those it was built for: the place of its slots. Gradients are
  /// defined, clipped and of the variable's dtype.
  virtual void update(const Tensors& gradients, const Variables& variables,
                      const std::vector<size_t>& indices, double learning_rate) = 0;
  /// keras add_optimizer_variables: for each variable, one slot for each name, interleaved.
  /// result[name][variable]; zeros unless `initial` (one for each name) says otherwise.
  std::vector<Variables> add_slots(const Variables& variables,
                                   const std::vector<std::string>& names,
                                   const std::vector<double>& initial = {});
  /// keras add_variable_from_reference: a slot of that variable's shape, dtype and path.
  Variable add_slot_like(const Variable& variable, const std::string& name, double initial = 0.0);
  /// A slot of any shape, counted among the state.
  Variable add_slot(const Shape& shape, DType dtype, const std::string& name, double initial = 0.0);
  /// The decay of one variable.
  virtual std::optional<double> decay_of(const Variable&) const { return weight_decay_; }
  /// How older Keras made a step, in classes that can go on with its files; null: as today's. It is
  /// kept under the key `decay`, the only one that Keras 3 passes over.
  virtual Config older_step() const { return {}; }
  virtual void set_older_step(const Config&) {}
  /// How TensorFlow up to 2.10 stepped where a batch did not ask for a row of an embedding: it left
  /// the row alone, of the variable and of these slots of variable `i`. None: it moved all rows.
  virtual std::optional<Variables> lazy_slots(size_t) const { return {}; }
  /// Keras's `iterations`: with gradient accumulation, the number of updates.
  int64_t update_count() const;

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

 private:
  /// What older Keras did otherwise in every optimizer; files alone ask for it.
  struct Older {
    /// Keras up to 2.10 clipped by a norm (the setting of today) and by value.
    std::optional<double> clipvalue;
    bool clipvalue_first = false;  ///< before the norm is taken
    /// The rows of an embedding's gradient, which Keras 3 on TensorFlow squares one by one.
    enum class Rows {
      squared,         ///< as today
      added,           ///< added up once they are clipped
      added_first,     ///< added up before they are clipped
      added_and_lazy,  ///< added up once they are clipped; see lazy_slots
    };
    Rows rows = Rows::squared;
  };
  void decay_field(Fields& f);
  void make_variables();
  void clip(Tensors& gradients) const;
  void decay(const Variables& variables, double learning_rate);
  void step(Tensors gradients, const Variables& variables, const std::vector<size_t>& indices);
  std::vector<UntouchedRows> untouched_rows(const Tensors& gradients, const Variables& variables,
                                            const std::vector<size_t>& indices) const;
  void update_averages(const Variables& variables);
  void overwrite_by_averages();
  std::vector<size_t> find_indices(const Variables& variables) const;

  Older older_;
  Variables trainable_;  ///< what it was built for
  Variable iteration_, learning_rate_variable_;
  Variables averages_, accumulators_;
  Variables state_;  ///< averages, accumulators and slots in the order of their creation
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
