/// BatchNormalization up to Keras 1.0.5, which kept a standard deviation.
#include "kcpp/ops/math.h"
#include "src/saving/legacy/convert.h"

namespace kcpp::saving {

StoredWeights convert_normalization(const LayerImpl& layer, StoredWeights stored,
                                    const Conversion& c) {
  if (!c.epoch.before(1, 0, 6) || layer.class_info().name != "BatchNormalization" ||
      stored.size() != 4)
    return stored;
  // It computed (x - mean) / (std + epsilon); now it is (x - mean) / sqrt(variance + epsilon).
  const double epsilon = layer.get_config().at("epsilon").as_double();
  stored[3] = stored[3].mapped(
      [epsilon](const Tensor& std) { return ops::square(std + epsilon) - epsilon; });
  c.note(text("Layer '", layer.name(),
              "': the moving standard deviation of Keras before 1.0.6 became a variance."));
  return stored;
}

}  // namespace kcpp::saving
