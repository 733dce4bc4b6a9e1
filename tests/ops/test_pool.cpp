#include "kcpp/ops/nn.h"
#include "kcpp/ops/shape.h"
#include "tests/ops/check.h"

using namespace kcpp;
using namespace kcpp::test;

TEST_CASE("pooling: gradients of first and second order", "[ops][pool][gradcheck]") {
  const Tensor x1 = random_tensor({1, 7, 2}), x2 = random_tensor({1, 5, 4, 2}),
               x3 = random_tensor({1, 3, 4, 3, 1});
  for (const char* padding : {"valid", "same"}) {
    INFO(padding);
    for (bool max : {true, false}) {
      const auto pool = [max](const Tensor& x, const Dims& size, const ops::PoolOptions& o) {
        return max ? ops::max_pool(x, size, o) : ops::average_pool(x, size, o);
      };
      gradcheck([&](const Tensors& t) { return pool(t[0], 3, {.strides = 2, .padding = padding}); },
                {x1});
      gradcheck(
          [&](const Tensors& t) {
            return pool(t[0], {3, 2}, {.strides = 1, .padding = padding});
          },
          {x2});
      gradcheck([&](const Tensors& t) { return pool(t[0], 2, {.padding = padding}); }, {x3});
      gradcheck(
          [&](const Tensors& t) {
            return pool(t[0], 2, {.padding = padding, .data_format = "channels_first"});
          },
          {x2});
    }
  }
}

TEST_CASE("adaptive pooling: gradients", "[ops][pool][gradcheck]") {
  const Tensor x = random_tensor({1, 5, 7, 2});
  gradcheck([](const Tensors& t) { return ops::adaptive_max_pool(t[0], {2, 3}); }, {x});
  gradcheck([](const Tensors& t) { return ops::adaptive_average_pool(t[0], {2, 3}); }, {x});
  gradcheck([](const Tensors& t) { return ops::adaptive_average_pool(t[0], 1, "channels_first"); },
            {x});
}

TEST_CASE("pooling: symbolic shapes, whole numbers, errors", "[ops][pool]") {
  const Tensor x = random_tensor({2, 7, 6, 3});
  for (const char* padding : {"valid", "same"}) {
    for (int stride : {1, 2, 3}) {
      check_symbolic(
          [&](const Tensors& t) {
            return ops::max_pool(t[0], {3, 2}, {.strides = stride, .padding = padding});
          },
          {x});
      check_symbolic(
          [&](const Tensors& t) {
            return ops::average_pool(
                t[0], {3, 2},
                {.strides = stride, .padding = padding, .data_format = "channels_first"});
          },
          {x});
    }
  }
  check_symbolic([](const Tensors& t) { return ops::adaptive_max_pool(t[0], {4, 2}); }, {x});
  check_symbolic([](const Tensors& t) { return ops::adaptive_average_pool(t[0], 3); }, {x});
  const Tensor whole = ops::reshape(Tensor({1, 5, 2, 3}), {1, 4, 1});
  CHECK(ops::max_pool(whole, 2).to_vector<double>() == std::vector<double>{5, 3});
  CHECK(ops::max_pool(whole, 2).dtype() == DType::float32);
  check_error<ValueError>([&] { ops::max_pool(x, 8); },
                          "Computed output size would be zero or negative.");
  check_error<ValueError>(
      [&] {
        ops::max_pool(random_tensor({2, 3}), 2);
      },
      "Pooling inputs's shape must be 3, 4 or 5");
}
