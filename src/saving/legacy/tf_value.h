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

/// `...` in an index, and a whole axis.
inline Config tf_ellipsis() { return Config::dict({{"class_name", "__ellipsis__"}}); }
inline Config tf_all() { return tf_slice(Config(), Config()); }

}  // namespace kcpp::saving
