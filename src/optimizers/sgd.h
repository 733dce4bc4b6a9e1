#pragma once

#include "kcpp/optimizers.h"

namespace kcpp {

class SGDImpl final : public OptimizerImpl {
 public:
  SGDImpl() : SGDImpl(optimizers::SGDOptions{}) {}
  explicit SGDImpl(const optimizers::SGDOptions& o);
  ClassInfo class_info() const override { return {"SGD", "keras.optimizers"}; }
  void fields(Fields& f) override;
  void validate() override;

 protected:
  void build_slots(const Variables& variables) override;
  std::optional<Variables> lazy_slots(size_t i) const override;
  void update(const Tensors& gradients, const Variables& variables,
              const std::vector<size_t>& indices, double learning_rate) override;

 private:
  double momentum_ = 0.0;
  bool nesterov_ = false;
  Variables momentums_;
};

}  // namespace kcpp
