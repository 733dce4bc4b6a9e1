#include "src/optimizers/muon.h"

#include <algorithm>
#include <cctype>

#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/optimizers/indexed_slices.h"

namespace kcpp {

void MuonImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("adam_beta_1", options_.adam_beta_1);
  f("adam_beta_2", options_.adam_beta_2);
  f("epsilon", options_.epsilon);
  f("exclude_layers", options_.exclude_layers);
  f("muon_a", options_.muon_a);
  f("muon_b", options_.muon_b);
  f("muon_c", options_.muon_c);
  f("adam_lr_ratio", options_.adam_lr_ratio);
  f("momentum", options_.momentum);
  f("ns_steps", options_.ns_steps);
  f("nesterov", options_.nesterov);
  f("exclude_embeddings", options_.exclude_embeddings);
  f("adam_weight_decay", options_.adam_weight_decay);
  f("rms_rate", options_.rms_rate);
}

void MuonImpl::validate() {
  OptimizerImpl::validate();
  excluded_.clear();
  for (const std::string& pattern : options_.exclude_layers) excluded_.emplace_back(pattern);
}

bool MuonImpl::by_adam(const Variable& variable) const {
  if (variable.shape().rank() != 2) return true;
  const std::string& path = variable.path();
  if (options_.exclude_embeddings) {
    std::string lower = path;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    if (lower.find("embedding") != std::string::npos) return true;
  }
  return std::any_of(excluded_.begin(), excluded_.end(),
                     [&](const Pattern& pattern) { return pattern.search(path); });
}

std::optional<double> MuonImpl::decay_of(const Variable& variable) const {
  return by_adam(variable) ? options_.adam_weight_decay : weight_decay_;
}

void MuonImpl::build_slots(const Variables& variables) {
  for (const Variable& v : variables) {
    momentums_.push_back(add_slot_like(v, "momentum"));
    velocities_.push_back(by_adam(v) ? add_slot_like(v, "velocity") : Variable());
  }
}

Tensor MuonImpl::orthogonal(Tensor x) const {
  const bool tall = x.dim(0) > x.dim(1);
  if (tall) x = ops::transpose(x);
  x = x / (ops::sqrt(ops::sum(ops::square(x))) + 1e-7);  // a spectral norm of at most 1
  for (int k = 0; k < options_.ns_steps; ++k) {
    const Tensor a = ops::matmul(x, ops::transpose(x));
    const Tensor b = a * options_.muon_b + ops::matmul(a * options_.muon_c, a);
    x = x * options_.muon_a + ops::matmul(b, x);
  }
  return tall ? ops::transpose(x) : x;
}

void MuonImpl::update_variable(const Tensor& gradient, Variable variable, size_t i,
                               double learning_rate) {
  Variable m = momentums_[i], v = velocities_[i];
  if (!v.defined()) {
    m.assign_add(gradient + m.value() * (options_.momentum - 1));
    const Tensor update =
        orthogonal(options_.nesterov ? gradient + m.value() * options_.momentum : m.value()) *
        learning_rate;
    const auto longer = static_cast<double>(std::max(variable.shape()[0], variable.shape()[1]));
    variable.assign_sub(options_.rms_rate ? update * std::sqrt(longer) * *options_.rms_rate
                                          : update);
    return;
  }
  const auto step = static_cast<double>(update_count() + 1);
  const auto bias = [&](double beta) { return 1 - power_in(variable.dtype(), beta, step); };
  const double rate = learning_rate * options_.adam_lr_ratio *
                      std::sqrt(bias(options_.adam_beta_2)) / bias(options_.adam_beta_1);
  m.assign_add((gradient - m) * (1 - options_.adam_beta_1));
  v.assign_add((square_of(gradient) - v) * (1 - options_.adam_beta_2));
  variable.assign_sub(m.value() * rate / (ops::sqrt(v) + options_.epsilon));
}

optimizers::Muon::Muon(MuonOptions options) {
  auto impl = std::make_shared<MuonImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
