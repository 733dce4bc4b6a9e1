/// OptimizerImpl: what all optimizers share (keras.src.optimizers.base_optimizer).
#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "kcpp/backend.h"
#include "kcpp/core/autodiff.h"
#include "kcpp/ops/math.h"
#include "kcpp/optimizers.h"
#include "kcpp/profile.h"
#include "src/optimizers/indexed_slices.h"

namespace kcpp {

void OptimizerImpl::fields(Fields& f) {
  f("name", name_);
  f("learning_rate", learning_rate_);
  f("weight_decay", weight_decay_);
  f("clipnorm", clipnorm_);
  f("global_clipnorm", global_clipnorm_);
  f("clipvalue", clipvalue_);
  f("use_ema", use_ema_);
  f("ema_momentum", ema_momentum_);
  f("ema_overwrite_frequency", ema_overwrite_frequency_);
  f("loss_scale_factor", loss_scale_factor_);
  f("gradient_accumulation_steps", gradient_accumulation_steps_);
  // Keras writes what the variable holds: 0.001 as float32.
  if (!f.reading() && !learning_rate_.is_schedule()) f.write("learning_rate", learning_rate());
  decay_field(f);
}

/// What older Keras did otherwise: the step's own word or number, or a dict of it and of what every
/// optimizer did.
void OptimizerImpl::decay_field(Fields& f) {
  constexpr std::array row_words = {
      std::pair{Older::Rows::added, "added"},
      std::pair{Older::Rows::added_first, "added_first"},
      std::pair{Older::Rows::added_and_lazy, "added_and_lazy"},
  };
  if (const Config* decay = f.raw("decay")) {
    const Config* step = decay->is_dict() ? decay->find("step") : decay;
    if (step && !step->is_null()) set_older_step(*step);
    if (!decay->is_dict()) return;
    if (const Config* limit = decay->find("clipvalue")) {
      older_.clipvalue = limit->as_double();
      older_.clipvalue_first = decay->at("clipvalue_first").as_bool();
    }
    if (const Config* rows = decay->find("rows"))
      for (const auto& [kind, word] : row_words)
        if (*rows == Config(word)) older_.rows = kind;
  } else if (!f.reading()) {
    const Config step = older_step();
    Config out = Config::dict();
    if (older_.clipvalue) {
      out.set("clipvalue", *older_.clipvalue);
      out.set("clipvalue_first", older_.clipvalue_first);
    }
    for (const auto& [kind, word] : row_words)
      if (older_.rows == kind) out.set("rows", word);
    if (!step.is_null() && out.size()) out.set("step", step);
    if (out.size() || !step.is_null()) f.write("decay", out.size() ? std::move(out) : step);
  }
}

void OptimizerImpl::validate() {
  check(clipnorm_.has_value() + clipvalue_.has_value() + global_clipnorm_.has_value() <= 1,
        "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set.");
  if (use_ema_) {
    check(ema_momentum_ >= 0 && ema_momentum_ <= 1,
          "`ema_momentum` must be in the range [0, 1]. Received: ema_momentum=", ema_momentum_);
    check(!ema_overwrite_frequency_ || *ema_overwrite_frequency_ >= 1,
          "`ema_overwrite_frequency` must be an integer >= 1 or None. Received: "
          "ema_overwrite_frequency=",
          ema_overwrite_frequency_.value_or(0));
  }
  check(!gradient_accumulation_steps_ || *gradient_accumulation_steps_ >= 2,
        "`gradient_accumulation_steps` must be an integer >= 2. Received: "
        "gradient_accumulation_steps=",
        gradient_accumulation_steps_.value_or(0));
}

// --- state -------------------------------------------------------------------------------------

void OptimizerImpl::make_variables() {
  if (iteration_) return;
  iteration_ = Variable(Tensor::zeros({}, DType::int64),
                        {.dtype = DType::int64, .trainable = false, .name = "iteration"});
  iteration_.set_path(name_ + "/iteration");
  if (learning_rate_.is_schedule()) return;
  learning_rate_variable_ =
      Variable(Tensor::scalar(learning_rate_.value(), floatx()),
               {.dtype = floatx(), .trainable = false, .name = "learning_rate"});
  learning_rate_variable_.set_path(name_ + "/learning_rate");
}

Variable OptimizerImpl::add_slot(const Shape& shape, DType dtype, const std::string& name,
                                 double initial) {
  Variable slot(Tensor::full(shape, initial, dtype),
                {.dtype = dtype, .trainable = false, .name = name});
  slot.set_path(name_ + "/" + name);
  state_.push_back(slot);
  return slot;
}

namespace {
std::string slot_name(const Variable& variable, const std::string& suffix) {
  std::string out = variable.path();
  std::replace(out.begin(), out.end(), '/', '_');
  return out + "_" + suffix;
}
}  // namespace

Variable OptimizerImpl::add_slot_like(const Variable& variable, const std::string& name,
                                      double initial) {
  return add_slot(variable.shape(), variable.dtype(), slot_name(variable, name), initial);
}

std::vector<Variables> OptimizerImpl::add_slots(const Variables& variables,
                                                const std::vector<std::string>& names,
                                                const std::vector<double>& initial) {
  std::vector<Variables> out(names.size());
  for (const Variable& v : variables) {
    for (size_t k = 0; k < names.size(); ++k)
      out[k].push_back(add_slot_like(v, names[k], k < initial.size() ? initial[k] : 0.0));
  }
  return out;
}

void OptimizerImpl::build(const Variables& variables) {
  if (built_) return;
  make_variables();
  if (use_ema_) averages_ = add_slots(variables, {"average"})[0];
  if (gradient_accumulation_steps_)
    accumulators_ = add_slots(variables, {"gradient_accumulator"})[0];
  trainable_ = variables;
  build_slots(variables);
  built_ = true;
}

Variables OptimizerImpl::variables() const {
  const_cast<OptimizerImpl*>(this)->make_variables();
  Variables out{iteration_};
  if (learning_rate_variable_) out.push_back(learning_rate_variable_);
  out.insert(out.end(), state_.begin(), state_.end());
  return out;
}

int64_t OptimizerImpl::iterations() const {
  return iteration_ ? iteration_.value().item<int64_t>() : 0;
}
void OptimizerImpl::set_iterations(int64_t value) {
  make_variables();
  iteration_.mutable_value().mutable_data<int64_t>()[0] = value;
}
int64_t OptimizerImpl::update_count() const {
  return gradient_accumulation_steps_ ? iterations() / *gradient_accumulation_steps_ : iterations();
}

double OptimizerImpl::learning_rate() const {
  // A schedule counts batches, also those whose gradients only accumulate.
  if (learning_rate_.is_schedule()) return learning_rate_.schedule()(iterations());
  return learning_rate_variable_ ? learning_rate_variable_.value().item()
                                 : Tensor::scalar(learning_rate_.value(), floatx()).item();
}

void OptimizerImpl::set_learning_rate(double value) {
  check<TypeError>(!learning_rate_.is_schedule(),
                   "This optimizer was created with a `LearningRateSchedule` object as its "
                   "`learning_rate` constructor argument, hence its "
                   "learning rate is not settable. If you need the learning rate to be settable, "
                   "you should instantiate the optimizer with "
                   "a float `learning_rate` argument.");
  learning_rate_ = value;
  if (learning_rate_variable_) learning_rate_variable_.assign(Tensor::scalar(value, floatx()));
}

Tensor OptimizerImpl::scale_loss(const Tensor& loss) const {
  return loss_scale_factor_ ? loss * *loss_scale_factor_ : loss;
}

// --- a step ------------------------------------------------------------------------------------

std::vector<size_t> OptimizerImpl::find_indices(const Variables& variables) const {
  std::vector<size_t> out;
  out.reserve(variables.size());
  for (size_t i = 0; i < variables.size(); ++i) {
    // Nearly always the same variables in the same order.
    if (i < trainable_.size() && trainable_[i].same(variables[i])) {
      out.push_back(i);
      continue;
    }
    const auto it = std::find_if(trainable_.begin(), trainable_.end(),
                                 [&](const Variable& v) { return v.same(variables[i]); });
    check(it != trainable_.end(), "Unknown variable: ", variables[i].path(),
          ". This optimizer can only be called for the variables it was originally built with. "
          "When working with a new set of variables, "
          "you should recreate a new optimizer instance.");
    out.push_back(static_cast<size_t>(it - trainable_.begin()));
  }
  return out;
}

void OptimizerImpl::apply_gradients(const Tensors& gradients, const Variables& variables) {
  check(gradients.size() == variables.size(),
        "`apply_gradients` needs one gradient for each variable. Received: ", gradients.size(),
        " gradients for ", variables.size(), " variables.");
  if (variables.empty()) return;
  const profile::Scope span("optimizer", "step");
  autodiff::PauseRecording pause;
  build(variables);
  std::vector<size_t> all = find_indices(variables);
  Tensors used;
  Variables targets;
  std::vector<size_t> indices;
  used.reserve(gradients.size());
  targets.reserve(gradients.size());
  indices.reserve(gradients.size());
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    check(gradients[i].shape() == variables[i].shape(), "The gradient of ", variables[i].path(),
          " must have the variable's shape ", variables[i].shape(),
          ". Received: shape=", gradients[i].shape());
    const DType dtype = variables[i].dtype();
    used.push_back(gradients[i].dtype() == dtype ? gradients[i]
                                                 : map_slices(gradients[i], [&](const Tensor& x) {
                                                     return x.astype(dtype);
                                                   }));
    targets.push_back(variables[i]);
    indices.push_back(all[i]);
  }
  check(!used.empty(), "No gradients provided for any variable.");
  if (loss_scale_factor_) {
    for (Tensor& g : used)
      g = map_slices(g, [&](const Tensor& x) { return x / *loss_scale_factor_; });
  }
  if (gradient_accumulation_steps_) {
    const int64_t steps = *gradient_accumulation_steps_;
    const bool update_now = (iterations() + 1) % steps == 0;
    for (size_t k = 0; k < used.size(); ++k) {
      Variable& sum = accumulators_[indices[k]];
      if (update_now) {
        used[k] = (used[k] + sum.value()) / static_cast<double>(steps);
      } else {
        backend().accumulate(sum.mutable_value(), used[k]);
      }
    }
    if (update_now) {
      step(std::move(used), targets, indices);
      for (Variable& sum : accumulators_) sum.assign(Tensor::zeros(sum.shape(), sum.dtype()));
    }
  } else {
    step(std::move(used), targets, indices);
  }
  if (use_ema_) update_averages(trainable_);
  for (Variable& v : targets) {
    if (const auto constraint = v.constraint()) v.assign(constraint(v.value().detach()));
  }
  iteration_.mutable_value().mutable_data<int64_t>()[0] += 1;
}

void OptimizerImpl::step(Tensors gradients, const Variables& variables,
                         const std::vector<size_t>& indices) {
  using Rows = Older::Rows;
  const double rate = learning_rate();
  const auto add_rows = [&] {
    for (Tensor& g : gradients) g = with_rows_added(g);
  };
  std::vector<UntouchedRows> untouched;
  if (older_.rows == Rows::added_and_lazy)
    untouched = untouched_rows(gradients, variables, indices);
  if (older_.rows == Rows::added_first) add_rows();
  clip(gradients);
  if (older_.rows != Rows::squared) add_rows();
  decay(variables, rate);
  update(gradients, variables, indices, rate);
  for (const UntouchedRows& rows : untouched) rows.put_back();
}

std::vector<UntouchedRows> OptimizerImpl::untouched_rows(const Tensors& gradients,
                                                         const Variables& variables,
                                                         const std::vector<size_t>& indices) const {
  std::vector<UntouchedRows> out;
  for (size_t k = 0; k < gradients.size(); ++k) {
    const autodiff::IndexedSlices* rows = autodiff::slices_of(gradients[k]);
    std::optional<Variables> lazy = rows ? lazy_slots(indices[k]) : std::nullopt;
    if (!lazy) continue;
    lazy->push_back(variables[k]);
    out.emplace_back(*rows, std::move(*lazy));
  }
  return out;
}

void OptimizerImpl::clip(Tensors& gradients) const {
  const auto is_on = [](const std::optional<double>& limit) { return limit.value_or(0) > 0; };
  const auto clip_values = [&](double limit) {
    const auto clipped = [&](const Tensor& x) { return ops::clip(x, -limit, limit); };
    for (Tensor& g : gradients) g = map_slices(g, clipped);
  };
  if (older_.clipvalue && older_.clipvalue_first) clip_values(*older_.clipvalue);
  if (is_on(clipvalue_)) {
    clip_values(*clipvalue_);
  } else if (is_on(clipnorm_)) {
    for (Tensor& g : gradients) {
      const double norm = std::sqrt(squared_norm_of(g));
      g = map_slices(
          g, [&](const Tensor& x) { return x * (*clipnorm_ / std::max(norm, *clipnorm_)); });
    }
  } else if (is_on(global_clipnorm_)) {
    double sum = 0;
    for (const Tensor& g : gradients) sum += squared_norm_of(g);
    const double norm = std::sqrt(sum);
    // As Keras: an infinite or undefined norm makes every gradient undefined, for the user to see.
    const double scale =
        std::isfinite(norm) ? *global_clipnorm_ / std::max(norm, *global_clipnorm_) : NAN;
    for (Tensor& g : gradients) g = g * scale;
  }
  if (older_.clipvalue && !older_.clipvalue_first) clip_values(*older_.clipvalue);
}

void OptimizerImpl::decay(const Variables& variables, double learning_rate) {
  for (Variable v : variables) {
    if (const auto rate = decay_of(v)) v.assign(v.value().detach() * (1.0 - *rate * learning_rate));
  }
}

void OptimizerImpl::update_averages(const Variables& variables) {
  const int64_t iteration = update_count();
  const double momentum = iteration == 0 ? 0.0 : ema_momentum_;
  for (size_t i = 0; i < variables.size(); ++i) {
    averages_[i].assign(averages_[i].value() * momentum +
                        variables[i].value().detach() * (1.0 - momentum));
  }
  if (ema_overwrite_frequency_ && (iteration + 1) % *ema_overwrite_frequency_ == 0)
    overwrite_by_averages();
}

void OptimizerImpl::overwrite_by_averages() {
  for (size_t i = 0; i < trainable_.size(); ++i) trainable_[i].assign(averages_[i].value());
}

void OptimizerImpl::finalize_variable_values(const Variables&) {
  if (use_ema_ && built_) overwrite_by_averages();
}

// --- the handle --------------------------------------------------------------------------------

Optimizer::Optimizer(const char* name) : Optimizer(std::string(name)) {}
Optimizer::Optimizer(const std::string& name) { from_config(Config(name), *this, "optimizer"); }

Config to_config(const Optimizer& v) { return serialize(v.impl().get()); }
void from_config(const Config& c, Optimizer& v, std::string_view) {
  v = Optimizer(std::dynamic_pointer_cast<OptimizerImpl>(deserialize(ObjectKind::optimizer, c)));
}

}  // namespace kcpp
