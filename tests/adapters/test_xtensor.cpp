#include <catch2/catch_test_macros.hpp>

#if __has_include(<xtensor/xarray.hpp>)

#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>

#include "kcpp/adapters/xtensor.h"

using namespace kcpp;

TEST_CASE("xtensor: views both ways") {
  xt::xarray<float> a{{1, 2, 3}, {4, 5, 6}};
  const Tensor x = adapters::from_xtensor(a);
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.raw() == a.data());
  a(1, 2) = 7;
  CHECK(x.at<float>(1, 2) == 7);
  const auto view = adapters::as_xtensor<float>(x);
  CHECK(view.data() == a.data());
  CHECK(view(1, 2) == 7);
  CHECK(xt::sum(view)() == 22);
  const xt::xarray<float> copy = adapters::to_xtensor<float>(x);
  CHECK(copy.data() != a.data());
  CHECK(copy == a);
  CHECK_THROWS_AS(adapters::as_xtensor<double>(x), TypeError);
}

TEST_CASE("xtensor: a temporary is moved into the tensor") {
  xt::xtensor<int32_t, 2> a{{1, 2}, {3, 4}};
  const void* memory = a.data();
  const Tensor x = adapters::from_xtensor(std::move(a));
  CHECK(x.raw() == memory);
  CHECK(x.dtype() == DType::int32);
  CHECK(x.to_vector<int>() == std::vector<int>{1, 2, 3, 4});
  xt::xarray<float, xt::layout_type::column_major> columns{{1, 2}, {3, 4}};
  CHECK_THROWS_AS(adapters::from_xtensor(columns), ValueError);
}

#endif
