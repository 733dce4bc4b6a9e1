#include "src/optimizers/rmsprop.h"

#include "kcpp/ops/math.h"
#include "src/optimizers/fused.h"

namespace kcpp {

RMSpropImpl::RMSpropImpl() : RMSpropImpl(optimizers::RMSpropOptions{}) {}
RMSpropImpl::RMSpropImpl(const optimizers::RMSpropOptions& o)
    : rho_(o.rho), momentum_(o.momentum), epsilon_(o.epsilon), centered_(o.centered) {
  set_base(o);
}

void RMSpropImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("rho", rho_);
  f("momentum", momentum_);
  f("epsilon", epsilon_);
  f("centered", centered_);
}

Config RMSpropImpl::older_step() const {
  return epsilon_beside_root_ ? Config(epsilon_beside_root) : Config();
}
void RMSpropImpl::set_older_step(const Config& step) {
  epsilon_beside_root_ = step == Config(epsilon_beside_root);
}

void RMSpropImpl::build_slots(const Variables& variables) {
  velocities_ = add_slots(variables, {"velocity"})[0];
  if (momentum_ > 0) momentums_ = add_slots(variables, {"momentum"})[0];
  if (centered_) average_gradients_ = add_slots(variables, {"average_gradient"})[0];
}

/// Without momentum no row moves that has no gradient, and the averages of all are taken.
std::optional<Variables> RMSpropImpl::lazy_slots(size_t i) const {
  if (momentum_ <= 0) return {};
  Variables out{velocities_[i], momentums_[i]};
  if (centered_) out.push_back(average_gradients_[i]);
  return out;
}

void RMSpropImpl::update(const Tensors& gradients, const Variables& variables,
                         const std::vector<size_t>& indices, double learning_rate) {
  if (epsilon_beside_root_) {
    for (size_t k = 0; k < variables.size(); ++k)
      update_variable(gradients[k], variables[k], indices[k], learning_rate);
    return;
  }
  OptimizerStep step;
  step.kind = OptimizerStep::Kind::rmsprop;
  step.learning_rate = learning_rate;
  step.beta_1 = momentum_;
  step.beta_2 = rho_;
  step.epsilon = epsilon_;
  step.centered = centered_;
  step.iteration = update_count() + 1;
  std::vector<Variables*> slots{&velocities_};
  if (momentum_ > 0) slots.push_back(&momentums_);
  if (centered_) slots.push_back(&average_gradients_);
  run_fused(step, gradients, variables, indices, std::move(slots));
}

/// The step of Keras up to 2.10, without momentum.
void RMSpropImpl::update_variable(const Tensor& gradient, Variable variable, size_t i,
                                  double learning_rate) {
  Variable v = velocities_[i];
  v.assign(v.value() * rho_ + ops::square(gradient) * (1 - rho_));
  Tensor variance = v.value();
  if (centered_) {
    Variable mean = average_gradients_[i];
    mean.assign(mean.value() * rho_ + gradient * (1 - rho_));
    variance = variance - ops::square(mean.value());
  }
  variable.assign_sub(gradient * learning_rate / (ops::sqrt(variance) + epsilon_));
}

optimizers::RMSprop::RMSprop(RMSpropOptions options) {
  auto impl = std::make_shared<RMSpropImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
