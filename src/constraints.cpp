#include "kcpp/constraints.h"

#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "src/tables.h"

namespace kcpp {
namespace {

constexpr const char* module_name = "keras.constraints";
constexpr double epsilon = 1e-7;  // keras.config.epsilon()

/// `axis` of a config: a number or a list, written back as it came.
struct AxisField {
  std::vector<int> axes = {0};
  bool is_list = false;
};
Config to_config(const AxisField& v) {
  if (v.is_list || v.axes.size() != 1) return kcpp::to_config(v.axes);
  return v.axes[0];
}
void from_config(const Config& c, AxisField& v, std::string_view what) {
  v.is_list = c.is_list();
  if (v.is_list) {
    kcpp::from_config(c, v.axes, what);
  } else {
    v.axes = {static_cast<int>(c.as_int(what))};
  }
}

Tensor norms(const Tensor& w, const AxisField& axis) {
  return ops::sqrt(ops::sum(ops::square(w), ops::Axes(axis.axes), true));
}

struct MaxNormImpl final : ConstraintImpl {
  double max_value = 2;
  AxisField axis;
  ClassInfo class_info() const override { return {"MaxNorm", module_name}; }
  void fields(Fields& f) override {
    f("max_value", max_value);
    f("axis", axis);
  }
  Tensor project(const Tensor& w) override {
    const Tensor n = norms(w, axis);
    return w * (ops::clip(n, 0.0, max_value) / (n + epsilon));
  }
};

struct NonNegImpl final : ConstraintImpl {
  ClassInfo class_info() const override { return {"NonNeg", module_name}; }
  Tensor project(const Tensor& w) override { return ops::maximum(w, 0.0); }
};

struct UnitNormImpl final : ConstraintImpl {
  AxisField axis;
  ClassInfo class_info() const override { return {"UnitNorm", module_name}; }
  void fields(Fields& f) override { f("axis", axis); }
  Tensor project(const Tensor& w) override { return w / (norms(w, axis) + epsilon); }
};

struct MinMaxNormImpl final : ConstraintImpl {
  double min_value = 0.0, max_value = 1.0, rate = 1.0;
  AxisField axis;
  ClassInfo class_info() const override { return {"MinMaxNorm", module_name}; }
  void fields(Fields& f) override {
    f("min_value", min_value);
    f("max_value", max_value);
    f("rate", rate);
    f("axis", axis);
  }
  Tensor project(const Tensor& w) override {
    const Tensor n = norms(w, axis);
    const Tensor desired = ops::clip(n, min_value, max_value) * rate + n * (1.0 - rate);
    return w * (desired / (n + epsilon));
  }
};

struct FunctionConstraint final : ConstraintImpl {
  std::function<Tensor(const Tensor&)> function;
  ClassInfo class_info() const override { return {"function"}; }
  Config get_config() const override {
    throw ValueError(
        "A constraint given as a lambda cannot be saved. Derive from ConstraintImpl and register "
        "the class.");
  }
  Tensor project(const Tensor& w) override { return function(w); }
};

constexpr Factory table[] = {
    {"MaxNorm", make_object<MaxNormImpl>},
    {"NonNeg", make_object<NonNegImpl>},
    {"UnitNorm", make_object<UnitNormImpl>},
    {"MinMaxNorm", make_object<MinMaxNormImpl>},
};

template <class Impl, class Set>
Constraint built(Set&& set) {
  auto impl = std::make_shared<Impl>();
  set(*impl);
  return Constraint(std::shared_ptr<ConstraintImpl>(std::move(impl)));
}
AxisField axis_field(std::vector<int> axes) {
  const bool list = axes.size() != 1;
  return {std::move(axes), list};
}

}  // namespace

std::span<const Factory> tables::constraints() { return table; }

Constraint::Constraint(const char* name) : Constraint(std::string(name)) {}
Constraint::Constraint(const std::string& name) { from_config(Config(name), *this, "constraint"); }
Constraint::Constraint(std::function<Tensor(const Tensor&)> function) {
  auto impl = std::make_shared<FunctionConstraint>();
  impl->function = std::move(function);
  impl_ = std::move(impl);
}
Config to_config(const Constraint& v) { return serialize(v.impl().get()); }
void from_config(const Config& c, Constraint& v, std::string_view) {
  v = Constraint(std::dynamic_pointer_cast<ConstraintImpl>(deserialize(ObjectKind::constraint, c)));
}

namespace constraints {
MaxNorm::MaxNorm(double max_value, std::vector<int> axis)
    : Constraint(built<MaxNormImpl>(
          [&](auto& c) { c.max_value = max_value, c.axis = axis_field(std::move(axis)); })) {}
NonNeg::NonNeg() : Constraint(built<NonNegImpl>([](auto&) {})) {}
UnitNorm::UnitNorm(std::vector<int> axis)
    : Constraint(built<UnitNormImpl>([&](auto& c) { c.axis = axis_field(std::move(axis)); })) {}
MinMaxNorm::MinMaxNorm(MinMaxNormOptions o)
    : Constraint(built<MinMaxNormImpl>([&](auto& c) {
        c.min_value = o.min_value, c.max_value = o.max_value, c.rate = o.rate,
        c.axis = axis_field(std::move(o.axis));
      })) {}
}  // namespace constraints

}  // namespace kcpp
