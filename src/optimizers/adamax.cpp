#include "src/optimizers/adamax.h"

#include "kcpp/ops/math.h"
#include "src/optimizers/indexed_slices.h"

namespace kcpp {

void AdamaxImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("beta_1", options_.beta_1);
  f("beta_2", options_.beta_2);
  f("epsilon", options_.epsilon);
}

void AdamaxImpl::build_slots(const Variables& variables) {
  auto slots = add_slots(variables, {"momentum", "norm"});
  momentums_ = std::move(slots[0]);
  norms_ = std::move(slots[1]);
}

std::optional<Variables> AdamaxImpl::lazy_slots(size_t i) const {
  return Variables{momentums_[i], norms_[i]};
}

void AdamaxImpl::update_variable(const Tensor& gradient, Variable variable, size_t i,
                                 double learning_rate) {
  const double beta_1_power =
      power_in(variable.dtype(), options_.beta_1, static_cast<double>(update_count() + 1));
  Variable m = momentums_[i], u = norms_[i];
  m.assign_add((gradient - m) * (1 - options_.beta_1));
  u.assign(ops::maximum(u.value() * options_.beta_2, magnitude_of(gradient)));
  variable.assign_sub(m.value() * learning_rate /
                      ((u.value() + options_.epsilon) * (1 - beta_1_power)));
}

optimizers::Adamax::Adamax(AdamaxOptions options) {
  auto impl = std::make_shared<AdamaxImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
