#include "src/optimizers/ftrl.h"

#include "kcpp/ops/math.h"
#include "src/optimizers/indexed_slices.h"

namespace kcpp {

void FtrlImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("learning_rate_power", options_.learning_rate_power);
  f("initial_accumulator_value", options_.initial_accumulator_value);
  f("l1_regularization_strength", options_.l1_regularization_strength);
  f("l2_regularization_strength", options_.l2_regularization_strength);
  f("l2_shrinkage_regularization_strength", options_.l2_shrinkage_regularization_strength);
  f("beta", options_.beta);
}

void FtrlImpl::validate() {
  OptimizerImpl::validate();
  const auto not_negative = [](const char* name, double value) {
    check(value >= 0, "`", name, "` needs to be positive or zero. Received: ", name, "=", value,
          ".");
  };
  not_negative("initial_accumulator_value", options_.initial_accumulator_value);
  check(options_.learning_rate_power <= 0,
        "`learning_rate_power` needs to be negative or zero. Received: learning_rate_power=",
        options_.learning_rate_power, ".");
  not_negative("l1_regularization_strength", options_.l1_regularization_strength);
  not_negative("l2_regularization_strength", options_.l2_regularization_strength);
  not_negative("l2_shrinkage_regularization_strength",
               options_.l2_shrinkage_regularization_strength);
}

void FtrlImpl::build_slots(const Variables& variables) {
  auto slots =
      add_slots(variables, {"accumulator", "linear"}, {options_.initial_accumulator_value, 0.0});
  accumulators_ = std::move(slots[0]);
  linears_ = std::move(slots[1]);
}

std::optional<Variables> FtrlImpl::lazy_slots(size_t i) const {
  return Variables{accumulators_[i], linears_[i]};
}

void FtrlImpl::update_variable(const Tensor& gradient, Variable variable, size_t i,
                               double learning_rate) {
  const double power = -options_.learning_rate_power, l1 = options_.l1_regularization_strength;
  const double l2 = options_.l2_regularization_strength + options_.beta / (2.0 * learning_rate);
  Variable sum = accumulators_[i], linear = linears_[i];
  const Tensor shrunk =
      gradient + variable.value() * (2 * options_.l2_shrinkage_regularization_strength);
  const Tensor new_sum = sum.value() + square_of(gradient);
  const Tensor new_power = ops::power(new_sum, power);
  linear.assign_add(shrunk - (new_power - ops::power(sum, power)) / learning_rate * variable);
  const Tensor quadratic = new_power / learning_rate + 2 * l2;
  variable.assign((ops::clip(linear, -l1, l1) - linear) / quadratic);
  sum.assign(new_sum);
}

optimizers::Ftrl::Ftrl(FtrlOptions options) {
  auto impl = std::make_shared<FtrlImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
