#include "src/metrics/mean_metric_wrapper.h"

#include "kcpp/core/custom_objects.h"
#include "kcpp/losses.h"

namespace kcpp {
namespace {

/// A loss of this name, if there is one: Keras looks functions up among losses first.
Loss find_loss(const std::string& name) {
  try {
    return Loss(name);
  } catch (const ValueError&) {
    return {};
  }
}

/// Gives the class behind a function the function's arguments.
void set_arguments(Object& object, const Config& arguments, const std::string& fn) {
  const std::vector<std::string> unknown = object.set_config(arguments);
  check(unknown.empty(), "Unrecognized keyword arguments passed to ", fn, ": ", unknown);
}

}  // namespace

Config MeanMetricWrapperImpl::get_config() const {
  Config out = MeanMetric::get_config();
  out.set("fn", CustomObjects::function_config(fn_));
  for (const auto& [key, value] : arguments_.as_dict()) out.set(key, value);
  return out;
}

std::vector<std::string> MeanMetricWrapperImpl::set_config(const Config& config) {
  MeanMetric::set_config(config);
  const Config* fn = config.find("fn");
  check(fn != nullptr, "MeanMetricWrapper needs an argument `fn`. Received: ", config);
  fn_ = fn->is_string() ? fn->as_string() : CustomObjects::function_name(*fn);
  check(!fn_.empty(), "`fn` of MeanMetricWrapper must name a function. Received: fn=", *fn);
  for (const auto& [key, value] : config.as_dict())
    if (key != "name" && key != "dtype" && key != "fn") arguments_.set(key, value);

  if (Loss loss = find_loss(fn_)) {
    set_arguments(*loss.impl(), arguments_, fn_);
    function_ = [impl = loss.impl()](const Tensor& y_true, const Tensor& y_pred) {
      return impl->call(y_true, y_pred);
    };
    return {};
  }
  const auto metric = std::dynamic_pointer_cast<MeanMetric>(Metric(fn_).impl());
  check(metric != nullptr,
        "`fn` of MeanMetricWrapper must be a function of y_true and y_pred. "
        "Received: fn=",
        fn_);
  set_arguments(*metric, arguments_, fn_);
  function_ = [metric](const Tensor& y_true, const Tensor& y_pred) {
    return metric->values(y_true, y_pred);
  };
  return {};
}

}  // namespace kcpp
