#include "src/layers/augmentation/factor.h"

#include <cmath>

namespace kcpp::layers {
namespace {

Config magnitude(const Config& number) {
  return number.is_int() ? Config(std::abs(number.as_int())) : Config(std::abs(number.as_double()));
}
Config negated(const Config& number) {
  return number.is_int() ? Config(-number.as_int()) : Config(-number.as_double());
}
NumberOrPair in_order(const NumberOrPair& pair) {
  const Config::List& v = pair.given().as_list();
  return pair.first() <= pair.second() ? pair : NumberOrPair(v[1], v[0]);
}

}  // namespace

NumberOrPair base_factor(const NumberOrPair& factor, int low, int high, std::string_view name) {
  const auto require = [&](bool ok) {
    check(ok, "The `", name,
          "` argument should be a number (or a list of two numbers) in the range [", low, ", ",
          high, "]. Received: factor=", factor.given());
  };
  if (factor.is_pair()) {
    require(factor.first() <= high && factor.second() >= low);
    return in_order(factor);
  }
  require(factor.is_number());
  const double v = factor.given().as_double();
  require(v >= low && v <= high);
  const Config upper = magnitude(factor.given());
  return NumberOrPair(-upper.as_double() > low ? negated(upper) : Config(low), upper);
}

NumberOrPair own_factor(const NumberOrPair& factor, std::string_view name, const FactorRule& rule) {
  check(factor.is_pair() || factor.is_number(), rule.message, "Received: ", name, "=",
        factor.given());
  const auto check_range = [&](const Config& number) {
    const double v = number.as_double();
    check(v <= rule.high && (rule.above_low ? v > rule.low : v >= rule.low), rule.message,
          "Received: input_number=", number);
  };
  if (factor.is_pair()) {
    for (const Config& v : factor.given().as_list()) check_range(v);
    return in_order(factor);
  }
  check_range(factor.given());
  const Config upper = magnitude(factor.given());
  return NumberOrPair(rule.from_zero ? Config(0) : negated(upper), upper);
}

NumberOrPair sorted_value_range(const NumberOrPair& range) {
  check_value_range(range);
  return in_order(range);
}

void check_value_range(const NumberOrPair& range) {
  check(range.is_pair(),
        "The `value_range` argument should be a list of two numbers. Received: value_range=",
        range.given());
}

}  // namespace kcpp::layers
