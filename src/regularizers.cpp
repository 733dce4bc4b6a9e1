#include "kcpp/regularizers.h"

#include <cmath>

#include "kcpp/ops/create.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/regularizers.h"
#include "src/tables.h"

namespace kcpp {
namespace {

constexpr const char* module_name = "keras.regularizers";

void require_factor(double value, const char* name) {
  check(std::isfinite(value) && value >= 0, "Invalid value for argument ", name,
        ": expected a non-negative float. Received: ", name, "=", value);
}

struct L1L2Impl : RegularizerImpl {
  double l1 = 0.0, l2 = 0.0;
  ClassInfo class_info() const override { return {"L1L2", module_name}; }
  void fields(Fields& f) override {
    f("l1", l1);
    f("l2", l2);
  }
  void validate() override {
    require_factor(l1, "l1");
    require_factor(l2, "l2");
  }
  Tensor penalty(const Tensor& x) override {
    Tensor total;
    if (l1 != 0) total = ops::sum(ops::abs(x)) * l1;
    if (l2 != 0) {
      const Tensor squares = ops::sum(ops::square(x)) * l2;
      total = total.defined() ? total + squares : squares;
    }
    return total.defined() ? total : Tensor::scalar(0.0, x.dtype());
  }
};
struct L1Impl final : L1L2Impl {
  L1Impl() { l1 = 0.01; }
  ClassInfo class_info() const override { return {"L1", module_name}; }
  void fields(Fields& f) override { f("l1", l1); }
};
struct L2Impl final : L1L2Impl {
  L2Impl() { l2 = 0.01; }
  ClassInfo class_info() const override { return {"L2", module_name}; }
  void fields(Fields& f) override { f("l2", l2); }
};

struct OrthogonalImpl final : RegularizerImpl {
  double factor = 0.01;
  std::string mode = "rows";
  ClassInfo class_info() const override { return {"OrthogonalRegularizer", module_name}; }
  void fields(Fields& f) override {
    f("factor", factor);
    f("mode", mode);
  }
  void validate() override {
    require_factor(factor, "factor");
    check(mode == "rows" || mode == "columns",
          "Invalid value for argument `mode`. Expected one of {\"rows\", \"columns\"}. Received: "
          "mode=",
          mode);
  }
  Tensor penalty(const Tensor& x) override {
    check(x.rank() == 2,
          "Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape=", x.shape());
    const bool rows = mode == "rows";
    const Tensor norm =
        ops::sqrt(ops::maximum(ops::sum(ops::square(x), rows ? 1 : 0, true), 1e-12));
    const Tensor unit = x / norm;
    const Tensor product =
        rows ? ops::matmul(unit, ops::transpose(unit)) : ops::matmul(ops::transpose(unit), unit);
    const int64_t size = rows ? x.dim(0) : x.dim(1);
    const Tensor off_diagonal = product * (1.0 - ops::eye(size, size, 0, x.dtype()));
    const double pairs = static_cast<double>(size) * (static_cast<double>(size) - 1.0) / 2.0;
    return ops::sum(ops::abs(off_diagonal)) * (factor * 0.5 / pairs);
  }
};

struct FunctionRegularizer final : RegularizerImpl {
  std::function<Tensor(const Tensor&)> function;
  ClassInfo class_info() const override { return {"function"}; }
  Config get_config() const override {
    throw ValueError(
        "A regularizer given as a lambda cannot be saved. Derive from RegularizerImpl and register "
        "the class.");
  }
  Tensor penalty(const Tensor& x) override { return function(x); }
};

struct OlderRegularizer final : RegularizerImpl {
  OlderRegularizer(Regularizer r, OlderKeras w) : today(std::move(r)), words(std::move(w)) {}
  Regularizer today;
  OlderKeras words;
  ClassInfo class_info() const override { return today->class_info(); }
  Config get_config() const override { return today->get_config(); }
  Tensor penalty(const Tensor& x) override {
    const Tensor penalty = today(x);
    // Layers divide it by the batch's size.
    return words.says(OlderKeras::penalty_summed) && x.rank()
               ? penalty * static_cast<double>(x.dim(0))
               : penalty;
  }
};
const OlderRegularizer* older(const Regularizer& regularizer) {
  return dynamic_cast<const OlderRegularizer*>(regularizer.impl().get());
}

constexpr Factory table[] = {
    {"L1L2", make_object<L1L2Impl>},
    {"L1", make_object<L1Impl>},
    {"L2", make_object<L2Impl>},
    {"OrthogonalRegularizer", make_object<OrthogonalImpl>},
};

template <class Impl, class Set>
Regularizer built(Set&& set) {
  auto impl = std::make_shared<Impl>();
  set(*impl);
  impl->check_fields();
  return Regularizer(std::shared_ptr<RegularizerImpl>(std::move(impl)));
}

}  // namespace

std::span<const Factory> tables::regularizers() { return table; }

Regularizer::Regularizer(const char* name) : Regularizer(std::string(name)) {}
Regularizer::Regularizer(const std::string& name) {
  from_config(Config(name), *this, "regularizer");
}
Regularizer::Regularizer(std::function<Tensor(const Tensor&)> function) {
  auto impl = std::make_shared<FunctionRegularizer>();
  impl->function = std::move(function);
  impl_ = std::move(impl);
}
Config to_config(const Regularizer& v) {
  Config out = serialize(v.impl().get());
  return older(v) ? older(v)->words.with(std::move(out)) : out;
}
void from_config(const Config& c, Regularizer& v, std::string_view) {
  v = Regularizer(
      std::dynamic_pointer_cast<RegularizerImpl>(deserialize(ObjectKind::regularizer, c)));
  OlderKeras words;
  if (v && c.is_dict()) words.read(c);
  if (!words.empty()) v = as_in_older_keras(v, words);
}
Regularizer as_in_older_keras(const Regularizer& today, const OlderKeras& words) {
  return Regularizer(std::make_shared<OlderRegularizer>(today, words));
}
bool counts_frozen(const Regularizer& regularizer) {
  return older(regularizer) && older(regularizer)->words.says(OlderKeras::penalty_of_frozen);
}
bool counts_in_evaluation(const Regularizer& regularizer) {
  return !older(regularizer) || !older(regularizer)->words.says(OlderKeras::penalty_in_training);
}

namespace regularizers {
L1::L1(double l1) : Regularizer(built<L1Impl>([&](auto& r) { r.l1 = l1; })) {}
L2::L2(double l2) : Regularizer(built<L2Impl>([&](auto& r) { r.l2 = l2; })) {}
L1L2::L1L2(double l1, double l2)
    : Regularizer(built<L1L2Impl>([&](auto& r) { r.l1 = l1, r.l2 = l2; })) {}
OrthogonalRegularizer::OrthogonalRegularizer(OrthogonalRegularizerOptions o)
    : Regularizer(built<OrthogonalImpl>([&](auto& r) { r.factor = o.factor, r.mode = o.mode; })) {}
}  // namespace regularizers

}  // namespace kcpp
