// Every op of the table has a gradient check in double, first and second order, or is named as not
// differentiable.
#include <catch2/catch_all.hpp>

#include "kcpp/core/error.h"
#include "src/ops/op_table.h"
#include "src/ops/special.h"
#include "src/ops/special_image.h"
#include "tests/ops/gradient_cases.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

void run(const std::vector<GradientCase>& cases) {
  std::string failures;
  int number = 0;
  for (const GradientCase& c : cases) {
    ++number;
    INFO("case " << number << ": " << c.class_name);
    try {
      gradcheck(c.f, c.inputs, {.second = c.second});
    } catch (const std::exception& e) {
      failures += text(number, " ", c.class_name, ": ", e.what(), "\n");
    }
  }
  INFO(failures);
  CHECK(failures.empty());
}

}  // namespace

TEST_CASE("gradients of element-by-element ops") { run(gradient_cases_math()); }
TEST_CASE("gradients of reductions") { run(gradient_cases_reduce()); }
TEST_CASE("gradients of shape, index and linear algebra ops") { run(gradient_cases_shape()); }
TEST_CASE("gradients of transforms and maps of images") { run(gradient_cases_signal()); }
TEST_CASE("gradients of TensorFlow's functions") { run(gradient_cases_special()); }

TEST_CASE("no op lacks a gradient check") {
  std::set<std::string_view> covered = not_differentiable();
  for (const auto& cases : {gradient_cases_math(), gradient_cases_reduce(), gradient_cases_shape(),
                            gradient_cases_signal(), gradient_cases_special()}) {
    for (const GradientCase& c : cases) covered.insert(c.class_name);
  }
  std::string missing;
  for (std::span<const ops::OpEntry> family :
       {ops::op_table_math(), ops::op_table_reduce(), ops::op_table_shape(), ops::op_table_fft(),
        ops::op_table_special(), ops::op_table_special_image()}) {
    for (const ops::OpEntry& entry : family) {
      if (!covered.count(entry.class_name)) missing += std::string(entry.class_name) + "\n";
    }
  }
  INFO(missing);
  CHECK(missing.empty());
}
