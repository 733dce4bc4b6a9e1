/// Losses (keras.losses): what training minimises.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "kcpp/core/dtype_policy.h"
#include "kcpp/core/object.h"
#include "kcpp/core/tensor.h"

namespace kcpp {

/// Base of the losses. A loss overrides `call`, which gives one value a sample (or finer); the base weights and reduces.
class KCPP_API LossImpl : public Object {
 public:
  /// Loss values of shape [batch, d0, .. dN-1] from y_true and y_pred [batch, d0, .. dN]. Differentiable.
  virtual Tensor call(const Tensor& y_true, const Tensor& y_pred) = 0;
  /// keras.losses.Loss.__call__: casts, applies the mask of y_pred and sample_weight, reduces. A scalar unless reduction is "none".
  virtual Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {});
  /// The fields name and reduction; subclasses' `fields` add theirs.
  void fields(Fields& f) override;
  void validate() override;

  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }
  const std::string& reduction() const { return reduction_; }

 protected:
  std::string name_;
  std::string reduction_ = "sum_over_batch_size";
  DTypePolicy dtype_;
};

/// A handle built from a name ("mse"), from `losses::X(...)`, or from a lambda (y_true, y_pred) -> values.
class KCPP_API Loss : public Handle<LossImpl> {
 public:
  using Handle::Handle;
  using Function = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  Loss() = default;
  Loss(const char* name);
  Loss(const std::string& name);
  Loss(Function function, std::string name = "loss_fn");
  template <class F>
    requires std::is_invocable_r_v<Tensor, F, const Tensor&, const Tensor&>
  Loss(F function) : Loss(Function(std::move(function))) {}
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) const {
    return (*impl_)(y_true, y_pred, sample_weight);
  }
  /// What the user wrote, when it was a name: "mse", "crossentropy". Kept for compile configs and for automatic choice.
  const std::string& identifier() const { return identifier_; }

 private:
  std::string identifier_;
};
/// As in a compile config: the name if it was given by name, else the serialized object.
KCPP_API Config to_config(const Loss& v);
KCPP_API void from_config(const Config& c, Loss& v, std::string_view what);

}  // namespace kcpp
