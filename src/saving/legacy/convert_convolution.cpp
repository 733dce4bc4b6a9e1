/// Convolutions: the axes of Keras 1's kernels, and kernels that Theano applies flipped.
#include "src/saving/legacy/convert.h"

namespace kcpp::saving {
namespace {

enum class Kind { none, plain, transposed, depthwise, separable, recurrent };

Kind kind_of(const std::string& class_name) {
  if (class_name == "Conv1D" || class_name == "Conv2D" || class_name == "Conv3D")
    return Kind::plain;
  if (class_name == "Conv1DTranspose" || class_name == "Conv2DTranspose" ||
      class_name == "Conv3DTranspose")
    return Kind::transposed;
  if (class_name == "DepthwiseConv1D" || class_name == "DepthwiseConv2D") return Kind::depthwise;
  if (class_name == "SeparableConv1D" || class_name == "SeparableConv2D") return Kind::separable;
  if (class_name == "ConvLSTM1D" || class_name == "ConvLSTM2D" || class_name == "ConvLSTM3D")
    return Kind::recurrent;
  return Kind::none;
}

bool channels_first(const LayerImpl& layer) {
  const Config config = layer.get_config();
  const Config* format = config.find("data_format");
  return format && *format == Config("channels_first");
}

/// Keras 1: a kernel of one spatial axis is (length, 1, in, out), and up to 1.0
/// (out, in, length, 1).
StoredWeight kernel_1d(const StoredWeight& w, const Shape& target) {
  const Shape& s = w.shape();
  if (s.rank() != 4 || target.rank() != 3) return w;
  const bool ours = s[0] == target[0] && s[1] == 1 && s[3] == target[2];
  const StoredWeight ordered = ours ? w : w.transposed({2, 3, 1, 0});
  const Shape& o = ordered.shape();
  return o[1] == 1 ? ordered.reshaped({o[0], o[2], o[3]}) : w;
}

/// Keras 1 with channels first: (out, in, spatial...).
StoredWeight channels_to_back(const StoredWeight& w) {
  if (w.shape().rank() == 4) return w.transposed({2, 3, 1, 0});
  return w.shape().rank() == 5 ? w.transposed({2, 3, 4, 1, 0}) : w;
}

StoredWeights from_keras1(const LayerImpl& layer, Kind kind, StoredWeights stored,
                          const Shape& target) {
  const bool first = channels_first(layer);
  StoredWeight& kernel = stored[0];
  switch (kind) {
    case Kind::plain:
      if (target.rank() == 3) {
        kernel = kernel_1d(kernel, target);
      } else if (first) {
        kernel = channels_to_back(kernel);
      }
      break;
    case Kind::transposed:  // (spatial..., in, out), or (out, in, spatial...) with channels first
      if (kernel.shape().rank() == 4)
        kernel = first ? kernel.transposed({2, 3, 0, 1}) : kernel.transposed({0, 1, 3, 2});
      break;
    case Kind::separable:
      for (size_t i = 0; first && i < 2 && i < stored.size(); ++i)
        stored[i] = channels_to_back(stored[i]);
      break;
    default:
      break;
  }
  return stored;
}

}  // namespace

StoredWeights convert_convolution(const LayerImpl& layer, StoredWeights stored,
                                  const Conversion& c) {
  const Kind kind = kind_of(layer.class_info().name);
  const Variables weights = layer.weights();
  if (kind == Kind::none || weights.empty()) return stored;
  const Shape target = weights[0].shape();
  if (c.epoch.major < 2 && kind != Kind::recurrent) {
    const Shape before = stored[0].shape();
    stored = from_keras1(layer, kind, std::move(stored), target);
    if (!(stored[0].shape() == before))
      c.note(text("Layer '", layer.name(), "': the kernel of shape ", before,
                  ", as Keras 1 has it, ", "became ", stored[0].shape(), "."));
  }
  if (kind == Kind::depthwise || kind == Kind::separable) return stored;
  const size_t kernels = kind == Kind::recurrent && stored.size() > 1 ? 2 : 1;
  if (c.epoch.theano) {
    for (size_t i = 0; i < kernels; ++i)
      if (stored[i].shape().rank() > 2) stored[i] = stored[i].flipped(stored[i].shape().rank() - 2);
    c.note(text("Layer '", layer.name(),
                "': the kernel was flipped, since the file was written on the Theano backend."));
  }
  // Keras 2 read files of its first days, whose kernels still had Keras 1's axes, so.
  if (!(stored[0].shape() == target) && stored[0].shape().rank() == 4 && target.rank() == 4) {
    const Shape& s = stored[0].shape();
    if (Shape{s[3], s[2], s[0], s[1]} == target) {
      for (size_t i = 0; i < kernels; ++i) stored[i] = stored[i].transposed({3, 2, 0, 1});
    }
  }
  return stored;
}

}  // namespace kcpp::saving
