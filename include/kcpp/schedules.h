/// Learning rate schedules (keras.optimizers.schedules).
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "kcpp/core/object.h"

namespace kcpp {

class KCPP_API ScheduleImpl : public Object {
 public:
  /// The learning rate at a step (counted from 0).
  virtual double at(int64_t step) const = 0;
};

class KCPP_API Schedule : public Handle<ScheduleImpl> {
 public:
  using Handle::Handle;
  double operator()(int64_t step) const { return impl_->at(step); }
};

/// A number, or a schedule.
class KCPP_API LearningRate {
 public:
  LearningRate(double value = 0.01) : value_(value) {}
  LearningRate(Schedule schedule) : schedule_(std::move(schedule)) {}
  template <class S>
    requires std::is_base_of_v<Schedule, S>
  LearningRate(S schedule) : schedule_(Schedule(schedule.impl())) {}
  bool is_schedule() const { return static_cast<bool>(schedule_); }
  double value() const { return value_; }
  const Schedule& schedule() const { return schedule_; }

 private:
  double value_ = 0.01;
  Schedule schedule_;
};
/// A number, or the serialized schedule.
KCPP_API Config to_config(const LearningRate& v);
KCPP_API void from_config(const Config& c, LearningRate& v, std::string_view what);

}  // namespace kcpp
