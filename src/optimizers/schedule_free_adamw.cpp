#include "src/optimizers/schedule_free_adamw.h"

#include <algorithm>

#include "kcpp/ops/math.h"
#include "src/optimizers/indexed_slices.h"

namespace kcpp {

void ScheduleFreeAdamWImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("beta_1", options_.beta_1);
  f("beta_2", options_.beta_2);
  f("epsilon", options_.epsilon);
  f("warmup_steps", options_.warmup_steps);
}

void ScheduleFreeAdamWImpl::build_slots(const Variables& variables) {
  auto slots = add_slots(variables, {"momentum", "velocity"});
  momentums_ = std::move(slots[0]);
  velocities_ = std::move(slots[1]);
  for (size_t i = 0; i < variables.size(); ++i) momentums_[i].assign(variables[i].value().detach());
}

void ScheduleFreeAdamWImpl::update_variable(const Tensor& gradient, Variable variable, size_t i,
                                            double learning_rate) {
  const auto step = static_cast<double>(update_count() + 1);
  const double beta_1 = rounded_to(variable.dtype(), options_.beta_1),
               beta_2 = rounded_to(variable.dtype(), options_.beta_2);
  if (options_.warmup_steps > 0) learning_rate *= std::min(step / options_.warmup_steps, 1.0);
  Variable momentum = momentums_[i], velocity = velocities_[i];
  velocity.assign_add((square_of(gradient) - velocity) * (1 - beta_2));
  const Tensor v_hat = velocity.value() / (1 - power_in(variable.dtype(), beta_2, step));
  momentum.assign_sub(gradient * learning_rate / (ops::sqrt(v_hat) + options_.epsilon));
  // The variable lies between the momentum's point and the average of all of them: take the average
  // out, move it, put it back. Keras means to take it out with the point before this step, but on
  // TensorFlow its `momentum_old` is the variable itself.
  const Tensor average = (variable.value() - momentum.value() * (1 - beta_1)) / beta_1;
  const Tensor moved = average * (1 - 1 / step) + momentum.value() * (1 / step);
  variable.assign(momentum.value() * (1 - beta_1) + moved * beta_1);
}

optimizers::ScheduleFreeAdamW::ScheduleFreeAdamW(ScheduleFreeAdamWOptions options) {
  auto impl = std::make_shared<ScheduleFreeAdamWImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
