/// Regularizers (keras.regularizers): penalties on weights and activities, added to the loss.
#pragma once

#include <functional>
#include <string>

#include "kcpp/core/object.h"
#include "kcpp/core/tensor.h"

namespace kcpp {

class KCPP_API RegularizerImpl : public Object {
 public:
  /// The penalty, a scalar. Differentiable.
  virtual Tensor penalty(const Tensor& x) = 0;
};

/// A handle built from a name ("l2"), from `regularizers::L2(...)`, or from a lambda; empty: no
/// penalty.
class KCPP_API Regularizer : public Handle<RegularizerImpl> {
 public:
  using Handle::Handle;
  Regularizer() = default;
  Regularizer(const char* name);
  Regularizer(const std::string& name);
  Regularizer(std::function<Tensor(const Tensor&)> function);
  Tensor operator()(const Tensor& x) const { return impl_->penalty(x); }
};
KCPP_API Config to_config(const Regularizer& v);
KCPP_API void from_config(const Config& c, Regularizer& v, std::string_view what);

namespace regularizers {
/// 0.01 is Keras's default for each factor.
class KCPP_API L1 : public Regularizer {
 public:
  explicit L1(double l1 = 0.01);
};
class KCPP_API L2 : public Regularizer {
 public:
  explicit L2(double l2 = 0.01);
};
class KCPP_API L1L2 : public Regularizer {
 public:
  explicit L1L2(double l1 = 0.0, double l2 = 0.0);
};
struct OrthogonalRegularizerOptions {
  double factor = 0.01;
  std::string mode = "rows";
};
class KCPP_API OrthogonalRegularizer : public Regularizer {
 public:
  explicit OrthogonalRegularizer(OrthogonalRegularizerOptions options = {});
};
}  // namespace regularizers

}  // namespace kcpp
