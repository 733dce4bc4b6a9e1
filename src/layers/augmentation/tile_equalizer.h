/// Contrast limited adaptive histogram equalization (CLAHE) of float images.
#pragma once

#include "kcpp/core/tensor.h"

namespace kcpp::layers {

struct TileGrid {
  int64_t rows, columns;
  double clip_limit;  ///< a bin's share of a tile, in multiples of the average; 0: none
};

/// Images (batch, height, width, channels), float32 in [0, 255]: each value through the equalizing
/// curves of the four tiles around, weighted by nearness.
Tensor equalize_tiles(const Tensor& images, const TileGrid& grid);

}  // namespace kcpp::layers
