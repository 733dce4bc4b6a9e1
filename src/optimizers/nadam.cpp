#include "src/optimizers/nadam.h"

#include "kcpp/ops/math.h"
#include "src/optimizers/indexed_slices.h"
#include "src/optimizers/tracking.h"

namespace kcpp {

void NadamImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("beta_1", options_.beta_1);
  f("beta_2", options_.beta_2);
  f("epsilon", options_.epsilon);
  if (f.reading() || decay_ != 1) f("decay", decay_);
}

double NadamImpl::momentum_at(DType dtype, double beta_1, double step) const {
  return beta_1 * (1.0 - 0.5 * power_in(dtype, 0.96, decay_ * step));
}

void NadamImpl::build_slots(const Variables& variables) {
  auto slots = add_slots(variables, {"momentum", "velocity"});
  momentums_ = std::move(slots[0]);
  velocities_ = std::move(slots[1]);
  const DType dtype = variables.empty() ? floatx() : variables[0].dtype();
  if (PauseTracking::is_on()) {
    u_product_ = Variable(Tensor::ones({}, dtype), {.trainable = false, .name = "variable"});
  } else {
    u_product_ = add_slot({}, dtype, "variable", 1.0);
  }
  u_product_.set_path("variable");  // Keras makes it outside of the optimizer's scope
}

void NadamImpl::update(const Tensors& gradients, const Variables& variables,
                       const std::vector<size_t>& indices, double learning_rate) {
  const auto step = static_cast<double>(update_count() + 1);
  u_product_.assign(u_product_.value() * momentum_at(u_product_.dtype(), options_.beta_1, step));
  PerVariableOptimizer::update(gradients, variables, indices, learning_rate);
}

void NadamImpl::update_variable(const Tensor& gradient, Variable variable, size_t i,
                                double learning_rate) {
  const DType dtype = variable.dtype();
  const auto step = static_cast<double>(update_count() + 1);
  const double beta_1 = rounded_to(dtype, options_.beta_1),
               beta_2 = rounded_to(dtype, options_.beta_2);
  const double u = momentum_at(dtype, beta_1, step), next_u = momentum_at(dtype, beta_1, step + 1);
  const double product = u_product_.value().item(), next_product = product * next_u;
  Variable m = momentums_[i], v = velocities_[i];
  m.assign_add((gradient - m) * (1 - beta_1));
  v.assign_add((square_of(gradient) - v) * (1 - beta_2));
  const Tensor m_hat = m.value() * next_u / (1 - next_product) + gradient * (1 - u) / (1 - product);
  const Tensor v_hat = v.value() / (1 - power_in(dtype, beta_2, step));
  variable.assign_sub(m_hat * learning_rate / (ops::sqrt(v_hat) + options_.epsilon));
}

optimizers::Nadam::Nadam(NadamOptions options) {
  auto impl = std::make_shared<NadamImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
