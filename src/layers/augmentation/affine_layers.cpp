/// RandomRotation, RandomZoom, RandomTranslation and RandomShear.
#include <numbers>

#include "kcpp/layers/random_geometry.h"
#include "kcpp/ops/index.h"
#include "src/layers/augmentation/affine_layer.h"
#include "src/layers/makers.h"

namespace kcpp::layers {
namespace {

class RandomRotationImpl final : public AffineLayer<RandomMoveOptions> {
 public:
  RandomRotationImpl() = default;
  RandomRotationImpl(const NumberOrPair& factor, RandomMoveOptions o)
      : AffineLayer(std::move(o)), factor_(factor) {}
  ClassInfo class_info() const override { return {"RandomRotation", "keras.layers"}; }
  void fields(Fields& f) override {
    AffineLayer::fields(f);
    f.required("factor", factor_);
    fill_fields(f);
  }
  void validate() override {
    AffineLayer::validate();
    factor_ = base_factor(factor_, -1, 1);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const Tensor angle = uniform({images[0]}, factor_.first() * 360, factor_.second() * 360, seed);
    return {{{"angle", angle},
             {"rotation_matrix", matrix(angle, static_cast<double>(images.dim(height_axis())),
                                        static_cast<double>(images.dim(width_axis())))}}};
  }
  Tensor move(const Tensor& images, const Draw& draw,
              const std::string& interpolation) const override {
    return affine(images, draw.at("rotation_matrix"), interpolation);
  }
  /// Keras takes the boxes for corners, whatever their format.
  BoundingBoxes transform_boxes(const BoundingBoxes& b, const Draw& draw,
                                const ImageSize& size) const override {
    const Tensor radians = ops::reshape(draw.at("angle"), {-1, 1, 1}) * (std::numbers::pi / 180);
    const Tensor cosine = ops::cos(radians), sine = ops::sin(radians);
    const double middle_x = 0.5 * (size.width - 1), middle_y = 0.5 * (size.height - 1);
    const Tensor turned = around_moved_corners(b.boxes, [&](const Tensor& x, const Tensor& y) {
      const Tensor across = x - middle_x, down = y - middle_y;
      return std::pair{cosine * across + sine * down + middle_x,
                       cosine * down - sine * across + middle_y};
    });
    return in_own_format(clip_boxes({turned, b.labels}, size), "xyxy", size);
  }

 private:
  /// A turn of `angle` degrees around the middle of the image.
  static Tensor matrix(const Tensor& angle, double height, double width) {
    const Tensor radians = ops::expand_dims(angle * (std::numbers::pi / 180), -1);
    const Tensor cosine = ops::cos(radians), sine = ops::sin(radians);
    const double x = 0.5 * (width - 1), y = 0.5 * (height - 1);
    return matrix_of({cosine, -sine, x - x * cosine + y * sine, sine, cosine,
                      y - x * sine - y * cosine, 0.0, 0.0},
                     angle.dim(0));
  }
  NumberOrPair factor_;
};

class RandomZoomImpl final : public AffineLayer<RandomZoomOptions> {
 public:
  RandomZoomImpl() = default;
  RandomZoomImpl(const NumberOrPair& height_factor, RandomZoomOptions o)
      : AffineLayer(std::move(o)), height_factor_(height_factor) {}
  ClassInfo class_info() const override { return {"RandomZoom", "keras.layers"}; }
  void fields(Fields& f) override {
    AffineLayer::fields(f);
    f.required("height_factor", height_factor_);
    f("width_factor", o_.width_factor);
    fill_fields(f);
  }
  void validate() override {
    AffineLayer::validate();
    const FactorRule rule{
        "The `height_factor` and `width_factor` arguments should be a number (or a list of two "
        "numbers) in the range (-1.0, 1.0]. ",
        -1, 1, true};
    height_ = own_factor(height_factor_, "height_factor", rule);
    if (o_.width_factor.defined()) width_ = own_factor(o_.width_factor, "width_factor", rule);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const auto zoom = [&](const NumberOrPair& range) {
      return uniform({images[0], 1}, 1 + range.first(), 1 + range.second(), seed);
    };
    const Tensor height = zoom(height_);
    return {{{"height_zoom", height}, {"width_zoom", width_.defined() ? zoom(width_) : height}}};
  }
  Tensor move(const Tensor& images, const Draw& draw,
              const std::string& interpolation) const override {
    const Tensor &x = draw.at("width_zoom"), &y = draw.at("height_zoom");
    const double middle_x = static_cast<double>(images.dim(width_axis()) - 1) / 2,
                 middle_y = static_cast<double>(images.dim(height_axis()) - 1) / 2;
    return affine(images,
                  matrix_of({x, 0.0, middle_x * (1.0 - x), 0.0, y, middle_y * (1.0 - y), 0.0, 0.0},
                            images.dim(0)),
                  interpolation);
  }
  BoundingBoxes transform_boxes(const BoundingBoxes& b, const Draw& draw,
                                const ImageSize& size) const override {
    std::array<Tensor, 4> c = box_columns(in_format(b.boxes, "xyxy", size));
    for (const bool down : {false, true}) {
      const double length = down ? size.height : size.width;
      const Tensor zoom =
          ops::expand_dims(draw.at(down ? "height_zoom" : "width_zoom"), -1);  // (batch, 1, 1)
      const Tensor begin = (length - 1) / 2 * (1.0 - zoom), end = zoom * length + begin;
      for (const size_t i : {down ? size_t{1} : size_t{0}, down ? size_t{3} : size_t{2}}) {
        const Tensor inside = ops::minimum(ops::maximum(c[i], begin), end);
        c[i] = (inside - begin) / (end - begin);
      }
    }
    return in_own_format(clip_boxes({boxes_of(c), b.labels}, {1, 1}), "rel_xyxy", size);
  }

 private:
  NumberOrPair height_factor_, height_, width_;
};

class RandomTranslationImpl final : public AffineLayer<RandomMoveOptions> {
 public:
  RandomTranslationImpl() = default;
  RandomTranslationImpl(const NumberOrPair& height_factor, const NumberOrPair& width_factor,
                        RandomMoveOptions o)
      : AffineLayer(std::move(o)), height_factor_(height_factor), width_factor_(width_factor) {}
  ClassInfo class_info() const override { return {"RandomTranslation", "keras.layers"}; }
  void fields(Fields& f) override {
    AffineLayer::fields(f);
    f.required("height_factor", height_factor_);
    f.required("width_factor", width_factor_);
    fill_fields(f);
  }
  void validate() override {
    AffineLayer::validate();
    const FactorRule rule{
        "The `factor` argument should be a number (or a list of two numbers) in the range [-1.0, "
        "1.0]. ",
        -1, 1};
    height_ = own_factor(height_factor_, "height_factor", rule);
    width_ = own_factor(width_factor_, "width_factor", rule);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const auto shift = [&](const NumberOrPair& range, int axis) {
      return uniform({images[0], 1}, range.first(), range.second(), seed) *
             static_cast<double>(images.dim(axis));
    };
    const Tensor down = shift(height_, height_axis()), right = shift(width_, width_axis());
    return {{{"translations", ops::concatenate({right, down}, 1)}}};
  }
  Tensor move(const Tensor& images, const Draw& draw,
              const std::string& interpolation) const override {
    const Tensors by = ops::split(draw.at("translations"), 2, 1);
    return affine(images, matrix_of({1.0, 0.0, -by[0], 0.0, 1.0, -by[1], 0.0, 0.0}, images.dim(0)),
                  interpolation);
  }
  BoundingBoxes transform_boxes(const BoundingBoxes& b, const Draw& draw,
                                const ImageSize& size) const override {
    const Tensor by = ops::cast(draw.at("translations"), DType::float32);
    const Tensor shift = ops::expand_dims(ops::concatenate({by, by}, -1), 1);
    const Tensor moved = in_format(b.boxes, "xyxy", size) + shift;
    return in_own_format(clip_boxes({moved, b.labels}, size), "xyxy", size);
  }

 private:
  NumberOrPair height_factor_, width_factor_, height_, width_;
};

class RandomShearImpl final : public AffineLayer<RandomShearOptions> {
 public:
  using AffineLayer::AffineLayer;
  ClassInfo class_info() const override { return {"RandomShear", "keras.layers"}; }
  void fields(Fields& f) override {
    AffineLayer::fields(f);
    f("x_factor", o_.x_factor);
    f("y_factor", o_.y_factor);
    fill_fields(f);
  }
  void validate() override {
    AffineLayer::validate();
    const FactorRule rule{
        "The `factor` argument should be a number (or a list of two numbers) in the range [0, "
        "1.0]. ",
        0, 1};
    for (NumberOrPair* factor : {&o_.x_factor, &o_.y_factor}) {
      // Keras writes a number as the pair (-factor, factor), which it then refuses to read.
      if (factor->is_pair() && factor->first() == -factor->second())
        *factor = NumberOrPair(factor->given().as_list()[1]);
    }
    x_ = own_factor(o_.x_factor, "x_factor", rule);
    y_ = own_factor(o_.y_factor, "y_factor", rule);
  }
  Draw draw(const Shape& images, const random::Seed& seed) const override {
    const auto column = [&](double low, double high) {
      return uniform_computed({images[0], 1}, low, high, seed);
    };
    const Tensor side = ops::where(ops::greater(column(0, 1), 0.5), -1.0, 1.0);
    const Tensor y = column(y_.first(), y_.second()), x = column(x_.first(), x_.second());
    return {{{"shear_factor", ops::concatenate({x, y}, 1) * ops::cast(side, compute_dtype())}}};
  }
  Tensor move(const Tensor& images, const Draw& draw,
              const std::string& interpolation) const override {
    const Tensors by = ops::split(draw.at("shear_factor"), 2, 1);
    return affine(images, matrix_of({1.0, by[0], 0.0, by[1], 1.0, 0.0, 0.0, 0.0}, images.dim(0)),
                  interpolation);
  }
  BoundingBoxes transform_boxes(const BoundingBoxes& b, const Draw& draw,
                                const ImageSize& size) const override {
    const Tensors by =
        ops::split(ops::expand_dims(ops::cast(draw.at("shear_factor"), DType::float32), 1), 2, -1);
    const Tensor &x = by[0], &y = by[1];
    auto c = box_columns(in_format(b.boxes, "rel_xyxy", size));
    const Tensor left = ops::less(x, 0.0), down = ops::greater(y, 0.0);
    const Tensor high = x * c[1], low = x * c[3];
    c[0] = c[0] - ops::where(left, high, low);
    c[2] = c[2] - ops::where(left, low, high);
    const Tensor first = y * c[0], last = y * c[2];
    c[1] = c[1] - ops::where(down, last, first);
    c[3] = c[3] - ops::where(down, first, last);
    return in_own_format(clip_boxes({boxes_of(c), b.labels}, {1, 1}), "rel_xyxy", size);
  }

 private:
  NumberOrPair x_, y_;
};

}  // namespace

RandomRotation::RandomRotation(const NumberOrPair& factor, RandomMoveOptions o)
    : Layer(make_layer<RandomRotationImpl>(factor, std::move(o))) {}
RandomZoom::RandomZoom(const NumberOrPair& height_factor, RandomZoomOptions o)
    : Layer(make_layer<RandomZoomImpl>(height_factor, std::move(o))) {}
RandomTranslation::RandomTranslation(const NumberOrPair& height_factor,
                                     const NumberOrPair& width_factor, RandomMoveOptions o)
    : Layer(make_layer<RandomTranslationImpl>(height_factor, width_factor, std::move(o))) {}
RandomShear::RandomShear(RandomShearOptions o) : Layer(make_layer<RandomShearImpl>(std::move(o))) {}

std::shared_ptr<Object> makers::random_rotation() { return make_object<RandomRotationImpl>(); }
std::shared_ptr<Object> makers::random_zoom() { return make_object<RandomZoomImpl>(); }
std::shared_ptr<Object> makers::random_translation() {
  return make_object<RandomTranslationImpl>();
}
std::shared_ptr<Object> makers::random_shear() { return make_object<RandomShearImpl>(); }

}  // namespace kcpp::layers
