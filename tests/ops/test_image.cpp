#include "kcpp/ops/image.h"
#include "kcpp/ops/nn.h"
#include "tests/ops/check.h"

using namespace kcpp;
using namespace kcpp::test;
namespace image = kcpp::ops::image;

TEST_CASE("resize: gradients of every interpolation", "[ops][image][gradcheck]") {
  const Tensor x = random_tensor({1, 4, 5, 2});
  for (const char* mode : {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"}) {
    for (bool antialias : {false, true}) {
      INFO(mode << " " << antialias);
      gradcheck(
          [&](const Tensors& t) {
            return image::resize(t[0], {6, 3}, {.interpolation = mode, .antialias = antialias});
          },
          {x});
    }
  }
  gradcheck(
      [](const Tensors& t) {
        return image::resize(t[0], {3, 3}, {.crop_to_aspect_ratio = true});
      },
      {x});
  gradcheck(
      [](const Tensors& t) {
        return image::resize(t[0], {9, 3}, {.pad_to_aspect_ratio = true, .fill_value = 1});
      },
      {x});
}

TEST_CASE("image ops: gradients", "[ops][image][gradcheck]") {
  const Tensor x = random_tensor({2, 4, 5, 3});
  gradcheck(
      [](const Tensors& t) {
        return image::pad_images(
            t[0], {.top_padding = 1, .left_padding = 2, .target_height = 7, .target_width = 8});
      },
      {x}, {.second = false});
  gradcheck(
      [](const Tensors& t) {
        return image::crop_images(
            t[0],
            {.top_cropping = 1, .left_cropping = 1, .bottom_cropping = 1, .right_cropping = 2});
      },
      {x}, {.second = false});
  gradcheck([](const Tensors& t) { return image::rgb_to_grayscale(t[0]); }, {x}, {.second = false});
  gradcheck([](const Tensors& t) { return image::extract_patches(t[0], 2, {.padding = "same"}); },
            {random_tensor({1, 3, 4, 2})});
  gradcheck(
      [](const Tensors& t) {
        return ops::unfold(t[0], {2, 3}, {.padding = 1});
      },
      {random_tensor({1, 2, 3, 4})});
  gradcheck(
      [](const Tensors& t) {
        return ops::fold(t[0], {3, 4}, 2, {.dilation = 2, .padding = 1});
      },
      {random_tensor({1, 8, 12})});
  gradcheck([](const Tensors& t) { return ops::depth_to_space(t[0], 2); },
            {random_tensor({1, 2, 2, 4})});
  gradcheck([](const Tensors& t) { return ops::space_to_depth(t[0], 2, "channels_first"); },
            {random_tensor({1, 2, 2, 4})});
}

TEST_CASE("image ops: symbolic shapes and errors", "[ops][image]") {
  const Tensor x = random_tensor({2, 4, 6, 4}).astype(DType::float32);
  check_symbolic([](const Tensors& t) { return image::resize(t[0], {3, 9}); }, {x});
  check_symbolic(
      [](const Tensors& t) {
        return image::pad_images(
            t[0], {.top_padding = 1, .left_padding = 2, .bottom_padding = 0, .right_padding = 3});
      },
      {x});
  check_symbolic(
      [](const Tensors& t) {
        return image::crop_images(
            t[0], {.top_cropping = 1, .left_cropping = 2, .target_height = 3, .target_width = 3});
      },
      {x});
  check_symbolic([](const Tensors& t) { return image::extract_patches(t[0], {2, 3}); }, {x});
  check_symbolic([](const Tensors& t) { return ops::unfold(t[0], 2); }, {x});
  check_symbolic([](const Tensors& t) { return ops::depth_to_space(t[0], 2); }, {x});
  check_symbolic([](const Tensors& t) { return ops::space_to_depth(t[0], 2); }, {x});
  check_error<ValueError>([&] { image::resize(x, 3); },
                          "Expected `size` to be a tuple of 2 integers. Received: size=3");
  check_error<ValueError>(
      [&] {
        image::resize(x, {3, 0});
      },
      "`size` must have positive height and width.");
  check_error<ValueError>(
      [&] {
        image::resize(x, {3, 3}, {.interpolation = "cubic"});
      },
      "Invalid value for argument `interpolation`.");
  check_error<ValueError>(
      [&] { image::pad_images(x, {.top_padding = 1}); },
      "Must specify exactly two of top_padding, bottom_padding, target_height.");
  check_error<ValueError>(
      [&] {
        ops::depth_to_space(random_tensor({1, 2, 2, 3}), 2);
      },
      "must be divisible by block_size**2 (4)");
  check_error<ValueError>([&] { ops::depth_to_space(x, 1); },
                          "`block_size` must be at least 2. Received: block_size=1");
}
