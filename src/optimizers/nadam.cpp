#include "src/optimizers/nadam.h"

#include <algorithm>
#include <cmath>

#include "kcpp/ops/math.h"
#include "src/optimizers/indexed_slices.h"
#include "src/optimizers/tracking.h"

namespace kcpp {
namespace {

constexpr const char* each_variable = "each_variable";

/// Keras's u: the share of the momentum at that step.
double momentum_share(DType dtype, double beta_1, double decay, double step) {
  return beta_1 * (1.0 - 0.5 * power_in(dtype, 0.96, decay * step));
}

/// Whether a variable of a step takes the product as it is. The traced function of tf.keras 2.11 to
/// 2.15 compares the step with a number that it counted while it was traced, twice over all
/// variables: that is so once for each variable, and late.
bool keeps_product(size_t variables, size_t variable, double step) {
  return static_cast<double>(variables + variable) == step;
}

}  // namespace

double nadam_product(const Config& config, size_t variables, double steps) {
  const Config* decay = config.find("decay");
  if (decay && decay->is_dict()) decay = decay->find("step");
  const bool each = decay && *decay == Config(each_variable);
  const double beta_1 = config.at("beta_1").as_double(),
               rate = decay && !each ? decay->as_double() : 1;
  double product = 1;
  // After some steps, thousands at most, it is 0.
  for (int t = 1; t <= std::min(steps, 1e5) && product != 0; ++t) {
    const auto n = static_cast<double>(variables);
    const bool kept_once = t >= n && t < 2 * n;  // keeps_product, for one of the variables
    product *= std::pow(momentum_share(DType::float64, beta_1, rate, t),
                        each ? n - static_cast<double>(kept_once) : 1);
  }
  return product;
}

void NadamImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("beta_1", options_.beta_1);
  f("beta_2", options_.beta_2);
  f("epsilon", options_.epsilon);
}

Config NadamImpl::older_step() const {
  if (each_variable_) return each_variable;
  return decay_ != 1 ? Config(decay_) : Config();
}
void NadamImpl::set_older_step(const Config& step) {
  each_variable_ = step == Config(each_variable);
  if (!each_variable_) from_config(step, decay_, "decay");
}

double NadamImpl::momentum_at(DType dtype, double beta_1, double step) const {
  return momentum_share(dtype, beta_1, decay_, step);
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

void NadamImpl::advance_product(double step) {
  u_product_.assign(u_product_.value() * momentum_at(u_product_.dtype(), options_.beta_1, step));
}

void NadamImpl::update(const Tensors& gradients, const Variables& variables,
                       const std::vector<size_t>& indices, double learning_rate) {
  if (!each_variable_) advance_product(static_cast<double>(update_count() + 1));
  PerVariableOptimizer::update(gradients, variables, indices, learning_rate);
}

void NadamImpl::update_variable(const Tensor& gradient, Variable variable, size_t i,
                                double learning_rate) {
  const DType dtype = variable.dtype();
  const auto step = static_cast<double>(update_count() + 1);
  const double beta_1 = rounded_to(dtype, options_.beta_1),
               beta_2 = rounded_to(dtype, options_.beta_2);
  if (each_variable_ && !keeps_product(momentums_.size(), i, step)) advance_product(step);
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
