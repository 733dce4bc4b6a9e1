/// Layers that pad and crop (keras.layers): ZeroPadding1D to 3D, Cropping1D to 3D.
#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"

namespace kcpp::layers {

/// How much to add or cut: one number everywhere, one for each axis, or a pair {before, after} for
/// each axis: `1`, `{1, 2}`, `{{1, 2}, {0, 3}}`.
class Borders {
 public:
  using Pair = std::pair<int64_t, int64_t>;
  Borders(int width) : number_(width) {}
  Borders(int64_t width) : number_(width) {}
  Borders(std::initializer_list<int64_t> widths) : list_(widths) {}
  Borders(std::initializer_list<std::initializer_list<int64_t>> pairs) {
    for (const auto& p : pairs) pairs_.emplace_back(p);
  }

  std::optional<int64_t> number() const { return number_; }
  const std::vector<int64_t>& list() const { return list_; }
  const std::vector<std::vector<int64_t>>& pairs() const { return pairs_; }

 private:
  friend void from_config(const Config& c, Borders& v, std::string_view what);
  std::optional<int64_t> number_;
  std::vector<int64_t> list_;
  std::vector<std::vector<int64_t>> pairs_;
};

struct BordersOptions {
  std::string data_format = {};  ///< empty: keras.config.image_data_format()
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// Zeros before and behind the steps of (batch, steps, features); a pair is {before, after}.
class KCPP_API ZeroPadding1D : public Layer {
 public:
  explicit ZeroPadding1D(const Borders& padding = 1, BordersOptions options = {});
};
/// Zeros around images: `{height, width}` on both sides, or `{{top, bottom}, {left, right}}`.
class KCPP_API ZeroPadding2D : public Layer {
 public:
  explicit ZeroPadding2D(const Borders& padding = 1, BordersOptions options = {});
  explicit ZeroPadding2D(std::initializer_list<std::initializer_list<int64_t>> padding,
                         BordersOptions options = {})
      : ZeroPadding2D(Borders(padding), std::move(options)) {}
};
class KCPP_API ZeroPadding3D : public Layer {
 public:
  explicit ZeroPadding3D(const Borders& padding = 1, BordersOptions options = {});
};
/// Cuts steps off both ends; a pair is {before, after}.
class KCPP_API Cropping1D : public Layer {
 public:
  explicit Cropping1D(const Borders& cropping = 1, LayerOptions options = {});
};
/// Cuts the borders off images: `{height, width}` on both sides, or `{{top, bottom}, {left,
/// right}}`.
class KCPP_API Cropping2D : public Layer {
 public:
  explicit Cropping2D(const Borders& cropping = 0, BordersOptions options = {});
  explicit Cropping2D(std::initializer_list<std::initializer_list<int64_t>> cropping,
                      BordersOptions options = {})
      : Cropping2D(Borders(cropping), std::move(options)) {}
};
class KCPP_API Cropping3D : public Layer {
 public:
  explicit Cropping3D(const Borders& cropping = 1, BordersOptions options = {});
};

}  // namespace kcpp::layers
