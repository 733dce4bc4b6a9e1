/// Highway: up to Keras 1.0 both arrays of the layer, then both of the gate; later both kernels
/// first.
#include <utility>

#include "src/saving/legacy/convert.h"

namespace kcpp::saving {

StoredWeights convert_highway(const LayerImpl& layer, StoredWeights stored) {
  if (layer.class_info().name == "Highway" && stored.size() == 4 && stored[1].shape().rank() == 1)
    std::swap(stored[1], stored[2]);
  return stored;
}

}  // namespace kcpp::saving
