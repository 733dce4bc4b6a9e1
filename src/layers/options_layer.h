/// The base of most layers: LayerImpl plus the options struct of the constructor.
#pragma once

#include <utility>

#include "kcpp/activations.h"
#include "kcpp/core/defaults.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/math.h"

namespace kcpp::layers {

/// Holds the options. Their name, dtype, trainable and activity_regularizer are only what the
/// constructor was given: LayerImpl has the valid ones.
template <class Options>
class OptionsLayer : public LayerImpl {
 public:
  OptionsLayer() = default;
  explicit OptionsLayer(Options options) : o_(std::move(options)) { set_base(o_); }

 protected:
  /// Writes the resolved word over an empty data_format.
  bool resolve_data_format() {
    const bool first = is_channels_first(o_.data_format);
    o_.data_format = first ? "channels_first" : "channels_last";
    return first;
  }
  /// Whole numbers become the compute dtype; floats are it already.
  Tensor floating(const Tensor& x) const {
    return is_floating(x.dtype()) ? x : ops::cast(x, compute_dtype());
  }

  Options o_;
};

/// Applies an activation that was not fused into what came before.
inline Tensor activate(const ActivationFn& activation, const Tensor& x) {
  return activation.is_linear() ? x : activation(x);
}

}  // namespace kcpp::layers
