#pragma once

#include "kcpp/optimizers.h"

namespace kcpp {

class RMSpropImpl final : public OptimizerImpl {
 public:
  RMSpropImpl();
  explicit RMSpropImpl(const optimizers::RMSpropOptions& o);
  ClassInfo class_info() const override { return {"RMSprop", "keras.optimizers"}; }
  void fields(Fields& f) override;

 protected:
  void build_slots(const Variables& variables) override;
  void update(const Tensors& gradients, const Variables& variables,
              const std::vector<size_t>& indices, double learning_rate) override;

 private:
  double rho_ = 0.9, momentum_ = 0.0, epsilon_ = 1e-7;
  bool centered_ = false;
  Variables velocities_, momentums_, average_gradients_;
};

}  // namespace kcpp
