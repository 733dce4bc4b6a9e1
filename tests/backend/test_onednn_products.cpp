#include "tests/backend/onednn_support.h"

using namespace kcpp;
using namespace kcpp::testing;

TEST_CASE("onednn: matmul equals the reference") {
  Both both;
  struct Case {
    Shape a, b;
  };
  const Case cases[] = {
      {{3, 4}, {4, 5}},          {{1, 1}, {1, 1}},           {{2, 10}, {10, 64}},
      {{2, 64}, {64, 2}},        {{33, 17}, {17, 70}},       {{130, 70}, {70, 140}},
      {{1, 784}, {784, 512}},    {{5, 3, 4}, {4, 6}},        {{5, 3, 4}, {5, 4, 6}},
      {{2, 5, 3, 4}, {5, 4, 6}}, {{4, 64, 32}, {4, 32, 64}}, {{3, 1, 8, 9}, {1, 4, 9, 7}},
      {{64, 2}, {2, 64}},        {{3, 4}, {2, 4, 5}}};
  for (const Case& c : cases) {
    for (int flags = 0; flags < 4; ++flags) {
      const bool ta = flags & 1, tb = flags & 2;
      Shape sa = c.a, sb = c.b;
      if (ta) std::swap(sa[sa.rank() - 1], sa[sa.rank() - 2]);
      if (tb) std::swap(sb[sb.rank() - 1], sb[sb.rank() - 2]);
      const Tensor a = numbers(sa), b = numbers(sb, -1, 1, 2);
      INFO(sa.to_string() << " x " << sb.to_string() << " flags " << flags);
      CHECK(distance(both.fast->matmul(a, b, ta, tb), both.slow->matmul(a, b, ta, tb)) < 2e-6);
    }
  }
}

TEST_CASE("onednn: dense layers equal the reference") {
  Both both;
  for (const Shape& x_shape :
       {Shape{2, 10}, Shape{128, 100}, Shape{3, 4, 20}, Shape{1, 800}, Shape{70, 300}}) {
    for (int64_t units : {1, 2, 10, 64, 130}) {
      const int64_t k = x_shape[x_shape.rank() - 1];
      const Tensor x = numbers(x_shape), w = weights({k, units}, k), b = numbers({units}, -1, 1, 3);
      for (UnaryOp op :
           {UnaryOp::identity, UnaryOp::relu, UnaryOp::tanh, UnaryOp::sigmoid, UnaryOp::celu}) {
        for (const Tensor& bias : {b, Tensor()}) {
          const Activation act{op, {1.0}};
          INFO(x_shape.to_string() << " units " << units << " op " << static_cast<int>(op));
          CHECK(distance(both.fast->dense(x, w, bias, act), both.slow->dense(x, w, bias, act)) <
                2e-6);
        }
      }
      Shape y_shape = x_shape;
      y_shape[x_shape.rank() - 1] = units;
      const Tensor dy = numbers(y_shape, -1, 1, 4);
      const auto fast = both.fast->dense_grad_weights(x, dy, true, true),
                 slow = both.slow->dense_grad_weights(x, dy, true, true);
      CHECK(distance(fast.first, slow.first) < 2e-6);
      CHECK(distance(fast.second, slow.second) < 2e-6);
      CHECK_FALSE(both.fast->dense_grad_weights(x, dy, false, true).first.defined());
    }
  }
}

namespace {

struct ConvCase {
  Shape x, kernel;  // channels last; kernel: spatial, in / groups, out
  Shape strides, dilations, low, high;
  int64_t groups = 1;
};

const ConvCase conv_cases[] = {
    {{2, 9, 9, 3}, {3, 3, 3, 8}, {1, 1}, {1, 1}, {0, 0}, {0, 0}},
    {{2, 9, 9, 3}, {3, 3, 3, 8}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
    {{2, 9, 10, 3}, {3, 3, 3, 8}, {2, 2}, {1, 1}, {0, 0}, {1, 1}},
    {{2, 11, 12, 4}, {2, 3, 4, 5}, {1, 2}, {1, 1}, {0, 1}, {1, 1}},
    {{2, 11, 12, 4}, {3, 3, 4, 5}, {1, 1}, {2, 2}, {2, 2}, {2, 2}},
    {{2, 8, 8, 6}, {3, 3, 2, 9}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 3},
    {{2, 8, 8, 6}, {3, 3, 1, 6}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 6},
    {{2, 8, 8, 6}, {3, 3, 1, 12}, {2, 2}, {1, 1}, {0, 0}, {1, 1}, 6},
    {{4, 14, 14, 32}, {1, 1, 32, 48}, {1, 1}, {1, 1}, {0, 0}, {0, 0}},
    {{4, 14, 14, 32}, {1, 1, 32, 48}, {2, 2}, {1, 1}, {0, 0}, {0, 0}},
    {{4, 28, 28, 1}, {3, 3, 1, 32}, {1, 1}, {1, 1}, {0, 0}, {0, 0}},
    {{8, 14, 14, 32}, {3, 3, 32, 64}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
    {{2, 7, 7, 160}, {3, 3, 160, 192}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
    {{2, 30, 30, 3}, {7, 7, 3, 20}, {2, 2}, {1, 1}, {3, 3}, {3, 3}},
    {{1, 5, 5, 1}, {5, 5, 1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}},
    {{3, 20, 5}, {3, 5, 7}, {1}, {1}, {0}, {0}},
    {{3, 20, 5}, {4, 5, 7}, {2}, {1}, {1}, {2}},
    {{3, 20, 4}, {3, 4, 6}, {1}, {3}, {6}, {0}},  // causal
    {{2, 5, 6, 7, 3}, {2, 3, 2, 3, 4}, {1, 1, 1}, {1, 1, 1}, {0, 1, 0}, {1, 1, 1}},
    {{2, 5, 6, 7, 3}, {2, 2, 2, 3, 4}, {2, 1, 2}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}},
};

/// Channels last to channels first.
Shape turned(const Shape& x) {
  Shape y{x[0], x[x.rank() - 1]};
  for (int i = 1; i < x.rank() - 1; ++i) y.push_back(x[i]);
  return y;
}

}  // namespace

TEST_CASE("onednn: convolutions and their gradients equal the reference") {
  Both both;
  for (const ConvCase& c : conv_cases) {
    for (bool first : {false, true}) {
      ConvAttrs attrs{c.strides, c.dilations, c.low, c.high, c.groups, first};
      const Shape x_shape = first ? turned(c.x) : c.x;
      const Tensor x = numbers(x_shape),
                   w = weights(c.kernel, c.kernel.size() / c.kernel[c.kernel.rank() - 1]);
      const Tensor b = numbers({c.kernel[c.kernel.rank() - 1]}, -1, 1, 3);
      INFO("x " << x_shape.to_string() << " kernel " << c.kernel.to_string() << " first " << first);
      for (UnaryOp op : {UnaryOp::identity, UnaryOp::relu, UnaryOp::tanh}) {
        attrs.activation.op = op;
        CHECK(distance(both.fast->conv(x, w, b, attrs), both.slow->conv(x, w, b, attrs)) < 3e-6);
        CHECK(distance(both.fast->conv(x, w, {}, attrs), both.slow->conv(x, w, {}, attrs)) < 3e-6);
      }
      attrs.activation.op = UnaryOp::identity;
      const Tensor y = both.slow->conv(x, w, b, attrs);
      const Tensor dy = numbers(y.shape(), -1, 1, 4);
      CHECK(distance(both.fast->conv_grad_input(dy, w, x_shape, attrs),
                     both.slow->conv_grad_input(dy, w, x_shape, attrs)) < 3e-6);
      const auto fast = both.fast->conv_grad_weights(x, dy, c.kernel, attrs, true, true);
      const auto slow = both.slow->conv_grad_weights(x, dy, c.kernel, attrs, true, true);
      CHECK(distance(fast.first, slow.first) < 5e-6);
      CHECK(distance(fast.second, slow.second) < 5e-6);
      CHECK(distance(both.fast->conv_grad_weights(x, dy, c.kernel, attrs, true, false).first,
                     slow.first) < 5e-6);
    }
  }
}

TEST_CASE("onednn: packed weights follow their variable") {
  Both both;
  const Tensor x = numbers({2, 8, 8, 16});
  Tensor w = numbers({3, 3, 16, 32});
  const ConvAttrs attrs{{1, 1}, {1, 1}, {1, 1}, {1, 1}};
  for (int i = 0; i < 3; ++i) {
    CHECK(distance(both.fast->conv(x, w, {}, attrs), both.slow->conv(x, w, {}, attrs)) < 3e-6);
    for (float& v : w.mutable_data<float>()) v += 0.25f;
  }
}

TEST_CASE("onednn: pooling equals the reference") {
  Both both;
  struct Case {
    Shape x, window, strides, low, high;
  };
  const Case cases[] = {{{2, 8, 8, 3}, {2, 2}, {2, 2}, {0, 0}, {0, 0}},
                        {{2, 9, 9, 3}, {3, 3}, {2, 2}, {1, 1}, {1, 1}},
                        {{2, 9, 7, 16}, {3, 2}, {1, 2}, {0, 0}, {1, 1}},
                        {{3, 20, 5}, {4}, {2}, {0}, {0}},
                        {{3, 20, 5}, {3}, {3}, {1}, {1}},
                        {{2, 5, 6, 7, 3}, {2, 2, 2}, {2, 2, 2}, {0, 0, 0}, {1, 0, 1}},
                        {{2, 4, 4, 8}, {4, 4}, {4, 4}, {0, 0}, {0, 0}}};
  for (const Case& c : cases) {
    for (bool first : {false, true}) {
      for (bool max : {false, true}) {
        const PoolAttrs attrs{max, c.window, c.strides, c.low, c.high, first};
        const Tensor x = numbers(first ? turned(c.x) : c.x);
        INFO("x " << x.shape().to_string() << " max " << max << " first " << first);
        const auto fast = both.fast->pool(x, attrs, true), slow = both.slow->pool(x, attrs, true);
        CHECK(distance(fast.first, slow.first) < 1e-6);
        CHECK(distance(both.fast->pool(x, attrs, false).first, slow.first) < 1e-6);
        const Tensor dy = numbers(slow.first.shape(), -1, 1, 2);
        CHECK(distance(both.fast->pool_grad(dy, x, fast.first, fast.second, attrs),
                       both.slow->pool_grad(dy, x, slow.first, slow.second, attrs)) < 1e-6);
      }
    }
  }
}
