/// Pixels of an output image read at fractional places of an input image, as TensorFlow's
/// ImageProjectiveTransformV3 does.
#pragma once

#include <string>

#include "src/ops/common.h"

namespace kcpp::ops::detail {

/// How a projective map reads its input.
struct ProjectiveAttrs {
  bool bilinear = true;  ///< else the nearest pixel
  std::string fill_mode = "constant";
  double fill_value = 0;
};

/// images (batch, height, width, channels) seen through transforms (1 or batch, 8), which map
/// places of the output to places of the input. Differentiable with respect to the images.
Tensor projective_transform(const Tensor& images, const Tensor& transforms,
                            const ProjectiveAttrs& attrs);

}  // namespace kcpp::ops::detail

namespace kcpp::ops::image {

/// The (batch, 8) transforms that carry the end points (batch, 4, 2) to the start points, (x, y)
/// each (Keras's backend.image.compute_homography_matrix).
Tensor compute_homography_matrix(const Tensor& start_points, const Tensor& end_points);

}  // namespace kcpp::ops::image
