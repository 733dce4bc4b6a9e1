/// The checks that ops on images share.
#pragma once

#include <string>

#include "src/ops/common.h"

namespace kcpp::ops::image {

inline void check_image_rank(const Tensor& images) {
  check(images.rank() == 3 || images.rank() == 4,
        "Invalid images rank: expected rank 3 (single image) or rank 4 (batch of images). "
        "Received input with shape: images.shape=",
        images.shape());
}
inline void check_interpolation(const std::string& interpolation) {
  check(interpolation == "nearest" || interpolation == "bilinear",
        "Invalid value for argument `interpolation`. Expected of one ('nearest', 'bilinear'). "
        "Received: interpolation=",
        interpolation);
}
inline void check_fill_mode(const std::string& fill_mode) {
  check(fill_mode == "constant" || fill_mode == "nearest" || fill_mode == "wrap" ||
            fill_mode == "reflect",
        "Invalid value for argument `fill_mode`. Expected of one ('constant', 'nearest', 'wrap', "
        "'reflect'). Received: fill_mode=",
        fill_mode);
}

}  // namespace kcpp::ops::image
