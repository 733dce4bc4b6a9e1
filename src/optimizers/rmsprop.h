#pragma once

#include "kcpp/optimizers.h"

namespace kcpp {

/// The value of the key `decay`, which Keras 3 passes over, of an RMSprop that adds epsilon to the
/// root, as Keras up to 2.10 did, and not below it.
inline constexpr const char* epsilon_beside_root = "epsilon_beside_root";

class RMSpropImpl final : public OptimizerImpl {
 public:
  RMSpropImpl();
  explicit RMSpropImpl(const optimizers::RMSpropOptions& o);
  ClassInfo class_info() const override { return {"RMSprop", "keras.optimizers"}; }
  void fields(Fields& f) override;

 protected:
  void build_slots(const Variables& variables) override;
  std::optional<Variables> lazy_slots(size_t i) const override;
  void update(const Tensors& gradients, const Variables& variables,
              const std::vector<size_t>& indices, double learning_rate) override;
  Config older_step() const override;
  void set_older_step(const Config& step) override;

 private:
  void update_variable(const Tensor& gradient, Variable variable, size_t i, double learning_rate);

  double rho_ = 0.9, momentum_ = 0.0, epsilon_ = 1e-7;
  bool centered_ = false, epsilon_beside_root_ = false;
  Variables velocities_, momentums_, average_gradients_;
};

}  // namespace kcpp
