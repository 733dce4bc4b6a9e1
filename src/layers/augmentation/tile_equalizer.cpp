#include "src/layers/augmentation/tile_equalizer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kcpp/core/error.h"

namespace kcpp::layers {
namespace {

constexpr int kLevels = 256;
using Curve = std::array<float, kLevels>;

int level(float value) {
  return static_cast<int>(std::isnan(value) ? 0.0f : std::clamp(value, 0.0f, 255.0f));
}

/// What each level becomes, from a tile's histogram.
Curve curve_of(const std::array<int64_t, kLevels>& counts, double pixels, double clip_limit) {
  std::array<float, kLevels> bins;
  std::copy(counts.begin(), counts.end(), bins.begin());
  if (clip_limit > 0) {
    const float limit = static_cast<float>(clip_limit * pixels / kLevels);
    float excess = 0;
    for (float& bin : bins) {
      excess += std::max(bin - limit, 0.0f);
      bin = std::min(bin, limit);
    }
    for (float& bin : bins) bin += excess / kLevels;
  }
  Curve curve;
  float sum = 0;
  for (int i = 0; i < kLevels; ++i)
    curve[static_cast<size_t>(i)] = sum += bins[static_cast<size_t>(i)];
  const float least = curve[0];
  const float rest = static_cast<float>(pixels) - least;
  for (float& v : curve)
    v = std::clamp((v - least) * 255.0f / (rest == 0 ? 1.0f : rest), 0.0f, 255.0f);
  return curve;
}

/// One channel of one image, with a stride between its pixels.
class Plane {
 public:
  Plane(const float* data, int64_t height, int64_t width, int64_t stride)
      : data_(data), height_(height), width_(width), stride_(stride) {}
  /// Beyond the bottom and the right edge mirrored (NumPy's "symmetric").
  float at(int64_t y, int64_t x) const {
    return data_[(mirrored(y, height_) * width_ + mirrored(x, width_)) * stride_];
  }

 private:
  static int64_t mirrored(int64_t i, int64_t length) {
    i %= 2 * length;
    return i < length ? i : 2 * length - 1 - i;
  }
  const float* data_;
  int64_t height_, width_, stride_;
};

/// The two tiles that a row or column lies between, and the second one's weight.
struct Between {
  int64_t first, second;
  float share;
};
Between between(int64_t at, int64_t tile, int64_t tiles) {
  const float place =
      (static_cast<float>(at) - static_cast<float>(tile) / 2.0f) / static_cast<float>(tile);
  const float low = std::floor(place);
  const auto inside = [&](float i) {
    return std::clamp<int64_t>(static_cast<int64_t>(i), 0, tiles - 1);
  };
  return {inside(low), inside(low + 1), place - low};
}

}  // namespace

Tensor equalize_tiles(const Tensor& images, const TileGrid& grid) {
  const int64_t height = images.dim(1), width = images.dim(2), channels = images.dim(3);
  const int64_t tile_h = (height + grid.rows - 1) / grid.rows,
                tile_w = (width + grid.columns - 1) / grid.columns;
  check(height > 0 && width > 0,
        "Expected images that are not empty. Received: images.shape=", images.shape());
  Tensor out = Tensor::empty(images.shape(), DType::float32);
  float* to = out.mutable_data<float>().data();
  std::vector<Curve> curves(static_cast<size_t>(grid.rows * grid.columns));
  for (int64_t plane = 0; plane < images.dim(0) * channels; ++plane) {
    const int64_t start = plane / channels * height * width * channels + plane % channels;
    const Plane in(images.data<float>().data() + start, height, width, channels);
    for (int64_t row = 0; row < grid.rows; ++row) {
      for (int64_t column = 0; column < grid.columns; ++column) {
        std::array<int64_t, kLevels> counts{};
        for (int64_t y = row * tile_h; y < (row + 1) * tile_h; ++y) {
          for (int64_t x = column * tile_w; x < (column + 1) * tile_w; ++x)
            ++counts[static_cast<size_t>(level(in.at(y, x)))];
        }
        curves[static_cast<size_t>(row * grid.columns + column)] =
            curve_of(counts, static_cast<double>(tile_h * tile_w), grid.clip_limit);
      }
    }
    for (int64_t y = 0; y < height; ++y) {
      const Between v = between(y, tile_h, grid.rows);
      for (int64_t x = 0; x < width; ++x) {
        const Between h = between(x, tile_w, grid.columns);
        const auto value = static_cast<size_t>(level(in.at(y, x)));
        const auto curve = [&](int64_t row, int64_t column) {
          return curves[static_cast<size_t>(row * grid.columns + column)][value];
        };
        const float top = curve(v.first, h.first) * (1 - h.share) +
                          curve(v.first, h.second) * h.share,
                    bottom = curve(v.second, h.first) * (1 - h.share) +
                             curve(v.second, h.second) * h.share;
        to[start + (y * width + x) * channels] = top * (1 - v.share) + bottom * v.share;
      }
    }
  }
  return out;
}

}  // namespace kcpp::layers
