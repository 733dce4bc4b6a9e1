/// Metrics (keras.metrics): running figures over batches.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kcpp/core/dtype_policy.h"
#include "kcpp/core/object.h"
#include "kcpp/core/tensor.h"
#include "kcpp/core/variable.h"

namespace kcpp {

/// Base of the metrics (keras.metrics.Metric).
class KCPP_API MetricImpl : public Object {
 public:
  /// Keras's `_direction`, for callbacks of mode "auto": 1 when more is better, -1 when less is, 0 when unknown. By
  /// itself: what Keras says of the class of this name.
  virtual int direction() const;
  virtual void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) = 0;
  /// The current value; a scalar for most.
  virtual Tensor result() = 0;
  virtual void reset_state() = 0;
  virtual Variables variables() const { return {}; }
  void fields(Fields& f) override;  ///< name and dtype

  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

 protected:
  std::string name_;
  DTypePolicy dtype_;
};

/// A handle built from a name ("accuracy"), from `metrics::X(...)`, or from a lambda (y_true, y_pred) -> values, which is averaged.
class KCPP_API Metric : public Handle<MetricImpl> {
 public:
  using Handle::Handle;
  using Function = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  Metric() = default;
  /// "accuracy" and "acc" (also "crossentropy" and "ce") stay open until the shapes of y are known: `resolve`.
  Metric(const char* name);
  Metric(const std::string& name);
  Metric(Function function, std::string name);
  template <class F>
    requires std::is_invocable_r_v<Tensor, F, const Tensor&, const Tensor&>
  Metric(F function) : Metric(Function(std::move(function)), "metric_fn") {}

  /// keras.src.trainers.compile_utils.get_metric: the metric for outputs of these shapes, named as the user wrote it.
  Metric resolve(const Shape& y_true, const Shape& y_pred) const;
  const std::string& identifier() const { return identifier_; }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) const {
    impl_->update_state(y_true, y_pred, sample_weight);
  }
  Tensor result() const { return impl_->result(); }
  void reset_state() const { impl_->reset_state(); }
  const std::string& name() const { return impl_ ? impl_->name() : identifier_; }

 private:
  std::string identifier_;
};
KCPP_API Config to_config(const Metric& v);
KCPP_API void from_config(const Config& c, Metric& v, std::string_view what);

}  // namespace kcpp
