/// Lambda (keras.layers.Lambda).
#pragma once

#include <functional>

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

struct LambdaOptions {
  std::string function =
      {};  ///< the name that a file holds; register_lambda gives it a meaning there
  std::optional<Shape> output_shape = {};  ///< without the batch; only carried to files
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// Any function of a tensor as a layer. A file can hold it only by a name: kcpp runs no code from
/// files.
///
///     layers::Lambda([](const Tensor& x) { return ops::square(x); }, {.function = "square"})
class KCPP_API Lambda : public Layer {
 public:
  using Function = std::function<Tensor(const Tensor&)>;
  explicit Lambda(Function function, LambdaOptions options = {});
};
/// Makes a function known to Lambda layers in files, by Keras's registered name.
KCPP_API void register_lambda(const std::string& name, Lambda::Function function);

}  // namespace kcpp::layers
