/// Functions of TensorFlow on bits and images that Keras's ops do not have (see special.h).
#pragma once

#include "src/ops/op_table.h"

namespace kcpp::ops {

/// The bits of x as numbers of another type: of the same size, or the last axis grows or goes.
Tensor bitcast(const Tensor& x, DType dtype);
/// Whole numbers stand for the interval from 0 to 1 up to their type's largest.
Tensor convert_image_dtype(const Tensor& image, DType dtype, bool saturate);

/// crop_and_resize's arguments.
struct CropAndResizeOptions {
  int64_t height = 0, width = 0;
  bool nearest = false;
  double extrapolation_value = 0;
};
/// Boxes (n, 4) of the images (b, h, w, c), as shares of their sides: (n, height, width, c).
Tensor crop_and_resize(const Tensor& images, const Tensor& boxes, const Tensor& box_indices,
                       const CropAndResizeOptions& options);

/// Their entries in the table of operations.
std::span<const OpEntry> op_table_special_image();

}  // namespace kcpp::ops
