#include "kcpp/core/defaults.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/shape.h"
#include "tests/ops/check.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

Tensor to_first(const Tensor& x) { return ops::moveaxis(x, -1, 1); }
Tensor to_last(const Tensor& x) { return ops::moveaxis(x, 1, -1); }

}  // namespace

TEST_CASE("conv: gradients of first and second order", "[ops][conv][gradcheck]") {
  const auto check_conv = [](const Tensor& x, const Tensor& k, const ops::ConvOptions& o) {
    gradcheck([&](const Tensors& t) { return ops::conv(t[0], t[1], o); }, {x, k});
  };
  check_conv(random_tensor({2, 6, 2}), random_tensor({3, 2, 2}, -1, 1, 1),
             {.strides = 2, .padding = "same"});
  check_conv(random_tensor({1, 6, 2}), random_tensor({2, 2, 2}, -1, 1, 1),
             {.padding = "causal", .dilation_rate = 2});
  check_conv(random_tensor({1, 4, 5, 2}), random_tensor({2, 3, 2, 2}, -1, 1, 1),
             {.strides = {1, 2}});
  check_conv(random_tensor({1, 4, 4, 4}), random_tensor({2, 2, 2, 2}, -1, 1, 1),
             {.padding = "same"});  // two groups
  check_conv(random_tensor({1, 3, 3, 3, 1}), random_tensor({2, 2, 2, 1, 2}, -1, 1, 1),
             {.strides = 2, .padding = "same"});
}

TEST_CASE("conv: fused bias and activation", "[ops][conv][gradcheck]") {
  const Tensor x = random_tensor({2, 4, 4, 2}), k = random_tensor({3, 3, 2, 3}, -1, 1, 1),
               b = random_tensor({3}, -1, 1, 2);
  const ops::detail::ConvParams params{{1, 1}, {1, 1}, ops::detail::Padding::same, false};
  const Tensor plain = ops::conv(x, k, {.padding = "same"}) + b;
  for (UnaryOp op :
       {UnaryOp::identity, UnaryOp::relu, UnaryOp::tanh, UnaryOp::sigmoid, UnaryOp::silu}) {
    INFO(static_cast<int>(op));
    const auto f = [&](const Tensors& t) {
      return ops::detail::conv_bias_activation(t[0], t[1], t[2], params, {op});
    };
    CHECK(mismatch(f({x, k, b}), ops::detail::activation(plain, {op}), 1e-12) == "");
    gradcheck(f, {x, k, b}, {.second = op == UnaryOp::tanh});
  }
}

TEST_CASE("conv: channels_first is channels_last moved", "[ops][conv]") {
  const Tensor x = random_tensor({2, 5, 4, 3}), k = random_tensor({3, 2, 3, 4}, -1, 1, 1),
               b = random_tensor({4}, -1, 1, 2);
  const Tensor last = ops::conv(x, k, {.strides = 2, .padding = "same"});
  const Tensor first =
      ops::conv(to_first(x), k, {.strides = 2, .padding = "same", .data_format = "channels_first"});
  CHECK(mismatch(to_last(first), last, 1e-12) == "");
  gradcheck(
      [&](const Tensors& t) { return ops::conv(t[0], t[1], {.data_format = "channels_first"}); },
      {to_first(random_tensor({1, 3, 3, 2})), random_tensor({2, 2, 2, 2}, -1, 1, 1)},
      {.second = false});
  const ops::detail::ConvParams params{{1, 1}, {1, 1}, ops::detail::Padding::valid, true};
  gradcheck(
      [&](const Tensors& t) {
        return ops::detail::conv_bias_activation(t[0], t[1], t[2], params, {UnaryOp::tanh});
      },
      {to_first(random_tensor({1, 3, 3, 2})), random_tensor({2, 2, 2, 2}, -1, 1, 1),
       random_tensor({2})});

  set_image_data_format("channels_first");
  const Tensor by_default = ops::conv(to_first(x), k, {.strides = 2, .padding = "same"});
  set_image_data_format("channels_last");
  CHECK(mismatch(by_default, first, 1e-15) == "");
  check_error<ValueError>([] { set_image_data_format("NHWC"); },
                          "must be one of {'channels_first', 'channels_last'}");
}

TEST_CASE("depthwise, separable and transposed convolutions: gradients", "[ops][conv][gradcheck]") {
  gradcheck(
      [](const Tensors& t) {
        return ops::depthwise_conv(t[0], t[1], {.strides = 2, .padding = "same"});
      },
      {random_tensor({1, 5, 4, 2}), random_tensor({3, 2, 2, 2}, -1, 1, 1)});
  gradcheck([](const Tensors& t) { return ops::separable_conv(t[0], t[1], t[2]); },
            {random_tensor({1, 5, 2}), random_tensor({2, 2, 2}, -1, 1, 1),
             random_tensor({1, 4, 3}, -1, 1, 2)});
  for (const char* padding : {"valid", "same"}) {
    gradcheck(
        [&](const Tensors& t) {
          return ops::conv_transpose(t[0], t[1], {.strides = 2, .padding = padding});
        },
        {random_tensor({1, 3, 2, 2}), random_tensor({3, 2, 3, 2}, -1, 1, 1)});
  }
  const ops::detail::ConvParams params{{2, 2}, {1, 1}, ops::detail::Padding::same, true};
  gradcheck(
      [&](const Tensors& t) { return ops::detail::conv_transpose_bias(t[0], t[1], t[2], params); },
      {random_tensor({1, 2, 3, 2}), random_tensor({3, 3, 2, 2}, -1, 1, 1), random_tensor({2})},
      {.second = false});
}

TEST_CASE("conv: the symbolic shape is the eager one", "[ops][conv][symbolic]") {
  const Tensor x = random_tensor({2, 9, 8, 3});
  for (const char* padding : {"valid", "same"}) {
    for (int stride : {1, 2, 3}) {
      check_symbolic(
          [&](const Tensors& t) {
            return ops::conv(t[0], random_tensor({3, 2, 3, 4}),
                             {.strides = stride, .padding = padding});
          },
          {x});
      check_symbolic(
          [&](const Tensors& t) {
            return ops::depthwise_conv(t[0], random_tensor({3, 2, 3, 2}),
                                       {.strides = stride, .padding = padding});
          },
          {x});
      check_symbolic(
          [&](const Tensors& t) {
            return ops::conv_transpose(t[0], random_tensor({3, 2, 4, 3}),
                                       {.strides = stride, .padding = padding});
          },
          {x});
    }
    check_symbolic(
        [&](const Tensors& t) {
          return ops::conv(t[0], random_tensor({3, 2, 3, 4}),
                           {.padding = padding, .dilation_rate = 2});
        },
        {x});
  }
  // Unknown height and width stay unknown.
  const Tensor in = Tensor::symbolic({-1, -1, -1, 3}, DType::float32);
  CHECK(ops::conv(in, random_tensor({3, 3, 3, 4}).astype(DType::float32)).shape() ==
        Shape{-1, -1, -1, 4});
}

TEST_CASE("conv: errors in Keras's words", "[ops][conv][errors]") {
  const Tensor x = random_tensor({1, 4, 4, 3});
  check_error<ValueError>(
      [&] {
        ops::conv(x, random_tensor({5, 5, 3, 2}));
      },
      "Computed output size would be zero or negative.");
  check_error<ValueError>(
      [&] {
        ops::conv(x, random_tensor({2, 2, 2, 2}));
      },
      "The number of input channels must match the kernel's input channels");
  check_error<ValueError>(
      [&] {
        ops::conv(x, random_tensor({2, 3, 2}));
      },
      "Kernel shape must have the same length as input");
  check_error<ValueError>(
      [&] {
        ops::conv(x, random_tensor({2, 2, 3, 2}), {.padding = "full"});
      },
      "The `padding` argument must be");
  check_error<ValueError>(
      [&] {
        ops::conv(x, random_tensor({2, 2, 3, 2}), {.strides = 0});
      },
      "that do not satisfy `value > 0`");
  check_error<ValueError>(
      [&] {
        ops::conv(x, random_tensor({2, 2, 3, 2}), {.strides = {1, 2, 3}});
      },
      "must be a tuple of 2 integers");
  check_error<ValueError>(
      [&] {
        ops::depthwise_conv(x, random_tensor({2, 2, 2, 1}));
      },
      "The number of input channels must match");
  check_error<ValueError>(
      [&] {
        ops::conv_transpose(x, random_tensor({2, 2, 2, 3}), {.strides = 1, .output_padding = 2});
      },
      "`output_padding` does not fit");
  check_error<ValueError>(
      [&] {
        ops::conv(random_tensor({2, 3}), random_tensor({2, 3}));
      },
      "Input rank not supported: 2.");
}
