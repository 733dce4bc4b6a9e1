// Entries of keras.ops.image.
#include "kcpp/ops/image.h"
#include "src/ops/op_makers.h"

namespace kcpp::ops {

using namespace detail;

namespace {

Dims dims(const OpArguments& a, std::string_view name, Dims missing = {}) {
  const Config& given = a.attribute(name);
  if (!given.is_null()) from_config(given, missing, name);
  return missing;
}

OpRun resize_op(const OpArguments& a) {
  const image::ResizeOptions o{a.text("interpolation", "bilinear"),
                               a.flag("antialias"),
                               a.flag("crop_to_aspect_ratio"),
                               a.flag("pad_to_aspect_ratio"),
                               a.text("fill_mode", "constant"),
                               a.number("fill_value"),
                               a.text("data_format")};
  return [x = a.tensor(0, "images"), size = dims(a, "size"), o](const Tensors& in) {
    return Tensors{image::resize(x(in), size, o)};
  };
}
OpRun pad_op(const OpArguments& a) {
  const image::PadImagesOptions o{a.optional_integer("top_padding"),
                                  a.optional_integer("left_padding"),
                                  a.optional_integer("bottom_padding"),
                                  a.optional_integer("right_padding"),
                                  a.optional_integer("target_height"),
                                  a.optional_integer("target_width"),
                                  a.text("data_format")};
  return [x = a.tensor(0, "images"), o](const Tensors& in) {
    return Tensors{image::pad_images(x(in), o)};
  };
}
OpRun crop_op(const OpArguments& a) {
  const image::CropImagesOptions o{a.optional_integer("top_cropping"),
                                   a.optional_integer("left_cropping"),
                                   a.optional_integer("bottom_cropping"),
                                   a.optional_integer("right_cropping"),
                                   a.optional_integer("target_height"),
                                   a.optional_integer("target_width"),
                                   a.text("data_format")};
  return [x = a.tensor(0, "images"), o](const Tensors& in) {
    return Tensors{image::crop_images(x(in), o)};
  };
}
OpRun grayscale_op(const OpArguments& a) {
  return [x = a.tensor(0, "images"), format = a.text("data_format")](const Tensors& in) {
    return Tensors{image::rgb_to_grayscale(x(in), format)};
  };
}
OpRun patches_op(const OpArguments& a) {
  const image::ExtractPatchesOptions o{dims(a, "strides"), dims(a, "dilation_rate", 1),
                                       a.text("padding", "valid"), a.text("data_format")};
  return [x = a.tensor(0, "images"), size = dims(a, "size"), o](const Tensors& in) {
    return Tensors{image::extract_patches(x(in), size, o)};
  };
}

template <Tensor (*f)(const Tensor&, const std::string&)>
OpRun color_op(const OpArguments& a) {
  return [x = a.tensor(0, "images"), format = a.text("data_format")](const Tensors& in) {
    return Tensors{f(x(in), format)};
  };
}
OpRun affine_op(const OpArguments& a) {
  const image::AffineTransformOptions o{a.text("interpolation", "bilinear"),
                                        a.text("fill_mode", "constant"), a.number("fill_value"),
                                        a.text("data_format")};
  return [x = a.tensor(0, "images"), t = a.tensor(1, "transform"), o](const Tensors& in) {
    return Tensors{image::affine_transform(x(in), t(in), o)};
  };
}
OpRun perspective_op(const OpArguments& a) {
  const image::PerspectiveTransformOptions o{a.text("interpolation", "bilinear"),
                                             a.number("fill_value"), a.text("data_format")};
  return [x = a.tensor(0, "images"), start = a.tensor(1, "start_points"),
          end = a.tensor(2, "end_points"), o](const Tensors& in) {
    return Tensors{image::perspective_transform(x(in), start(in), end(in), o)};
  };
}
OpRun map_op(const OpArguments& a) {
  return
      [x = a.tensor(0, "inputs"), at = a.tensor(1, "coordinates"), order = a.small("order"),
       mode = a.text("fill_mode", "constant"), fill = a.number("fill_value")](const Tensors& in) {
        return Tensors{image::map_coordinates(x(in), at(in), order, mode, fill)};
      };
}
OpRun blur_op(const OpArguments& a) {
  image::GaussianBlurOptions o{.kernel_size = dims(a, "kernel_size", {3, 3}),
                               .data_format = a.text("data_format")};
  if (const Config& sigma = a.attribute("sigma"); !sigma.is_null()) {
    check(sigma.size() == 2, "`sigma` must be two numbers. Received: sigma=", sigma);
    o.sigma = {sigma.as_list()[0].as_double("sigma"), sigma.as_list()[1].as_double("sigma")};
  }
  return [x = a.tensor(0, "images"), o](const Tensors& in) {
    return Tensors{image::gaussian_blur(x(in), o)};
  };
}
OpRun elastic_op(const OpArguments& a) {
  image::ElasticTransformOptions o{.alpha = a.number("alpha", 20),
                                   .sigma = a.number("sigma", 5),
                                   .interpolation = a.text("interpolation", "bilinear"),
                                   .fill_mode = a.text("fill_mode", "reflect"),
                                   .fill_value = a.number("fill_value"),
                                   .data_format = a.text("data_format")};
  if (a.attribute("seed").is_int()) o.seed = random::Seed(a.integer("seed"));
  return [x = a.tensor(0, "images"), o](const Tensors& in) {
    return Tensors{image::elastic_transform(x(in), o)};
  };
}

constexpr OpEntry kEntries[] = {
    {"Resize", "image", resize_op},
    {"PadImages", "image", pad_op},
    {"CropImages", "image", crop_op},
    {"RGBToGrayscale", "image", grayscale_op},
    {"ExtractPatches", "image", patches_op},
    {"RGBToHSV", "image", color_op<image::rgb_to_hsv>},
    {"HSVToRGB", "image", color_op<image::hsv_to_rgb>},
    {"AffineTransform", "image", affine_op},
    {"PerspectiveTransform", "image", perspective_op},
    {"MapCoordinates", "image", map_op},
    {"GaussianBlur", "image", blur_op},
    {"ElasticTransform", "image", elastic_op},
};

}  // namespace

std::span<const OpEntry> op_table_image() { return kEntries; }

}  // namespace kcpp::ops
