#include "kcpp/activations.h"

#include <algorithm>
#include <limits>

#include "kcpp/core/custom_objects.h"
#include "kcpp/core/object.h"
#include "kcpp/core/symbolic.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "src/ops/describe.h"

namespace kcpp {

struct ActivationFn::State {
  std::string name;
  Function function;
  bool custom = false;
  bool fusable = false;
  Activation fused;
};

namespace {

using Plain = Tensor (*)(const Tensor&);

/// A row of keras.activations: the name, the function (also that of kcpp::ops, so that either is
/// recognised), the kernel.
struct Row {
  std::string_view name;
  Plain function;
  Plain op;
  bool fusable;
  Activation fused;
};

constexpr Activation kernel(UnaryOp op, double alpha = 0) { return {op, {alpha, 0, 0}}; }

// `op` is null where kcpp::ops has no function of one argument with the same defaults.
constexpr Row kTable[] = {
    {"celu", activations::celu, nullptr, true, kernel(UnaryOp::celu, 1.0)},
    {"elu", activations::elu, nullptr, true, kernel(UnaryOp::elu, 1.0)},
    {"exponential", activations::exponential, ops::exp, true, kernel(UnaryOp::exp)},
    {"gelu", activations::gelu, nullptr, true, kernel(UnaryOp::gelu)},
    {"glu", activations::glu, nullptr, false, {}},
    {"hard_shrink", activations::hard_shrink, nullptr, true, kernel(UnaryOp::hard_shrink, 0.5)},
    {"hard_sigmoid", activations::hard_sigmoid, ops::hard_sigmoid, true,
     kernel(UnaryOp::hard_sigmoid)},
    {"hard_silu", activations::hard_silu, ops::hard_silu, true, kernel(UnaryOp::hard_silu)},
    {"hard_tanh", activations::hard_tanh, ops::hard_tanh, true, kernel(UnaryOp::hard_tanh)},
    {"leaky_relu", activations::leaky_relu, nullptr, true, kernel(UnaryOp::leaky_relu, 0.2)},
    {"linear", activations::linear, nullptr, true, kernel(UnaryOp::identity)},
    {"log_sigmoid", activations::log_sigmoid, ops::log_sigmoid, true, kernel(UnaryOp::log_sigmoid)},
    {"log_softmax", activations::log_softmax, nullptr, false, {}},
    {"mish", activations::mish, ops::mish, true, kernel(UnaryOp::mish)},
    {"relu", activations::relu, ops::relu, true, kernel(UnaryOp::relu)},
    {"relu6", activations::relu6, ops::relu6, true, kernel(UnaryOp::relu6)},
    {"selu", activations::selu, ops::selu, true, kernel(UnaryOp::selu)},
    {"sigmoid", activations::sigmoid, ops::sigmoid, true, kernel(UnaryOp::sigmoid)},
    {"silu", activations::silu, ops::silu, true, kernel(UnaryOp::silu)},
    {"soft_shrink", activations::soft_shrink, nullptr, true, kernel(UnaryOp::soft_shrink, 0.5)},
    {"softmax", activations::softmax, nullptr, false, {}},
    {"softplus", activations::softplus, ops::softplus, true, kernel(UnaryOp::softplus)},
    {"softsign", activations::softsign, ops::softsign, true, kernel(UnaryOp::softsign)},
    {"sparse_plus", activations::sparse_plus, ops::sparse_plus, true, kernel(UnaryOp::sparse_plus)},
    {"sparse_sigmoid", activations::sparse_sigmoid, ops::sparse_sigmoid, true,
     kernel(UnaryOp::sparse_sigmoid)},
    {"sparsemax", activations::sparsemax, nullptr, false, {}},
    {"squareplus", activations::squareplus, nullptr, true, kernel(UnaryOp::squareplus, 4.0)},
    {"tanh", activations::tanh, ops::tanh, true, kernel(UnaryOp::tanh)},
    {"tanh_shrink", activations::tanh_shrink, ops::tanh_shrink, true, kernel(UnaryOp::tanh_shrink)},
};

/// Other names of the same functions; a file gets the first one.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {{"swish", "silu"},
                                                                      {"hard_swish", "hard_silu"}};

const Row* find_row(std::string_view name) {
  for (const auto& [alias, of] : kAliases) {
    if (alias == name) name = of;
  }
  for (const Row& row : kTable) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

/// The function that a user registered, or an empty one.
ActivationFn::Function find_custom(std::string_view name) {
  return CustomObjects::find_function(name);
}

}  // namespace

ActivationFn::ActivationFn(std::string_view name) {
  const Row* row = find_row(name);
  if (row) {
    if (row->function == static_cast<Plain>(activations::linear)) return;
    auto state = std::make_shared<State>();
    state->name = row->name;
    state->function = row->function;
    state->fusable = row->fusable;
    state->fused = row->fused;
    state_ = std::move(state);
    return;
  }
  if (Function custom = find_custom(name)) {
    *this = ActivationFn(std::move(custom), std::string(name));
    return;
  }
  const std::string near = nearest_name(name, activations::names());
  throw ValueError(text("Could not interpret activation function identifier: ", name,
                        near.empty() ? "" : ". Did you mean '", near, near.empty() ? "" : "'?"));
}

ActivationFn::ActivationFn(Tensor (*function)(const Tensor&)) {
  check(function != nullptr, "Could not interpret activation function identifier: null");
  for (const Row& row : kTable) {
    if (row.function == function || (row.op && row.op == function)) {
      *this = ActivationFn(row.name);
      return;
    }
  }
  *this = ActivationFn(Function(function), std::string());
}

ActivationFn::ActivationFn(Function function, std::string name) {
  check(static_cast<bool>(function),
        "Could not interpret activation function identifier: an empty function");
  auto state = std::make_shared<State>();
  state->name = std::move(name);
  state->function = std::move(function);
  state->custom = true;
  state_ = std::move(state);
}

Tensor ActivationFn::operator()(const Tensor& x) const { return state_ ? state_->function(x) : x; }

const Activation* ActivationFn::fused() const {
  static constexpr Activation identity{};
  if (!state_) return &identity;
  return state_->fusable ? &state_->fused : nullptr;
}

ActivationFn ActivationFn::keras2_hard_sigmoid() {
  const Activation old = kernel(UnaryOp::hard_sigmoid_keras2);
  auto state = std::make_shared<State>();
  *state = {"hard_sigmoid", [old](const Tensor& x) { return ops::detail::activation(x, old); },
            false, true, old};
  ActivationFn out;
  out.state_ = std::move(state);
  return out;
}

const std::string& ActivationFn::name() const {
  static const std::string linear = "linear";
  return state_ ? state_->name : linear;
}

namespace {
/// The hard sigmoid of Keras 1 and 2, clip(0.2 x + 0.5, 0, 1), has no name in Keras 3. But a model
/// is an activation there too: files hold one of that name, so that Keras computes the same.
constexpr const char* kKeras2HardSigmoid = "keras2_hard_sigmoid";

Config keras2_hard_sigmoid_config() {
  const auto layer = [](const char* module, const char* class_name, Config config) {
    return Config::dict({{"module", module},
                         {"class_name", class_name},
                         {"config", std::move(config)},
                         {"registered_name", nullptr}});
  };
  Config scaled =
      Config::dict({{"name", "scaled"}, {"trainable", true}, {"scale", 0.2}, {"offset", 0.5}});
  Config clipped = Config::dict({{"name", "clipped"},
                                 {"trainable", true},
                                 {"max_value", 1.0},
                                 {"negative_slope", 0.0},
                                 {"threshold", 0.0}});
  Config layers = Config::list({layer("keras.layers", "Rescaling", std::move(scaled)),
                                layer("keras.layers", "ReLU", std::move(clipped))});
  return layer(
      "keras", "Sequential",
      Config::dict(
          {{"name", kKeras2HardSigmoid}, {"trainable", true}, {"layers", std::move(layers)}}));
}

/// Keras writes that model with an input layer and more keys: its layers' fields tell.
bool is_keras2_hard_sigmoid(const Config& c) {
  const Config* config = c.find("config");
  const Config* name = config && config->is_dict() ? config->find("name") : nullptr;
  const Config* layers =
      name && *name == Config(kKeras2HardSigmoid) ? config->find("layers") : nullptr;
  if (!layers || !layers->is_list()) return false;
  bool scaled = false, clipped = false;
  for (const Config& layer : layers->as_list()) {
    const Config* fields = layer.find("config");
    const auto has = [&](const char* key, double value) {
      const Config* field = fields->find(key);
      return field && field->is_number() && field->as_double() == value;
    };
    if (!fields || !fields->is_dict()) return false;
    scaled |= has("scale", 0.2) && has("offset", 0.5);
    clipped |= has("max_value", 1.0) && has("threshold", 0.0);
  }
  return scaled && clipped;
}
}  // namespace

Config to_config(const ActivationFn& v) {
  const Config name = v.name();
  if (const Activation* fused = v.fused(); fused && fused->op == UnaryOp::hard_sigmoid_keras2)
    return keras2_hard_sigmoid_config();
  check(!v.name().empty(),
        "Unknown activation function cannot be serialized: it has no name. Make sure to use an "
        "activation name that matches "
        "the references defined in activations.h or register it with "
        "activations::register_activation.");
  if (find_row(v.name())) return name;
  return Config::dict({{"module", "builtins"},
                       {"class_name", "function"},
                       {"config", name},
                       {"registered_name", name}});
}

void from_config(const Config& c, ActivationFn& v, std::string_view what) {
  if (c.is_null()) {
    v = ActivationFn();
  } else if (c.is_string()) {
    v = ActivationFn(c.as_string(what));
  } else if (is_keras2_hard_sigmoid(c)) {
    v = ActivationFn::keras2_hard_sigmoid();
  } else {
    // {"class_name": "function", "config": name, "registered_name": name}, as Keras writes a user's
    // function.
    const Config* registered_name = c.find("registered_name");
    const Config* name =
        registered_name && registered_name->is_string() ? registered_name : c.find("config");
    check(name && name->is_string(), "Could not interpret activation function identifier: ", c);
    const bool known = name != registered_name || find_custom(name->as_string(what));
    v = ActivationFn(known ? name->as_string(what) : c.at("config").as_string(what));
  }
}

namespace activations {

using ops::detail::Describe;

Config serialize(const ActivationFn& activation) { return to_config(activation); }
ActivationFn deserialize(const Config& config) {
  ActivationFn v;
  from_config(config, v, "activation");
  return v;
}

void register_activation(const std::string& name, ActivationFn::Function function) {
  check(!name.empty() && function,
        "[register_activation] Expected a name and a function. Received: name=", name);
  check(!find_row(name), "[register_activation] '", name, "' is a name of keras.activations.");
  CustomObjects::register_for_all(CustomObjects().add(name, std::move(function)));
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const Row& row : kTable) out.emplace_back(row.name);
  for (const auto& [alias, of] : kAliases) out.emplace_back(alias);
  std::sort(out.begin(), out.end());
  return out;
}

Tensor relu(const Tensor& x, const ReluOptions& o) {
  if (o.negative_slope == 0 && !o.max_value && o.threshold == 0) return ops::relu(x);
  const auto describe = [&](Config& a) {
    Describe{a}("negative_slope", o.negative_slope)(
        "max_value", o.max_value ? Config(*o.max_value) : Config())("threshold", o.threshold);
  };
  return symbolic::op(
      "ReLU", describe,
      [o](const Tensor& t) {
        const Activation general{
            UnaryOp::relu_general,
            {o.negative_slope, o.max_value.value_or(std::numeric_limits<double>::infinity()),
             o.threshold}};
        return ops::detail::activation(t, general);
      },
      x);
}
Tensor relu(const Tensor& x) { return ops::relu(x); }
Tensor celu(const Tensor& x, double alpha) { return ops::celu(x, alpha); }
Tensor celu(const Tensor& x) { return ops::celu(x); }
Tensor elu(const Tensor& x, double alpha) { return ops::elu(x, alpha); }
Tensor elu(const Tensor& x) { return ops::elu(x); }
Tensor exponential(const Tensor& x) { return ops::exp(x); }
Tensor gelu(const Tensor& x, bool approximate) { return ops::gelu(x, approximate); }
Tensor gelu(const Tensor& x) { return ops::gelu(x, false); }
Tensor glu(const Tensor& x, int axis) { return ops::glu(x, axis); }
Tensor glu(const Tensor& x) { return ops::glu(x); }
Tensor hard_shrink(const Tensor& x, double threshold) { return ops::hard_shrink(x, threshold); }
Tensor hard_shrink(const Tensor& x) { return ops::hard_shrink(x); }
Tensor hard_sigmoid(const Tensor& x) { return ops::hard_sigmoid(x); }
Tensor hard_silu(const Tensor& x) { return ops::hard_silu(x); }
Tensor hard_swish(const Tensor& x) { return ops::hard_silu(x); }
Tensor hard_tanh(const Tensor& x) { return ops::hard_tanh(x); }
Tensor leaky_relu(const Tensor& x, double negative_slope) {
  return ops::leaky_relu(x, negative_slope);
}
Tensor leaky_relu(const Tensor& x) { return ops::leaky_relu(x); }
Tensor linear(const Tensor& x) { return x; }
Tensor log_sigmoid(const Tensor& x) { return ops::log_sigmoid(x); }
Tensor log_softmax(const Tensor& x, int axis) { return ops::log_softmax(x, axis); }
Tensor log_softmax(const Tensor& x) { return ops::log_softmax(x); }
Tensor mish(const Tensor& x) { return ops::mish(x); }
Tensor relu6(const Tensor& x) { return ops::relu6(x); }
Tensor selu(const Tensor& x) { return ops::selu(x); }
Tensor sigmoid(const Tensor& x) { return ops::sigmoid(x); }
Tensor silu(const Tensor& x) { return ops::silu(x); }
Tensor soft_shrink(const Tensor& x, double threshold) { return ops::soft_shrink(x, threshold); }
Tensor soft_shrink(const Tensor& x) { return ops::soft_shrink(x); }
Tensor softmax(const Tensor& x, int axis) { return ops::softmax(x, axis); }
Tensor softmax(const Tensor& x) { return ops::softmax(x); }
Tensor softplus(const Tensor& x) { return ops::softplus(x); }
Tensor softsign(const Tensor& x) { return ops::softsign(x); }
Tensor sparse_plus(const Tensor& x) { return ops::sparse_plus(x); }
Tensor sparse_sigmoid(const Tensor& x) { return ops::sparse_sigmoid(x); }
Tensor sparsemax(const Tensor& x, int axis) { return ops::sparsemax(x, axis); }
Tensor sparsemax(const Tensor& x) { return ops::sparsemax(x); }
Tensor squareplus(const Tensor& x, double b) { return ops::squareplus(x, b); }
Tensor squareplus(const Tensor& x) { return ops::squareplus(x); }
Tensor swish(const Tensor& x) { return ops::silu(x); }
Tensor tanh(const Tensor& x) { return ops::tanh(x); }
Tensor tanh_shrink(const Tensor& x) { return ops::tanh_shrink(x); }
Tensor threshold(const Tensor& x, double threshold, double default_value) {
  return ops::threshold(x, threshold, default_value);
}

}  // namespace activations
}  // namespace kcpp
