/// Dims: what Keras takes as an int or a tuple, one number a spatial dimension.
#pragma once

#include <initializer_list>
#include <string_view>

#include "kcpp/core/config.h"
#include "kcpp/core/shape.h"

namespace kcpp {

/// A number for every spatial dimension, or one number each: `3`, `{3, 5}`. Held inline.
class KCPP_API Dims {
 public:
  Dims() = default;  ///< Keras's None
  Dims(std::nullptr_t) {}
  Dims(int value) : values_{value}, kind_(Kind::number) {}
  Dims(int64_t value) : values_{value}, kind_(Kind::number) {}
  Dims(std::initializer_list<int64_t> values) : values_(values), kind_(Kind::list) {}
  Dims(const Shape& values) : values_(values), kind_(Kind::list) {}

  bool is_none() const { return kind_ == Kind::none; }
  bool is_number() const { return kind_ == Kind::number; }
  const Shape& values() const { return values_; }

  /// One number for each of `rank` dimensions. Throws ValueError as Keras's standardize_tuple does
  /// when there are another number of them, or one is below `least` (0 or 1); `name` names the
  /// argument.
  Shape expand(int rank, std::string_view name, int64_t least = 1) const;

  friend bool operator==(const Dims& a, const Dims& b) {
    return a.kind_ == b.kind_ && a.values_ == b.values_;
  }

 private:
  enum class Kind : uint8_t { none, number, list };
  Shape values_;
  Kind kind_ = Kind::none;
};

/// null, a number or a list.
KCPP_API Config to_config(const Dims& v);
KCPP_API void from_config(const Config& c, Dims& v, std::string_view what);

}  // namespace kcpp
