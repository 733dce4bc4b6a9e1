/// TensorFlow's RandomHeight and RandomWidth: in training, images get another height or width. A
/// graph has the sizes of inference, where nothing changes. Keras 3 keeps them for its old files
/// (keras._legacy.layers), for channels_last images alone.
#include "kcpp/ops/image.h"
#include "src/layers/augmentation/image_layer.h"
#include "src/layers/makers.h"

namespace kcpp::layers {
namespace {

struct RandomSizeOptions {
  std::string interpolation = "bilinear";
  std::optional<int64_t> seed = {};
  std::string data_format = "channels_last";
  std::string bounding_box_format = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// One size for a whole batch.
class RandomSizeImpl final : public ImageLayer<RandomSizeOptions> {
 public:
  explicit RandomSizeImpl(bool height) : height_(height) {}
  ClassInfo class_info() const override {
    return {height_ ? "RandomHeight" : "RandomWidth", "keras._legacy.layers"};
  }
  void fields(Fields& f) override {
    if (f.reading() || o_.data_format == "channels_first") f("data_format", o_.data_format);
    f.required("factor", factor_);
    f("interpolation", o_.interpolation);
    f("seed", o_.seed);
  }
  void validate() override {
    ImageLayer::validate();
    range_ = own_factor(factor_, "factor",
                        {"`factor` argument must have values larger than -1. ", -1, 1e6, true});
  }
  Draw draw(const Shape&, const random::Seed& seed) const override {
    return {{{"size", uniform({}, 1 + range_.first(), 1 + range_.second(), seed)}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    const auto drawn = [&](int64_t length) {
      return std::max<int64_t>(
          1, static_cast<int64_t>(draw.at("size").item() * static_cast<double>(length)));
    };
    const int64_t height = images.dim(height_axis()), width = images.dim(width_axis());
    return ops::image::resize(images,
                              {height_ ? drawn(height) : height, height_ ? width : drawn(width)},
                              {.interpolation = o_.interpolation, .data_format = o_.data_format});
  }

 private:
  bool height_;
  NumberOrPair factor_, range_;
};

}  // namespace

std::shared_ptr<Object> makers::random_height() { return std::make_shared<RandomSizeImpl>(true); }
std::shared_ptr<Object> makers::random_width() { return std::make_shared<RandomSizeImpl>(false); }

}  // namespace kcpp::layers
