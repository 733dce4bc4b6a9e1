#pragma once

#include "src/core/pattern.h"
#include "src/optimizers/per_variable.h"

namespace kcpp {

class MuonImpl final : public PerVariableOptimizer {
 public:
  MuonImpl() : MuonImpl(optimizers::MuonOptions{}) {}
  explicit MuonImpl(const optimizers::MuonOptions& o) : options_(o) { set_base(o); }
  ClassInfo class_info() const override { return {"Muon", "keras.optimizers"}; }
  void fields(Fields& f) override;
  void validate() override;

 protected:
  void build_slots(const Variables& variables) override;
  std::optional<double> decay_of(const Variable& variable) const override;
  void update_variable(const Tensor& gradient, Variable variable, size_t i,
                       double learning_rate) override;

 private:
  bool by_adam(const Variable& variable) const;
  Tensor orthogonal(Tensor x) const;
  optimizers::MuonOptions options_;
  std::vector<Pattern> excluded_;  ///< options_.exclude_layers
  Variables momentums_;
  Variables velocities_;  ///< undefined for what is not AdamW's
};

}  // namespace kcpp
