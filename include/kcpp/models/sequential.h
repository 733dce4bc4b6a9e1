/// Sequential: a stack of layers (keras.Sequential).
#pragma once

#include <initializer_list>

#include "kcpp/models/model.h"

namespace kcpp {

/// A model that passes its one input through its layers in order. Without an Input it is built by
/// its first data.
///
///     Sequential model({layers::Input({4}), layers::Dense(8, {.activation = "relu"}),
///     layers::Dense(1)});
class KCPP_API Sequential : public Model {
 public:
  Sequential() : Sequential(LayerList{}) {}
  explicit Sequential(ModelOptions options) : Sequential(LayerList{}, std::move(options)) {}
  Sequential(std::initializer_list<Layer> layers, ModelOptions options = {})
      : Sequential(LayerList(layers), std::move(options)) {}
  Sequential(const LayerList& layers, ModelOptions options = {});

  void add(const Layer& layer) const;
  Layer pop() const;
};

}  // namespace kcpp
