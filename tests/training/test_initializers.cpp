/// Replays tests/golden/initializers.json: values of the deterministic ones, the distributions of
/// the random ones.
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <cmath>

#include "kcpp/initializers.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "tests/support/closeness.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

struct Moments {
  double mean = 0, stddev = 0, least = 0, greatest = 0, count = 0;
};
Moments moments_of(const Tensor& t) {
  const std::vector<double> values = t.to_vector<double>();
  Moments m{.least = values[0], .greatest = values[0], .count = static_cast<double>(values.size())};
  for (double v : values) {
    m.mean += v / m.count;
    m.least = std::min(m.least, v);
    m.greatest = std::max(m.greatest, v);
  }
  for (double v : values) m.stddev += (v - m.mean) * (v - m.mean) / m.count;
  m.stddev = std::sqrt(m.stddev);
  return m;
}

/// Mean and standard deviation within five standard errors; seeds are fixed, so this never
/// flickers.
void check_moments(const Moments& m, double mean, double stddev) {
  CHECK(std::abs(m.mean - mean) <= 5 * stddev / std::sqrt(m.count));
  CHECK(std::abs(m.stddev - stddev) <= 5 * stddev / std::sqrt(2 * m.count));
}

/// Rows (or columns, the fewer) of the flattened matrix are orthogonal and of length gain.
void check_orthogonal(const Tensor& value, double gain) {
  const Tensor matrix = ops::reshape(value, {-1, value.dim(-1)});
  const bool tall = matrix.dim(0) > matrix.dim(1);
  const Tensor product = tall ? ops::matmul(ops::transpose(matrix), matrix)
                              : ops::matmul(matrix, ops::transpose(matrix));
  CHECK(difference(product, ops::eye(product.dim(0), product.dim(0)) * (gain * gain), 1e-5) == "");
}

TEST_CASE("initializers draw what Keras's draw from", "[initializers][golden]") {
  const GoldenFile& golden = GoldenFile::get("initializers");
  for (const Config& c : golden.cases()) {
    const std::string& name = c.at("name").as_string();
    INFO(name);
    Initializer initializer;
    from_config(c.at("initializer"), initializer, "initializer");
    CHECK(to_config(initializer) == c.at("initializer"));
    // Keras does not write Identity's gain.
    if (name.find("identity_gain") == 0)
      initializer = initializers::Identity(golden.array(c.at("value")).to_vector<double>()[0]);
    Shape shape;
    from_config(c.at("shape"), shape, "shape");
    const Tensor value = initializer(shape, dtype_of(c.at("dtype").as_string()));
    CHECK(value.shape() == shape);
    CHECK(name_of(value.dtype()) == c.at("dtype").as_string());
    const std::string& kind = c.at("kind").as_string();
    if (kind == "exact") {
      CHECK(difference(value, golden.array(c.at("value")), 1e-7) == "");
    } else if (kind == "orthogonal") {
      check_orthogonal(value, c.at("gain").as_double());
    } else if (kind == "uniform") {
      const double low = c.at("low").as_double(), high = c.at("high").as_double();
      const Moments m = moments_of(value);
      check_moments(m, (low + high) / 2, (high - low) / std::sqrt(12.0));
      CHECK(m.least >= low - 1e-6);
      CHECK(m.greatest <= high + 1e-6);
    } else {
      const double mean = c.at("mean").as_double(), stddev = c.at("stddev").as_double();
      const Moments m = moments_of(value);
      const bool cut = kind == "truncated_normal";
      check_moments(m, mean, cut ? c.at("stddev_after").as_double() : stddev);
      if (cut) CHECK(std::max(m.greatest - mean, mean - m.least) <= 2 * stddev * (1 + 1e-5));
    }
  }
}

TEST_CASE("a seeded initializer repeats its values", "[initializers]") {
  const initializers::GlorotUniform seeded({.seed = 3});
  CHECK(difference(seeded({4, 5}), seeded({4, 5}), 0) == "");
  CHECK(difference(seeded({4, 5}), initializers::GlorotUniform({.seed = 4})({4, 5}), 1e-3) != "");
}

TEST_CASE("a SeedGenerator as seed gives other values at every call", "[initializers]") {
  Config config = to_config(initializers::RandomNormal());
  const Config seed = Config::dict({{"module", "keras.random"},
                                    {"class_name", "SeedGenerator"},
                                    {"config", Config::dict({{"seed", 4}, {"name", "seeds"}})},
                                    {"registered_name", Config()}});
  config["config"].set("seed", seed);
  Initializer drawing, again;
  from_config(config, drawing, "initializer");
  from_config(to_config(drawing), again, "initializer");
  CHECK(to_config(drawing).at("config").at("seed") == seed);
  const Tensor first = drawing({4, 5});
  CHECK(difference(first, drawing({4, 5}), 1e-3) != "");
  CHECK(difference(first, again({4, 5}), 0) == "");
  config["config"].set("seed", Config::dict({{"class_name", "Zeros"}}));
  CHECK_THROWS_AS(from_config(config, drawing, "initializer"), ValueError);
}

}  // namespace
}  // namespace kcpp::test
