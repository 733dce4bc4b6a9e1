#include <cmath>

#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "tests/ops/check.h"

using namespace kcpp;
using namespace kcpp::test;

TEST_CASE("softmax: gradients over one axis, several, all", "[ops][softmax][gradcheck]") {
  const Tensor x = random_tensor({2, 3, 4});
  for (const ops::Axes& axis : {ops::Axes(-1), ops::Axes(0), ops::Axes({0, 2}), ops::Axes()}) {
    gradcheck([&](const Tensors& t) { return ops::softmax(t[0], axis); }, {x});
    gradcheck([&](const Tensors& t) { return ops::log_softmax(t[0], axis); }, {x});
  }
  gradcheck([](const Tensors& t) { return ops::sparsemax(t[0]); },
            {random_tensor({2, 3, 4}, -1.93, 1.71)}, {.second = false});
  gradcheck([](const Tensors& t) { return ops::glu(t[0], 1); }, {random_tensor({2, 4, 2})});
  CHECK(std::abs(ops::sum(ops::softmax(x, {0, 2})).item() - 3) < 1e-12);
  CHECK(ops::softmax(Tensor({1000.0, 1000.0})).to_vector<double>() ==
        std::vector<double>{0.5, 0.5});
  check_symbolic([](const Tensors& t) { return ops::softmax(t[0], {0, 1}); }, {x});
  check_symbolic([](const Tensors& t) { return ops::softmax(t[0], {}); }, {x});
  check_error<ValueError>(
      [&] { ops::glu(x, 1); },
      "axis size must be divisible by 2. Received: x.shape=(2, 3, 4) with axis=1");
  check_error<Error>([&] { ops::softmax(x, 3); }, "softmax");
}

TEST_CASE("crossentropies: gradients", "[ops][losses][gradcheck]") {
  const Tensor logits = random_tensor({3, 4}), p = ops::softmax(logits).detach(),
               target = ops::softmax(random_tensor({3, 4}, -2, 2, 1)).detach();
  const Tensor labels({1, 3, 0});
  gradcheck([&](const Tensors& t) { return ops::categorical_crossentropy(target, t[0], true); },
            {logits});
  gradcheck([&](const Tensors& t) { return ops::categorical_crossentropy(t[1], t[0]); },
            {p, target});
  // TensorFlow's gradient takes the targets to add up to 1 along the axis.
  const Tensor columns = ops::softmax(random_tensor({3, 4}, -2, 2, 1), 0).detach();
  gradcheck([&](const Tensors& t) { return ops::categorical_crossentropy(columns, t[0], true, 0); },
            {logits});
  gradcheck(
      [&](const Tensors& t) { return ops::sparse_categorical_crossentropy(labels, t[0], true); },
      {logits});
  gradcheck([&](const Tensors& t) { return ops::sparse_categorical_crossentropy(labels, t[0]); },
            {p});
  gradcheck(
      [&](const Tensors& t) {
        return ops::sparse_categorical_crossentropy(labels, ops::softmax(t[0]));
      },
      {logits});
  gradcheck([&](const Tensors& t) { return ops::binary_crossentropy(t[1], t[0], true); },
            {logits, target});
  gradcheck([&](const Tensors& t) { return ops::binary_crossentropy(t[1], t[0]); }, {p, target});
  gradcheck([&](const Tensors& t) { return ops::binary_crossentropy(target, ops::sigmoid(t[0])); },
            {logits});
  gradcheck([](const Tensors& t) { return ops::psnr(t[0], t[1], 2.0); },
            {random_tensor({2, 3}), random_tensor({2, 3}, -2, 2, 1)});
  const Tensor words({{1, 2, 2}, {3, 0, 0}});
  gradcheck(
      [&](const Tensors& t) {
        return ops::ctc_loss(words, t[0], Tensor({3, 1}), Tensor({7, 5}));
      },
      {random_tensor({2, 7, 4})}, {.second = false});
}

TEST_CASE("crossentropies start from the logits of softmax and sigmoid", "[ops][losses]") {
  // A probability of 1e-26 would be clipped to 1e-7: a loss of 16.1 instead of 60.
  const Tensor z({{0.0, 60.0}});
  CHECK(std::abs(ops::sparse_categorical_crossentropy(Tensor({0}), ops::softmax(z)).item() - 60) <
        1e-4);
  CHECK(std::abs(ops::categorical_crossentropy(Tensor({{1.0, 0.0}}), ops::softmax(z)).item() - 60) <
        1e-4);
  CHECK(std::abs(ops::binary_crossentropy(Tensor({0.0}), ops::sigmoid(Tensor({60.0}))).item() -
                 60) < 1e-4);
  const Tensor p = ops::softmax(z).detach();
  CHECK(std::abs(ops::sparse_categorical_crossentropy(Tensor({0}), p).item() - 16.118) < 1e-2);
  // A dense layer with a sigmoid leaves its logits too.
  const Tensor y = ops::detail::dense(Tensor({{60.0}}), Tensor({{1.0}}), {}, {UnaryOp::sigmoid});
  CHECK(std::abs(ops::binary_crossentropy(Tensor({{0.0}}), y).item() - 60) < 1e-4);
}

TEST_CASE("crossentropies: shapes and errors", "[ops][losses][errors]") {
  const Tensor p = ops::softmax(random_tensor({3, 4})).detach();
  check_symbolic([](const Tensors& t) { return ops::categorical_crossentropy(t[0], t[0]); }, {p});
  check_symbolic(
      [](const Tensors& t) {
        return ops::sparse_categorical_crossentropy(Tensor({0, 1, 2}), t[0]);
      },
      {p});
  check_symbolic([](const Tensors& t) { return ops::binary_crossentropy(t[0], t[0]); }, {p});
  check_error<ValueError>(
      [&] {
        ops::sparse_categorical_crossentropy(Tensor({0, 7, 2}), p);
      },
      "Received a label value of 7 which is outside the valid range of [0, 4).  Label values: 0 7 "
      "2");
  check_error<ValueError>(
      [&] {
        ops::sparse_categorical_crossentropy(Tensor({0, -1, 2}), p);
      },
      "label value of -1");
  check_error<ValueError>(
      [&] {
        ops::sparse_categorical_crossentropy(Tensor({0, 1}), p);
      },
      "must have the same shape up until the last dimension: target.shape=(2,), output.shape=(3, "
      "4)");
  check_error<ValueError>(
      [&] {
        ops::sparse_categorical_crossentropy(Tensor({0, 1, 2}), p, false, 0);
      },
      "Only axis=-1 is currently supported.");
  check_error<ValueError>(
      [&] {
        ops::categorical_crossentropy(random_tensor({3, 5}), p);
      },
      "Arguments `target` and `output` must have the same shape. Received: target.shape=(3, 5), "
      "output.shape=(3, 4)");
  check_error<ValueError>([&] { ops::binary_crossentropy(random_tensor({3}), p); },
                          "must have the same rank (ndim).");
}
