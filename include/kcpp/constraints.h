/// Constraints (keras.constraints): projections applied to a weight after each update.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kcpp/core/object.h"
#include "kcpp/core/tensor.h"

namespace kcpp {

class KCPP_API ConstraintImpl : public Object {
 public:
  virtual Tensor project(const Tensor& weight) = 0;
};

/// A handle built from a name ("non_neg"), from `constraints::MaxNorm(...)`, or from a lambda;
/// empty: none.
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

namespace constraints {

/// Norms along `axis` of at most max_value.
class KCPP_API MaxNorm : public Constraint {
 public:
  explicit MaxNorm(double max_value = 2, std::vector<int> axis = {0});
};
class KCPP_API NonNeg : public Constraint {
 public:
  NonNeg();
};
/// Norms of 1 along `axis`.
class KCPP_API UnitNorm : public Constraint {
 public:
  explicit UnitNorm(std::vector<int> axis = {0});
};
struct MinMaxNormOptions {
  double min_value = 0.0;
  double max_value = 1.0;
  double rate = 1.0;  ///< 1: norms land in the range at once; below: step by step
  std::vector<int> axis = {0};
};
class KCPP_API MinMaxNorm : public Constraint {
 public:
  explicit MinMaxNorm(MinMaxNormOptions options = {});
};

}  // namespace constraints
}  // namespace kcpp
