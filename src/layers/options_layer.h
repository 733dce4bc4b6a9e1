/// The base of most layers: LayerImpl plus the options struct of the constructor.
#pragma once

#include <optional>
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
  /// The field `seed`. Keras writes a SeedGenerator into a config, and then takes it for no seed of
  /// a generator: a file has one only where there is nothing to draw, and it stays as it is.
  void seed_field(Fields& f) {
    const Config* given = f.raw("seed");
    if (!f.reading()) {
      f.write("seed", idle_seed_.is_null() ? kcpp::to_config(o_.seed) : idle_seed_);
    } else if (given && given->is_dict()) {
      idle_seed_ = *given;
    } else if (given) {
      from_config(*given, o_.seed, "seed");
    }
  }
  /// The seed for what draws.
  std::optional<int64_t> seed() const {
    check(idle_seed_.is_null(), "Argument `seed` must be an integer. Received: seed=", idle_seed_);
    return o_.seed;
  }
  /// Whole numbers become the compute dtype; floats are it already.
  Tensor floating(const Tensor& x) const {
    return is_floating(x.dtype()) ? x : ops::cast(x, compute_dtype());
  }

  Options o_;

 private:
  Config idle_seed_;
};

/// Applies an activation that was not fused into what came before.
inline Tensor activate(const ActivationFn& activation, const Tensor& x) {
  return activation.is_linear() ? x : activation(x);
}

}  // namespace kcpp::layers
