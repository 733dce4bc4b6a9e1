/// Layers around a layer (keras.layers): Wrapper, TimeDistributed, SpectralNormalization.
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

/// Base of wrappers: holds `layer`, whose weights are its own. A custom wrapper overrides `call`.
class KCPP_API WrapperImpl : public LayerImpl {
 public:
  WrapperImpl() = default;
  WrapperImpl(const Layer& layer, const LayerOptions& options);

  ClassInfo class_info() const override { return {"Wrapper", "keras.layers"}; }
  void fields(Fields& f) override;
  void validate() override;
  void build(const Shape& input_shape) override;
  const Layer& layer() const { return layer_; }

 protected:
  Layer layer_;
};

/// Applies a layer to every step: (batch, steps, ...) -> (batch, steps, ...).
///
///     layers::TimeDistributed(layers::Dense(8))
class KCPP_API TimeDistributed : public Layer {
 public:
  explicit TimeDistributed(const Layer& layer, LayerOptions options = {});
};

struct SpectralNormalizationOptions {
  int power_iterations = 1;
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Divides the layer's kernel by its greatest singular value at each training step (Miyato et al.,
/// 2018). Weight beside the layer's: vector_u (1, out).
class KCPP_API SpectralNormalization : public Layer {
 public:
  explicit SpectralNormalization(const Layer& layer, SpectralNormalizationOptions options = {});
};

}  // namespace kcpp::layers
