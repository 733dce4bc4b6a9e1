#include <catch2/catch_test_macros.hpp>

#if __has_include(<Eigen/Core>) || __has_include(<eigen3/Eigen/Core>)

#include "kcpp/adapters/eigen.h"
#include "kcpp/ops.h"

using namespace kcpp;

TEST_CASE("Eigen: views both ways") {
  adapters::EigenRows<float> a(2, 3);
  a << 1, 2, 3, 4, 5, 6;
  const Tensor x = adapters::from_eigen(a);
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.raw() == a.data());
  CHECK(x.to_vector<int>() == std::vector<int>{1, 2, 3, 4, 5, 6});
  a(1, 2) = 7;
  CHECK(x.at<float>(1, 2) == 7);
  const auto view = adapters::as_eigen<float>(x);
  CHECK(view.data() == a.data());
  CHECK(view == a);
  // What is computed from a view never writes into it.
  const Tensor y = ops::relu(x - 3.0);
  CHECK(a(0, 0) == 1);
  CHECK(adapters::to_eigen<float>(y)(0, 0) == 0);
  CHECK_THROWS_AS(adapters::as_eigen<double>(x), TypeError);
  const Tensor cube = Tensor::zeros({1, 2, 3});
  CHECK_THROWS_AS(adapters::as_eigen<float>(cube), ValueError);
}

TEST_CASE("Eigen: column-major matrices, expressions and temporaries are copied") {
  Eigen::MatrixXd a(2, 2);
  a << 1, 2, 3, 4;
  const Tensor x = adapters::from_eigen(a);
  CHECK(x.dtype() == DType::float64);
  CHECK(x.to_vector<int>() == std::vector<int>{1, 2, 3, 4});
  const Tensor sum = adapters::from_eigen(a + a);
  CHECK(sum.to_vector<int>() == std::vector<int>{2, 4, 6, 8});
  const Tensor moved = adapters::from_eigen(Eigen::MatrixXd(a * 3));
  CHECK(moved.to_vector<int>() == std::vector<int>{3, 6, 9, 12});
  CHECK(adapters::to_eigen<double>(moved) == a * 3);
  Eigen::VectorXf v(3);
  v << 1, 2, 3;
  const Tensor t = adapters::from_eigen(v);
  CHECK(t.shape() == Shape{3});
  CHECK(t.raw() == v.data());
  CHECK(adapters::as_eigen<float>(t).rows() == 3);
  CHECK(adapters::from_eigen(v.transpose()).to_vector<int>() == std::vector<int>{1, 2, 3});
}

#endif
