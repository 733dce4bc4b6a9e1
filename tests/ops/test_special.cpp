// TensorFlow's special functions, against TensorFlow 2.15 in double.
#include <catch2/catch_all.hpp>

#include "kcpp/core/symbolic.h"
#include "src/ops/special.h"
#include "src/ops/special_image.h"

using namespace kcpp;

namespace {

Tensor numbers(const std::vector<double>& values) { return Tensor::from(values); }

void check_close(const Tensor& got, const std::vector<double>& expected) {
  const std::vector<double> values = got.to_vector<double>();
  REQUIRE(values.size() == expected.size());
  for (size_t i = 0; i < values.size(); ++i)
    CHECK(values[i] == Catch::Approx(expected[i]).epsilon(1e-8).margin(1e-30));
}

}  // namespace

TEST_CASE("incomplete gamma and beta functions") {
  const Tensor a = numbers({.5, 1, 3, 20, 100, 2}), x = numbers({.1, 2, 10, 15, 120, 0});
  check_close(ops::igamma(a, x),
              {0.345279154, 0.864664717, 0.997230604, 0.124781215, 0.97213626, 0});
  check_close(ops::igammac(a, x),
              {0.654720846, 0.135335283, 0.00276939572, 0.875218785, 0.0278637399, 1});
  check_close(
      ops::betainc(numbers({.5, 2, 10, 3}), numbers({.5, 5, 2, 1}), numbers({.1, .3, .9, 1})),
      {0.204832765, 0.579825, 0.69735688, 1});
  CHECK(std::isnan(ops::igamma(numbers({-1}), numbers({1})).item()));
}

TEST_CASE("zeta and polygamma functions") {
  check_close(ops::zeta(numbers({1.5, 2, 3, 10}), numbers({.1, 1, 5.5, 20})),
              {34.0529755, 1.64493407, 0.0198044738, 2.69888884e-13});
  check_close(ops::polygamma(numbers({0, 1, 2, 4}), numbers({.3, 2, 5.5, 20})),
              {-3.50252422, 0.644934067, -0.0396089475, -4.14059777e-05});
}

TEST_CASE("modified Bessel functions, scaled and not") {
  check_close(ops::bessel_i1(numbers({-2, 0, .5, 40})),
              {-1.59063685, 0, 0.257894305, 1.47073962e+16});
  check_close(ops::bessel_i0e(numbers({-2, 0, 35, 200})),
              {0.308508323, 1, 0.0676783784, 0.0282271599});
  check_close(ops::bessel_i1e(numbers({-2, 0, 35, 200})),
              {-0.215269289, 0, 0.0667044317, 0.0281565034});
}

TEST_CASE("bits as numbers of another type") {
  const Tensor one = Tensor({1.0, -2.0}, DType::float32);
  const Tensor bits = ops::bitcast(one, DType::int32);
  CHECK(bits.to_vector<int64_t>() == std::vector<int64_t>{0x3f800000, -0x40000000});
  const Tensor bytes = ops::bitcast(one, DType::uint8);
  CHECK(bytes.shape() == Shape{2, 4});
  CHECK(ops::bitcast(bytes, DType::float32).to_vector<float>() == one.to_vector<float>());
  CHECK(ops::bitcast(Tensor::symbolic({-1, 3}, DType::float64), DType::float32).shape() ==
        Shape{-1, 3, 2});
  CHECK_THROWS(ops::bitcast(bytes, DType::float64));
  CHECK_THROWS(ops::bitcast(one, DType::bool_));
}

TEST_CASE("an image's type stands for an interval") {
  const Tensor bytes = Tensor({0, 51, 255}, DType::uint8);
  const auto converted = [&](const Tensor& x, DType dtype, bool saturate = false) {
    return ops::convert_image_dtype(x, dtype, saturate);
  };
  check_close(converted(bytes, DType::float64), {0, 0.2, 1});
  check_close(converted(converted(bytes, DType::float32), DType::uint8), {0, 51, 255});
  check_close(converted(bytes, DType::int16), {0, 51 * 128, 255 * 128});
  check_close(converted(converted(bytes, DType::int16), DType::uint8), {0, 51, 255});
  check_close(converted(Tensor({-1.0, 2.0}, DType::float32), DType::uint8, true), {0, 255});
}
