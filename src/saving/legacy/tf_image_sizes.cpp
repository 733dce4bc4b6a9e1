/// TensorFlow's functions of images whose result hangs on the size of the image.
#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

/// Height and width of an image: axes -3 and -2, in a batch or not.
struct Sides {
  Config height, width;
};

Sides sides_of(B& b, const Config& image) {
  const Config sizes = b.op("Shape", {image});
  return {b.op("GetItem", {sizes, Config::list({-3})}),
          b.op("GetItem", {sizes, Config::list({-2})})};
}
Sides targets(const B& b) {
  for (const char* side : {"target_height", "target_width"})
    if (!b.argument(side).is_int()) b.refuse(text("without a number as ", side));
  return {b.argument("target_height"), b.argument("target_width")};
}
Config cast(B& b, const Config& x, const char* dtype) {
  return b.op("Cast", {x}, Config::dict({{"dtype", dtype}}));
}
Config floating(const Config& target) { return static_cast<double>(target.as_int()); }

Config crop(B& b, const Config& image, const Sides& start, const Sides& stop) {
  return b.op("GetItem", {image, Config::list({Config::dict({{"class_name", "__ellipsis__"}}),
                                               tf_slice(start.height, stop.height),
                                               tf_slice(start.width, stop.width),
                                               tf_slice(Config(), Config())})});
}
void pad(B& b, const Config& image, const Sides& start, const Sides& target) {
  b.op("PadImages", {image},
       Config::dict({{"top_padding", start.height},
                     {"left_padding", start.width},
                     {"target_height", target.height},
                     {"target_width", target.width},
                     {"data_format", "channels_last"}}));
}
Config resize(B& b, const Config& image, const Sides& size) {
  Config method = b.argument("method");
  method = method.is_string() ? tf_lower(method) : Config("bilinear");
  return b.op("Resize", {image},
              Config::dict({{"size", Config::list({size.height, size.width})},
                            {"interpolation", method},
                            {"antialias", b.flag("antialias")},
                            {"data_format", "channels_last"}}));
}

/// The same share of either side is left.
void central_crop(B& b) {
  const Config image = b.tensor("image", true);
  const double share = b.number("central_fraction", 1);
  const Sides sides = sides_of(b, image);
  const auto cut = [&](const Config& side) {
    const Config size = cast(b, side, "float64");
    const Config gone = b.op("Subtract", {size, b.op("Multiply", {size, share})});
    return cast(b, b.op("TrueDivide", {gone, 2.0}), "int32");
  };
  const Sides start{cut(sides.height), cut(sides.width)};
  crop(b, image, start,
       {b.op("Subtract", {sides.height, start.height}),
        b.op("Subtract", {sides.width, start.width})});
}

/// Cropped where it is too large, padded where it is too small, the middle stays the middle.
void resize_with_crop_or_pad(B& b) {
  const Config image = b.tensor("image", true);
  const Sides target = targets(b), sides = sides_of(b, image);
  const auto half = [&](const Config& more, const Config& less) {
    const Config difference = b.op("Subtract", {more, less});
    return b.op("Maximum", {b.op("FloorDivide", {difference, 2}), 0});
  };
  const Sides start{half(sides.height, target.height), half(sides.width, target.width)};
  const auto stop = [&](const Config& from, const Config& side, const Config& most) {
    return b.op("Add", {from, b.op("Minimum", {side, most})});
  };
  const Config cropped = crop(b, image, start,
                              {stop(start.height, sides.height, target.height),
                               stop(start.width, sides.width, target.width)});
  pad(b, cropped, {half(target.height, sides.height), half(target.width, sides.width)}, target);
}

/// Resized as far as it fits, then padded.
void resize_with_pad(B& b) {
  const Config image = b.tensor("image", true);
  const Sides target = targets(b), sides = sides_of(b, image);
  const Config height = cast(b, sides.height, "float32"), width = cast(b, sides.width, "float32");
  const Config ratio = b.op("Maximum", {b.op("TrueDivide", {width, floating(target.width)}),
                                        b.op("TrueDivide", {height, floating(target.height)})});
  const Sides exact{b.op("TrueDivide", {height, ratio}), b.op("TrueDivide", {width, ratio})};
  const auto whole = [&](const Config& x) { return cast(b, b.op("Floor", {x}), "int32"); };
  const auto border = [&](const Config& size, const Config& most) {
    const Config free = b.op("Subtract", {floating(most), size});
    return b.op("Maximum", {whole(b.op("TrueDivide", {free, 2.0})), 0});
  };
  const Config resized = resize(b, image, {whole(exact.height), whole(exact.width)});
  pad(b, resized, {border(exact.height, target.height), border(exact.width, target.width)}, target);
}

/// tf.image.resize with preserve_aspect_ratio.
void resize_in_ratio(B& b) {
  const Config image = b.tensor("images", true), size = b.argument("size");
  if (!size.is_list() || size.size() != 2 || !size.as_list()[0].is_int() ||
      !size.as_list()[1].is_int())
    b.refuse("with preserve_aspect_ratio=true and a size that the model computes");
  const Sides sides = sides_of(b, image);
  const Config height = cast(b, sides.height, "float32"), width = cast(b, sides.width, "float32");
  const Config scale = b.op("Minimum", {b.op("TrueDivide", {floating(size.as_list()[0]), height}),
                                        b.op("TrueDivide", {floating(size.as_list()[1]), width})});
  const auto scaled = [&](const Config& side) {
    return cast(b, b.op("Round", {b.op("Multiply", {scale, side})}), "int32");
  };
  resize(b, image, {scaled(height), scaled(width)});
}

/// What TensorFlow 1 did: the pixels lie at their upper left corners, or the corners of both images
/// on each other.
TfValue by_corners(B& b, const TfValue& image, int64_t axis, const Config& size, bool aligned,
                   bool nearest) {
  const TfValue side = image.of("Shape").at({Config(axis)}).cast("float32");
  const TfValue places{b, tf_numbers(b, size, "float32")};
  TfValue most = side - Config(1.0);
  Config count = size.is_int() ? floating(size) : cast(b, size, "float32");
  const bool one = aligned && size == Config(1);
  if (aligned && !one)
    count = size.is_int() ? Config(count.as_double() - 1) : b.op("Subtract", {count, 1.0});
  const TfValue from = places * ((aligned && !one ? most : side) / count);
  const auto taken = [&](const TfValue& at) {
    return image.with("Take", at.with("Minimum", most).cast("int32"),
                      Config::dict({{"axis", axis}}));
  };
  if (nearest) return taken(from.of(aligned ? "Round" : "Floor"));
  const TfValue first = from.of("Floor");
  TfValue share = from - first;
  for (int64_t i = axis; i < -1; ++i) share = share.expand(-1);
  const TfValue start = taken(first);
  return start + (taken(first + Config(1.0)) - start) * share;
}
void resize_by_corners(B& b, const char* method) {
  const Config size = b.argument("size");
  if (!size.is_list() || size.size() != 2) {
    if (!is_graph_tensor(size)) b.refuse("without its size");
  }
  const Config given = b.argument("method");
  const Config name = method            ? Config(method)
                      : given.is_null() ? Config("bilinear")
                                        : tf_lower(given);
  const bool nearest = name == Config("nearest") || name == Config(1);
  if (!nearest && name != Config("bilinear") && name != Config(0))
    b.refuse(text("with method=", name, " and corners of TensorFlow 1"));
  const auto item = [&](int64_t i) {
    return size.is_list() ? Config(size.as_list()[static_cast<size_t>(i)])
                          : b.op("GetItem", {size, Config::list({i})});
  };
  const bool aligned = b.flag("align_corners");
  const TfValue image{b, b.tensor("images", true)};
  by_corners(b, by_corners(b, image.cast("float32"), -3, item(0), aligned, nearest), -2, item(1),
             aligned, nearest);
}
void resize_plainly(B& b) {
  Config method = b.argument("method");
  b.op("Resize", {b.tensor("images", true)},
       Config::dict({{"size", b.argument("size")},
                     {"interpolation", method.is_string() ? tf_lower(method) : Config("bilinear")},
                     {"antialias", false},
                     {"data_format", "channels_last"}}));
}
/// The functions of TensorFlow 1, where they do what those of TensorFlow 2 do.
bool has_centers(const B& b) { return b.flag("half_pixel_centers") && !b.flag("align_corners"); }

constexpr TfFunction table[] = {
    {"resize_bilinear", [](B& b) { resize_by_corners(b, "bilinear"); }},
    {"resize_nearest_neighbor", [](B& b) { resize_by_corners(b, "nearest"); }},
    {"resize_images", [](B& b) { resize_by_corners(b, nullptr); }},
    {"central_crop", central_crop},
    {"resize_with_crop_or_pad", resize_with_crop_or_pad},
    {"resize_image_with_crop_or_pad", resize_with_crop_or_pad},
    {"resize_with_pad", resize_with_pad},
};

}  // namespace

bool add_tf_image_size(std::string_view name, TfBuilder& builder) {
  if (name == "resize" && builder.flag("preserve_aspect_ratio")) {
    resize_in_ratio(builder);
    return true;
  }
  // Only graph nodes and the functions of TensorFlow 1 say where the pixels lie.
  if (name == "resize" && !builder.argument("half_pixel_centers").is_null()) {
    if (has_centers(builder)) {
      resize_plainly(builder);
    } else {
      resize_by_corners(builder, nullptr);
    }
    return true;
  }
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
