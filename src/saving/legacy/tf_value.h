/// Formulas of tensors: each operator adds a node.
#pragma once

#include <string_view>
#include <utility>

#include "src/saving/legacy/tf_builder.h"

namespace kcpp::saving {

/// A tensor of the graph, a constant or a number, with the builder of the nodes that it goes into.
class TfValue {
 public:
  TfValue(TfBuilder& builder, Config value) : builder_(&builder), value_(std::move(value)) {}

  const Config& config() const { return value_; }
  operator const Config&() const { return value_; }  // NOLINT(google-explicit-constructor)

  /// op(this).
  TfValue of(std::string_view op, Config config = Config::dict()) const {
    return {*builder_, builder_->op(op, {value_}, std::move(config))};
  }
  /// op(this, other).
  TfValue with(std::string_view op, const Config& other, Config config = Config::dict()) const {
    return {*builder_, builder_->op(op, {value_, other}, std::move(config))};
  }
  /// op(other, this).
  TfValue after(std::string_view op, const Config& other) const {
    return {*builder_, builder_->op(op, {other, value_})};
  }
  /// this[key].
  TfValue at(Config::List key) const { return with("GetItem", Config(std::move(key))); }

  TfValue operator-() const { return of("Negative"); }
  TfValue operator+(const Config& other) const { return with("Add", other); }
  TfValue operator-(const Config& other) const { return with("Subtract", other); }
  TfValue operator*(const Config& other) const { return with("Multiply", other); }
  TfValue operator/(const Config& other) const { return with("TrueDivide", other); }
  friend TfValue operator+(double a, const TfValue& b) { return b.after("Add", a); }
  friend TfValue operator-(double a, const TfValue& b) { return b.after("Subtract", a); }
  friend TfValue operator*(double a, const TfValue& b) { return b.after("Multiply", a); }
  friend TfValue operator/(double a, const TfValue& b) { return b.after("TrueDivide", a); }

  /// A sum, mean ... over an axis or a list of them; all of them for null.
  TfValue over(std::string_view op, const Config& axis, bool keepdims = false) const {
    return of(op, Config::dict({{"axis", axis}, {"keepdims", keepdims}}));
  }
  TfValue cast(std::string_view dtype) const {
    return of("Cast", Config::dict({{"dtype", dtype}}));
  }
  TfValue reshape(const Config& shape) const {
    return of("Reshape", Config::dict({{"newshape", shape}}));
  }
  TfValue expand(int64_t axis) const { return of("ExpandDims", Config::dict({{"axis", axis}})); }
  /// Output i of the node that gave this.
  TfValue result(int64_t i) const { return {*builder_, TfBuilder::output(value_, i)}; }
  TfValue swap(int64_t axis1, int64_t axis2) const {
    return of("Swapaxes", Config::dict({{"axis1", axis1}, {"axis2", axis2}}));
  }
  /// this where the condition holds, else `other`.
  TfValue where(const Config& condition, const Config& other) const {
    return {*builder_, builder_->op("Where", {condition, value_, other})};
  }

 private:
  TfBuilder* builder_;
  Config value_;
};

/// A tensor argument of the function.
inline TfValue tf_value(TfBuilder& b, std::string_view name, bool first = false) {
  return {b, b.tensor(name, first)};
}
inline TfValue tf_concatenate(TfBuilder& b, Config::List parts, int64_t axis = 0) {
  return {b, b.op("Concatenate", {Config(std::move(parts))}, Config::dict({{"axis", axis}}))};
}
/// Sizes from one axis on, or of the axes from one to another, which the graph may compute.
inline TfValue tf_sizes(const TfValue& shape, const Config& from, const Config& to = Config()) {
  return shape.at({tf_slice(from, to)});
}
/// A constant with one number, as a part of a shape.
inline Config tf_one_size(int64_t size) { return tf_tensor_argument(Config::list({size}), false); }

/// `...` in an index, and a whole axis.
inline Config tf_ellipsis() { return Config::dict({{"class_name", "__ellipsis__"}}); }
inline Config tf_all() { return tf_slice(Config(), Config()); }

}  // namespace kcpp::saving
