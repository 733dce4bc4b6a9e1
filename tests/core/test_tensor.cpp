#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>

#include "kcpp/core/config.h"
#include "kcpp/core/storage.h"
#include "kcpp/core/symbolic.h"
#include "kcpp/core/tensor.h"

using namespace kcpp;

TEST_CASE("tensors from nested braces, vectors and borrowed memory") {
  const Tensor x({{1, 2, 3}, {4, 5, 6}});
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.dtype() == DType::int32);
  CHECK(Tensor({1.5, 2.0}).dtype() == DType::float32);
  CHECK(x.at<int32_t>(1, -1) == 6);
  CHECK_THROWS_AS(x.at<int32_t>(2, 0), IndexError);
  CHECK_THROWS_AS(Tensor({{1, 2}, {3}}), ValueError);
  CHECK_THROWS_AS(Tensor::from(std::vector<float>{1, 2, 3}, {2, 2}), ValueError);
  float memory[4] = {1, 2, 3, 4};
  bool released = false;
  {
    const Tensor borrowed = Tensor::borrow(memory, {2, 2}, [&] { released = true; });
    CHECK(borrowed.raw() == memory);
    CHECK_FALSE(borrowed.is_unique());  // kernels must never write into it
  }
  CHECK(released);
}

TEST_CASE("asking for data of another kind is an error that says what to do") {
  const Tensor x({1.0, 2.0});
  CHECK_THROWS_AS(x.data<double>(), TypeError);
  CHECK_THROWS_AS(x.item(), ValueError);
  CHECK_THROWS_AS(Tensor::symbolic({-1, 3}, DType::float32).data<float>(), ValueError);
  CHECK(x.to_vector<double>() == std::vector<double>{1, 2});
}

TEST_CASE("tensors print as NumPy's arrays") {
  CHECK(Tensor({{1.0, 2.5}, {3.0, -4.0}}).to_string() == "[[ 1.   2.5]\n [ 3.  -4. ]]");
  CHECK(Tensor({1, 20, 3}).to_string() == "[ 1 20  3]");
  CHECK(Tensor().to_string() == "None");
}

TEST_CASE("shapes: size, overflow, broadcasting") {
  CHECK(Shape{2, 3, 4}.size() == 24);
  CHECK(Shape{}.size() == 1);
  CHECK_THROWS_AS(Shape{}.back(), IndexError);
  CHECK_THROWS_AS(Shape{}.slice(1), IndexError);
  CHECK_THROWS_AS((Shape{2}[-1]), IndexError);
  CHECK(Shape({-1, 3}).to_string() == "(None, 3)");
  CHECK_THROWS_AS((Shape{int64_t{1} << 40, int64_t{1} << 40}.size()), ValueError);
  CHECK(broadcast_shapes({4, 1}, {3}, "add") == Shape{4, 3});
  CHECK_THROWS_AS(broadcast_shapes({4, 2}, {3}, "add"), ValueError);
  CHECK(canonical_axis(-1, 3, "sum") == 2);
  CHECK_THROWS_AS(canonical_axis(3, 3, "sum"), ValueError);
}

TEST_CASE("sixteen-bit floats round to nearest even and keep infinities and NaN") {
  CHECK(static_cast<float>(float16(1.0f)) == 1.0f);
  CHECK(static_cast<float>(float16(65504.0f)) == 65504.0f);
  CHECK(std::isinf(static_cast<float>(float16(70000.0f))));
  CHECK(static_cast<float>(float16(6e-8f)) == 0x1p-24f);
  CHECK(static_cast<float>(bfloat16(1.0f + 0x1p-9f)) == 1.0f);
  CHECK(std::isnan(static_cast<float>(bfloat16(std::numeric_limits<float>::quiet_NaN()))));
  for (int bits = 0; bits < 0x7c00; ++bits) {
    float16 h;
    h.bits = static_cast<uint16_t>(bits);
    REQUIRE(float16(static_cast<float>(h)).bits == bits);
  }
}

TEST_CASE("configs write JSON as Python does, and compare by value") {
  const Config c = Config::dict(
      {{"a", 1}, {"b", Config::list({true, nullptr, 0.1, "x\n\"é"})}, {"c", 1e-7}, {"d", 1.0}});
  CHECK(c.to_json() ==
        "{\"a\": 1, \"b\": [true, null, 0.1, \"x\\n\\\"\\u00e9\"], \"c\": 1e-07, \"d\": 1.0}");
  CHECK(Config(1) == Config(1.0));
  CHECK(Config::dict({{"a", 1}, {"b", 2}}) == Config::dict({{"b", 2}, {"a", 1}}));
  CHECK_THROWS_AS(Config("text").as_int("units"), TypeError);
}

TEST_CASE("freed memory is used again") {
  clear_memory_pool();
  { const Tensor t = Tensor::empty({1000}); }
  const uint64_t before = memory_stats().system_allocations;
  for (int i = 0; i < 100; ++i) const Tensor t = Tensor::empty({1000 - i % 3});
  CHECK(memory_stats().system_allocations == before);
}

TEST_CASE("names in snake_case, as Keras makes them") {
  CHECK(symbolic::snake_case("Dense") == "dense");
  CHECK(symbolic::snake_case("Conv2D") == "conv2d");
  CHECK(symbolic::snake_case("MaxPooling2D") == "max_pooling2d");
  CHECK(symbolic::snake_case("LSTM") == "lstm");
  CHECK(symbolic::snake_case("SimpleRNN") == "simple_rnn");
  CHECK(symbolic::snake_case("BatchNormalization") == "batch_normalization");
  CHECK(symbolic::snake_case("GlobalAveragePooling1D") == "global_average_pooling1d");
}
