#include <cmath>
#include <set>

#include "kcpp/backend.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/random.h"
#include "kcpp/ops/reduce.h"
#include "tests/ops/check.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

double mean_of(const Tensor& x) { return ops::mean(ops::cast(x, DType::float64)).item(); }
double std_of(const Tensor& x) { return ops::std(ops::cast(x, DType::float64)).item(); }
bool same(const Tensor& a, const Tensor& b) {
  return a.to_vector<double>() == b.to_vector<double>();
}

}  // namespace

TEST_CASE("random: moments and ranges", "[random]") {
  const Shape shape{100, 200};
  for (DType dtype : {DType::float32, DType::float64}) {
    const Tensor u = random::uniform(shape, -1, 3, dtype, 1);
    CHECK(u.dtype() == dtype);
    CHECK(std::abs(mean_of(u) - 1) < 0.03);
    CHECK(std::abs(std_of(u) - 4 / std::sqrt(12.0)) < 0.03);
    CHECK(ops::min(u).item() >= -1);
    CHECK(ops::max(u).item() < 3);
    const Tensor n = random::normal(shape, 2, 0.5, dtype, 1);
    CHECK(std::abs(mean_of(n) - 2) < 0.02);
    CHECK(std::abs(std_of(n) - 0.5) < 0.02);
    const Tensor t = random::truncated_normal(shape, 0, 1, dtype, 1);
    CHECK(ops::max(ops::abs(t)).item() <= 2);
    CHECK(std::abs(std_of(t) - 0.8796) < 0.02);
  }
  const Tensor i = random::randint(shape, -2, 3, DType::int32, 1);
  CHECK(i.dtype() == DType::int32);
  CHECK(ops::min(i).item() == -2);
  CHECK(ops::max(i).item() == 2);
  CHECK(std::abs(mean_of(i)) < 0.05);
  CHECK(std::abs(mean_of(random::gamma(shape, 2.5, {}, 1)) - 2.5) < 0.05);
  CHECK(std::abs(std_of(random::gamma(shape, 0.5, {}, 1)) - std::sqrt(0.5)) < 0.05);
  CHECK(std::abs(mean_of(random::binomial(shape, 10, 0.3, {}, 1)) - 3) < 0.05);
  CHECK(std::abs(mean_of(random::beta(shape, 2.0, 3.0, {}, 1)) - 0.4) < 0.01);
  const Tensor c = random::categorical(ops::log(Tensor({{0.2, 0.3, 0.5}})), 20000, DType::int32, 1);
  CHECK(c.shape() == Shape{1, 20000});
  CHECK(std::abs(mean_of(ops::equal(c, 2)) - 0.5) < 0.02);
  CHECK(std::abs(mean_of(ops::equal(c, 0)) - 0.2) < 0.02);
  check_error<ValueError>([] { random::randint({2}, 3, 3); }, "minval");
  check_error<ValueError>([] { random::normal({2}, 0, 1, DType::int32); },
                          "Expected a floating dtype");
}

TEST_CASE("random: seeds", "[random]") {
  const Shape shape{3, 5};
  CHECK(same(random::normal(shape, 0, 1, {}, 42), random::normal(shape, 0, 1, {}, 42)));
  CHECK_FALSE(same(random::normal(shape, 0, 1, {}, 42), random::normal(shape, 0, 1, {}, 43)));
  CHECK_FALSE(same(random::normal(shape), random::normal(shape)));

  SeedGenerator a(7), b(7);
  const Tensor first = random::uniform(shape, 0, 1, {}, a),
               second = random::uniform(shape, 0, 1, {}, a);
  CHECK_FALSE(same(first, second));
  CHECK(same(first, random::uniform(shape, 0, 1, {}, b)));
  CHECK(same(second, random::uniform(shape, 0, 1, {}, b)));
  CHECK(a.state().value().to_vector<int64_t>() == std::vector<int64_t>{7, 2});
  CHECK(a.state().dtype() == DType::int64);
  CHECK(a.state().name() == "seed_generator_state");
  CHECK_FALSE(a.state().trainable());

  set_random_seed(5);
  const Tensor x = random::normal(shape);
  const int64_t seed = random::make_default_seed();
  const SeedGenerator generator;
  set_random_seed(5);
  CHECK(same(x, random::normal(shape)));
  CHECK(random::make_default_seed() == seed);
  CHECK(SeedGenerator().state().value().to_vector<int64_t>() ==
        generator.state().value().to_vector<int64_t>());
}

TEST_CASE("random: the same bits for any number of threads and backend", "[random]") {
  const Shape shape{1000, 100};
  const int threads = num_threads();
  set_num_threads(1);
  const Tensor n = random::normal(shape, 0, 1, {}, 3), d = random::dropout(ops::abs(n), 0.3, {}, 4);
  set_num_threads(2);
  CHECK(same(n, random::normal(shape, 0, 1, {}, 3)));
  CHECK(same(d, random::dropout(ops::abs(n), 0.3, {}, 4)));
  set_num_threads(threads);
}

TEST_CASE("dropout: rate, scale, noise shape, gradient", "[random][dropout]") {
  const Tensor x = Tensor::ones({100, 200});
  const Tensor y = random::dropout(x, 0.25, {}, 9);
  CHECK(std::abs(mean_of(y) - 1) < 0.02);
  const std::vector<double> values = y.to_vector<double>();
  const std::set<double> seen(values.begin(), values.end());
  CHECK(seen.size() == 2);
  CHECK(std::abs(*seen.rbegin() - 1 / 0.75) < 1e-6);
  CHECK(random::dropout(x, 0.0, {}, 9).same(x));
  CHECK(ops::max(random::dropout(x, 1.0, {}, 9)).item() == 0);
  const Tensor rows = random::dropout(x, 0.5, Shape{-1, 1}, 9);
  CHECK(same(ops::min(rows, 1), ops::max(rows, 1)));
  gradcheck([](const Tensors& t) { return random::dropout(t[0], 0.4, {}, 11); },
            {random_tensor({3, 4})});
  gradcheck(
      [](const Tensors& t) {
        return random::dropout(t[0], 0.4, Shape{3, 1}, 11);
      },
      {random_tensor({3, 4})});
  check_error<ValueError>([&] { random::dropout(x, 1.5); },
                          "Invalid value received for argument `rate`.");
  check_error<ValueError>(
      [&] {
        random::dropout(x, 0.5, Shape{3, 1});
      },
      "Argument `noise_shape` must broadcast");
}

TEST_CASE("shuffle: a permutation of an axis", "[random]") {
  const Tensor x({{1, 2, 3, 4, 5, 6, 7, 8}, {11, 12, 13, 14, 15, 16, 17, 18}});
  const Tensor y = random::shuffle(x, 1, 3);
  CHECK_FALSE(same(x, y));
  CHECK(same(y[0] + 10, y[1]));
  const std::vector<double> row = y[0].to_vector<double>();
  CHECK(std::set<double>(row.begin(), row.end()).size() == 8);
}
