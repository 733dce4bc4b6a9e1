#include "src/layers/augmentation/bounding_boxes.h"

#include <string>

#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"

namespace kcpp::layers {
namespace {

/// What the words of a format say.
struct Format {
  enum class Kind { corners, corner_and_size, center_and_size };
  Kind kind = Kind::corners;
  bool height_first = false;
  bool relative = false;
};

Format format_of(std::string_view word) {
  std::string name(word);
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  using enum Format::Kind;
  if (name == "xyxy") return {corners, false, false};
  if (name == "yxyx") return {corners, true, false};
  if (name == "xywh") return {corner_and_size, false, false};
  if (name == "center_xywh") return {center_and_size, false, false};
  if (name == "center_yxhw") return {center_and_size, true, false};
  if (name == "rel_xyxy") return {corners, false, true};
  if (name == "rel_yxyx") return {corners, true, true};
  if (name == "rel_xywh") return {corner_and_size, false, true};
  if (name == "rel_center_xywh") return {center_and_size, false, true};
  throw ValueError(
      text("Invalid source or target format. Supported formats: ('xyxy', 'yxyx', 'xywh', "
           "'center_xywh', 'center_yxhw', 'rel_xyxy', 'rel_yxyx', 'rel_xywh', "
           "'rel_center_xywh'). Received: '",
           word, "'"));
}

void swap_axes(std::array<Tensor, 4>& columns) {
  std::swap(columns[0], columns[1]);
  std::swap(columns[2], columns[3]);
}

void to_corners(std::array<Tensor, 4>& c, const Format& format) {
  if (format.height_first) swap_axes(c);
  for (size_t i : {0u, 1u}) {
    const Tensor first = c[i], extent = c[i + 2];
    if (format.kind == Format::Kind::corner_and_size) {
      c[i + 2] = first + extent;
    } else if (format.kind == Format::Kind::center_and_size) {
      const Tensor half = extent / 2.0;
      c[i] = first - half;
      c[i + 2] = first + half;
    }
  }
}

void from_corners(std::array<Tensor, 4>& c, const Format& format) {
  for (size_t i : {0u, 1u}) {
    if (format.kind == Format::Kind::corners) continue;
    const Tensor extent = c[i + 2] - c[i];
    if (format.kind == Format::Kind::center_and_size) c[i] = c[i] + extent / 2.0;
    c[i + 2] = extent;
  }
  if (format.height_first) swap_axes(c);
}

}  // namespace

std::array<Tensor, 4> box_columns(const Tensor& boxes) {
  check(boxes.rank() >= 1 && boxes.dim(-1) == 4,
        "`boxes` must be a tensor with the last dimension of 4. Received: boxes.shape=",
        boxes.shape());
  const Tensors columns = ops::split(boxes, 4, -1);
  return {columns[0], columns[1], columns[2], columns[3]};
}

Tensor boxes_of(const std::array<Tensor, 4>& columns) {
  return ops::concatenate(Tensors(columns.begin(), columns.end()), -1);
}

Tensor around_moved_corners(
    const Tensor& corners,
    const std::function<std::pair<Tensor, Tensor>(const Tensor& x, const Tensor& y)>& move) {
  const auto c = box_columns(corners);
  Tensors xs, ys;
  for (const auto& [from_x, from_y] :
       {std::pair{c[0], c[1]}, {c[2], c[1]}, {c[2], c[3]}, {c[0], c[3]}}) {
    auto [x, y] = move(from_x, from_y);
    xs.push_back(std::move(x));
    ys.push_back(std::move(y));
  }
  const Tensor x = ops::concatenate(xs, -1), y = ops::concatenate(ys, -1);
  return boxes_of({ops::min(x, {-1}, true), ops::min(y, {-1}, true), ops::max(x, {-1}, true),
                   ops::max(y, {-1}, true)});
}

Tensor convert_boxes(const Tensor& boxes, std::string_view source, std::string_view target,
                     const ImageSize& size) {
  const Format from = format_of(source), to = format_of(target);
  const Tensor given = ops::cast(boxes, DType::float32);
  std::array<Tensor, 4> columns = box_columns(given);
  if (source == target) return given;
  to_corners(columns, from);
  if (from.relative != to.relative) {
    for (size_t i = 0; i < 4; ++i) {
      const double length = i % 2 == 0 ? size.width : size.height;
      columns[i] = from.relative ? columns[i] * length : columns[i] / length;
    }
  }
  from_corners(columns, to);
  return boxes_of(columns);
}

BoundingBoxes clip_boxes(const BoundingBoxes& b, const ImageSize& size) {
  std::array<Tensor, 4> c = box_columns(b.boxes);
  for (size_t i = 0; i < 4; ++i) c[i] = ops::clip(c[i], 0.0, i % 2 == 0 ? size.width : size.height);
  const Tensor area = ops::squeeze((c[2] - c[0]) * (c[3] - c[1]), -1);
  return {boxes_of(c), ops::where(ops::greater(area, 0.0), b.labels, -1)};
}

}  // namespace kcpp::layers
