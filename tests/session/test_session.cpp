#include <catch2/catch_test_macros.hpp>

#include "kcpp/kcpp.h"
#include "kcpp/session.h"
#include "tests/support/closeness.h"

using namespace kcpp;

TEST_CASE("a session predicts what its model predicts") {
  Sequential model({layers::Input({4}), layers::Dense(3, {.activation = "relu"}),
                    layers::Dense(2, {.activation = "softmax"})});
  Session s = model.session({.batch_size = 2});
  std::vector<float> x{1, 2, 3, 4, 5, 6, 7, 8}, y(4);
  REQUIRE(s.run(x, y));
  const Tensor expected = model.predict(Tensor::from(x, {2, 4}));
  for (size_t i = 0; i < 4; ++i) CHECK(std::abs(y[i] - expected.data<float>()[i]) < 1e-6f);
  std::vector<float> again(4);
  REQUIRE(s.run({x}, {again}));
  CHECK(again == y);
  CHECK(s(Tensor::from(x, {2, 4})).shape() == Shape{2, 2});
}
