/// Activations (keras.activations): functions, their names, and the handle that layers hold.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kcpp/backend.h"
#include "kcpp/core/config.h"
#include "kcpp/core/tensor.h"

namespace kcpp {

/// An activation of a layer's options: from a name, a function of keras.activations, a layer, or a
/// lambda. Default: linear.
///
///     layers::Dense(10, {.activation = "relu"})
///     layers::Dense(10, {.activation = [](const Tensor& x) { return ops::leaky_relu(x, 0.1); }})
class KCPP_API ActivationFn {
 public:
  using Function = std::function<Tensor(const Tensor&)>;

  ActivationFn() = default;
  ActivationFn(std::nullptr_t) {}
  /// Throws ValueError for a name that keras.activations does not have, with the nearest one that
  /// it has.
  ActivationFn(const char* name) : ActivationFn(std::string_view(name)) {}
  ActivationFn(const std::string& name) : ActivationFn(std::string_view(name)) {}
  ActivationFn(std::string_view name);
  /// A function that keras.activations has (`ops::relu`, `activations::relu`) keeps its name.
  ActivationFn(Tensor (*function)(const Tensor&));
  template <class F>
  requires(std::is_invocable_r_v<Tensor, F, const Tensor&> &&
           !std::convertible_to<F, std::string_view> &&
           !std::same_as<std::remove_cvref_t<F>, ActivationFn>) ActivationFn(F function)
      : ActivationFn(Function(std::move(function)), std::string()) {}
  /// A function of the user's; `name` is what a file holds (registered by
  /// activations::register_activation).
  ActivationFn(Function function, std::string name);

  /// clip(0.2 x + 0.5, 0, 1): what "hard_sigmoid" meant in the files of Keras 1 and 2.
  static ActivationFn keras2_hard_sigmoid();

  Tensor operator()(const Tensor& x) const;
  /// The kernel that products can apply to their result, or nullptr (softmax, a lambda).
  const Activation* fused() const;
  bool is_linear() const { return !state_; }
  /// Keras's name; empty for a nameless lambda.
  const std::string& name() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};
/// The name, as Keras writes it ("linear" for none). A function of the user's: {"module",
/// "class_name": "function", "config": name, "registered_name": name}; throws ValueError when it
/// has no name.
KCPP_API Config to_config(const ActivationFn& v);
/// From a name, null, or a dict as to_config writes it.
KCPP_API void from_config(const Config& c, ActivationFn& v, std::string_view what);

namespace activations {

/// keras.activations.get, serialize, deserialize.
inline ActivationFn get(const ActivationFn& identifier) { return identifier; }
KCPP_API Config serialize(const ActivationFn& activation);
KCPP_API ActivationFn deserialize(const Config& config);
/// Makes a function known by name to files (keras.saving.register_keras_serializable).
KCPP_API void register_activation(const std::string& name, ActivationFn::Function function);
/// The names of keras.activations, sorted.
KCPP_API std::vector<std::string> names();

struct ReluOptions {
  double negative_slope = 0.0;
  std::optional<double> max_value = {};
  double threshold = 0.0;
};
/// x from threshold to max_value; below the threshold negative_slope (x - threshold).
KCPP_API Tensor relu(const Tensor& x, const ReluOptions& options);
KCPP_API Tensor relu(const Tensor& x);
// The rest is as in kcpp/ops/nn.h.
KCPP_API Tensor celu(const Tensor& x, double alpha);
KCPP_API Tensor celu(const Tensor& x);
KCPP_API Tensor elu(const Tensor& x, double alpha);
KCPP_API Tensor elu(const Tensor& x);
KCPP_API Tensor exponential(const Tensor& x);
/// Exact unless `approximate` (ops::gelu has the other default).
KCPP_API Tensor gelu(const Tensor& x, bool approximate);
KCPP_API Tensor gelu(const Tensor& x);
KCPP_API Tensor glu(const Tensor& x, int axis);
KCPP_API Tensor glu(const Tensor& x);
KCPP_API Tensor hard_shrink(const Tensor& x, double threshold);
KCPP_API Tensor hard_shrink(const Tensor& x);
KCPP_API Tensor hard_sigmoid(const Tensor& x);
KCPP_API Tensor hard_silu(const Tensor& x);
KCPP_API Tensor hard_swish(const Tensor& x);
KCPP_API Tensor hard_tanh(const Tensor& x);
KCPP_API Tensor leaky_relu(const Tensor& x, double negative_slope);
KCPP_API Tensor leaky_relu(const Tensor& x);
KCPP_API Tensor linear(const Tensor& x);
KCPP_API Tensor log_sigmoid(const Tensor& x);
KCPP_API Tensor log_softmax(const Tensor& x, int axis);
KCPP_API Tensor log_softmax(const Tensor& x);
KCPP_API Tensor mish(const Tensor& x);
KCPP_API Tensor relu6(const Tensor& x);
KCPP_API Tensor selu(const Tensor& x);
KCPP_API Tensor sigmoid(const Tensor& x);
KCPP_API Tensor silu(const Tensor& x);
KCPP_API Tensor soft_shrink(const Tensor& x, double threshold);
KCPP_API Tensor soft_shrink(const Tensor& x);
KCPP_API Tensor softmax(const Tensor& x, int axis);
KCPP_API Tensor softmax(const Tensor& x);
KCPP_API Tensor softplus(const Tensor& x);
KCPP_API Tensor softsign(const Tensor& x);
KCPP_API Tensor sparse_plus(const Tensor& x);
KCPP_API Tensor sparse_sigmoid(const Tensor& x);
KCPP_API Tensor sparsemax(const Tensor& x, int axis);
KCPP_API Tensor sparsemax(const Tensor& x);
KCPP_API Tensor squareplus(const Tensor& x, double b);
KCPP_API Tensor squareplus(const Tensor& x);
KCPP_API Tensor swish(const Tensor& x);
KCPP_API Tensor tanh(const Tensor& x);
KCPP_API Tensor tanh_shrink(const Tensor& x);
KCPP_API Tensor threshold(const Tensor& x, double threshold, double default_value);

}  // namespace activations
}  // namespace kcpp
