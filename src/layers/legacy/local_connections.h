/// Which elements of an input a locally connected layer's outputs hang on
/// (keras.utils.conv_utils of Keras 2).
#pragma once

#include <utility>
#include <vector>

#include "kcpp/core/shape.h"

namespace kcpp::layers::legacy {

/// Sizes of one call without the batch: spatial axes, then channels.
struct LocalSizes {
  Shape input, output;  ///< spatial
  Shape kernel, strides;
  bool same = false;
  bool channels_first = false;
  int64_t channels = 0, filters = 0;

  int64_t inputs() const { return input.size() * channels; }
  int64_t outputs() const { return output.size() * filters; }
};

/// The output's spatial shape, as that of a convolution.
Shape local_output_shape(const LocalSizes& sizes);
/// Pairs (output element, input element) that are connected, sorted: places in the flattened
/// arrays, channels first or last.
std::vector<std::pair<int64_t, int64_t>> local_connections(const LocalSizes& sizes);

}  // namespace kcpp::layers::legacy
