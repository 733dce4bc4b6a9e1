/// Metrics as older Keras computed them under the names of today.
#pragma once

#include "src/losses/older_functions.h"
#include "src/metrics/mean.h"

namespace kcpp {

/// Averages today's values of the arguments that the words say.
class OlderMetric final : public MeanMetric {
 public:
  OlderMetric(std::shared_ptr<MeanMetric> today, OlderKeras words)
      : today_(std::move(today)), words_(std::move(words)) {
    name_ = today_->name();
  }
  ClassInfo class_info() const override { return today_->class_info(); }
  Config get_config() const override { return today_->get_config(); }
  int direction() const override {
    return words_.says(OlderKeras::negated) ? -today_->direction() : today_->direction();
  }
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override {
    const OlderArguments older = older_arguments(words_, y_true, y_pred);
    return today_->values(older.y_true, older.y_pred) * older.factor;
  }
  const OlderKeras& words() const { return words_; }

 private:
  std::shared_ptr<MeanMetric> today_;
  OlderKeras words_;
};

}  // namespace kcpp
