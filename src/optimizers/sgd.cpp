#include "src/optimizers/sgd.h"

#include "src/optimizers/fused.h"

namespace kcpp {

SGDImpl::SGDImpl(const optimizers::SGDOptions& o) : momentum_(o.momentum), nesterov_(o.nesterov) {
  set_base(o);
}

void SGDImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("momentum", momentum_);
  f("nesterov", nesterov_);
}

void SGDImpl::validate() {
  OptimizerImpl::validate();
  check(momentum_ >= 0 && momentum_ <= 1,
        "`momentum` must be a float between [0, 1]. Received: momentum=", momentum_);
}

void SGDImpl::build_slots(const Variables& variables) {
  if (momentum_ != 0) momentums_ = add_slots(variables, {"momentum"})[0];
}

std::optional<Variables> SGDImpl::lazy_slots(size_t i) const {
  return momentum_ != 0 ? Variables{momentums_[i]} : Variables{};
}

void SGDImpl::update(const Tensors& gradients, const Variables& variables,
                     const std::vector<size_t>& indices, double learning_rate) {
  OptimizerStep step;
  step.learning_rate = learning_rate;
  step.iteration = update_count() + 1;
  if (momentum_ == 0) {
    run_fused(step, gradients, variables, indices, {});
    return;
  }
  step.kind = nesterov_ ? OptimizerStep::Kind::nesterov : OptimizerStep::Kind::momentum;
  step.beta_1 = momentum_;
  run_fused(step, gradients, variables, indices, {&momentums_});
}

optimizers::SGD::SGD(SGDOptions options) {
  auto impl = std::make_shared<SGDImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
