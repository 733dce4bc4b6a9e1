/// AugMix and RandAugment: augmentations chosen at random.
#include <set>

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
                                     .bounding_box_format = o.bounding_box_format,
                                     .dtype = o.dtype}));
    add("random_translation", RandomTranslation(o.factor, o.factor,
                                                {.interpolation = o.interpolation,
                                                 .seed = o.seed,
                                                 .data_format = o.data_format,
                                                 .bounding_box_format = o.bounding_box_format,
                                                 .dtype = o.dtype}));
    add("random_rotation", RandomRotation(o.factor, {.interpolation = o.interpolation,
                                                     .seed = o.seed,
                                                     .data_format = o.data_format,
                                                     .bounding_box_format = o.bounding_box_format,
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
    options.bounding_box_format = this->o_.bounding_box_format;
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
    return clip_to(mix(images, draw, &ImageTransform::transform), o_.value_range);
  }
  Tensor transform_masks(const Tensor& masks, const Draw& draw) const override {
    return mix(ops::cast(masks, compute_dtype()), draw, &ImageTransform::transform_masks);
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
  using Change = Tensor (ImageTransform::*)(const Tensor&, const Draw&) const;

  /// What the chains make of x, by their weights, and x itself.
  Tensor mix(const Tensor& x, const Draw& draw, Change change) const {
    const Tensor weights = ops::cast(draw.at("chain_mixing_weights"), x.dtype()),
                 kept = ops::cast(draw.at("weight_sample"), x.dtype());
    Tensor mixed = ops::zeros_like(x);
    for (size_t chain = 0; chain < draw.parts.size(); ++chain) {
      Tensor y = x;
      for (const auto& [name, step] : draw.parts[chain].second.parts)
        y = (choice(name).*change)(y, step);
      mixed = mixed + y * weights[static_cast<int64_t>(chain)];
    }
    return kept * x + (1.0 - kept) * mixed;
  }
  const ImageTransform& choice(const std::string& name) const {
    for (const auto& [own, layer] : choices_) {
      if (own == name) return transform_of(layer);
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
    for_each_choice(draw, [&](const ImageTransform& change, const Draw& drawn) {
      x = change.transform(x, drawn);
    });
    return x;
  }
  Tensor transform_masks(const Tensor& masks, const Draw& draw) const override {
    Tensor x = masks;
    for_each_choice(draw, [&](const ImageTransform& change, const Draw& drawn) {
      x = change.transform_masks(x, drawn);
    });
    return x;
  }
  /// As in Keras each kind once, in the order of the kinds.
  BoundingBoxes transform_boxes(const BoundingBoxes& boxes, const Draw& draw,
                                const ImageSize& size) const override {
    BoundingBoxes b = boxes;
    const std::vector<int64_t> drawn = draw.at("layer_idxes").to_vector<int64_t>();
    for (int64_t i : std::set<int64_t>(drawn.begin(), drawn.end())) {
      const auto& [name, layer] = choices_[static_cast<size_t>(i)];
      b = transform_of(layer).transform_boxes(b, draw.part(name), size);
    }
    return b;
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

 private:
  template <class F>
  void for_each_choice(const Draw& draw, const F& f) const {
    for (int64_t i : draw.at("layer_idxes").to_vector<int64_t>()) {
      const auto& [name, layer] = choices_[static_cast<size_t>(i)];
      f(transform_of(layer), draw.part(name));
    }
  }
};

}  // namespace

AugMix::AugMix(AugMixOptions o) : Layer(make_layer<AugMixImpl>(std::move(o))) {}
RandAugment::RandAugment(RandAugmentOptions o) : Layer(make_layer<RandAugmentImpl>(std::move(o))) {}

std::shared_ptr<Object> makers::aug_mix() { return make_object<AugMixImpl>(); }
std::shared_ptr<Object> makers::rand_augment() { return make_object<RandAugmentImpl>(); }

}  // namespace kcpp::layers
