#include "src/optimizers/adam.h"

#include "src/optimizers/fused.h"

namespace kcpp {

AdamImpl::AdamImpl() : AdamImpl(optimizers::AdamOptions{}) {}
AdamImpl::AdamImpl(const optimizers::AdamOptions& o)
    : beta_1_(o.beta_1), beta_2_(o.beta_2), epsilon_(o.epsilon), amsgrad_(o.amsgrad) {
  set_base(o);
}

void AdamImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("beta_1", beta_1_);
  f("beta_2", beta_2_);
  f("epsilon", epsilon_);
  f("amsgrad", amsgrad_);
}

void AdamImpl::build_slots(const Variables& variables) {
  auto slots = add_slots(variables, {"momentum", "velocity"});
  momentums_ = std::move(slots[0]);
  velocities_ = std::move(slots[1]);
  if (amsgrad_) velocity_hats_ = add_slots(variables, {"velocity_hat"})[0];
}

void AdamImpl::update(const Tensors& gradients, const Variables& variables,
                      const std::vector<size_t>& indices, double learning_rate) {
  OptimizerStep step;
  step.kind = amsgrad_ ? OptimizerStep::Kind::amsgrad : OptimizerStep::Kind::adam;
  step.learning_rate = learning_rate;
  step.beta_1 = beta_1_;
  step.beta_2 = beta_2_;
  step.epsilon = epsilon_;
  step.iteration = update_count() + 1;
  std::vector<Variables*> slots{&momentums_, &velocities_};
  if (amsgrad_) slots.push_back(&velocity_hats_);
  run_fused(step, gradients, variables, indices, std::move(slots));
}

AdamWImpl::AdamWImpl() : AdamWImpl(optimizers::AdamWOptions{}) {}
AdamWImpl::AdamWImpl(const optimizers::AdamWOptions& o) {
  set_base(o);
  beta_1_ = o.beta_1;
  beta_2_ = o.beta_2;
  epsilon_ = o.epsilon;
  amsgrad_ = o.amsgrad;
}

void AdamWImpl::validate() {
  AdamImpl::validate();
  check(weight_decay_.has_value(),
        "Argument `weight_decay` must be a float. Received: weight_decay=None");
}

optimizers::Adam::Adam(AdamOptions options) {
  auto impl = std::make_shared<AdamImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

optimizers::AdamW::AdamW(AdamWOptions options) {
  auto impl = std::make_shared<AdamWImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
