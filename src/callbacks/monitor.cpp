#include <cmath>
#include <ostream>

#include "kcpp/models/model.h"
#include "src/callbacks/support.h"

namespace kcpp::callbacks {

MonitorCallback::MonitorCallback(std::string class_name, std::string monitor,
                                 const std::string& mode, std::optional<double> best,
                                 double min_delta)
    : monitor_(std::move(monitor)),
      best_(best),
      class_name_(std::move(class_name)),
      mode_(mode),
      min_delta_(std::fabs(min_delta)) {
  check(mode == "auto" || mode == "min" || mode == "max", class_name_, " mode '", mode,
        "' is unknown. Expected one of 'auto', 'min', 'max'.");
}

std::optional<double> MonitorCallback::current(int epoch, const Logs& logs,
                                               const std::string& problem) const {
  if (logs.contains(monitor_)) return logs.at(monitor_);
  const bool of_validation = monitor_.starts_with("val_");
  if (of_validation && params_.validation_freq > 1 && (epoch + 1) % params_.validation_freq != 0)
    return {};
  std::string names;
  for (const std::string& name : logs.names()) names += (names.empty() ? "" : ",") + name;
  throw ValueError(text(problem, " Available metrics are: ", names,
                        of_validation && params_.validation_freq == 0
                            ? ". fit was given no `validation_data` and no `validation_split`."
                            : ""));
}

bool MonitorCallback::more_is_better() const {
  if (mode_ != "auto") return mode_ == "max";
  const std::string name = monitor_.starts_with("val_") ? monitor_.substr(4) : monitor_;
  int direction = name == "loss" ? -1 : 0;
  for (const Metric& metric : model().metrics()) {
    if (metric.impl() && metric.name() == name && metric.impl()->direction() != 0)
      direction = metric.impl()->direction();
  }
  check(direction != 0, class_name_, " callback received monitor=", monitor_,
        ", but Keras isn't able to automatically determine whether that metric should be maximized "
        "or minimized. Pass `mode='max'` in "
        "order to monitor based on the highest metric value, or pass `mode='min'` in order to use "
        "the lowest value.");
  return direction > 0;
}

bool MonitorCallback::is_improvement(double value, const std::optional<double>& reference) {
  // Only now: before the first batch the metrics may not exist.
  if (!up_) up_ = more_is_better();
  if (!reference) return true;
  // Keras compares as float32.
  const auto beyond = static_cast<float>(*up_ ? value - min_delta_ : value + min_delta_);
  const auto limit = static_cast<float>(*reference);
  return *up_ ? beyond > limit : beyond < limit;
}

void MonitorCallback::say(const std::string& line) const { callbacks::say(params_, line); }

SaveFrequency::SaveFrequency(const std::string& text) {
  check(text == "epoch", "Unrecognized save_freq: ", text,
        ". Expected save_freq are 'epoch' or integer values");
}

SaveFrequency::SaveFrequency(int batches) : batches_(batches) {
  check(
      batches > 0,
      "`save_freq` must be 'epoch' or a positive number of batches. Received: save_freq=", batches);
}

void say(const CallbackParams& params, const std::string& line) {
  if (params.stream) *params.stream << line << '\n' << std::flush;
}

double current_learning_rate(const Model& model) {
  const double rate = model.optimizer().learning_rate();
  return floatx() == DType::float64 ? rate : static_cast<float>(rate);
}

bool batch_is_due(const SaveFrequency& frequency, int64_t batch, int64_t& last_batch,
                  int64_t& seen) {
  if (frequency.is_epoch()) return false;
  seen += batch <= last_batch ? batch + 1 : batch - last_batch;
  last_batch = batch;
  if (seen < frequency.batches()) return false;
  seen = 0;
  return true;
}

}  // namespace kcpp::callbacks
