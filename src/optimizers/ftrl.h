#pragma once

#include "src/optimizers/per_variable.h"

namespace kcpp {

class FtrlImpl final : public PerVariableOptimizer {
 public:
  FtrlImpl() : FtrlImpl(optimizers::FtrlOptions{}) {}
  explicit FtrlImpl(const optimizers::FtrlOptions& o) : options_(o) { set_base(o); }
  ClassInfo class_info() const override { return {"Ftrl", "keras.optimizers"}; }
  void fields(Fields& f) override;
  void validate() override;

 protected:
  void build_slots(const Variables& variables) override;
  std::optional<Variables> lazy_slots(size_t i) const override;
  void update_variable(const Tensor& gradient, Variable variable, size_t i,
                       double learning_rate) override;

 private:
  optimizers::FtrlOptions options_;
  Variables accumulators_, linears_;
};

}  // namespace kcpp
