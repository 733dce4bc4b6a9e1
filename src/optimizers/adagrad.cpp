#include "src/optimizers/adagrad.h"

#include "kcpp/ops/math.h"
#include "src/optimizers/indexed_slices.h"

namespace kcpp {

void AdagradImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("initial_accumulator_value", options_.initial_accumulator_value);
  f("epsilon", options_.epsilon);
}

void AdagradImpl::build_slots(const Variables& variables) {
  accumulators_ = add_slots(variables, {"accumulator"}, {options_.initial_accumulator_value})[0];
}

void AdagradImpl::update_variable(const Tensor& gradient, Variable variable, size_t i,
                                  double learning_rate) {
  Variable sum = accumulators_[i];
  sum.assign_add(square_of(gradient));
  variable.assign_sub(gradient * learning_rate / ops::sqrt(sum.value() + options_.epsilon));
}

optimizers::Adagrad::Adagrad(AdagradOptions options) {
  auto impl = std::make_shared<AdagradImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
