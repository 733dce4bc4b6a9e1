/// LossImpl and the handle Loss.
#include <algorithm>
#include <array>
#include <utility>

#include "kcpp/core/custom_objects.h"
#include "kcpp/losses.h"
#include "kcpp/ops/math.h"
#include "src/losses/older_functions.h"
#include "src/losses/reduction.h"

namespace kcpp {

void LossImpl::fields(Fields& f) {
  f("name", name_);
  if (!f.reading()) {
    f.write("reduction", reduction_);
  } else if (const Config* c = f.raw("reduction")) {
    reduction_ = c->is_null() ? "none" : c->as_string("reduction");
  }
}

void LossImpl::validate() {
  static constexpr std::array allowed{"sum_over_batch_size", "sum", "mean",
                                      "mean_with_sample_weight", "none"};
  check(std::find(allowed.begin(), allowed.end(), reduction_) != allowed.end(),
        "Invalid value for argument `reduction`. Expected one of {'sum_over_batch_size', 'sum', "
        "None, 'none', 'mean', "
        "'mean_with_sample_weight'}. Received: reduction=",
        reduction_);
}

Tensor LossImpl::operator()(const Tensor& y_true, const Tensor& y_pred,
                            const Tensor& sample_weight) {
  check(y_true.defined() && y_pred.defined(), "[", name_,
        "] y_true and y_pred must be tensors. Received: None");
  const DType dtype =
      is_floating(y_pred.dtype())
          ? (dtype_.compute_dtype() == DType::float32 ? y_pred.dtype() : dtype_.compute_dtype())
          : floatx();
  const Tensor prediction = y_pred.dtype() == dtype ? y_pred : ops::cast(y_pred, dtype);
  Tensor values = call(y_true, prediction);
  Tensor mask = y_pred.keras_mask();
  if (const Tensor own = values.keras_mask(); own.defined()) {
    mask = mask.defined() ? ops::logical_and(mask, own) : own;
  }
  return reduce_weighted_values(std::move(values), sample_weight, mask, reduction_);
}

namespace {

struct FunctionLoss final : LossImpl {
  Loss::Function function;
  FunctionLoss(Loss::Function f, std::string name) : function(std::move(f)) {
    name_ = std::move(name);
  }
  ClassInfo class_info() const override { return {"LossFunctionWrapper", "keras.losses"}; }
  Config get_config() const override {
    throw ValueError(
        "A loss given as a lambda cannot be saved: it has no name. Give it one by register_custom, "
        "and "
        "compile with that name.");
  }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) override {
    Tensor t = ops::cast(y_true, y_pred.dtype()), p = y_pred;
    squeeze_or_expand_to_same_rank(t, p);
    return function(t, p);
  }
};

}  // namespace

Loss::Loss(Function function, std::string name)
    : Handle(std::make_shared<FunctionLoss>(std::move(function), std::move(name))) {}
Loss::Loss(const char* name) : Loss(std::string(name)) {}
Loss::Loss(const std::string& name) : identifier_(name) {
  if (CustomObjects::LossFunction custom = CustomObjects::find_loss(name)) {
    impl_ = std::make_shared<FunctionLoss>(std::move(custom), name);
    return;
  }
  impl_ = std::dynamic_pointer_cast<LossImpl>(deserialize(ObjectKind::loss, Config(name)));
  impl_->set_name(name);
}

Config to_config(const Loss& v) {
  if (const std::string& name = v.identifier(); !name.empty()) {
    const bool custom = dynamic_cast<const FunctionLoss*>(v.impl().get()) != nullptr;
    return custom ? CustomObjects::function_config(name) : Config(name);
  }
  return older_words_of(v).with(serialize(v.impl().get()));
}

void from_config(const Config& c, Loss& v, std::string_view) {
  if (c.is_null()) {
    v = Loss();
  } else if (c.is_string()) {
    v = Loss(c.as_string());
  } else {
    // A function of keras.losses: {"class_name": "function", "config": "mean_squared_error"}, or
    // the user's.
    if (const std::string name = CustomObjects::function_name(c); !name.empty()) {
      v = Loss(name);
    } else {
      v = Loss(std::dynamic_pointer_cast<LossImpl>(deserialize(ObjectKind::loss, c)));
      OlderKeras words;
      words.read(c);
      if (v && !words.empty()) v = as_in_older_keras(v, words);
    }
  }
}

}  // namespace kcpp
