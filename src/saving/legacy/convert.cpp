#include "src/saving/legacy/convert.h"

namespace kcpp::saving {

void Conversion::note(const std::string& what) const {
  if (report && !slots) report->notes.push_back(what);
}

StoredWeights convert_weights(const LayerImpl& layer, StoredWeights stored, const Conversion& c) {
  if (stored.empty()) return stored;
  stored = convert_convolution(layer, std::move(stored), c);
  stored = convert_recurrent(layer, std::move(stored), c);
  stored = convert_highway(layer, std::move(stored));
  stored = convert_cudnn(layer, std::move(stored), c);
  return convert_normalization(layer, std::move(stored), c);
}

}  // namespace kcpp::saving
