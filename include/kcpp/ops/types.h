/// Small argument types of the ops: what Keras takes as None, an int or a tuple.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kcpp/core/config.h"
#include "kcpp/core/error.h"
#include "kcpp/core/tensor.h"

namespace kcpp::ops {

/// `axis`: None (all axes), an int, or a tuple of ints. Held inline.
///
///     ops::sum(x);  ops::sum(x, -1);  ops::sum(x, {0, 2}, true);
class KCPP_API Axes {
 public:
  Axes() = default;
  Axes(std::nullopt_t) {}
  Axes(int axis) : count_(1), kind_(Kind::one) { axes_[0] = axis; }
  Axes(bool) = delete;  // `sum(x, true)` is a forgotten axis
  Axes(std::optional<int> axis) {
    if (axis) *this = Axes(*axis);
  }
  Axes(std::initializer_list<int> axes) : Axes(std::span<const int>(axes.begin(), axes.size())) {}
  Axes(const std::vector<int>& axes) : Axes(std::span<const int>(axes)) {}
  explicit Axes(std::span<const int> axes) : kind_(Kind::several) {
    check(axes.size() <= Shape::max_rank, "Too many axes. Received: axis of length ", axes.size());
    for (int a : axes) axes_[count_++] = a;
  }

  bool is_none() const { return kind_ == Kind::none; }
  /// A bare int, not a tuple.
  bool is_int() const { return kind_ == Kind::one; }
  int size() const { return count_; }
  int operator[](int i) const { return axes_[i]; }
  const int* begin() const { return axes_; }
  const int* end() const { return axes_ + count_; }
  /// null, an int or a list: as Keras writes it into a config.
  Config to_config() const;
  static Axes from_config(const Config& config);

 private:
  enum class Kind : uint8_t { none, one, several };
  int axes_[Shape::max_rank] = {};
  int count_ = 0;
  Kind kind_ = Kind::none;
};

/// `indices_or_sections` of split: a number of equal parts, or the indices where to cut.
class Sections {
 public:
  Sections(int64_t sections) : count_(sections) {}
  Sections(int sections) : count_(sections) {}
  Sections(std::initializer_list<int64_t> indices) : indices_(indices), is_list_(true) {}
  Sections(std::vector<int64_t> indices) : indices_(std::move(indices)), is_list_(true) {}

  bool is_list() const { return is_list_; }
  int64_t count() const { return count_; }
  const std::vector<int64_t>& indices() const { return indices_; }

 private:
  int64_t count_ = 0;
  std::vector<int64_t> indices_;
  bool is_list_ = false;
};

/// `pad_width` of pad: one number, one pair (before, after), or a pair for every axis.
class PadWidth {
 public:
  using Pair = std::pair<int64_t, int64_t>;
  PadWidth(int64_t width) : pairs_{{width, width}} {}
  PadWidth(int width) : pairs_{{width, width}} {}
  PadWidth(int64_t before, int64_t after) : pairs_{{before, after}} {}
  PadWidth(std::initializer_list<Pair> pairs) : pairs_(pairs) {}
  PadWidth(std::vector<Pair> pairs) : pairs_(std::move(pairs)) {}

  /// One pair stands for every axis.
  const std::vector<Pair>& pairs() const { return pairs_; }

 private:
  std::vector<Pair> pairs_;
};

/// Python's `start:stop:step`; what is missing stays nullopt. `Slice{}` is `:`, `Slice{1}` is `1:`.
struct Slice {
  std::optional<int64_t> start = {};
  std::optional<int64_t> stop = {};
  std::optional<int64_t> step = {};
};

/// numpy.newaxis: a new axis of length 1.
struct NewAxis {};
inline constexpr NewAxis newaxis{};
/// Python's `...`: all the axes that nothing else names.
struct Ellipsis {};
inline constexpr Ellipsis ellipsis{};

/// One item of a `x[...]` key: an integer, a Slice, newaxis, ellipsis, or a tensor of indices
/// (integers, or booleans).
class Index {
 public:
  enum class Kind : uint8_t { integer, slice, new_axis, ellipsis, tensor };
  Index(int i) : kind_(Kind::integer), integer_(i) {}
  Index(int64_t i) : kind_(Kind::integer), integer_(i) {}
  Index(Slice s) : kind_(Kind::slice), slice_(s) {}
  Index(NewAxis) : kind_(Kind::new_axis) {}
  Index(Ellipsis) : kind_(Kind::ellipsis) {}
  Index(Tensor t) : kind_(Kind::tensor), tensor_(std::move(t)) {}

  Kind kind() const { return kind_; }
  int64_t integer() const { return integer_; }
  const Slice& slice() const { return slice_; }
  const Tensor& tensor() const { return tensor_; }

 private:
  Kind kind_;
  int64_t integer_ = 0;
  Slice slice_;
  Tensor tensor_;
};

inline Config to_config(const Axes& v) { return v.to_config(); }
inline void from_config(const Config& c, Axes& v, std::string_view) { v = Axes::from_config(c); }

using OptionalDType = std::optional<DType>;

}  // namespace kcpp::ops
