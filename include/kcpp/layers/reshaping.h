/// Layers that only rearrange (keras.layers): Flatten, Reshape, Permute, RepeatVector.
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"

namespace kcpp::layers {

struct FlattenOptions {
  std::string data_format = {};  ///< channels_first: the channels are moved last before flattening
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// (batch, ...) -> (batch, product of the rest).
class KCPP_API Flatten : public Layer {
 public:
  explicit Flatten(FlattenOptions options = {});
};
/// (batch, ...) -> (batch, target_shape...). One dimension may be -1: it is worked out.
class KCPP_API Reshape : public Layer {
 public:
  explicit Reshape(const Shape& target_shape, LayerOptions options = {});
};
/// Reorders the axes behind the batch; `dims` counts them from 1.
///
///     layers::Permute({2, 1})   // (batch, 10, 64) -> (batch, 64, 10)
class KCPP_API Permute : public Layer {
 public:
  explicit Permute(const Shape& dims, LayerOptions options = {});
};
/// (batch, features) -> (batch, n, features).
class KCPP_API RepeatVector : public Layer {
 public:
  explicit RepeatVector(int64_t n, LayerOptions options = {});
};

}  // namespace kcpp::layers
