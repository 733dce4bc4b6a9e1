/// Bounding boxes of images: their formats and how they are clipped (keras.utils.bounding_boxes).
#pragma once

#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "kcpp/core/tensor.h"

namespace kcpp::layers {

/// Boxes (batch, boxes, 4) and their labels (batch, boxes); a label of -1 is no box.
struct BoundingBoxes {
  Tensor boxes, labels;
};

/// Of an image, in pixels.
struct ImageSize {
  double height = 0, width = 0;
};

/// The four columns of boxes, each with a last axis of one, and boxes of columns.
std::array<Tensor, 4> box_columns(const Tensor& boxes);
Tensor boxes_of(const std::array<Tensor, 4>& columns);

/// The smallest upright boxes around the four corners of each box when `move` has taken x and y
/// (batch, boxes, 1) to other places.
Tensor around_moved_corners(
    const Tensor& corners,
    const std::function<std::pair<Tensor, Tensor>(const Tensor& x, const Tensor& y)>& move);

/// keras.utils.bounding_boxes.convert_format: among "xyxy", "yxyx", "xywh", "center_xywh",
/// "center_yxhw", and relative to the image's size "rel_xyxy", "rel_yxyx", "rel_xywh",
/// "rel_center_xywh". Throws ValueError for other words.
Tensor convert_boxes(const Tensor& boxes, std::string_view source, std::string_view target,
                     const ImageSize& size);
/// keras.utils.bounding_boxes.clip_to_image_size of "xyxy", or with {1, 1} of "rel_xyxy". The label
/// of a box of which nothing is left becomes -1.
BoundingBoxes clip_boxes(const BoundingBoxes& b, const ImageSize& size);

}  // namespace kcpp::layers
