#include "src/optimizers/lamb.h"

#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "src/optimizers/indexed_slices.h"

namespace kcpp {

void LambImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("beta_1", options_.beta_1);
  f("beta_2", options_.beta_2);
  f("epsilon", options_.epsilon);
}

void LambImpl::build_slots(const Variables& variables) {
  auto slots = add_slots(variables, {"momentum", "velocity"});
  momentums_ = std::move(slots[0]);
  velocities_ = std::move(slots[1]);
}

void LambImpl::update_variable(const Tensor& gradient, Variable variable, size_t i,
                               double learning_rate) {
  const DType dtype = variable.dtype();
  const auto step = static_cast<double>(update_count() + 1);
  Variable m = momentums_[i], v = velocities_[i];
  m.assign_add((gradient - m) * (1 - options_.beta_1));
  v.assign_add((square_of(gradient) - v) * (1 - options_.beta_2));
  const Tensor m_hat = m.value() / (1 - power_in(dtype, options_.beta_1, step));
  const Tensor v_hat = v.value() / (1 - power_in(dtype, options_.beta_2, step));
  const Tensor update = m_hat / (ops::sqrt(v_hat) + options_.epsilon);
  const auto norm = [](const Tensor& x) { return std::sqrt(ops::sum(ops::square(x)).item()); };
  const double of_variable = norm(variable), of_update = norm(update);
  const double ratio = of_variable > 0 && of_update > 0 ? of_variable / of_update : 1.0;
  variable.assign_sub(update * (ratio * learning_rate));
}

optimizers::Lamb::Lamb(LambOptions options) {
  auto impl = std::make_shared<LambImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
