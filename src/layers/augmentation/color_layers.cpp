/// RandomContrast, RandomBrightness, RandomGrayscale, RandomInvert, RandomColorDegeneration,
/// RandomPosterization and Solarization.
#include "kcpp/layers/random_color.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/image.h"
#include "kcpp/ops/reduce.h"
#include "src/layers/augmentation/color_layer.h"
#include "src/layers/makers.h"

namespace kcpp::layers {
namespace {

class RandomContrastImpl final : public ColorLayer<RandomLightOptions> {
 public:
  using ColorLayer::ColorLayer;
  ClassInfo class_info() const override { return {"RandomContrast", "keras.layers"}; }
  void validate() override {
    ColorLayer::validate();
    factor_ = base_factor(factor_, 0, 1);
    check_value_range(o_.value_range);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    return {{{"contrast_factor", uniform_computed(one_an_image(images), 1 - factor_.first(),
                                                  1 + factor_.second(), seed)}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    const Tensor mean = ops::mean(ops::mean(images, height_axis(), true), width_axis(), true);
    return clip_to((images - mean) * draw.at("contrast_factor") + mean, o_.value_range);
  }
};

class RandomBrightnessImpl final : public ColorLayer<RandomLightOptions> {
 public:
  using ColorLayer::ColorLayer;
  ClassInfo class_info() const override { return {"RandomBrightness", "keras.layers"}; }
  void validate() override {
    ColorLayer::validate();
    factor_ = base_factor(factor_, -1, 1);
    o_.value_range = sorted_value_range(o_.value_range);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    return {{{"rgb_delta", uniform(one_an_image(images), factor_.first(), factor_.second(), seed) *
                               (o_.value_range.second() - o_.value_range.first())}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    return clip_to(images + ops::cast(draw.at("rgb_delta"), images.dtype()), o_.value_range);
  }
};

class RandomGrayscaleImpl final : public ImageLayer<RandomGrayscaleOptions> {
 public:
  using ImageLayer::ImageLayer;
  ClassInfo class_info() const override { return {"RandomGrayscale", "keras.layers"}; }
  void fields(Fields& f) override {
    ImageLayer::fields(f);
    f("factor", o_.factor);
    if (f.reading()) f("seed", o_.seed);  // Keras takes it, and does not write it
  }
  void validate() override {
    check(o_.factor >= 0 && o_.factor <= 1,
          "`factor` should be between 0 and 1. Received: factor=", o_.factor);
    ImageLayer::validate();
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    return {{{"should_apply", ops::less(uniform(one_an_image(images), 0, 1, seed), o_.factor)}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    return ops::where(draw.at("should_apply"), ops::image::rgb_to_grayscale(images, o_.data_format),
                      images);
  }
};

class RandomInvertImpl final : public ImageLayer<RandomInvertOptions> {
 public:
  using ImageLayer::ImageLayer;
  ClassInfo class_info() const override { return {"RandomInvert", "keras.layers"}; }
  void fields(Fields& f) override {
    ImageLayer::fields(f);
    f("factor", o_.factor);
    f("value_range", o_.value_range);
    f("seed", o_.seed);
  }
  void validate() override {
    ImageLayer::validate();
    o_.factor = base_factor(o_.factor, 0, 1);
    check_value_range(o_.value_range);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    return {{{"apply_inversion", chosen(images[0], o_.factor, seed)}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    return where_chosen(draw.at("apply_inversion"), o_.value_range.second() - images, images);
  }
};

class RandomColorDegenerationImpl final : public ColorLayer<RandomColorOptions> {
 public:
  using ColorLayer::ColorLayer;
  ClassInfo class_info() const override { return {"RandomColorDegeneration", "keras.layers"}; }
  void validate() override {
    ColorLayer::validate();
    factor_ = base_factor(factor_, -1, 1);
    o_.value_range = sorted_value_range(o_.value_range);
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext& c) override {
    const Shape& s = inputs[0].shape();
    check(s.rank() == 3 || s.rank() == 4,
          "Invalid images rank: expected rank 3 (single image) or rank 4 (batch of images). "
          "Received: input_shape=",
          s);
    const int64_t channels = s.dim(channel_axis());
    check(channels == 3 || channels == Shape::unknown,
          "Input images must have 3 channels, but received images with ", channels, " channels.");
    return ColorLayer::compute_output_spec(inputs, c);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    return {{{"factor", uniform(one_an_image(images), factor_.first(), factor_.second(), seed)}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    const Tensor grey = ops::image::rgb_to_grayscale(images, o_.data_format);
    const Tensor share = ops::cast(draw.at("factor"), images.dtype());
    return clip_to(images + share * (grey - images), o_.value_range);
  }
};

class RandomPosterizationImpl final : public ColorLayer<RandomColorOptions> {
 public:
  using ColorLayer::ColorLayer;
  ClassInfo class_info() const override { return {"RandomPosterization", "keras.layers"}; }
  void validate() override {
    ColorLayer::validate();
    factor_ = base_factor(factor_, 1, 8);
    o_.value_range = sorted_value_range(o_.value_range);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const auto low = static_cast<int64_t>(factor_.first()),
               high = static_cast<int64_t>(factor_.second());
    const Tensor bits = low < high
                            ? random::randint({images[0]}, low, high, DType::int32, seed)
                            : Tensor::full({images[0]}, static_cast<double>(low), DType::int32);
    return {{{"shift_factor", ops::cast(8 - bits, DType::uint8)}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    const NumberOrPair bytes(0, 255);
    const Tensor shift =
        ops::reshape(ops::cast(draw.at("shift_factor"), DType::uint8), {-1, 1, 1, 1});
    const Tensor x = ops::cast(change_value_range(images, o_.value_range, bytes), DType::uint8);
    const Tensor kept = ops::left_shift(ops::right_shift(x, shift), shift);
    return change_value_range(ops::cast(kept, images.dtype()), bytes, o_.value_range);
  }
};

class SolarizationImpl final : public ImageLayer<SolarizationOptions> {
 public:
  using ImageLayer::ImageLayer;
  ClassInfo class_info() const override { return {"Solarization", "keras.layers"}; }
  void fields(Fields& f) override {
    ImageLayer::fields(f);
    f("value_range", o_.value_range);
    f("addition_factor", o_.addition_factor);
    f("threshold_factor", o_.threshold_factor);
    f("seed", o_.seed);
  }
  void validate() override {
    ImageLayer::validate();
    const FactorRule rule{
        "The `addition_factor` and `threshold_factor` arguments should be a number (or a list of "
        "two numbers) in the range [0, 1]. ",
        0, 1, false, true};
    o_.addition_factor = own_factor(o_.addition_factor, "addition_factor", rule);
    o_.threshold_factor = own_factor(o_.threshold_factor, "threshold_factor", rule);
    o_.value_range = sorted_value_range(o_.value_range);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    // As in Keras, only the upper bound is a share of 255.
    const auto of = [&](const NumberOrPair& range) {
      return uniform_computed(one_an_image(images), range.first(), range.second() * 255, seed);
    };
    const Tensor additions = of(o_.addition_factor);
    return {{{"additions", additions}, {"thresholds", of(o_.threshold_factor)}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    const NumberOrPair bytes(0, 255);
    const Tensor x = ops::clip(
        change_value_range(images, o_.value_range, bytes) + draw.at("additions"), 0.0, 255.0);
    const Tensor y = ops::where(ops::less(x, draw.at("thresholds")), x, 255.0 - x);
    return change_value_range(y, bytes, o_.value_range);
  }
};

}  // namespace

RandomContrast::RandomContrast(const NumberOrPair& factor, RandomLightOptions o)
    : Layer(make_layer<RandomContrastImpl>(factor, std::move(o))) {}
RandomBrightness::RandomBrightness(const NumberOrPair& factor, RandomLightOptions o)
    : Layer(make_layer<RandomBrightnessImpl>(factor, std::move(o))) {}
RandomGrayscale::RandomGrayscale(RandomGrayscaleOptions o)
    : Layer(make_layer<RandomGrayscaleImpl>(std::move(o))) {}
RandomInvert::RandomInvert(RandomInvertOptions o)
    : Layer(make_layer<RandomInvertImpl>(std::move(o))) {}
RandomColorDegeneration::RandomColorDegeneration(const NumberOrPair& factor, RandomColorOptions o)
    : Layer(make_layer<RandomColorDegenerationImpl>(factor, std::move(o))) {}
RandomPosterization::RandomPosterization(const NumberOrPair& factor, RandomColorOptions o)
    : Layer(make_layer<RandomPosterizationImpl>(factor, std::move(o))) {}
Solarization::Solarization(SolarizationOptions o)
    : Layer(make_layer<SolarizationImpl>(std::move(o))) {}

std::shared_ptr<Object> makers::random_contrast() { return make_object<RandomContrastImpl>(); }
std::shared_ptr<Object> makers::random_brightness() { return make_object<RandomBrightnessImpl>(); }
std::shared_ptr<Object> makers::random_grayscale() { return make_object<RandomGrayscaleImpl>(); }
std::shared_ptr<Object> makers::random_invert() { return make_object<RandomInvertImpl>(); }
std::shared_ptr<Object> makers::random_color_degeneration() {
  return make_object<RandomColorDegenerationImpl>();
}
std::shared_ptr<Object> makers::random_posterization() {
  return make_object<RandomPosterizationImpl>();
}
std::shared_ptr<Object> makers::solarization() { return make_object<SolarizationImpl>(); }

}  // namespace kcpp::layers
