#include "tests/backend/onednn_support.h"

using namespace kcpp;
using namespace kcpp::testing;

TEST_CASE("onednn: batch normalisation equals the reference") {
  Both both;
  const std::pair<Shape, int> cases[] = {
      {{4, 6, 7, 5}, 3},    {{4, 5, 6, 7}, 1},    {{30, 20}, 1}, {{4, 10, 32}, 2},
      {{8, 12, 12, 64}, 3}, {{2, 3, 4, 5, 6}, 4}, {{6, 3}, 0},   {{1, 4}, 1}};
  for (const auto& [shape, axis] : cases) {
    const Tensor x = numbers(shape, -2, 3), dy = numbers(shape, -1, 1, 2);
    const int64_t c = shape[axis];
    const Tensor g = numbers({c}, 0.5, 2, 3), b = numbers({c}, -1, 1, 4);
    const Tensor mean = numbers({c}, -1, 1, 5), variance = numbers({c}, 0.5, 2, 6);
    for (const Tensor& gamma : {g, Tensor()}) {
      for (const Tensor& beta : {b, Tensor()}) {
        INFO(shape.to_string() << " axis " << axis);
        const auto fast = both.fast->batch_norm_training(x, gamma, beta, axis, 1e-3);
        const auto slow = both.slow->batch_norm_training(x, gamma, beta, axis, 1e-3);
        CHECK(distance(fast.y, slow.y) < 3e-6);
        CHECK(distance(fast.mean, slow.mean) < 3e-6);
        CHECK(distance(fast.variance, slow.variance) < 3e-6);
        CHECK(distance(both.fast->batch_norm_inference(x, mean, variance, gamma, beta, axis, 1e-3),
                       both.slow->batch_norm_inference(x, mean, variance, gamma, beta, axis,
                                                       1e-3)) < 3e-6);
        const auto df =
            both.fast->batch_norm_grad(dy, x, slow.mean, slow.variance, gamma, axis, 1e-3);
        const auto ds =
            both.slow->batch_norm_grad(dy, x, slow.mean, slow.variance, gamma, axis, 1e-3);
        CHECK(distance(df.x, ds.x) < 1e-5);
        CHECK(distance(df.gamma, ds.gamma) < 1e-5);
        CHECK(distance(df.beta, ds.beta) < 1e-5);
      }
    }
  }
}

TEST_CASE("onednn: layer normalisation equals the reference") {
  Both both;
  for (const Shape& shape : {Shape{3, 5}, Shape{4, 7, 64}, Shape{500, 300}, Shape{2, 1}}) {
    const int64_t c = shape[shape.rank() - 1];
    const Tensor x = numbers(shape, -2, 3), dy = numbers(shape, -1, 1, 2);
    const Tensor g = numbers({c}, 0.5, 2, 3), b = numbers({c}, -1, 1, 4);
    for (const Tensor& gamma : {g, Tensor()}) {
      for (const Tensor& beta : {b, Tensor()}) {
        INFO(shape.to_string());
        const auto fast = both.fast->layer_norm(x, gamma, beta, 1e-3),
                   slow = both.slow->layer_norm(x, gamma, beta, 1e-3);
        CHECK(distance(fast.y, slow.y) < 3e-6);
        CHECK(distance(fast.mean, slow.mean) < 3e-6);
        CHECK(distance(fast.rstd, slow.rstd) < 3e-6);
        const auto df = both.fast->layer_norm_grad(dy, x, slow.mean, slow.rstd, gamma);
        const auto ds = both.slow->layer_norm_grad(dy, x, slow.mean, slow.rstd, gamma);
        CHECK(distance(df.x, ds.x) < 1e-5);
        CHECK(distance(df.gamma, ds.gamma) < 1e-5);
        CHECK(distance(df.beta, ds.beta) < 1e-5);
      }
    }
  }
}

TEST_CASE("onednn: softmax and cross-entropy equal the reference") {
  Both both;
  for (const Shape& shape :
       {Shape{1}, Shape{3, 5}, Shape{4, 7, 64}, Shape{500, 130}, Shape{128, 10}}) {
    const Tensor x = numbers(shape, -9, 9), dy = numbers(shape, -1, 1, 2);
    for (int axis = 0; axis < shape.rank(); ++axis) {
      for (bool log : {false, true}) {
        INFO(shape.to_string() << " axis " << axis << " log " << log);
        const Tensor y = both.slow->softmax(x, axis, log);
        CHECK(distance(both.fast->softmax(x, axis, log), y) < 2e-6);
        CHECK(distance(both.fast->softmax_grad(dy, y, axis, log),
                       both.slow->softmax_grad(dy, y, axis, log)) < 2e-6);
      }
    }
    Shape rows = shape;
    rows.pop_back();
    Tensor labels = Tensor::zeros(rows, DType::int32);
    int32_t next = 0;
    for (int32_t& v : labels.mutable_data<int32_t>())
      v = next++ % static_cast<int32_t>(shape[shape.rank() - 1] + 1);  // one is out of range
    for (DType dtype : {DType::int32, DType::int64, DType::uint8}) {
      const Tensor typed = both.slow->cast(labels, dtype);
      const auto fast = both.fast->sparse_softmax_crossentropy(x, typed),
                 slow = both.slow->sparse_softmax_crossentropy(x, typed);
      CHECK(distance(fast.first, slow.first) < 2e-6);
      CHECK(distance(fast.second, slow.second) < 2e-6);
    }
  }
  const Tensor large = Tensor::from<float>({1000, -1000, 0, -1e30f, 88, 90}, {2, 3});
  CHECK(distance(both.fast->softmax(large, 1, false), both.slow->softmax(large, 1, false)) < 1e-6);
  CHECK(distance(both.fast->softmax(large, 1, true), both.slow->softmax(large, 1, true)) < 1e-6);
}

TEST_CASE("onednn: recurrent layers equal the reference") {
  Both both;
  struct Case {
    int64_t batch, time, features, units;
  };
  const Case cases[] = {
      {1, 1, 1, 1}, {3, 5, 4, 6}, {33, 7, 10, 20}, {8, 20, 16, 70}, {1, 9, 3, 130}};
  for (const Case& c : cases) {
    for (RnnKind kind : {RnnKind::simple, RnnKind::lstm, RnnKind::gru, RnnKind::gru_reset_after}) {
      const int64_t gates = kind == RnnKind::simple ? 1 : kind == RnnKind::lstm ? 4 : 3;
      const int64_t width = gates * c.units;
      for (int variant = 0; variant < 4; ++variant) {
        RnnAttrs attrs;
        attrs.kind = kind;
        attrs.training = true;
        attrs.return_sequences = variant & 1;
        attrs.go_backwards = variant & 2;
        if (variant == 3) attrs.activation.op = UnaryOp::relu;
        const Tensor x = numbers({c.batch, c.time, c.features});
        const Tensor w = numbers({c.features, width}, -0.5, 0.5, 2),
                     r = numbers({c.units, width}, -0.3, 0.3, 3);
        const Tensor b =
            numbers(kind == RnnKind::gru_reset_after ? Shape{2, width} : Shape{width}, -1, 1, 4);
        Tensors states = {numbers({c.batch, c.units}, -1, 1, 5)};
        if (kind == RnnKind::lstm) states.push_back(numbers({c.batch, c.units}, -1, 1, 6));
        INFO("kind " << static_cast<int>(kind) << " batch " << c.batch << " units " << c.units
                     << " variant " << variant);
        REQUIRE(both.fast->rnn_available(attrs, DType::float32));
        const RnnResult fast = both.fast->rnn(x, states, w, r, b, attrs),
                        slow = both.slow->rnn(x, states, w, r, b, attrs);
        CHECK(distance(fast.output, slow.output) < 1e-5);
        REQUIRE(fast.states.size() == slow.states.size());
        for (size_t i = 0; i < fast.states.size(); ++i)
          CHECK(distance(fast.states[i], slow.states[i]) < 1e-5);

        const Tensor dy = numbers(slow.output.shape(), -1, 1, 7);
        Tensors d_states = {numbers({c.batch, c.units}, -1, 1, 8)};
        if (kind == RnnKind::lstm) d_states.push_back(numbers({c.batch, c.units}, -1, 1, 9));
        const RnnGrads df = both.fast->rnn_grad(dy, d_states, x, states, w, r, b, fast, attrs);
        const RnnGrads ds = both.slow->rnn_grad(dy, d_states, x, states, w, r, b, slow, attrs);
        CHECK(distance(df.x, ds.x) < 2e-5);
        CHECK(distance(df.kernel, ds.kernel) < 2e-5);
        CHECK(distance(df.recurrent_kernel, ds.recurrent_kernel) < 2e-5);
        CHECK(distance(df.bias, ds.bias) < 2e-5);
        REQUIRE(df.states.size() == ds.states.size());
        for (size_t i = 0; i < df.states.size(); ++i)
          CHECK(distance(df.states[i], ds.states[i]) < 2e-5);
      }
    }
  }
}
