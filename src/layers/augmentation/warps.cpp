/// RandomPerspective and RandomElasticTransform.
#include "kcpp/layers/random_geometry.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/image.h"
#include "kcpp/ops/linalg.h"
#include "src/layers/augmentation/image_layer.h"
#include "src/layers/makers.h"
#include "src/ops/image_sampling.h"

namespace kcpp::layers {
namespace {

void check_interpolation(const std::string& interpolation) {
  check(interpolation == "nearest" || interpolation == "bilinear", "Unknown `interpolation` ",
        interpolation, ". Expected of one ('nearest', 'bilinear').");
}

class RandomPerspectiveImpl final : public ImageLayer<RandomPerspectiveOptions> {
 public:
  using ImageLayer::ImageLayer;
  ClassInfo class_info() const override { return {"RandomPerspective", "keras.layers"}; }
  void fields(Fields& f) override {
    ImageLayer::fields(f);
    f("factor", o_.factor);
    f("scale", o_.scale);
    f("interpolation", o_.interpolation);
    f("fill_value", o_.fill_value);
    f("seed", o_.seed);
  }
  void validate() override {
    ImageLayer::validate();
    o_.factor = base_factor(o_.factor, 0, 1);
    check(o_.scale >= 0 && o_.scale <= 1,
          "The `scale` argument should be a number in the range [0,1]. Received: scale=", o_.scale);
    check_interpolation(o_.interpolation);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const Tensor apply = chosen(images[0], o_.factor, seed);
    const Tensor moved = uniform_computed({images[0], 4, 2}, -0.5 * o_.scale, 0.5 * o_.scale, seed);
    const double right = static_cast<double>(images.dim(width_axis()) - 1),
                 bottom = static_cast<double>(images.dim(height_axis()) - 1);
    const Tensor corners = ops::cast(
        Tensor::from(std::vector<double>{0, 0, right, 0, 0, bottom, right, bottom}, {1, 4, 2}),
        compute_dtype());
    const Tensor start = ops::broadcast_to(corners, {images[0], 4, 2});
    return {{{"apply_perspective", apply},
             {"start_points", start},
             {"end_points", start + start * moved}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    return warp(images, draw, o_.interpolation);
  }
  Tensor transform_masks(const Tensor& masks, const Draw& draw) const override {
    return warp(ops::cast(masks, compute_dtype()), draw, "nearest");
  }
  /// Corners come out, whatever the format, as in Keras.
  BoundingBoxes transform_boxes(const BoundingBoxes& b, const Draw& draw,
                                const ImageSize& size) const override {
    const Tensor given = in_format(b.boxes, "xyxy", size);
    const Tensor maps =
        ops::image::compute_homography_matrix(draw.at("start_points"), draw.at("end_points"));
    const Tensor one = ops::ones({maps.dim(0), 1}, maps.dtype());
    const Tensor back = ops::inv(ops::reshape(ops::concatenate({maps, one}, 1), {-1, 3, 3}));
    const Tensor warped = around_moved_corners(given, [&](const Tensor& x, const Tensor& y) {
      const Tensor point = ops::concatenate({x, y, ops::ones_like(x)}, -1);
      const Tensors to = ops::split(ops::matmul(point, ops::transpose(back, {0, 2, 1})), 3, -1);
      return std::pair{to[0] / to[2], to[1] / to[2]};
    });
    const Tensor apply = ops::reshape(draw.at("apply_perspective"), {-1, 1, 1});
    return clip_boxes({ops::where(apply, warped, given), b.labels}, size);
  }

 private:
  Tensor warp(const Tensor& images, const Draw& draw, const std::string& interpolation) const {
    const Tensor changed =
        ops::image::perspective_transform(images, draw.at("start_points"), draw.at("end_points"),
                                          {.interpolation = interpolation,
                                           .fill_value = o_.fill_value,
                                           .data_format = o_.data_format});
    return where_chosen(draw.at("apply_perspective"), changed, images);
  }
};

class RandomElasticTransformImpl final : public ImageLayer<RandomElasticTransformOptions> {
 public:
  using ImageLayer::ImageLayer;
  ClassInfo class_info() const override { return {"RandomElasticTransform", "keras.layers"}; }
  void fields(Fields& f) override {
    ImageLayer::fields(f);
    f("factor", o_.factor);
    f("scale", o_.scale);
    f("interpolation", o_.interpolation);
    f("fill_mode", o_.fill_mode);
    f("fill_value", o_.fill_value);
    f("value_range", o_.value_range);
    f("seed", o_.seed);
  }
  void validate() override {
    ImageLayer::validate();
    o_.factor = base_factor(o_.factor, 0, 1);
    o_.scale = base_factor(o_.scale, 0, 1, "scale");
    check_interpolation(o_.interpolation);
    const std::string& mode = o_.fill_mode;
    check(mode == "constant" || mode == "nearest" || mode == "wrap" || mode == "mirror" ||
              mode == "reflect",
          "Unknown `fill_mode` ", mode,
          ". Expected of one {'constant', 'nearest', 'wrap', 'mirror', 'reflect'}.");
    check_value_range(o_.value_range);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    if (o_.scale.second() == 0 || o_.factor.second() == 0) return {};
    const Tensor apply = chosen(images[0], o_.factor, seed);
    const Tensor strength = uniform_computed({}, o_.scale.first(), o_.scale.second(), seed);
    // What moves the pixels of images and masks alike.
    const Tensor noise = random::randint({}, 0, INT32_MAX, DType::int32, seed);
    return {{{"apply_transform", apply}, {"distortion_factor", strength}, {"noise", noise}}};
  }
  Tensor transform(const Tensor& images, const Draw& draw) const override {
    return warp(images, draw, o_.interpolation);
  }
  Tensor transform_masks(const Tensor& masks, const Draw& draw) const override {
    return warp(ops::cast(masks, compute_dtype()), draw, "nearest");
  }
  BoundingBoxes transform_boxes(const BoundingBoxes&, const Draw&,
                                const ImageSize&) const override {
    throw ValueError("RandomElasticTransform does not move bounding boxes, as in Keras.");
  }

 private:
  Tensor warp(const Tensor& images, const Draw& draw, const std::string& interpolation) const {
    if (draw.values.empty()) return images;
    const double strength = draw.at("distortion_factor").item();
    const double h = static_cast<double>(images.dim(height_axis())),
                 w = static_cast<double>(images.dim(width_axis()));
    const Tensor warped =
        ops::image::elastic_transform(images, {.alpha = std::max(h, w) * 0.1 * strength,
                                               .sigma = std::min(h, w) * 0.05 * strength,
                                               .interpolation = interpolation,
                                               .fill_mode = o_.fill_mode,
                                               .fill_value = o_.fill_value,
                                               .seed = draw.at("noise").item<int64_t>(),
                                               .data_format = o_.data_format});
    return clip_to(where_chosen(draw.at("apply_transform"), warped, images), o_.value_range);
  }
};

}  // namespace

RandomPerspective::RandomPerspective(RandomPerspectiveOptions o)
    : Layer(make_layer<RandomPerspectiveImpl>(std::move(o))) {}
RandomElasticTransform::RandomElasticTransform(RandomElasticTransformOptions o)
    : Layer(make_layer<RandomElasticTransformImpl>(std::move(o))) {}

std::shared_ptr<Object> makers::random_perspective() {
  return make_object<RandomPerspectiveImpl>();
}
std::shared_ptr<Object> makers::random_elastic_transform() {
  return make_object<RandomElasticTransformImpl>();
}

}  // namespace kcpp::layers
