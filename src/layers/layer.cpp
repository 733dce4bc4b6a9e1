/// LayerImpl: identity, config, children and weights. Calling is in layer_call.cpp.
#include "kcpp/layers/layer.h"

#include <algorithm>
#include <set>

#include "kcpp/core/random.h"
#include "kcpp/ops/math.h"
#include "src/layers/load_scope.h"
#include "src/layers/name_scope.h"
#include "src/regularizers.h"

namespace kcpp {

LayerImpl::LayerImpl() = default;
LayerImpl::~LayerImpl() = default;

void LayerImpl::set_name(std::string name) {
  check(name.find('/') == std::string::npos,
        "Argument `name` must be a string and cannot contain character `/`. Received: name=", name);
  name_ = std::move(name);
}

// --- config ------------------------------------------------------------------------------------

namespace {
/// What each layer's config starts with.
void base_fields(Fields& f, std::string& name, bool& trainable, DTypePolicy& policy) {
  f("name", name);
  f("trainable", trainable);
  f("dtype", policy);
}
void activity_field(Fields& f, Regularizer& regularizer) {
  if (regularizer || f.reading()) f("activity_regularizer", regularizer);
}
}  // namespace

Config LayerImpl::get_config() const {
  Config out = Config::dict();
  Fields writer(out);
  auto* self = const_cast<LayerImpl*>(this);
  base_fields(writer, self->name_, self->trainable_, self->policy_);
  activity_field(writer, self->activity_regularizer_);
  self->fields(writer);
  return out;
}

std::vector<std::string> LayerImpl::set_config(const Config& config) {
  const std::string class_name = class_info().name;
  check<TypeError>(config.is_dict(), "The config of ", class_name,
                   " must be a dict. Received: ", config);
  Fields reader(config, class_name);
  std::string name;
  base_fields(reader, name, trainable_, policy_);
  activity_field(reader, activity_regularizer_);
  if (!name.empty()) name_ = name;
  // An argument of Keras's Layer: a custom class without an __init__ of its own writes it.
  if (const Config* c = reader.raw("autocast")) from_config(*c, autocast_, "autocast");
  fields(reader);
  check_fields();
  return reader.unknown_keys();
}

Config LayerImpl::serialize() const {
  Config out = kcpp::serialize(static_cast<const Object*>(this));
  Config build = get_build_config();
  if (!build.is_null()) out.set("build_config", std::move(build));
  return out;
}

Config LayerImpl::get_build_config() const {
  if (build_shapes_.empty()) return {};
  if (build_shapes_.size() == 1)
    return Config::dict({{"input_shape", to_config(build_shapes_[0])}});
  return Config::dict({{"input_shape", to_config(build_shapes_)}});
}

void LayerImpl::build_from_config(const Config& config) {
  const Config* shape = config.find("input_shape");
  if (!shape || !shape->is_list()) return;
  Shapes shapes;
  if (shape->size() && shape->as_list()[0].is_list()) {
    from_config(*shape, shapes, "input_shape");
  } else {
    from_config(*shape, shapes.emplace_back(), "input_shape");
  }
  Tensors inputs;  // a file may say anything
  for (const Shape& s : shapes) inputs.push_back(Tensor::symbolic(s, compute_dtype()));
  assert_input_compatibility(inputs);
  ensure_built(shapes);
}

Layer::Layer(std::shared_ptr<LayerImpl> impl) : Handle(std::move(impl)) {
  if (impl_ && impl_->name().empty())
    impl_->set_name(symbolic::auto_name(impl_->class_info().own_name()));
}

Config to_config(const Layer& v) { return v ? v->serialize() : Config(); }
void from_config(const Config& c, Layer& v, std::string_view) {
  v = c.is_null() ? Layer() : layer_from_config(c);
}

Layer layer_from_config(const Config& config) {
  auto object = deserialize(ObjectKind::layer, config);
  auto impl = std::dynamic_pointer_cast<LayerImpl>(object);
  check<TypeError>(impl != nullptr, "The config does not describe a layer: ", config);
  if (const Config* build = config.find("build_config"); build && build->is_dict())
    impl->build_from_config(*build);
  return Layer(std::move(impl));
}

// --- weights -----------------------------------------------------------------------------------

Variable LayerImpl::add_weight(const std::string& name, const Shape& shape, WeightOptions options) {
  check(shape.is_static(), "[Layer '", name_, "'] the weight '", name,
        "' needs a fully defined shape. Received: shape=", shape);
  const DType dtype = options.dtype.value_or(variable_dtype());
  Initializer initializer = options.initializer;
  if (!initializer) initializer = Initializer(is_floating(dtype) ? "glorot_uniform" : "zeros");
  LoadScope* loading = LoadScope::current();
  Variable v(loading ? loading->reserve(name_, name, shape, dtype) : initializer(shape, dtype),
             {.dtype = dtype, .trainable = options.trainable, .name = name});
  if (loading) loading->defer(v, std::move(initializer));
  v.set_path(NameScope::path_of(*this) + "/" + name);
  if (options.regularizer)
    v.set_regularizer([r = options.regularizer](const Tensor& x) { return r(x); },
                      {.while_frozen = counts_frozen(options.regularizer),
                       .in_evaluation = counts_in_evaluation(options.regularizer)});
  if (options.constraint)
    v.set_constraint([c = options.constraint](const Tensor& x) { return c(x); });
  if (options.trainable) {
    own_trainable_.push_back(v);
    if (!trainable_) v.set_trainable(false);
  } else {
    own_non_trainable_.push_back(v);
  }
  return v;
}

void LayerImpl::enable_lora(int64_t, const LoraOptions&) {
  throw TypeError(text("Layer '", name_, "' (", class_info().name,
                       ") has no LoRA. Dense, EinsumDense, Embedding "
                       "and Conv1D to Conv3D have it."));
}

Tensor LayerImpl::compute(const Variable& weight) const {
  if (!weight.defined()) return {};
  const Tensor& value = weight.value();
  return value.dtype() == compute_dtype() || !is_floating(value.dtype())
             ? value
             : ops::cast(value, compute_dtype());
}

std::vector<LayerImpl::Child> LayerImpl::children() const { return children_; }

void LayerImpl::track(const std::string& attribute, const Layer& child) {
  children_.push_back({attribute, {child}, false});
}
void LayerImpl::track_list(const std::string& attribute, const LayerList& children) {
  children_.push_back({attribute, children, true});
}

std::shared_ptr<SeedGenerator> LayerImpl::add_seed_generator(const std::string& attribute,
                                                             std::optional<int64_t> seed) {
  auto generator = std::make_shared<SeedGenerator>(seed);
  seeds_.emplace_back(attribute, generator);
  return generator;
}

namespace {

/// Collects variables once each, in order.
class VariableSet {
 public:
  void add(const Variable& v) {
    if (seen_.insert(v.id()).second) out_.push_back(v);
  }
  Variables take() { return std::move(out_); }

 private:
  std::set<const void*> seen_;
  Variables out_;
};

/// Own trainable, own non-trainable, (seeds,) then the children's.
void collect(const LayerImpl& layer, bool seeds, VariableSet& out) {
  for (const Variable& v : layer.own_trainable()) out.add(v);
  for (const Variable& v : layer.own_non_trainable()) out.add(v);
  if (seeds) {
    for (const auto& [attribute, generator] : layer.own_seed_generators())
      out.add(generator->state());
  }
  for (const LayerImpl::Child& child : layer.children()) {
    for (const Layer& l : child.layers) collect(*l, seeds, out);
  }
}

}  // namespace

Variables LayerImpl::weights() const {
  VariableSet out;
  collect(*this, false, out);
  return out.take();
}

Variables LayerImpl::variables() const {
  VariableSet out;
  collect(*this, true, out);
  return out.take();
}

Variables LayerImpl::trainable_weights() const {
  if (!trainable_) return {};
  Variables out = weights();
  std::erase_if(out, [](const Variable& v) { return !v.trainable(); });
  return out;
}

Variables LayerImpl::non_trainable_weights() const {
  Variables out = weights();
  if (trainable_) std::erase_if(out, [](const Variable& v) { return v.trainable(); });
  return out;
}

void LayerImpl::set_trainable(bool trainable) {
  trainable_ = trainable;
  for (Variable& v : own_trainable_) v.set_trainable(trainable);
  for (const Child& child : children()) {
    for (const Layer& l : child.layers) l->set_trainable(trainable);
  }
}

int64_t LayerImpl::count_params() const {
  check(built_, "You tried to call `count_params` on layer '", name_,
        "', but the layer isn't built. You can build it manually via: `layer.build(input_shape)`.");
  int64_t count = 0;
  for (const Variable& v : weights()) count += v.shape().size();
  return count;
}

std::vector<Tensor> LayerImpl::get_weights() const {
  std::vector<Tensor> out;
  for (const Variable& v : weights()) out.push_back(v.value().detach());
  return out;
}

void LayerImpl::set_weights(const std::vector<Tensor>& values) {
  Variables variables = weights();
  check(variables.size() == values.size(), "You called `set_weights(weights)` on layer '", name_,
        "' with a weight list of length ", values.size(), ", but the layer was expecting ",
        variables.size(), " weights.");
  for (size_t i = 0; i < values.size(); ++i) {
    check(values[i].defined() && values[i].shape() == variables[i].shape(), "Layer ", name_,
          " weight shape ", variables[i].shape(), " is not compatible with provided weight shape ",
          values[i].defined() ? values[i].shape() : Shape{}, ".");
  }
  for (size_t i = 0; i < values.size(); ++i) variables[i].assign(values[i]);
}

std::vector<std::shared_ptr<LayerImpl>> LayerImpl::flatten_layers() {
  std::vector<std::shared_ptr<LayerImpl>> out;
  std::set<LayerImpl*> seen;
  const auto visit = [&](auto&& self, const std::shared_ptr<LayerImpl>& layer) -> void {
    if (!seen.insert(layer.get()).second) return;
    out.push_back(layer);
    for (const Child& child : layer->children()) {
      for (const Layer& l : child.layers) self(self, l.impl());
    }
  };
  visit(visit, shared_from_this());
  return out;
}

// --- losses ------------------------------------------------------------------------------------

Variables LayerImpl::penalized_weights(bool training) const {
  Variables out = weights();
  std::erase_if(out, [&](const Variable& v) {
    const PenaltyScope scope = v.penalty_scope();
    return !((trainable_ && v.trainable()) || scope.while_frozen) ||
           !(training || scope.in_evaluation) || !v.regularizer();
  });
  return out;
}

Tensors LayerImpl::regularization_losses() const {
  Tensors out;
  for (const Variable& v : penalized_weights(true)) out.push_back(v.regularizer()(v.value()));
  return out;
}

}  // namespace kcpp
