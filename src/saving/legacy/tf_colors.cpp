/// TensorFlow's functions of an image's colours, and of what differs between two images.
#include <cmath>

#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

const Config channels_last = Config::dict({{"data_format", "channels_last"}});

TfValue image(B& b, const char* name, bool first = true) { return {b, b.tensor(name, first)}; }

/// Three channels, each a mixture of the three given ones: rows are those given.
void mixed(B& b, std::initializer_list<std::initializer_list<double>> rows) {
  Config kernel = Config::list();
  for (const auto& row : rows) {
    Config numbers = Config::list();
    for (double number : row) numbers.push_back(number);
    kernel.push_back(std::move(numbers));
  }
  image(b, "images").with("Matmul", tf_tensor_argument(kernel, false));
}
void rgb_to_yuv(B& b) {
  mixed(b, {{0.299, -0.14714119, 0.61497538},
            {0.587, -0.28886916, -0.51496512},
            {0.114, 0.43601035, -0.10001026}});
}
void yuv_to_rgb(B& b) {
  mixed(b, {{1, 1, 1}, {0, -0.394642334, 2.03206185}, {1.13988303, -0.58062185, 0}});
}
void rgb_to_yiq(B& b) {
  mixed(b, {{0.299, 0.59590059, 0.2115},
            {0.587, -0.27455667, -0.52273617},
            {0.114, -0.32134392, 0.31119955}});
}
void yiq_to_rgb(B& b) {
  mixed(b,
        {{1, 1, 1}, {0.95598634, -0.27201283, -1.10674021}, {0.6208248, -0.64720424, 1.70423049}});
}

/// Hue and saturation changed, and back to red, green and blue.
void with_hsv(B& b, TfValue (*hue)(const B&, const TfValue&),
              TfValue (*saturation)(const B&, const TfValue&)) {
  const TfValue hsv = image(b, "image").of("RGBToHSV", channels_last);
  const auto channel = [&](int64_t i) { return hsv.at({tf_ellipsis(), tf_slice(i, i + 1)}); };
  const TfValue h = hue ? hue(b, channel(0)) : channel(0);
  const TfValue s = saturation ? saturation(b, channel(1)) : channel(1);
  const TfValue changed{
      b, b.op("Concatenate", {Config::list({h, s, channel(2)})}, Config::dict({{"axis", -1}}))};
  changed.of("HSVToRGB", channels_last);
}
void adjust_hue(B& b) {
  with_hsv(
      b,
      [](const B& given, const TfValue& h) { return (h + given.tensor("delta")).with("Mod", 1.0); },
      nullptr);
}
void adjust_saturation(B& b) {
  with_hsv(b, nullptr, [](const B& given, const TfValue& s) {
    return (s * given.tensor("saturation_factor"))
        .of("Clip", Config::dict({{"x_min", 0.0}, {"x_max", 1.0}}));
  });
}

/// The bell-shaped window of `size` by `size` pixels whose sum is 1, as a kernel of a convolution
/// in three dimensions, the last of which are the channels.
Config bell(int64_t size, double sigma) {
  std::vector<double> side;
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) {
    const double at = static_cast<double>(i) - static_cast<double>(size - 1) / 2;
    side.push_back(std::exp(-0.5 * at * at / (sigma * sigma)));
    sum += side.back();
  }
  Config kernel = Config::list();
  for (double y : side) {
    Config row = Config::list();
    for (double x : side)
      row.push_back(Config::list({Config::list({Config::list({y * x / (sum * sum)})})}));
    kernel.push_back(std::move(row));
  }
  return tf_tensor_argument(kernel, false);
}

/// The structural similarity of two images, a number a channel: all of it, and without the
/// luminance.
struct Similarity {
  TfValue all, structure;
};
Similarity similarity(B& b, const TfValue& x, const TfValue& y) {
  const int64_t size = b.integer("filter_size", 11);
  if (size < 1 || size > 200) b.refuse("with an absurd filter_size");
  const Config kernel = bell(size, b.number("filter_sigma", 1.5));
  const auto smooth = [&](const TfValue& t) {
    return t.expand(-1)
        .with("Conv", kernel,
              Config::dict({{"strides", 1},
                            {"padding", "valid"},
                            {"data_format", "channels_last"},
                            {"dilation_rate", 1}}))
        .of("Squeeze", Config::dict({{"axis", -1}}));
  };
  const double most = b.number("max_val", 1);
  const auto constant = [&](const char* name, double otherwise) {
    const double k = b.number(name, otherwise) * most;
    return k * k;
  };
  const double c1 = constant("k1", 0.01), c2 = constant("k2", 0.03);
  const TfValue mean_x = smooth(x), mean_y = smooth(y);
  const TfValue product = 2.0 * mean_x * mean_y;
  const TfValue squares = mean_x.of("Square") + mean_y.of("Square");
  const TfValue luminance = (product + c1) / (squares + c1);
  const TfValue both = 2.0 * smooth(x * y);
  const TfValue apart = smooth(x.of("Square") + y.of("Square"));
  const TfValue structure = (both - product + c2) / (apart - squares + c2);
  const auto mean = [](const TfValue& t) { return t.over("Mean", Config::list({-3, -2})); };
  return {mean(luminance * structure), mean(structure)};
}
void ssim(B& b) {
  if (b.flag("return_index_map")) b.refuse("with return_index_map, which kcpp cannot read");
  similarity(b, image(b, "img1"), image(b, "img2", false)).all.over("Mean", -1);
}

/// Half as large; an odd side's last line counts twice.
TfValue halved(const TfValue& x) {
  const TfValue sizes = x.of("Shape");
  const auto more = [&](int64_t axis) {
    return Config::list({0, sizes.at({Config(axis)}).with("Mod", 2).config()});
  };
  const Config none = Config::list({0, 0});
  return x
      .of("Pad", Config::dict({{"pad_width", Config::list({none, more(1), more(2), none})},
                               {"mode", "symmetric"},
                               {"constant_values", nullptr}}))
      .of("AveragePool", Config::dict({{"pool_size", 2},
                                       {"strides", 2},
                                       {"padding", "valid"},
                                       {"data_format", "channels_last"}}));
}
/// The product of what images of several sizes have in common, each to its power.
void ssim_multiscale(B& b) {
  TfValue x = image(b, "img1"), y = image(b, "img2", false);
  Config powers = b.argument("power_factors");
  if (powers.is_null()) powers = Config::list({0.0448, 0.2856, 0.3001, 0.2363, 0.1333});
  if (!powers.is_list() || powers.size() == 0 || powers.size() > 20)
    b.refuse("without numbers as `power_factors`");
  Config product;
  for (size_t i = 0; i < powers.size(); ++i) {
    if (i) {
      x = halved(x);
      y = halved(y);
    }
    const Similarity alike = similarity(b, x, y);
    const TfValue factor = (i + 1 == powers.size() ? alike.all : alike.structure)
                               .of("Relu")
                               .with("Power", powers.as_list()[i].as_double("power_factors"));
    product = product.is_null() ? factor.config() : (factor * product).config();
  }
  TfValue{b, product}.over("Mean", -1);
}

constexpr TfFunction table[] = {
    {"rgb_to_yuv", rgb_to_yuv},
    {"yuv_to_rgb", yuv_to_rgb},
    {"rgb_to_yiq", rgb_to_yiq},
    {"yiq_to_rgb", yiq_to_rgb},
    {"adjust_hue", adjust_hue},
    {"adjust_saturation", adjust_saturation},
    {"ssim", ssim},
    {"ssim_multiscale", ssim_multiscale},
};

}  // namespace

bool add_tf_color_function(std::string_view name, TfBuilder& builder) {
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
