/// Variable: a named tensor that training changes (keras.Variable).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kcpp/core/tensor.h"

namespace kcpp {

struct VariableOptions {
  DType dtype = DType::float32;
  bool trainable = true;
  std::string name = {};
};

/// When a variable's penalty is a part of the loss. Today's Keras: while the variable is trainable,
/// in training and evaluation alike; layers read from files of an older one do as that did.
struct PenaltyScope {
  bool while_frozen = false;
  bool in_evaluation = true;
};

/// A handle on shared state; copies are the same variable. Converts to its current value.
///
///     Variable w(random::normal({3, 2}), {.name = "w"});
///     w.assign(w - 0.1 * gradient);
class KCPP_API Variable {
 public:
  Variable() = default;  ///< undefined
  explicit Variable(Tensor initial_value);
  Variable(Tensor initial_value, VariableOptions options);

  bool defined() const { return static_cast<bool>(state_); }
  explicit operator bool() const { return defined(); }
  /// The current value. It is watched by every tape that records, if the variable is trainable.
  const Tensor& value() const { return state_->value; }
  operator const Tensor&() const { return state_->value; }
  const Shape& shape() const { return state_->value.shape(); }
  DType dtype() const { return state_->value.dtype(); }

  /// Gives it a new value: same shape, cast to its dtype. Throws ValueError for another shape.
  void assign(const Tensor& value);
  void assign_add(const Tensor& value);
  void assign_sub(const Tensor& value);
  /// The value for in-place writing by an optimizer or a loader: copied first if another handle
  /// sees it.
  Tensor& mutable_value();

  const std::string& name() const { return state_->name; }
  /// Where it lives in its model: "sequential/dense/kernel"; the name if it is on its own.
  const std::string& path() const { return state_->path.empty() ? state_->name : state_->path; }
  void set_path(std::string path) { state_->path = std::move(path); }
  bool trainable() const { return state_->trainable; }
  void set_trainable(bool trainable);

  /// The penalty added to the loss and the projection after each step; set by layers, may be empty.
  std::function<Tensor(const Tensor&)> regularizer() const { return state_->regularizer; }
  void set_regularizer(std::function<Tensor(const Tensor&)> f, PenaltyScope scope = {}) {
    state_->regularizer = std::move(f);
    state_->penalty_scope = scope;
  }
  /// When that penalty counts.
  PenaltyScope penalty_scope() const { return state_->penalty_scope; }
  std::function<Tensor(const Tensor&)> constraint() const { return state_->constraint; }
  void set_constraint(std::function<Tensor(const Tensor&)> f) { state_->constraint = std::move(f); }
  /// This variable is never decayed or overwritten by an average of weights (optimizers ask).
  bool overwrite_with_gradient() const { return state_->overwrite_with_gradient; }
  void set_overwrite_with_gradient(bool v) { state_->overwrite_with_gradient = v; }

  /// Identity: both handles are the same variable.
  bool same(const Variable& other) const { return state_ == other.state_; }
  const void* id() const { return state_.get(); }

 private:
  struct State {
    Tensor value;
    Ref<autodiff::Node> leaf;  ///< the same leaf for every value it ever has
    std::string name;
    std::string path;
    bool trainable = true;
    bool overwrite_with_gradient = false;
    std::function<Tensor(const Tensor&)> regularizer;
    PenaltyScope penalty_scope;
    std::function<Tensor(const Tensor&)> constraint;
  };
  friend class GradientTape;
  void tie(Tensor value);
  std::shared_ptr<State> state_;
};

using Variables = std::vector<Variable>;

// A variable in arithmetic is its value: both sides would need a user conversion without these.
inline Tensor operator+(const Variable& a, const Variable& b) { return a.value() + b.value(); }
inline Tensor operator-(const Variable& a, const Variable& b) { return a.value() - b.value(); }
inline Tensor operator*(const Variable& a, const Variable& b) { return a.value() * b.value(); }
inline Tensor operator/(const Variable& a, const Variable& b) { return a.value() / b.value(); }

}  // namespace kcpp
