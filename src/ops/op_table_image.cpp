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

constexpr OpEntry kEntries[] = {
    {"Resize", "image", resize_op},          {"PadImages", "image", pad_op},
    {"CropImages", "image", crop_op},        {"RGBToGrayscale", "image", grayscale_op},
    {"ExtractPatches", "image", patches_op},
};

}  // namespace

std::span<const OpEntry> op_table_image() { return kEntries; }

}  // namespace kcpp::ops
