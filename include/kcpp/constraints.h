/// Constraints (keras.constraints): projections applied to a weight after each update.
#pragma once

#include <functional>
#include <string>

#include "kcpp/core/object.h"
#include "kcpp/core/tensor.h"

namespace kcpp {

class KCPP_API ConstraintImpl : public Object {
 public:
  virtual Tensor project(const Tensor& weight) = 0;
};

/// A handle built from a name ("non_neg"), from `constraints::MaxNorm(...)`, or from a lambda; empty: none.
class KCPP_API Constraint : public Handle<ConstraintImpl> {
 public:
  using Handle::Handle;
  Constraint() = default;
  Constraint(const char* name);
  Constraint(const std::string& name);
  Constraint(std::function<Tensor(const Tensor&)> function);
  Tensor operator()(const Tensor& weight) const { return impl_->project(weight); }
};
KCPP_API Config to_config(const Constraint& v);
KCPP_API void from_config(const Config& c, Constraint& v, std::string_view what);

}  // namespace kcpp
