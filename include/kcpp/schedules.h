/// Learning rate schedules (keras.optimizers.schedules).
#pragma once

#include <cstdint>
#include <optional>
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
  requires std::is_base_of_v<Schedule, S> LearningRate(S schedule)
      : schedule_(Schedule(schedule.impl())) {}
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

namespace optimizers::schedules {

struct ExponentialDecayOptions {
  bool staircase = false;  ///< decay at whole multiples of decay_steps only
  std::string name = "ExponentialDecay";
};
/// initial_learning_rate * decay_rate^(step / decay_steps).
class KCPP_API ExponentialDecay : public Schedule {
 public:
  ExponentialDecay(double initial_learning_rate, int64_t decay_steps, double decay_rate,
                   ExponentialDecayOptions options = {});
};

struct PiecewiseConstantDecayOptions {
  std::string name = "PiecewiseConstant";
};
/// values[i] up to and with the step boundaries[i], the last value after them.
class KCPP_API PiecewiseConstantDecay : public Schedule {
 public:
  PiecewiseConstantDecay(std::vector<double> boundaries, std::vector<double> values,
                         PiecewiseConstantDecayOptions options = {});
};

struct PolynomialDecayOptions {
  double end_learning_rate = 0.0001;
  double power = 1.0;
  bool cycle = false;  ///< begin anew after each decay_steps, ever longer
  std::string name = "PolynomialDecay";
};
/// From initial_learning_rate to end_learning_rate along (1 - step / decay_steps)^power.
class KCPP_API PolynomialDecay : public Schedule {
 public:
  PolynomialDecay(double initial_learning_rate, int64_t decay_steps,
                  PolynomialDecayOptions options = {});
};

struct InverseTimeDecayOptions {
  bool staircase = false;
  std::string name = "InverseTimeDecay";
};
/// initial_learning_rate / (1 + decay_rate * step / decay_steps).
class KCPP_API InverseTimeDecay : public Schedule {
 public:
  InverseTimeDecay(double initial_learning_rate, int64_t decay_steps, double decay_rate,
                   InverseTimeDecayOptions options = {});
};

struct CosineDecayOptions {
  double alpha = 0.0;                        ///< the least rate, as a share of the greatest
  std::optional<double> warmup_target = {};  ///< the rate rises linearly to this first
  int64_t warmup_steps = 0;
  std::string name = "CosineDecay";
};
/// Half a cosine wave (Loshchilov & Hutter 2016), after an optional warm-up.
class KCPP_API CosineDecay : public Schedule {
 public:
  CosineDecay(double initial_learning_rate, int64_t decay_steps, CosineDecayOptions options = {});
};

struct CosineDecayRestartsOptions {
  double t_mul = 2.0;  ///< each period is so much longer than the one before
  double m_mul = 1.0;  ///< and begins at so much of its rate
  double alpha = 0.0;
  std::string name = "SGDRDecay";
};
/// Cosine decay with warm restarts.
class KCPP_API CosineDecayRestarts : public Schedule {
 public:
  CosineDecayRestarts(double initial_learning_rate, int64_t first_decay_steps,
                      CosineDecayRestartsOptions options = {});
};

}  // namespace optimizers::schedules
namespace schedules = optimizers::schedules;
}  // namespace kcpp
