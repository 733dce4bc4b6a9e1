#include "src/optimizers/lion.h"

#include "kcpp/ops/math.h"

namespace kcpp {

void LionImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("beta_1", options_.beta_1);
  f("beta_2", options_.beta_2);
}

void LionImpl::validate() {
  OptimizerImpl::validate();
  check(options_.beta_1 > 0 && options_.beta_1 <= 1,
        "Argument `beta_1` must be in the [0, 1] range. Otherwise, the optimizer degenerates to "
        "SignSGD. Received: beta_1=",
        options_.beta_1, ".");
}

void LionImpl::build_slots(const Variables& variables) {
  momentums_ = add_slots(variables, {"momentum"})[0];
}

void LionImpl::update_variable(const Tensor& gradient, Variable variable, size_t i,
                               double learning_rate) {
  const double beta_1 = rounded_to(variable.dtype(), options_.beta_1),
               beta_2 = rounded_to(variable.dtype(), options_.beta_2);
  Variable m = momentums_[i];
  variable.assign_sub(ops::sign(m.value() * beta_1 + gradient * (1 - beta_1)) * learning_rate);
  m.assign(m.value() * beta_2 + gradient * (1 - beta_2));
}

optimizers::Lion::Lion(LionOptions options) {
  auto impl = std::make_shared<LionImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
