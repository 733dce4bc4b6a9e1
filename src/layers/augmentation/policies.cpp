/// AugMix and RandAugment: augmentations chosen at random.
#include "kcpp/layers/equalization.h"
#include "kcpp/layers/image_mixing.h"
#include "kcpp/layers/random_color.h"
#include "kcpp/layers/random_geometry.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/reduce.h"
#include "src/layers/augmentation/image_layer.h"
#include "src/layers/makers.h"

namespace kcpp::layers {
namespace {

const ImageTransform& transform_of(const Layer& layer) {
  return dynamic_cast<const ImageTransform&>(*layer);
}

/// Holds the augmentations under the names that Keras gives their attributes.
template <class Options>
class PolicyLayer : public ImageLayer<Options> {
 public:
  using ImageLayer<Options>::ImageLayer;

  void validate() override {
    ImageLayer<Options>::validate();
    this->o_.factor = base_factor(this->o_.factor, 0, 1);
    check_value_range(this->o_.value_range);
    if (choices_.empty()) make_choices();
  }
  void build(const Shape& images) override {
    for (const auto& [name, layer] : choices_) layer->ensure_built({images});
  }

 protected:
  using Choice = std::pair<std::string, Layer>;

  virtual void make_choices() = 0;
  void add(const char* name, const Layer& layer) {
    choices_.emplace_back(name, layer);
    this->track(name, layer);
  }
  // One of each kind, all as strong as the policy says.
  void add_geometry() {
    const Options& o = this->o_;
    add("random_shear", RandomShear({.x_factor = o.factor,
                                     .y_factor = o.factor,
                                     .interpolation = o.interpolation,
                                     .data_format = o.data_format,
                                     .seed = o.seed,
                                     .dtype = o.dtype}));
    add("random_translation", RandomTranslation(o.factor, o.factor,
                                                {.interpolation = o.interpolation,
                                                 .seed = o.seed,
                                                 .data_format = o.data_format,
                                                 .dtype = o.dtype}));
    add("random_rotation", RandomRotation(o.factor, {.interpolation = o.interpolation,
                                                     .seed = o.seed,
                                                     .data_format = o.data_format,
                                                     .dtype = o.dtype}));
  }
  void add_posterization() {
    const int bits = std::max(1, static_cast<int>(8 * this->o_.factor.second()));
    add("random_posterization", RandomPosterization(bits, color<RandomColorOptions>()));
  }
  void add_solarization() {
    auto options = color<SolarizationOptions>();
    options.addition_factor = options.threshold_factor = this->o_.factor;
    add("solarization", Solarization(options));
  }
  void add_histograms() {
    add("auto_contrast", AutoContrast(common<AutoContrastOptions>()));
    add("equalization", Equalization(common<EqualizationOptions>()));
  }
  void add_colors() {
    const NumberOrPair& factor = this->o_.factor;
    add("random_brightness", RandomBrightness(factor, color<RandomLightOptions>()));
    add("random_color_degeneration", RandomColorDegeneration(factor, color<RandomColorOptions>()));
    add("random_contrast", RandomContrast(factor, color<RandomLightOptions>()));
    add("random_sharpness", RandomSharpness(factor, color<RandomColorOptions>()));
  }

  std::vector<Choice> choices_;

 private:
  template <class Of>
  Of common() const {
    Of options;
    options.value_range = this->o_.value_range;
    options.data_format = this->o_.data_format;
    options.dtype = this->o_.dtype;
    return options;
  }
  template <class Of>
  Of color() const {
    Of options = common<Of>();
    options.seed = this->o_.seed;
    return options;
  }
};

class AugMixImpl final : public PolicyLayer<AugMixOptions> {
 public:
  using PolicyLayer::PolicyLayer;
  ClassInfo class_info() const override { return {"AugMix", "keras.layers"}; }
  void fields(Fields& f) override {
    PolicyLayer::fields(f);
    f("value_range", o_.value_range);
    f("num_chains", o_.num_chains);
    f("chain_depth", o_.chain_depth);
    f("factor", o_.factor);
    f("alpha", o_.alpha);
    f("all_ops", o_.all_ops);
    f("interpolation", o_.interpolation);
    f("seed", o_.seed);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const Tensor gamma = random::gamma({o_.num_chains}, o_.alpha, {}, seed);
    Draw out{{{"chain_mixing_weights", gamma / ops::sum(gamma)},
              {"weight_sample", random::beta({}, o_.alpha, o_.alpha, {}, seed)}}};
    for (int64_t chain = 0; chain < o_.num_chains; ++chain) {
      Draw steps;
      for (int64_t depth = 0; depth < o_.chain_depth; ++depth) {
        const auto choice = static_cast<size_t>(
            random::randint({}, 0, static_cast<int64_t>(choices_.size()) + 1, DType::int32, seed)
                .item<int64_t>());
        if (choice == choices_.size()) continue;  // nothing, with the probability of any other
        const auto& [name, layer] = choices_[choice];
        steps.parts.emplace_back(name, transform_of(layer).draw(images, seed));
      }
      out.parts.emplace_back(std::to_string(chain), std::move(steps));
    }
    return out;
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    const Tensor weights = ops::cast(draw.at("chain_mixing_weights"), images.dtype()),
                 kept = ops::cast(draw.at("weight_sample"), images.dtype());
    Tensor mixed = ops::zeros_like(images);
    for (size_t chain = 0; chain < draw.parts.size(); ++chain) {
      Tensor x = images;
      for (const auto& [name, step] : draw.parts[chain].second.parts) x = apply(name, x, step);
      mixed = mixed + x * weights[static_cast<int64_t>(chain)];
    }
    return clip_to(kept * images + (1.0 - kept) * mixed, o_.value_range);
  }

 protected:
  void make_choices() override {
    add_geometry();
    add_posterization();
    add_solarization();
    add_histograms();
    if (o_.all_ops) add_colors();
  }

 private:
  Tensor apply(const std::string& name, const Tensor& images, const Draw& draw) const {
    for (const auto& [choice, layer] : choices_) {
      if (choice == name) return transform_of(layer).transform(images, draw);
    }
    throw ValueError(text("AugMix has no augmentation '", name, "'."));
  }
};

class RandAugmentImpl final : public PolicyLayer<RandAugmentOptions> {
 public:
  using PolicyLayer::PolicyLayer;
  ClassInfo class_info() const override { return {"RandAugment", "keras.layers"}; }
  void fields(Fields& f) override {
    PolicyLayer::fields(f);
    f("value_range", o_.value_range);
    f("num_ops", o_.num_ops);
    f("factor", o_.factor);
    f("interpolation", o_.interpolation);
    f("seed", o_.seed);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    Draw out{
        {{"layer_idxes", random::randint({o_.num_ops}, 0, static_cast<int64_t>(choices_.size()),
                                         DType::int32, seed)}}};
    for (const auto& [name, layer] : choices_)
      out.parts.emplace_back(name, transform_of(layer).draw(images, seed));
    return out;
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    Tensor x = images;
    for (int64_t i : draw.at("layer_idxes").to_vector<int64_t>()) {
      const auto& [name, layer] = choices_[static_cast<size_t>(i)];
      x = transform_of(layer).transform(x, draw.part(name));
    }
    return x;
  }

 protected:
  /// In the order of Keras's indices.
  void make_choices() override {
    add_geometry();
    add_colors();
    add_posterization();
    add_solarization();
    add_histograms();
  }
};

}  // namespace

AugMix::AugMix(AugMixOptions o) : Layer(make_layer<AugMixImpl>(std::move(o))) {}
RandAugment::RandAugment(RandAugmentOptions o) : Layer(make_layer<RandAugmentImpl>(std::move(o))) {}

std::shared_ptr<Object> makers::aug_mix() { return make_object<AugMixImpl>(); }
std::shared_ptr<Object> makers::rand_augment() { return make_object<RandAugmentImpl>(); }

}  // namespace kcpp::layers
