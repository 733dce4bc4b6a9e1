/// NumberOrPair: what Keras takes as a number or a pair of two.
#pragma once

#include <string_view>
#include <type_traits>

#include "kcpp/core/config.h"

namespace kcpp::layers {

/// A number or a pair, `0.2` or `{0.1, 0.3}`. Whole numbers stay whole in files.
class KCPP_API NumberOrPair {
 public:
  NumberOrPair() = default;  ///< Keras's None
  template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
  NumberOrPair(T value) : given_(value) {}
  template <class A, class B>
  NumberOrPair(A first, B second) : given_(Config::list({Config(first), Config(second)})) {}
  explicit NumberOrPair(Config given) : given_(std::move(given)) {}

  bool defined() const { return !given_.is_null(); }
  bool is_number() const { return given_.is_number(); }
  /// A list of two numbers.
  bool is_pair() const {
    return given_.is_list() && given_.size() == 2 && given_.as_list()[0].is_number() &&
           given_.as_list()[1].is_number();
  }
  /// The numbers of a pair.
  double first() const { return given_.as_list()[0].as_double(); }
  double second() const { return given_.as_list()[1].as_double(); }
  const Config& given() const { return given_; }

 private:
  Config given_;
};

inline Config to_config(const NumberOrPair& v) { return v.given(); }
inline void from_config(const Config& c, NumberOrPair& v, std::string_view) { v = NumberOrPair(c); }

}  // namespace kcpp::layers
