/// RandomHue, RandomSaturation, RandomSharpness, RandomGaussianBlur and RandomColorJitter.
#include <cmath>

#include "kcpp/core/defaults.h"
#include "kcpp/layers/random_color.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/image.h"
#include "kcpp/ops/nn.h"
#include "src/layers/augmentation/color_layer.h"
#include "src/layers/makers.h"

namespace kcpp::layers {
namespace {

class RandomHueImpl final : public ColorLayer<RandomColorOptions> {
 public:
  using ColorLayer::ColorLayer;
  ClassInfo class_info() const override { return {"RandomHue", "keras.layers"}; }
  void validate() override {
    ColorLayer::validate();
    factor_ = base_factor(factor_, 0, 1);
    check_value_range(o_.value_range);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const Tensor side = ops::where(ops::greater(uniform({images[0]}, 0, 1, seed), 0.5), -1.0, 1.0);
    const Tensor by = uniform({images[0]}, factor_.first(), factor_.second(), seed);
    return {{{"factor", side * by * 0.5}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    const NumberOrPair unit(0, 1);
    const Tensor by = ops::reshape(ops::cast(draw.at("factor"), images.dtype()), {-1, 1, 1, 1});
    Tensors hsv = ops::split(
        ops::image::rgb_to_hsv(change_value_range(images, o_.value_range, unit), o_.data_format), 3,
        channel_axis());
    Tensor hue = hsv[0] + by;
    hue = ops::where(ops::greater(hue, 1.0), hue - 1.0, hue);
    hsv[0] = ops::where(ops::less(hue, 0.0), hue + 1.0, hue);
    const Tensor rgb =
        ops::image::hsv_to_rgb(ops::concatenate(hsv, channel_axis()), o_.data_format);
    return change_value_range(ops::clip(rgb, 0.0, 1.0), unit, o_.value_range);
  }
};

class RandomSaturationImpl final : public ColorLayer<RandomColorOptions> {
 public:
  using ColorLayer::ColorLayer;
  ClassInfo class_info() const override { return {"RandomSaturation", "keras.layers"}; }
  void validate() override {
    ColorLayer::validate();
    factor_ = base_factor(factor_, -1, 1);
    o_.value_range = sorted_value_range(o_.value_range);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const Tensor factor = uniform({images[0]}, factor_.first(), factor_.second(), seed);
    return {{{"factor", factor / (1.0 - factor + kcpp::epsilon())}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    const Tensor by = ops::reshape(ops::cast(draw.at("factor"), images.dtype()), {-1, 1, 1, 1});
    Tensors hsv = ops::split(ops::image::rgb_to_hsv(images, o_.data_format), 3, channel_axis());
    hsv[1] = clip_to(hsv[1] * by, o_.value_range);
    return ops::image::hsv_to_rgb(ops::concatenate(hsv, channel_axis()), o_.data_format);
  }
};

class RandomSharpnessImpl final : public ColorLayer<RandomColorOptions> {
 public:
  using ColorLayer::ColorLayer;
  ClassInfo class_info() const override { return {"RandomSharpness", "keras.layers"}; }
  void validate() override {
    ColorLayer::validate();
    factor_ = base_factor(factor_, 0, 1);
    o_.value_range = sorted_value_range(o_.value_range);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    return {{{"factor", uniform({images[0]}, factor_.first(), factor_.second(), seed)}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    const Tensor x = channels_first_ ? ops::swapaxes(images, -3, -1) : images;
    const Tensor sharpness =
        ops::reshape(ops::cast(draw.at("factor") * 2.0, x.dtype()), {-1, 1, 1, 1});
    constexpr double rim = 1.0 / 13, middle = 5.0 / 13;
    const Tensor kernel =
        ops::cast(Tensor::from(std::vector<double>{rim, rim, rim, rim, middle, rim, rim, rim, rim},
                               {3, 3, 1, 1}),
                  x.dtype());
    const Tensor smooth = ops::depthwise_conv(x, ops::tile(kernel, {1, 1, x.dim(-1), 1}),
                                              {.padding = "same", .data_format = "channels_last"});
    const Tensor y = clip_to(x + (1.0 - sharpness) * (smooth - x), o_.value_range);
    return channels_first_ ? ops::swapaxes(y, -3, -1) : y;
  }
};

class RandomGaussianBlurImpl final : public ImageLayer<RandomGaussianBlurOptions> {
 public:
  using ImageLayer::ImageLayer;
  ClassInfo class_info() const override { return {"RandomGaussianBlur", "keras.layers"}; }
  void fields(Fields& f) override {
    ImageLayer::fields(f);
    f("factor", o_.factor);
    f("kernel_size", o_.kernel_size);
    f("sigma", o_.sigma);
    f("value_range", o_.value_range);
    f("seed", o_.seed);
  }
  void validate() override {
    ImageLayer::validate();
    o_.factor = base_factor(o_.factor, 0, 1);
    o_.sigma = base_factor(o_.sigma, 0, 1, "sigma");
    check_value_range(o_.value_range);
    const Config given = o_.kernel_size.given();
    check(o_.kernel_size.is_pair() || !given.is_list(),
          "The `kernel_size` argument should be a number (or a list of two numbers) Received: "
          "kernel_size=",
          given);
    if (o_.kernel_size.is_number()) o_.kernel_size = NumberOrPair(given, given);
    const auto odd = [](const Config& v) {
      return v.is_number() && v.as_double() == std::floor(v.as_double()) && v.as_double() > 0 &&
             v.as_double() < 1 << 16 && v.as_int() % 2 == 1;
    };
    check(o_.kernel_size.is_pair() && odd(o_.kernel_size.given().as_list()[0]) &&
              odd(o_.kernel_size.given().as_list()[1]),
          "kernel_size must be an odd number. Received: kernel_size=", given);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const Tensor apply = chosen(images[0], o_.factor, seed);
    const Tensor sigma = uniform_computed({2}, o_.sigma.first(), o_.sigma.second(), seed);
    return {{{"should_apply_blur", apply}, {"blur_factor", sigma + 1e-6}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    const std::vector<double> sigma = draw.at("blur_factor").to_vector<double>();
    const Tensor blurred = ops::image::gaussian_blur(
        images, {.kernel_size = {static_cast<int64_t>(o_.kernel_size.first()),
                                 static_cast<int64_t>(o_.kernel_size.second())},
                 .sigma = {sigma[0], sigma[1]},
                 .data_format = o_.data_format});
    return clip_to(where_chosen(draw.at("should_apply_blur"), blurred, images), o_.value_range);
  }
};

class RandomColorJitterImpl final : public ImageLayer<RandomColorJitterOptions> {
 public:
  using ImageLayer::ImageLayer;
  ClassInfo class_info() const override { return {"RandomColorJitter", "keras.layers"}; }
  void fields(Fields& f) override {
    ImageLayer::fields(f);
    f("value_range", o_.value_range);
    f("brightness_factor", o_.brightness_factor);
    f("contrast_factor", o_.contrast_factor);
    f("saturation_factor", o_.saturation_factor);
    f("hue_factor", o_.hue_factor);
    f("seed", o_.seed);
  }
  void validate() override {
    ImageLayer::validate();
    check_value_range(o_.value_range);
    if (!steps_.empty()) return;
    add<RandomBrightness, RandomLightOptions>("random_brightness", o_.brightness_factor);
    add<RandomContrast, RandomLightOptions>("random_contrast", o_.contrast_factor);
    add<RandomSaturation, RandomColorOptions>("random_saturation", o_.saturation_factor);
    add<RandomHue, RandomColorOptions>("random_hue", o_.hue_factor);
  }
  void build(const Shape& images) override {
    for (const Layer& step : steps_) step->ensure_built({images});
  }
  Tensor transform(const Tensor& images, const Draw&) const override {
    Tensor x = images;
    for (const Layer& step : steps_) {
      const auto& change = dynamic_cast<const ImageTransform&>(*step);
      x = change.transform(x, change.draw(x.shape(), random::Seed(generator_)));
    }
    return x;
  }

 private:
  template <class Step, class Options>
  void add(const char* attribute, const NumberOrPair& factor) {
    if (!factor.defined()) return;
    const Options options{.value_range = o_.value_range, .seed = o_.seed};
    steps_.push_back(Step(factor, options));
    track(attribute, steps_.back());
  }
  LayerList steps_;
};

}  // namespace

RandomHue::RandomHue(const NumberOrPair& factor, RandomColorOptions o)
    : Layer(make_layer<RandomHueImpl>(factor, std::move(o))) {}
RandomSaturation::RandomSaturation(const NumberOrPair& factor, RandomColorOptions o)
    : Layer(make_layer<RandomSaturationImpl>(factor, std::move(o))) {}
RandomSharpness::RandomSharpness(const NumberOrPair& factor, RandomColorOptions o)
    : Layer(make_layer<RandomSharpnessImpl>(factor, std::move(o))) {}
RandomGaussianBlur::RandomGaussianBlur(RandomGaussianBlurOptions o)
    : Layer(make_layer<RandomGaussianBlurImpl>(std::move(o))) {}
RandomColorJitter::RandomColorJitter(RandomColorJitterOptions o)
    : Layer(make_layer<RandomColorJitterImpl>(std::move(o))) {}

std::shared_ptr<Object> makers::random_hue() { return make_object<RandomHueImpl>(); }
std::shared_ptr<Object> makers::random_saturation() { return make_object<RandomSaturationImpl>(); }
std::shared_ptr<Object> makers::random_sharpness() { return make_object<RandomSharpnessImpl>(); }
std::shared_ptr<Object> makers::random_gaussian_blur() {
  return make_object<RandomGaussianBlurImpl>();
}
std::shared_ptr<Object> makers::random_color_jitter() {
  return make_object<RandomColorJitterImpl>();
}

}  // namespace kcpp::layers
