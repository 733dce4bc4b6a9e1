/// Recurrent layers of Keras 1, which keep each gate's kernel, recurrent kernel and bias apart.
#include "src/saving/legacy/convert.h"

namespace kcpp::saving {
namespace {

/// Places of the gates in Keras 1's list, in today's order: i, f, c, o out of i, c, f, o; and
/// z, r, h as they are.
std::vector<size_t> gates_of(const std::string& class_name) {
  if (class_name == "LSTM" || class_name == "ConvLSTM2D") return {0, 2, 1, 3};
  if (class_name == "GRU") return {0, 1, 2};
  return {};
}

}  // namespace

size_t keras1_count(const LayerImpl& layer) { return 3 * gates_of(layer.class_info().name).size(); }

StoredWeights convert_recurrent(const LayerImpl& layer, StoredWeights stored, const Conversion& c) {
  const std::string class_name = layer.class_info().name;
  const std::vector<size_t> gates = gates_of(class_name);
  if (c.epoch.major >= 2 || gates.empty()) return stored;
  // With consume_less="gpu", Keras 1 has one array for all gates, in today's order.
  if (stored.size() != 3 * gates.size()) return stored;
  StoredWeights out;
  for (size_t part = 0; part < 3; ++part) {  // kernels, recurrent kernels, biases
    StoredWeights parts;
    for (size_t gate : gates) parts.push_back(stored[3 * gate + part]);
    if (class_name == "ConvLSTM2D" && part < 2 &&
        layer.get_config().at("data_format") == Config("channels_first")) {
      for (StoredWeight& p : parts)
        if (p.shape().rank() == 4) p = p.transposed({2, 3, 1, 0});
    }
    out.push_back(StoredWeight::joined(parts));
  }
  c.note(text("Layer '", layer.name(), "': the ", stored.size(),
              " arrays that Keras 1 has for the gates became 3."));
  return out;
}

}  // namespace kcpp::saving
