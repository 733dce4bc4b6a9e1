/// The learning rate schedules. Keras computes in float32, and so do these: the last bits are the
/// same.
#include "kcpp/schedules.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "src/tables.h"

namespace kcpp {

Config to_config(const LearningRate& v) {
  return v.is_schedule() ? serialize(v.schedule().impl().get()) : Config(v.value());
}
void from_config(const Config& c, LearningRate& v, std::string_view what) {
  if (c.is_number()) {
    v = c.as_double(what);
  } else {
    v = Schedule(std::dynamic_pointer_cast<ScheduleImpl>(deserialize(ObjectKind::schedule, c)));
  }
}

namespace {

using namespace optimizers::schedules;

constexpr float pi = std::numbers::pi_v<float>;

void check_steps(const char* name, int64_t steps) {
  check(steps > 0, "Argument `", name, "` must be > 0. Received: ", name, "=", steps);
}

class ExponentialDecayImpl final : public ScheduleImpl {
 public:
  ExponentialDecayImpl() = default;
  ExponentialDecayImpl(double initial, int64_t steps, double rate, ExponentialDecayOptions o)
      : initial_(initial), rate_(rate), steps_(steps), options_(std::move(o)) {}
  ClassInfo class_info() const override {
    return {"ExponentialDecay", "keras.optimizers.schedules"};
  }
  void fields(Fields& f) override {
    f.required("initial_learning_rate", initial_);
    f.required("decay_steps", steps_);
    f.required("decay_rate", rate_);
    f("staircase", options_.staircase);
    f("name", options_.name);
  }
  void validate() override { check_steps("decay_steps", steps_); }
  double at(int64_t step) const override {
    float p = static_cast<float>(step) / static_cast<float>(steps_);
    if (options_.staircase) p = std::floor(p);
    return static_cast<float>(initial_) * std::pow(static_cast<float>(rate_), p);
  }

 private:
  double initial_ = 0, rate_ = 0;
  int64_t steps_ = 1;
  ExponentialDecayOptions options_;
};

class PiecewiseConstantDecayImpl final : public ScheduleImpl {
 public:
  PiecewiseConstantDecayImpl() = default;
  PiecewiseConstantDecayImpl(std::vector<double> boundaries, std::vector<double> values,
                             PiecewiseConstantDecayOptions o)
      : boundaries_(std::move(boundaries)), values_(std::move(values)), options_(std::move(o)) {}
  ClassInfo class_info() const override {
    return {"PiecewiseConstantDecay", "keras.optimizers.schedules"};
  }
  void fields(Fields& f) override {
    f.required("boundaries", boundaries_);
    f.required("values", values_);
    f("name", options_.name);
    if (f.reading()) return;
    Config written = Config::list();  // steps are whole numbers: 10, not 10.0
    for (double b : boundaries_)
      written.push_back(b == std::floor(b) ? Config(static_cast<int64_t>(b)) : Config(b));
    f.write("boundaries", std::move(written));
  }
  void validate() override {
    check(boundaries_.size() + 1 == values_.size(),
          "The length of boundaries should be 1 less than the length of values. Received: "
          "boundaries=",
          to_config(boundaries_), " of length ", boundaries_.size(),
          ", and values=", to_config(values_), " of length ", values_.size(), ".");
  }
  double at(int64_t step) const override {
    // Keras casts the boundaries to the step's integers.
    size_t i = 0;
    while (i < boundaries_.size() && step > static_cast<int64_t>(boundaries_[i])) ++i;
    return static_cast<float>(values_[i]);
  }

 private:
  std::vector<double> boundaries_, values_{0.0};
  PiecewiseConstantDecayOptions options_;
};

class PolynomialDecayImpl final : public ScheduleImpl {
 public:
  PolynomialDecayImpl() = default;
  PolynomialDecayImpl(double initial, int64_t steps, PolynomialDecayOptions o)
      : initial_(initial), steps_(steps), options_(std::move(o)) {}
  ClassInfo class_info() const override {
    return {"PolynomialDecay", "keras.optimizers.schedules"};
  }
  void fields(Fields& f) override {
    f.required("initial_learning_rate", initial_);
    f.required("decay_steps", steps_);
    f("end_learning_rate", options_.end_learning_rate);
    f("power", options_.power);
    f("cycle", options_.cycle);
    f("name", options_.name);
  }
  void validate() override { check_steps("decay_steps", steps_); }
  double at(int64_t step) const override {
    auto now = static_cast<float>(step), whole = static_cast<float>(steps_);
    if (options_.cycle) {
      whole *= step == 0 ? 1.0F : std::ceil(now / whole);
    } else {
      now = std::min(now, whole);
    }
    const auto end = static_cast<float>(options_.end_learning_rate);
    return (static_cast<float>(initial_) - end) *
               std::pow(1 - now / whole, static_cast<float>(options_.power)) +
           end;
  }

 private:
  double initial_ = 0;
  int64_t steps_ = 1;
  PolynomialDecayOptions options_;
};

class InverseTimeDecayImpl final : public ScheduleImpl {
 public:
  InverseTimeDecayImpl() = default;
  InverseTimeDecayImpl(double initial, int64_t steps, double rate, InverseTimeDecayOptions o)
      : initial_(initial), rate_(rate), steps_(steps), options_(std::move(o)) {}
  ClassInfo class_info() const override {
    return {"InverseTimeDecay", "keras.optimizers.schedules"};
  }
  void fields(Fields& f) override {
    f.required("initial_learning_rate", initial_);
    f.required("decay_steps", steps_);
    f.required("decay_rate", rate_);
    f("staircase", options_.staircase);
    f("name", options_.name);
  }
  void validate() override { check_steps("decay_steps", steps_); }
  double at(int64_t step) const override {
    float p = static_cast<float>(step) / static_cast<float>(steps_);
    if (options_.staircase) p = std::floor(p);
    return static_cast<float>(initial_) / (1 + static_cast<float>(rate_) * p);
  }

 private:
  double initial_ = 0, rate_ = 0;
  int64_t steps_ = 1;
  InverseTimeDecayOptions options_;
};

class CosineDecayImpl final : public ScheduleImpl {
 public:
  CosineDecayImpl() = default;
  CosineDecayImpl(double initial, int64_t steps, CosineDecayOptions o)
      : initial_(initial), steps_(steps), options_(std::move(o)) {}
  ClassInfo class_info() const override { return {"CosineDecay", "keras.optimizers.schedules"}; }
  void fields(Fields& f) override {
    f.required("initial_learning_rate", initial_);
    f.required("decay_steps", steps_);
    f("alpha", options_.alpha);
    f("name", options_.name);
    f("warmup_target", options_.warmup_target);
    f("warmup_steps", options_.warmup_steps);
  }
  void validate() override { check_steps("decay_steps", steps_); }
  double at(int64_t step) const override {
    const auto whole = static_cast<float>(steps_), initial = static_cast<float>(initial_);
    if (!options_.warmup_target) return decay(std::min(static_cast<float>(step), whole), initial);
    const auto target = static_cast<float>(*options_.warmup_target),
               warmup = static_cast<float>(options_.warmup_steps);
    const float now = std::min(static_cast<float>(step), whole + warmup);
    return now < warmup ? (target - initial) * (now / warmup) + initial
                        : decay(now - warmup, target);
  }

 private:
  float decay(float step, float from) const {
    const float wave = 0.5F * (1 + std::cos(pi * (step / static_cast<float>(steps_))));
    return from *
           (static_cast<float>(1 - options_.alpha) * wave + static_cast<float>(options_.alpha));
  }
  double initial_ = 0;
  int64_t steps_ = 1;
  CosineDecayOptions options_;
};

class CosineDecayRestartsImpl final : public ScheduleImpl {
 public:
  CosineDecayRestartsImpl() = default;
  CosineDecayRestartsImpl(double initial, int64_t steps, CosineDecayRestartsOptions o)
      : initial_(initial), steps_(steps), options_(std::move(o)) {}
  ClassInfo class_info() const override {
    return {"CosineDecayRestarts", "keras.optimizers.schedules"};
  }
  void fields(Fields& f) override {
    f.required("initial_learning_rate", initial_);
    f.required("first_decay_steps", steps_);
    f("t_mul", options_.t_mul);
    f("m_mul", options_.m_mul);
    f("alpha", options_.alpha);
    f("name", options_.name);
  }
  void validate() override { check_steps("first_decay_steps", steps_); }
  double at(int64_t step) const override {
    const auto t = static_cast<float>(options_.t_mul), alpha = static_cast<float>(options_.alpha);
    float done = static_cast<float>(step) / static_cast<float>(steps_);
    float restarts = 0;
    if (t == 1.0F) {
      restarts = std::floor(done);
      done -= restarts;
    } else {
      // The lengths of the periods are a geometric series.
      restarts = std::floor(std::log(1 - done * (1 - t)) / std::log(t));
      const float length = std::pow(t, restarts);
      done = (done - (1 - length) / (1 - t)) / length;
    }
    const float wave =
        0.5F * std::pow(static_cast<float>(options_.m_mul), restarts) * (1 + std::cos(pi * done));
    return static_cast<float>(initial_) * ((1 - alpha) * wave + alpha);
  }

 private:
  double initial_ = 0;
  int64_t steps_ = 1;
  CosineDecayRestartsOptions options_;
};

template <class Impl, class... Args>
std::shared_ptr<ScheduleImpl> make(Args&&... args) {
  auto impl = std::make_shared<Impl>(std::forward<Args>(args)...);
  impl->check_fields();
  return impl;
}

constexpr Factory table[] = {
    {"ExponentialDecay", make_object<ExponentialDecayImpl>},
    {"PiecewiseConstantDecay", make_object<PiecewiseConstantDecayImpl>},
    {"PolynomialDecay", make_object<PolynomialDecayImpl>},
    {"InverseTimeDecay", make_object<InverseTimeDecayImpl>},
    {"CosineDecay", make_object<CosineDecayImpl>},
    {"CosineDecayRestarts", make_object<CosineDecayRestartsImpl>},
};

}  // namespace

namespace optimizers::schedules {

ExponentialDecay::ExponentialDecay(double initial_learning_rate, int64_t decay_steps,
                                   double decay_rate, ExponentialDecayOptions options)
    : Schedule(make<ExponentialDecayImpl>(initial_learning_rate, decay_steps, decay_rate,
                                          std::move(options))) {}
PiecewiseConstantDecay::PiecewiseConstantDecay(std::vector<double> boundaries,
                                               std::vector<double> values,
                                               PiecewiseConstantDecayOptions options)
    : Schedule(make<PiecewiseConstantDecayImpl>(std::move(boundaries), std::move(values),
                                                std::move(options))) {}
PolynomialDecay::PolynomialDecay(double initial_learning_rate, int64_t decay_steps,
                                 PolynomialDecayOptions options)
    : Schedule(make<PolynomialDecayImpl>(initial_learning_rate, decay_steps, std::move(options))) {}
InverseTimeDecay::InverseTimeDecay(double initial_learning_rate, int64_t decay_steps,
                                   double decay_rate, InverseTimeDecayOptions options)
    : Schedule(make<InverseTimeDecayImpl>(initial_learning_rate, decay_steps, decay_rate,
                                          std::move(options))) {}
CosineDecay::CosineDecay(double initial_learning_rate, int64_t decay_steps,
                         CosineDecayOptions options)
    : Schedule(make<CosineDecayImpl>(initial_learning_rate, decay_steps, std::move(options))) {}
CosineDecayRestarts::CosineDecayRestarts(double initial_learning_rate, int64_t first_decay_steps,
                                         CosineDecayRestartsOptions options)
    : Schedule(make<CosineDecayRestartsImpl>(initial_learning_rate, first_decay_steps,
                                             std::move(options))) {}

}  // namespace optimizers::schedules

std::span<const Factory> tables::schedules() { return table; }

}  // namespace kcpp
