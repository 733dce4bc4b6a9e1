#include "kcpp/ops/image.h"

#include "kcpp/core/defaults.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/common.h"
#include "src/ops/describe.h"

namespace kcpp::ops::image {

using namespace ops::detail;

namespace {

using Number = std::optional<int64_t>;

void check_rank(const Tensor& images) {
  check(images.rank() == 3 || images.rank() == 4,
        "Invalid images rank: expected rank 3 (single image) or rank 4 (batch of images). "
        "Received: images.shape=",
        images.shape());
}

/// The axis of the height; the width follows.
int height_axis(const Tensor& images, bool channels_first) {
  return images.rank() - (channels_first ? 2 : 3);
}

std::string shown(const Number& v) { return v ? std::to_string(*v) : "None"; }

void check_two(const char* a, Number x, const char* b, Number y, const char* c, Number z) {
  check(int(!x) + int(!y) + int(!z) == 1, "Must specify exactly two of ", a, ", ", b, ", ", c,
        ". Received: ", a, "=", shown(x), ", ", b, "=", shown(y), ", ", c, "=", shown(z));
  const std::pair<const char*, Number> all[] = {{a, x}, {b, y}, {c, z}};
  for (const auto& [name, value] : all) {
    check(!value || *value >= 0, name, " must be >= 0. Received: ", name, "=", shown(value));
  }
}
void check_not_negative(const char* name, int64_t value) {
  check(value >= 0, name, " must be >= 0. Received: ", name, "=", value);
}

struct Border {
  const char *before_name, *after_name, *target_name;
  Number before, after, target;
};

/// {padding before, padding after} of an axis of this length (-1: unknown) from two of three.
std::pair<int64_t, int64_t> padding_of_axis(const Border& b, int64_t length) {
  const int64_t before = b.before ? *b.before : *b.target - *b.after - length;
  const int64_t after = b.after ? *b.after : *b.target - before - length;
  check_not_negative(b.before_name, before);
  check_not_negative(b.after_name, after);
  return {before, after};
}

/// {first element, length} that remain of an axis.
std::pair<int64_t, int64_t> crop_of_axis(const Border& b, int64_t length) {
  const int64_t before = b.before ? *b.before : length - *b.target - *b.after;
  const int64_t target = b.target ? *b.target : length - *b.after - before;
  check_not_negative(b.before_name, before);
  check_not_negative(b.target_name, target);
  check(before + target <= length, b.target_name,
        " is larger than what is left. Received: ", b.before_name, "=", before, ", ", b.target_name,
        "=", target, ", length=", length);
  return {before, target};
}

}  // namespace

Tensor pad_images(const Tensor& images, const PadImagesOptions& o) {
  check_defined(images, "pad_images");
  check_rank(images);
  check_two("top_padding", o.top_padding, "bottom_padding", o.bottom_padding, "target_height",
            o.target_height);
  check_two("left_padding", o.left_padding, "right_padding", o.right_padding, "target_width",
            o.target_width);
  const bool channels_first = is_channels_first(o.data_format);
  const auto describe = [&](Config& a) {
    Describe{a}("top_padding", to_config(o.top_padding))("left_padding", to_config(o.left_padding))(
        "bottom_padding", to_config(o.bottom_padding))("right_padding", to_config(o.right_padding))(
        "target_height", to_config(o.target_height))("target_width", to_config(o.target_width))(
        "data_format", channels_first ? "channels_first" : "channels_last");
  };
  return symbolic::op(
      "PadImages", describe,
      [o, channels_first](const Tensor& x) {
        const int at = height_axis(x, channels_first);
        const Border vertical{"top_padding", "bottom_padding", "target_height",
                              o.top_padding, o.bottom_padding, o.target_height};
        const Border horizontal{"left_padding", "right_padding", "target_width",
                                o.left_padding, o.right_padding, o.target_width};
        if (x.is_symbolic()) {
          Shape out = x.shape();
          for (const auto& [axis, b] : {std::pair(at, vertical), std::pair(at + 1, horizontal)}) {
            if (b.target) {
              out[axis] = *b.target;
            } else if (out[axis] != Shape::unknown) {
              out[axis] += *b.before + *b.after;
            }
          }
          return symbolic_result(out, x.dtype());
        }
        std::vector<PadWidth::Pair> width(static_cast<size_t>(x.rank()), {0, 0});
        width[static_cast<size_t>(at)] = padding_of_axis(vertical, x.shape()[at]);
        width[static_cast<size_t>(at) + 1] = padding_of_axis(horizontal, x.shape()[at + 1]);
        return pad(x, width);
      },
      images);
}

Tensor crop_images(const Tensor& images, const CropImagesOptions& o) {
  check_defined(images, "crop_images");
  check_rank(images);
  check_two("top_cropping", o.top_cropping, "bottom_cropping", o.bottom_cropping, "target_height",
            o.target_height);
  check_two("left_cropping", o.left_cropping, "right_cropping", o.right_cropping, "target_width",
            o.target_width);
  const bool channels_first = is_channels_first(o.data_format);
  const auto describe = [&](Config& a) {
    Describe{a}("top_cropping", to_config(o.top_cropping))(
        "left_cropping", to_config(o.left_cropping))("bottom_cropping",
                                                     to_config(o.bottom_cropping))(
        "right_cropping", to_config(o.right_cropping))("target_height", to_config(o.target_height))(
        "target_width", to_config(o.target_width))(
        "data_format", channels_first ? "channels_first" : "channels_last");
  };
  return symbolic::op(
      "CropImages", describe,
      [o, channels_first](const Tensor& x) {
        const int at = height_axis(x, channels_first);
        const Border vertical{"top_cropping", "bottom_cropping", "target_height",
                              o.top_cropping, o.bottom_cropping, o.target_height};
        const Border horizontal{"left_cropping", "right_cropping", "target_width",
                                o.left_cropping, o.right_cropping, o.target_width};
        Shape start = Shape::filled(x.rank(), 0), shape = x.shape();
        for (const auto& [axis, b] : {std::pair(at, vertical), std::pair(at + 1, horizontal)}) {
          const int64_t length = x.shape()[axis];
          if (length == Shape::unknown) {
            shape[axis] = b.target ? *b.target : Shape::unknown;
          } else {
            std::tie(start[axis], shape[axis]) = crop_of_axis(b, length);
          }
        }
        return x.is_symbolic() ? symbolic_result(shape, x.dtype()) : slice(x, start, shape);
      },
      images);
}

Tensor rgb_to_grayscale(const Tensor& images, const std::string& data_format) {
  check_defined(images, "rgb_to_grayscale");
  check_rank(images);
  const bool channels_first = is_channels_first(data_format);
  const int axis = channels_first ? images.rank() - 3 : images.rank() - 1;
  const int64_t channels = images.shape()[axis];
  check(channels == 1 || channels == 3 || channels == Shape::unknown,
        "Invalid channel size: expected 3 (RGB) or 1 (Grayscale). Received input with shape: "
        "images.shape=",
        images.shape());
  const auto describe = [&](Config& a) {
    Describe{a}("data_format", channels_first ? "channels_first" : "channels_last");
  };
  return symbolic::op(
      "RGBToGrayscale", describe,
      [axis](const Tensor& x) {
        if (x.is_symbolic()) {
          Shape out = x.shape();
          out[axis] = 1;
          return symbolic_result(out, x.dtype());
        }
        if (x.shape()[axis] == 1) return x;
        const DType dtype = float_of(x.dtype());
        Shape along = Shape::filled(x.rank(), 1);
        along[axis] = 3;
        const Tensor weights =
            as_dtype(Tensor::from(std::vector<double>{0.2989, 0.5870, 0.1140}, along), dtype);
        return as_dtype(sum(as_dtype(x, dtype) * weights, axis, true), x.dtype());
      },
      images);
}

Tensor extract_patches(const Tensor& images, const Dims& size, const ExtractPatchesOptions& o) {
  check_defined(images, "extract_patches");
  check_rank(images);
  const Shape patch = size.expand(2, "size");
  const bool channels_first = is_channels_first(o.data_format);
  const auto describe = [&](Config& a) {
    Describe{a}("size", kcpp::to_config(size))("strides", kcpp::to_config(o.strides))(
        "dilation_rate", kcpp::to_config(o.dilation_rate))("padding", o.padding)(
        "data_format", channels_first ? "channels_first" : "channels_last");
  };
  return symbolic::op(
      "ExtractPatches", describe,
      [=](const Tensor& t) {
        const Tensor x = t.rank() == 3 ? expand_dims(t, 0) : t;
        const int64_t channels = x.shape()[channels_first ? 1 : 3];
        const int64_t length = patch[0] * patch[1] * channels;
        // A convolution whose output channel k picks element k of the patch.
        const Tensor kernel = reshape(eye(length, {}, 0, float_of(x.dtype())),
                                      {patch[0], patch[1], channels, length});
        const Tensor y = conv(x, kernel,
                              {.strides = o.strides.is_none() ? Dims(patch) : o.strides,
                               .padding = o.padding,
                               .data_format = channels_first ? "channels_first" : "channels_last",
                               .dilation_rate = o.dilation_rate});
        return t.rank() == 3 ? squeeze(y, 0) : y;
      },
      images);
}

}  // namespace kcpp::ops::image
