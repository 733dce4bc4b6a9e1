/// The gradient checks of the op table: every Operation has cases here, or is named as not
/// differentiable.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/gradcheck.h"

namespace kcpp::test {

struct GradientCase {
  std::string_view class_name;
  std::function<Tensor(const Tensors&)> f;
  Tensors inputs;
  bool second = true;  ///< the second derivative too
};

std::vector<GradientCase> gradient_cases_math();
std::vector<GradientCase> gradient_cases_reduce();
std::vector<GradientCase> gradient_cases_shape();
std::vector<GradientCase> gradient_cases_signal();
std::vector<GradientCase> gradient_cases_special();

/// Operations with integer or boolean results, or constant ones: no gradient flows.
const std::set<std::string_view>& not_differentiable();

}  // namespace kcpp::test
