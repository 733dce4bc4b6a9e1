/// AutoContrast, Equalization and ContrastLimitedAdaptiveHistogramEqualization.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kcpp/layers/equalization.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "src/layers/augmentation/image_layer.h"
#include "src/layers/augmentation/tile_equalizer.h"
#include "src/layers/makers.h"

namespace kcpp::layers {
namespace {

const NumberOrPair kBytes(0, 255);

class AutoContrastImpl final : public ImageLayer<AutoContrastOptions> {
 public:
  AutoContrastImpl() { always_ = true; }
  explicit AutoContrastImpl(AutoContrastOptions o) : ImageLayer(std::move(o)) { always_ = true; }
  ClassInfo class_info() const override { return {"AutoContrast", "keras.layers"}; }
  void fields(Fields& f) override {
    ImageLayer::fields(f);
    f("value_range", o_.value_range);
  }
  void validate() override {
    ImageLayer::validate();
    o_.value_range = sorted_value_range(o_.value_range);
  }
  Tensor transform(const Tensor& images, const Draw&) const override {
    const Tensor x = change_value_range(images, o_.value_range, kBytes);
    // Axes 1 and 2 whatever the data format, as in Keras.
    const Tensor low = ops::min(x, {1, 2}, true), high = ops::max(x, {1, 2}, true);
    const Tensor scale = 255.0 / (high - low);
    const Tensor stretched = ops::clip(x * scale - low * scale, 0.0, 255.0);
    const Tensor y = change_value_range(stretched, kBytes, o_.value_range);
    return ops::where(ops::isnan(y), images, y);
  }
};

class EqualizationImpl final : public ImageLayer<EqualizationOptions> {
 public:
  using ImageLayer::ImageLayer;
  ClassInfo class_info() const override { return {"Equalization", "keras.layers"}; }
  void fields(Fields& f) override {
    ImageLayer::fields(f);
    f("bins", o_.bins);
    f("value_range", o_.value_range);
  }
  void validate() override {
    ImageLayer::validate();
    o_.value_range = sorted_value_range(o_.value_range);
    check(o_.bins > 0 && o_.bins < 1 << 24, "`bins` is out of range. Received: bins=", o_.bins);
  }
  Tensor transform(const Tensor& images, const Draw&) const override {
    Tensors channels;
    for (const Tensor& channel : ops::split(images, images.dim(channel_axis()), channel_axis()))
      channels.push_back(equalize(channel));
    return ops::concatenate(channels, channel_axis());
  }

 private:
  /// One channel of the whole batch, as in Keras.
  Tensor equalize(const Tensor& channel) const {
    const double bins = static_cast<double>(o_.bins);
    const Tensor x = change_value_range(channel, o_.value_range, kBytes);
    const Tensor values = ops::cast(x, DType::float32);
    const Tensor bin =
        ops::clip(ops::cast(values * (bins - 1) / 255.0, DType::int32), 0, o_.bins - 1);
    const std::vector<int64_t> counts =
        ops::bincount(ops::ravel(bin), {}, o_.bins).to_vector<int64_t>();
    if (std::count_if(counts.begin(), counts.end(), [](int64_t n) { return n != 0; }) <= 1)
      return channel;
    const int64_t first = *std::find_if(counts.begin(), counts.end(), [](int64_t n) { return n; });
    const double rest = static_cast<double>(x.size() - first);
    std::vector<double> table;
    int64_t sum = 0;
    for (int64_t n : counts) {
      sum += n;
      table.push_back(
          std::clamp(std::nearbyint(static_cast<double>(sum - first) * 255 / rest), 0.0, 255.0));
    }
    const Tensor place = ops::cast(ops::clip(x / 255.0 * (bins - 1), 0.0, bins - 1), DType::int32);
    const Tensor y = ops::take(ops::cast(Tensor::from(table), compute_dtype()), place);
    return change_value_range(y, kBytes, o_.value_range);
  }
};

class ClaheImpl final : public ImageLayer<ContrastLimitedAdaptiveHistogramEqualizationOptions> {
 public:
  using Options = ContrastLimitedAdaptiveHistogramEqualizationOptions;
  ClaheImpl() { always_ = true; }
  explicit ClaheImpl(Options o) : ImageLayer(std::move(o)) { always_ = true; }
  ClassInfo class_info() const override {
    return {"ContrastLimitedAdaptiveHistogramEqualization", "keras.layers"};
  }
  void fields(Fields& f) override {
    ImageLayer::fields(f);
    f("value_range", o_.value_range);
    f("clip_limit", o_.clip_limit);
    std::vector<int64_t> grid = {o_.tile_grid_size.first, o_.tile_grid_size.second};
    f("tile_grid_size", grid);
    check(grid.size() == 2,
          "`tile_grid_size` must be two numbers. Received: tile_grid_size=", kcpp::to_config(grid));
    o_.tile_grid_size = {grid[0], grid[1]};
  }
  void validate() override {
    ImageLayer::validate();
    check_value_range(o_.value_range);
    const auto [rows, columns] = o_.tile_grid_size;
    check(rows > 0 && columns > 0 && rows <= 1024 && columns <= 1024,
          "`tile_grid_size` is out of range. Received: tile_grid_size=(", rows, ", ", columns, ")");
  }
  Tensor transform(const Tensor& images, const Draw&) const override {
    Tensor x = channels_first_ ? ops::transpose(images, {0, 2, 3, 1}) : images;
    x = change_value_range(ops::cast(x, DType::float32), o_.value_range, kBytes);
    x = equalize_tiles(x, {o_.tile_grid_size.first, o_.tile_grid_size.second, o_.clip_limit});
    x = ops::cast(change_value_range(x, kBytes, o_.value_range), images.dtype());
    return channels_first_ ? ops::transpose(x, {0, 3, 1, 2}) : x;
  }
};

}  // namespace

AutoContrast::AutoContrast(AutoContrastOptions o)
    : Layer(make_layer<AutoContrastImpl>(std::move(o))) {}
Equalization::Equalization(EqualizationOptions o)
    : Layer(make_layer<EqualizationImpl>(std::move(o))) {}
ContrastLimitedAdaptiveHistogramEqualization::ContrastLimitedAdaptiveHistogramEqualization(
    ContrastLimitedAdaptiveHistogramEqualizationOptions o)
    : Layer(make_layer<ClaheImpl>(std::move(o))) {}

std::shared_ptr<Object> makers::auto_contrast() { return make_object<AutoContrastImpl>(); }
std::shared_ptr<Object> makers::equalization() { return make_object<EqualizationImpl>(); }
std::shared_ptr<Object> makers::clahe() { return make_object<ClaheImpl>(); }

}  // namespace kcpp::layers
