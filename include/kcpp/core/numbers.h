/// Numbers: what Keras takes as one number or an array of them.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "kcpp/core/shape.h"
#include "kcpp/core/tensor.h"

namespace kcpp {

class Config;

/// One number, or an array of them: `1.0 / 255`, `{0.1, 0.2, 0.3}`. Kept in double precision.
class KCPP_API Numbers {
 public:
  Numbers() = default;  ///< Keras's None
  Numbers(double value) : values_{value}, defined_(true) {}
  Numbers(int value) : Numbers(static_cast<double>(value)) {}
  Numbers(std::initializer_list<double> values) : Numbers(std::vector<double>(values)) {}
  Numbers(std::vector<double> values)
      : values_(std::move(values)), shape_{static_cast<int64_t>(values_.size())}, defined_(true) {}
  Numbers(const Tensor& values);

  bool defined() const { return defined_; }
  const Shape& shape() const { return shape_; }
  const std::vector<double>& values() const { return values_; }
  Tensor to_tensor(DType dtype) const;

 private:
  friend void from_config(const Config& c, Numbers& v, std::string_view what);
  std::vector<double> values_;
  Shape shape_;
  bool defined_ = false;
};
/// null, a number or nested lists.
KCPP_API Config to_config(const Numbers& v);
/// Also from an array as Keras writes it ({"class_name": "__numpy__", ...}).
KCPP_API void from_config(const Config& c, Numbers& v, std::string_view what);

}  // namespace kcpp
