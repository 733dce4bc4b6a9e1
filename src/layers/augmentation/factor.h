/// The factors of image layers: how a number or a pair becomes a range, and what is refused.
#pragma once

#include <string_view>

#include "kcpp/layers/number_or_pair.h"

namespace kcpp::layers {

/// Keras's BaseImagePreprocessingLayer._set_factor: (max(-factor, low), factor) of a number, a pair
/// in order.
NumberOrPair base_factor(const NumberOrPair& factor, int low, int high,
                         std::string_view name = "factor");

/// What the layers with a check of their own allow, and say otherwise.
struct FactorRule {
  const char* message;
  double low, high;
  bool above_low = false;  ///< low itself is refused
  bool from_zero = false;  ///< a number means (0, factor), not (-factor, factor)
};
NumberOrPair own_factor(const NumberOrPair& factor, std::string_view name, const FactorRule& rule);

/// A value range that must be two numbers; in order.
NumberOrPair sorted_value_range(const NumberOrPair& range);
/// Two numbers, as they are.
void check_value_range(const NumberOrPair& range);

}  // namespace kcpp::layers
