#include <catch2/catch_test_macros.hpp>

#include "tests/support/parity.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

struct Case {
  const char* why;
  Shape x;       ///< channels last
  Shape kernel;  ///< spatial..., in / groups, out
  ConvAttrs attrs;
};
const Case cases[] = {
    {"1D, odd sizes", {2, 9, 3}, {4, 3, 5}, {{1}, {1}, {0}, {0}}},
    {"1D, causal, dilated", {2, 9, 3}, {3, 3, 4}, {{1}, {2}, {4}, {0}}},
    {"2D, one channel in", {3, 8, 7, 1}, {3, 3, 1, 4}, {{1, 1}, {1, 1}, {0, 0}, {0, 0}}},
    {"2D, same, not square", {2, 6, 9, 3}, {3, 2, 3, 5}, {{1, 1}, {1, 1}, {1, 0}, {1, 1}}},
    {"2D, batch 1, strides, uneven padding",
     {1, 10, 7, 3},
     {3, 3, 3, 2},
     {{2, 3}, {1, 1}, {0, 1}, {1, 1}}},
    {"2D, dilation", {2, 9, 9, 2}, {3, 3, 2, 3}, {{1, 1}, {2, 3}, {0, 0}, {0, 0}}},
    {"2D, groups", {2, 6, 6, 6}, {3, 3, 2, 9}, {{1, 1}, {1, 1}, {1, 1}, {1, 1}, 3}},
    {"2D, depthwise", {2, 6, 6, 5}, {3, 3, 1, 5}, {{1, 1}, {1, 1}, {1, 1}, {1, 1}, 5}},
    {"2D, depthwise with a multiplier",
     {2, 6, 6, 3},
     {3, 3, 1, 6},
     {{2, 2}, {1, 1}, {0, 0}, {1, 1}, 3}},
    {"2D, 1x1", {2, 5, 4, 7}, {1, 1, 7, 3}, {{1, 1}, {1, 1}, {0, 0}, {0, 0}}},
    {"2D, kernel as large as the image",
     {2, 4, 4, 3},
     {4, 4, 3, 2},
     {{1, 1}, {1, 1}, {0, 0}, {0, 0}}},
    {"2D, stride beyond the kernel", {1, 9, 9, 2}, {2, 2, 2, 3}, {{3, 3}, {1, 1}, {0, 0}, {0, 0}}},
    {"2D, a layer of a real model",
     {4, 28, 28, 16},
     {3, 3, 16, 32},
     {{1, 1}, {1, 1}, {1, 1}, {1, 1}}},
    {"2D, sums of the weights' gradient in the tallest tiles",
     {2, 9, 8, 16},
     {3, 3, 16, 16},
     {{1, 1}, {1, 1}, {1, 1}, {1, 1}}},
    {"2D, tall tiles that are not whole",
     {2, 9, 8, 17},
     {3, 3, 17, 13},
     {{1, 1}, {1, 1}, {0, 0}, {0, 0}}},
    {"3D", {2, 5, 4, 6, 2}, {2, 3, 3, 2, 3}, {{1, 1, 1}, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}}},
    {"3D, strides", {1, 6, 5, 6, 3}, {3, 3, 3, 3, 2}, {{2, 2, 2}, {1, 1, 1}, {1, 0, 1}, {1, 1, 1}}},
    {"empty batch", {0, 6, 6, 2}, {3, 3, 2, 3}, {{1, 1}, {1, 1}, {0, 0}, {0, 0}}},
};

Tensor channels_first(const Tensor& t) {
  std::vector<int> axes{0, t.rank() - 1};
  for (int i = 1; i + 1 < t.rank(); ++i) axes.push_back(i);
  return reference().transpose(t, axes);
}

}  // namespace

TEST_CASE("parity: convolution and its gradients") {
  for (const Case& c : cases) {
    for (DType dtype : {DType::float32, DType::float64}) {
      for (bool first : {false, true}) {
        Tensor x = data(c.x, -1, 1, dtype);
        const Tensor kernel = data(c.kernel, -1, 1, dtype),
                     bias = data({c.kernel.back()}, -1, 1, dtype);
        ConvAttrs attrs = c.attrs;
        attrs.channels_first = first;
        if (first) x = channels_first(x);
        const Tensor dy = data(reference().conv(x, kernel, Tensor(), attrs).shape(), -1, 1, dtype);
        const std::string what =
            text("conv, ", c.why, ", ", dtype, first ? ", channels first" : "");
        parity(what, Accuracy::sum, [&](Backend& k) {
          ConvAttrs relu = attrs, sigmoid = attrs;
          relu.activation.op = UnaryOp::relu;
          sigmoid.activation.op = UnaryOp::sigmoid;
          return Tensors{k.conv(x, kernel, Tensor(), attrs), k.conv(x, kernel, bias, attrs),
                         k.conv(x, kernel, bias, relu), k.conv(x, kernel, Tensor(), relu),
                         k.conv(x, kernel, bias, sigmoid)};
        });
        parity(what + ", gradients", Accuracy::sum, [&](Backend& k) {
          auto [dk, db] = k.conv_grad_weights(x, dy, kernel.shape(), attrs, true, true);
          auto [only_k, none] = k.conv_grad_weights(x, dy, kernel.shape(), attrs, true, false);
          auto [nothing, only_b] = k.conv_grad_weights(x, dy, kernel.shape(), attrs, false, true);
          return Tensors{k.conv_grad_input(dy, kernel, x.shape(), attrs),
                         dk,
                         db,
                         only_k,
                         none,
                         nothing,
                         only_b};
        });
      }
    }
  }
}

TEST_CASE("parity: convolution of float16") {
  const Tensor x = data({2, 6, 6, 3}, -1, 1, DType::float16),
               w = data({3, 3, 3, 4}, -1, 1, DType::float16);
  const ConvAttrs attrs{{1, 1}, {1, 1}, {1, 1}, {1, 1}};
  parity("float16", Accuracy::sum,
         [&](Backend& k) { return Tensors{k.conv(x, w, Tensor(), attrs)}; });
}

TEST_CASE("parity: pooling and its gradient") {
  struct Pooling {
    const char* why;
    Shape x;
    PoolAttrs attrs;
  };
  const Pooling poolings[] = {
      {"1D", {2, 9, 3}, {true, {3}, {2}, {0}, {0}}},
      {"2D", {3, 8, 6, 5}, {true, {2, 2}, {2, 2}, {0, 0}, {0, 0}}},
      {"2D, overlapping, not square", {2, 7, 9, 3}, {true, {3, 2}, {1, 2}, {0, 0}, {0, 0}}},
      {"2D, padded on one side", {1, 7, 7, 3}, {true, {2, 2}, {2, 2}, {0, 0}, {1, 1}}},
      {"2D, padded on both sides", {2, 6, 5, 17}, {true, {3, 3}, {2, 2}, {1, 1}, {0, 1}}},
      {"2D, the whole image", {2, 4, 6, 3}, {true, {4, 6}, {1, 1}, {0, 0}, {0, 0}}},
      {"2D, a layer of a real model", {8, 26, 26, 32}, {true, {2, 2}, {2, 2}, {0, 0}, {0, 0}}},
      {"3D", {2, 5, 4, 6, 3}, {true, {2, 2, 3}, {2, 1, 2}, {0, 0, 1}, {1, 0, 1}}},
      {"empty batch", {0, 6, 6, 2}, {true, {2, 2}, {2, 2}, {0, 0}, {0, 0}}},
  };
  for (const Pooling& p : poolings) {
    for (DType dtype : {DType::float32, DType::float64}) {
      for (bool first : {false, true}) {
        for (bool max : {false, true}) {
          Tensor x = data(p.x, -1, -0.1, dtype);  // negative: a padding of 0 would win
          PoolAttrs attrs = p.attrs;
          attrs.channels_first = first;
          attrs.max = max;
          if (first) x = channels_first(x);
          const Tensor dy = data(reference().pool(x, attrs, false).first.shape(), -1, 1, dtype);
          parity(text(max ? "max" : "average", " pooling, ", p.why, ", ", dtype,
                      first ? ", channels first" : ""),
                 Accuracy::sum, [&](Backend& k) {
                   auto [y, workspace] = k.pool(x, attrs, true);
                   return Tensors{k.pool(x, attrs, false).first, y,
                                  k.pool_grad(dy, x, y, workspace, attrs)};
                 });
        }
      }
    }
  }
}

TEST_CASE("parity: of equal maxima the first gets the gradient") {
  const Tensor x = Tensor::ones({1, 4, 4, 2}), dy = data({1, 2, 2, 2});
  const PoolAttrs attrs{true, {2, 2}, {2, 2}, {0, 0}, {0, 0}};
  parity("ties", Accuracy::exact, [&](Backend& k) {
    auto [y, workspace] = k.pool(x, attrs, true);
    return Tensors{k.pool_grad(dy, x, y, workspace, attrs)};
  });
}
