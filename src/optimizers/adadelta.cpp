#include "src/optimizers/adadelta.h"

#include "kcpp/ops/math.h"
#include "src/optimizers/indexed_slices.h"

namespace kcpp {

void AdadeltaImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("rho", options_.rho);
  f("epsilon", options_.epsilon);
}

void AdadeltaImpl::build_slots(const Variables& variables) {
  auto slots = add_slots(variables, {"accumulated_grad", "accumulated_delta_var"});
  accumulated_gradients_ = std::move(slots[0]);
  accumulated_deltas_ = std::move(slots[1]);
}

std::optional<Variables> AdadeltaImpl::lazy_slots(size_t i) const {
  return Variables{accumulated_gradients_[i], accumulated_deltas_[i]};
}

void AdadeltaImpl::update_variable(const Tensor& gradient, Variable variable, size_t i,
                                   double learning_rate) {
  const double rho = options_.rho;
  Variable gradients = accumulated_gradients_[i], deltas = accumulated_deltas_[i];
  const auto rms = [&](const Variable& v) { return ops::sqrt(v.value() + options_.epsilon); };
  const Tensor square = square_of(gradient);
  gradients.assign(gradients.value() * rho + square * (1 - rho));
  const Tensor scale = rms(deltas) / rms(gradients);
  deltas.assign(deltas.value() * rho + ops::square(scale) * square * (1 - rho));
  variable.assign_sub(scale * gradient * learning_rate);
}

optimizers::Adadelta::Adadelta(AdadeltaOptions options) {
  auto impl = std::make_shared<AdadeltaImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
