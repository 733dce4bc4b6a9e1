#include "kcpp/core/variable.h"

#include "kcpp/backend.h"
#include "kcpp/core/autodiff.h"
#include "src/core/trace_hook.h"

namespace kcpp {
namespace {

/// A fresh handle on the data (cast if needed), with no past.
Tensor settle(const Tensor& value, DType dtype) {
  return value.dtype() == dtype ? value.detach() : backend().cast(value, dtype);
}

}  // namespace

Variable::Variable(Tensor initial_value) {
  check(initial_value.defined(), "[Variable] the initial value is undefined.");
  *this = Variable(initial_value, {.dtype = initial_value.dtype()});
}

Variable::Variable(Tensor initial_value, VariableOptions options)
    : state_(std::make_shared<State>()) {
  check(initial_value.defined() && !initial_value.is_symbolic(),
        "[Variable] the initial value must be an eager tensor.");
  state_->name = options.name.empty() ? "variable" : std::move(options.name);
  state_->trainable = options.trainable;
  state_->leaf = Ref<autodiff::Node>(new autodiff::Node("variable"));
  tie(settle(initial_value, options.dtype));
}

void Variable::tie(Tensor value) {
  value.impl()->weak = false;
  if (state_->trainable) value.impl()->node = state_->leaf;
  state_->value = std::move(value);
}

void Variable::assign(const Tensor& value) {
  check(value.defined() && !value.is_symbolic(), "[Variable '", path(),
        "'] cannot be assigned a symbolic or undefined tensor.");
  check(value.shape() == shape(),
        "The shape of the target variable and the shape of the target value in "
        "`variable.assign(value)` must match. ",
        "variable.shape=", shape(), ", Received: value.shape=", value.shape(),
        ". Target variable: ", path());
  if (inference::active_trace) [[unlikely]]
    return inference::active_trace->assign(*this, value);
  tie(settle(value, dtype()));
}

void Variable::assign_add(const Tensor& value) { assign(state_->value.detach() + value.detach()); }
void Variable::assign_sub(const Tensor& value) { assign(state_->value.detach() - value.detach()); }

Tensor& Variable::mutable_value() {
  if (inference::active_trace) throw inference::Untraceable();
  if (!state_->value.is_unique()) tie(state_->value.clone());
  return state_->value;
}

void Variable::set_trainable(bool trainable) {
  if (state_->trainable == trainable) return;
  state_->trainable = trainable;
  tie(state_->value.detach());
}

}  // namespace kcpp
