/// Layers that join several tensors (keras.layers): Add, Subtract, Multiply, Average, Maximum,
/// Minimum, Concatenate, Dot.
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"

namespace kcpp::layers {

/// The sum of its inputs, which broadcast. Steps that one input masks are taken from the others.
///
///     Tensor y = layers::Add()({a, b});
class KCPP_API Add : public Layer {
 public:
  explicit Add(LayerOptions options = {});
};
/// The first input minus the second.
class KCPP_API Subtract : public Layer {
 public:
  explicit Subtract(LayerOptions options = {});
};
/// The product of its inputs.
class KCPP_API Multiply : public Layer {
 public:
  explicit Multiply(LayerOptions options = {});
};
/// The mean of its inputs.
class KCPP_API Average : public Layer {
 public:
  explicit Average(LayerOptions options = {});
};
/// The greatest of its inputs, element by element.
class KCPP_API Maximum : public Layer {
 public:
  explicit Maximum(LayerOptions options = {});
};
/// The least of its inputs, element by element.
class KCPP_API Minimum : public Layer {
 public:
  explicit Minimum(LayerOptions options = {});
};

struct ConcatenateOptions {
  int axis = -1;
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Its inputs one after the other along an axis; they agree in the others.
class KCPP_API Concatenate : public Layer {
 public:
  explicit Concatenate(ConcatenateOptions options = {});
};

struct DotOptions {
  bool normalize = false;  ///< of unit length before: the cosine proximity
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// The product of two inputs over an axis of each (one number: the same axis of both), sample by
/// sample.
class KCPP_API Dot : public Layer {
 public:
  explicit Dot(const Dims& axes, DotOptions options = {});
};

// The same as functions (keras.layers.add ...).
KCPP_API Tensor add(const Tensors& inputs, LayerOptions options = {});
KCPP_API Tensor subtract(const Tensors& inputs, LayerOptions options = {});
KCPP_API Tensor multiply(const Tensors& inputs, LayerOptions options = {});
KCPP_API Tensor average(const Tensors& inputs, LayerOptions options = {});
KCPP_API Tensor maximum(const Tensors& inputs, LayerOptions options = {});
KCPP_API Tensor minimum(const Tensors& inputs, LayerOptions options = {});
KCPP_API Tensor concatenate(const Tensors& inputs, ConcatenateOptions options = {});
KCPP_API Tensor dot(const Tensors& inputs, const Dims& axes, DotOptions options = {});

}  // namespace kcpp::layers
