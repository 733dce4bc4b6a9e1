#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "tests/ops/check.h"

using namespace kcpp;
using namespace kcpp::test;

TEST_CASE("batch normalisation by the batch: values, gradients", "[ops][norm][gradcheck]") {
  const Tensor x = random_tensor({4, 3, 2}), gamma = random_tensor({2}, 0.5, 2, 1),
               beta = random_tensor({2}, -1, 1, 2);
  const auto r = ops::detail::batch_norm_training(x, gamma, beta, -1, 1e-3);
  const auto [mean, variance] = ops::moments(x, {0, 1});
  CHECK(mismatch(r.mean, mean, 1e-12) == "");
  CHECK(mismatch(r.variance, variance, 1e-12) == "");
  CHECK(mismatch(r.y, ops::batch_normalization(x, mean, variance, -1, beta, gamma, 1e-3), 1e-12) ==
        "");
  gradcheck(
      [](const Tensors& t) {
        return ops::detail::batch_norm_training(t[0], t[1], t[2], -1, 1e-3).y;
      },
      {x, gamma, beta});
  gradcheck(
      [](const Tensors& t) {
        return ops::detail::batch_norm_training(t[0], t[1], t[2], 1, 1e-3).y;
      },
      {random_tensor({3, 2, 2, 2}), gamma, beta});
  gradcheck(
      [](const Tensors& t) { return ops::detail::batch_norm_training(t[0], {}, {}, -1, 1e-2).y; },
      {x});
  gradcheck(
      [](const Tensors& t) { return ops::detail::batch_norm_training(t[0], {}, t[1], -1, 1e-2).y; },
      {x, beta});
}

TEST_CASE("normalisations: gradients", "[ops][norm][gradcheck]") {
  const Tensor x = random_tensor({2, 3, 4}), v4 = random_tensor({4}, 0.5, 2, 1),
               w4 = random_tensor({4}, -1, 1, 2);
  gradcheck(
      [](const Tensors& t) {
        return ops::batch_normalization(t[0], t[1], t[2], -1, t[3], t[4], 1e-3);
      },
      {x, w4, random_tensor({4}, 0.5, 2, 5), w4, v4});
  gradcheck([](const Tensors& t) { return ops::batch_normalization(t[0], t[1], t[2], 1); },
            {x, random_tensor({3}), random_tensor({3}, 0.5, 2, 5)}, {.second = false});
  gradcheck([](const Tensors& t) { return ops::layer_normalization(t[0], t[1], t[2]); },
            {x, v4, w4});
  gradcheck(
      [](const Tensors& t) {
        return ops::layer_normalization(t[0], t[1], {}, {1, 2}, 1e-3);
      },
      {x, random_tensor({3, 4}, 0.5, 2, 1)});
  gradcheck([](const Tensors& t) { return ops::layer_normalization(t[0], t[1], {}, 1, 1e-3); },
            {x, random_tensor({3}, 0.5, 2, 1)});
  gradcheck([](const Tensors& t) { return ops::layer_normalization(t[0]); }, {random_tensor({5})});
  gradcheck([](const Tensors& t) { return ops::rms_normalization(t[0], t[1]); }, {x, v4});
  for (int order : {1, 2, 3}) {
    INFO(order);
    gradcheck([order](const Tensors& t) { return ops::normalize(t[0], -1, order); },
              {away_from({2, 3}, {0})});
  }
  gradcheck([](const Tensors& t) { return ops::moments(t[0], {0, 2}).first; }, {x});
  gradcheck([](const Tensors& t) { return ops::moments(t[0], {0, 2}, true).second; }, {x});
}

TEST_CASE("normalisations: symbolic shapes, half precision, errors", "[ops][norm]") {
  const Tensor x = random_tensor({2, 3, 4}).astype(DType::float32),
               v = random_tensor({4}).astype(DType::float32);
  check_symbolic(
      [&](const Tensors& t) { return ops::batch_normalization(t[0], v, ops::abs(v), -1, v, v); },
      {x});
  check_symbolic([&](const Tensors& t) { return ops::layer_normalization(t[0], v, v); }, {x});
  check_symbolic([&](const Tensors& t) { return ops::rms_normalization(t[0], v); }, {x});
  check_symbolic([&](const Tensors& t) { return ops::normalize(t[0]); }, {x});
  check_symbolic([&](const Tensors& t) { return ops::moments(t[0], -1).second; }, {x});
  check_symbolic(
      [&](const Tensors& t) { return ops::detail::batch_norm_training(t[0], v, v, -1, 1e-3).y; },
      {x});
  const Tensor half = x.astype(DType::float16);
  CHECK(ops::layer_normalization(half).dtype() == DType::float16);
  CHECK(mismatch(ops::layer_normalization(half).astype(DType::float32), ops::layer_normalization(x),
                 5e-3) == "");
  check_error<ValueError>([&] { ops::batch_normalization(x, random_tensor({3}), v, -1); },
                          "Arguments `mean` must be a vector of length `x.shape[axis]`.");
  check_error<ValueError>([&] { ops::normalize(x, -1, 0); },
                          "Argument `order` must be an int >= 1. Received: order=0");
}
