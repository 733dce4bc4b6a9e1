// Wrong arguments get an exception that names the op, before anything happens; symbolic calls the
// same one.
#include <catch2/catch_all.hpp>
#include <functional>

#include "kcpp/core/error.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "kcpp/ops/sort.h"

using namespace kcpp;

namespace {

template <class E>
std::string message(const std::function<void()>& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  return "(no such exception)";
}
bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

#define CHECK_THROWS_SAYING(kind, part, ...)                              \
  do {                                                                    \
    const std::string said = message<kind>([&] { (void)(__VA_ARGS__); }); \
    INFO(said);                                                           \
    CHECK(contains(said, part));                                          \
  } while (false)

TEST_CASE("shapes that do not fit") {
  const Tensor a = Tensor::zeros({2, 3}), b = Tensor::zeros({2, 4});
  const Tensor s = Tensor::symbolic({-1, 3}, DType::float32),
               t = Tensor::symbolic({-1, 4}, DType::float32);
  CHECK_THROWS_SAYING(ValueError, "[add]", a + b);
  CHECK_THROWS_SAYING(ValueError, "(2, 3)", a + b);
  CHECK_THROWS_SAYING(ValueError, "[add]", s + t);
  CHECK_THROWS_SAYING(ValueError, "[less]", ops::less(a, b));
  CHECK_THROWS_SAYING(ValueError, "[where]", ops::where(ops::less(a, 1), b, a));
  CHECK_THROWS_SAYING(ValueError, "[matmul]", ops::matmul(a, b));
  CHECK_THROWS_SAYING(ValueError, "must have the same shape except on the `axis` dim",
                      ops::concatenate({a, b}, 0));
  CHECK_THROWS_SAYING(ValueError, "must have the same shape", ops::stack({a, b}));
  CHECK_THROWS_SAYING(ValueError, "total size of the tensor must be unchanged",
                      ops::reshape(a, {4, 2}));
  CHECK_THROWS_SAYING(ValueError, "at most one unknown dimension", ops::reshape(a, {-1, -1}));
  CHECK_THROWS_SAYING(ValueError, "[broadcast_to]", ops::broadcast_to(a, {3, 3}));
  CHECK_THROWS_SAYING(ValueError, "Cannot squeeze axis 0", ops::squeeze(a, 0));
  CHECK_THROWS_SAYING(ValueError, "equal division", ops::split(a, 2, 1));
  CHECK_THROWS_SAYING(ValueError, "[sum]", ops::sum(a, 2));
  CHECK_THROWS_SAYING(ValueError, "[sum]", ops::sum(s, {0, 0}));
  CHECK_THROWS_SAYING(ValueError, "[max]", ops::max(Tensor::zeros({0, 3}), 0));
  CHECK_THROWS_SAYING(ValueError, "[argmax]", ops::argmax(Tensor::zeros({0})));
  CHECK_THROWS_SAYING(ValueError, "[einsum]", ops::einsum("ij,jk", a, b));
  CHECK_THROWS_SAYING(ValueError, "does not match the number of input specs",
                      ops::einsum("ij", a, b));
  CHECK_THROWS_SAYING(ValueError, "Expected a square matrix", ops::inv(a));
  CHECK_THROWS_SAYING(ValueError, "[cholesky]", ops::cholesky(-ops::eye(2)));
}

TEST_CASE("values that do not fit") {
  const Tensor x = ops::arange(6.0);
  CHECK_THROWS_SAYING(IndexError, "[take] indices[1] = 6 is not in [0, 6)",
                      ops::take(x, Tensor({0, 6})));
  CHECK_THROWS_SAYING(IndexError, "[take]", ops::take(x, Tensor({-7})));
  CHECK_THROWS_SAYING(IndexError, "out-of-bounds", ops::get_item(x, {6}));
  CHECK_THROWS_SAYING(IndexError, "too many indices", ops::get_item(x, {0, 0}));
  CHECK_THROWS_SAYING(IndexError, "[scatter]", ops::scatter(Tensor({{3}}), Tensor({1.0}), {3}));
  CHECK_THROWS_SAYING(ValueError, "[top_k]", ops::top_k(x, 7));
  CHECK_THROWS_SAYING(ValueError, "Unknown padding mode", ops::pad(x, 1, "wrap"));
  CHECK_THROWS_SAYING(ValueError, "[quantile]", ops::quantile(x, 1.5));
  CHECK_THROWS_SAYING(ValueError, "[bincount]", ops::bincount(Tensor({-1, 2})));
  CHECK_THROWS_SAYING(TypeError, "[bitwise_and]", ops::bitwise_and(x, x));
  CHECK_THROWS_SAYING(TypeError, "[subtract]", Tensor({true}) - Tensor({false}));
  CHECK_THROWS_SAYING(TypeError, "[negative]", -Tensor({true}));
  CHECK_THROWS_SAYING(ValueError, "undefined tensor", Tensor() + x);
  CHECK_THROWS_SAYING(ValueError, "undefined tensor", ops::sum(Tensor()));
}

TEST_CASE("numbers give way to tensors, and float64 meets them unrounded") {
  const Tensor half = Tensor::ones({2}, DType::float16), wide = Tensor::ones({2}, DType::float64);
  CHECK((half * 2.0).dtype() == DType::float16);
  CHECK((2 * half).dtype() == DType::float16);
  CHECK((wide * 0.1).at<double>(0) == 0.1);
  CHECK((Tensor({1, 2}) + 1).dtype() == DType::int32);
  CHECK((Tensor({1, 2}) + 0.5).dtype() == DType::float32);
  CHECK((Tensor({1, 2}) / 2).dtype() == DType::float32);
  CHECK(ops::cast(2.0, DType::float64).is_weak() == false);
  CHECK(ops::sum(Tensor({true, true})).dtype() == DType::int32);
}

TEST_CASE("views share their memory, and nothing else does") {
  const Tensor x = ops::arange(12.0).reshape({3, 4});
  CHECK(x.rows(1, 3).raw() == static_cast<const char*>(x.raw()) + 4 * sizeof(float));
  CHECK(x[2].shape() == Shape{4});
  CHECK(x[-1].at<float>(0) == 8);
  CHECK(ops::reshape(x, {-1}).raw() == x.raw());
  CHECK(ops::slice(x, {0, 1}, {3, 2}).raw() != x.raw());
  CHECK(ops::copy(x).raw() != x.raw());
}
