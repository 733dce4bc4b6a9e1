/// How a layer is called (keras.layers.Layer.__call__): cast, check, build, run, carry masks;
/// symbolic inputs make a node.
#include <algorithm>
#include <mutex>
#include <optional>

#include "kcpp/layers/layer.h"
#include "kcpp/ops/math.h"
#include "kcpp/profile.h"
#include "src/core/make_call.h"
#include "src/core/trace_hook.h"
#include "src/layers/given_training.h"
#include "src/layers/load_scope.h"
#include "src/layers/name_scope.h"
#include "src/regularizers.h"

namespace kcpp {
namespace {

/// What the calls that are running on this thread share.
struct RunningCall {
  int depth = 0;
  std::optional<bool> training;  ///< unset: nobody said
  Tensors losses;
  std::vector<const LayerImpl*> scope;
};
thread_local RunningCall running;

std::mutex losses_mutex;

bool any_defined(const Tensors& tensors) {
  return std::any_of(tensors.begin(), tensors.end(), [](const Tensor& t) { return t.defined(); });
}

}  // namespace

std::optional<bool> given_training() { return running.training; }

NameScope::NameScope(const LayerImpl& layer) { running.scope.push_back(&layer); }
NameScope::~NameScope() { running.scope.pop_back(); }

std::string NameScope::path_of(const LayerImpl& layer) {
  std::string path;
  for (const LayerImpl* outer : running.scope) {
    if (outer == &layer) break;
    path += outer->name();
    path += '/';
  }
  return path + layer.name();
}

Tensor CallContext::tensor(std::string_view name) const {
  if (options) {
    for (const auto& [key, value] : options->tensors) {
      if (key == name) return value;
    }
  }
  return {};
}

bool CallContext::flag(std::string_view name, bool otherwise) const {
  const Config* value = options ? options->arguments.find(name) : nullptr;
  return value && !value->is_null() ? value->as_bool(name) : otherwise;
}

/// One call of one layer.
class CallRunner {
 public:
  CallRunner(LayerImpl& layer, const Tensors& inputs, const CallOptions& options)
      : layer_(layer), original_(inputs), options_(options), training_(options.training) {
    if (!training_ && running.depth > 0) training_ = running.training;
    context_.training = training_.value_or(layer.trains_by_default_);
    context_.initial_state = options.initial_state;
    context_.options = &options;
  }

  Tensors run() {
    const bool symbolic = cast_inputs();
    if (symbolic) {
      if (LoadScope* loading = LoadScope::current()) loading->count_call();
    }
    layer_.assert_input_compatibility(inputs());
    find_masks();

    const Enter enter(layer_, training_);
    if (!layer_.built_) {
      Shapes shapes;
      for (const Tensor& t : inputs()) shapes.push_back(t.shape());
      layer_.ensure_built(shapes);
    }
    Tensors outputs = symbolic ? run_symbolic() : run_eager();
    if (layer_.supports_masking_ && (any_defined(masks_) || layer_.computes_mask_))
      carry_masks(outputs);
    return outputs;
  }

 private:
  /// Marks the layer as running; the outermost call owns the losses.
  class Enter {
   public:
    Enter(LayerImpl& layer, std::optional<bool> training)
        : layer_(layer), scope_(layer), saved_training_(running.training) {
      if (running.depth++ == 0) running.losses.clear();
      running.training = training;
    }
    ~Enter() {
      running.training = saved_training_;
      if (--running.depth > 0) return;
      // Written only when there is something to write: a model without such losses may run on many
      // threads.
      if (running.losses.empty() && layer_.call_losses_.empty()) return;
      std::lock_guard lock(losses_mutex);
      layer_.call_losses_ = std::move(running.losses);
      running.losses.clear();
    }
    Enter(const Enter&) = delete;
    Enter& operator=(const Enter&) = delete;

   private:
    LayerImpl& layer_;
    NameScope scope_;
    std::optional<bool> saved_training_;
  };

  const Tensors& inputs() const { return cast_.empty() ? original_ : cast_; }

  /// Casts floating inputs to the compute dtype (in a copy of the list, if at all); true when one
  /// is symbolic.
  bool cast_inputs() {
    bool symbolic = false;
    const DType compute = layer_.compute_dtype();
    const bool cast = layer_.autocast_ && is_floating(compute);
    for (size_t i = 0; i < original_.size(); ++i) {
      const Tensor& t = original_[i];
      check(t.defined(), "Inputs to a layer should be tensors. Got None as input ", i,
            " for layer '", layer_.name_, "'.");
      symbolic |= t.is_symbolic();
      if (!cast || !is_floating(t.dtype()) || t.dtype() == compute) continue;
      if (cast_.empty()) cast_ = original_;
      symbolic::PauseTracing pause;
      cast_[i] = ops::cast(t, compute);
    }
    return symbolic;
  }

  void find_masks() {
    // Keras passes the mask that hangs on an input to `call` only when that is the call's one
    // tensor: with an initial_state beside it, a recurrent layer sees no mask unless the user
    // passes it.
    const bool alone = options_.initial_state.empty();
    masks_.resize(original_.size());
    context_.masks.resize(original_.size());
    for (size_t i = 0; i < original_.size(); ++i) {
      if (i < options_.masks.size() && options_.masks[i].defined()) {
        context_.masks[i] = masks_[i] = options_.masks[i];
      } else if (i == 0 && options_.mask.defined()) {
        context_.masks[i] = masks_[i] = options_.mask;
      } else {
        masks_[i] = original_[i].keras_mask();
        if (alone) context_.masks[i] = masks_[i];
      }
    }
  }

  Tensors run_eager() {
    if (inference::active_trace) [[unlikely]]
      return inference::active_trace->call_layer(layer_, inputs(), context_);
    profile::Scope span(layer_.name(), "layer");
    if (span) [[unlikely]]
      span.note("class", layer_.class_info().name);
    Tensors outputs = layer_.call_list(inputs(), context_);
    if (layer_.activity_regularizer_ &&
        (context_.training || counts_in_evaluation(layer_.activity_regularizer_))) {
      for (const Tensor& out : outputs) {
        if (!out.defined()) continue;
        const Tensor penalty = layer_.activity_regularizer_(out);
        layer_.add_loss(penalty / Tensor::scalar(static_cast<double>(out.rank() ? out.dim(0) : 1),
                                                 penalty.dtype()));
      }
    }
    return outputs;
  }

  Tensors run_symbolic() {
    std::vector<TensorSpec> specs;
    {
      symbolic::PauseTracing pause;
      specs = layer_.compute_output_spec(inputs(), context_);
    }
    if (!symbolic::tracing()) {
      Tensors outputs;
      for (const TensorSpec& spec : specs)
        outputs.push_back(Tensor::symbolic(spec.shape, spec.dtype));
      return outputs;
    }
    auto call = symbolic::make_call();
    call->operation = layer_.shared_from_this();
    call->inputs = original_;
    call->arguments = describe_arguments(*call);
    Tensors outputs = symbolic::make_outputs(call, specs);
    layer_.inbound_.push_back(call);
    return outputs;
  }

  /// A structure with a reference for each place.
  static Config with_references(const Config& structure) {
    if (structure.is_int()) return Config::dict({{"__tensor_input__", structure}});
    Config out = structure;
    if (out.is_dict()) {
      for (auto& [key, item] : out.as_dict()) item = with_references(item);
    } else {
      for (Config& item : out.as_list()) item = with_references(item);
    }
    return out;
  }

  /// Masks that the user gave are arguments of the node. One that hangs on the input becomes an
  /// argument in Keras only where the input is all that the call got, and needs no cast.
  bool writes_masks(const Config& kwargs) const {
    if (options_.mask.defined() || any_defined(options_.masks)) return true;
    return original_.size() == 1 && !layer_.takes_list_ && kwargs.size() == 0 &&
           !options_.training && options_.arguments.size() == 0 &&
           original_[0].dtype() == layer_.compute_dtype();
  }

  /// {"args": [inputs], "kwargs": {...}} as Keras writes a node; tensors are {"__tensor_input__":
  /// index}.
  Config describe_arguments(symbolic::Call& call) const {
    const auto reference = [](size_t i) {
      return Config::dict({{"__tensor_input__", static_cast<int64_t>(i)}});
    };
    const auto extra = [&](const Tensor& t) {
      call.inputs.push_back(t);
      return reference(call.inputs.size() - 1);
    };
    Config args = Config::list();
    const Config structure =
        options_.structure.is_dict() ? options_.structure : layer_.call_structure();
    if (structure.is_dict()) {
      args.push_back(with_references(structure));
    } else if (layer_.takes_positional_ || (original_.size() == 1 && !layer_.takes_list_)) {
      for (size_t i = 0; i < original_.size(); ++i) args.push_back(reference(i));
    } else {
      Config list = Config::list();
      for (size_t i = 0; i < original_.size(); ++i) list.push_back(reference(i));
      args.push_back(std::move(list));
    }
    Config kwargs = Config::dict();
    for (const auto& [key, value] : options_.tensors) kwargs.set(key, extra(value));
    if (!context_.initial_state.empty()) {
      Config states = Config::list();
      for (const Tensor& t : context_.initial_state) states.push_back(extra(t));
      kwargs.set("initial_state",
                 context_.initial_state.size() == 1 ? states.as_list()[0] : states);
    }
    if (layer_.takes_mask_ && any_defined(context_.masks) && writes_masks(kwargs)) {
      Config masks = Config::list();
      for (const Tensor& m : context_.masks) masks.push_back(m.defined() ? extra(m) : Config());
      kwargs.set("mask", context_.masks.size() == 1 ? masks.as_list()[0] : masks);
    }
    if (options_.training) kwargs.set("training", *options_.training);
    if (options_.arguments.is_dict()) {
      for (const auto& [key, value] : options_.arguments.as_dict()) kwargs.set(key, value);
    }
    return Config::dict({{"args", std::move(args)}, {"kwargs", std::move(kwargs)}});
  }

  void carry_masks(Tensors& outputs) {
    const bool already = std::all_of(outputs.begin(), outputs.end(),
                                     [](const Tensor& t) { return t.keras_mask().defined(); });
    if (already) return;
    const Tensors masks = layer_.compute_mask(original_, masks_, outputs);
    for (size_t i = 0; i < outputs.size() && i < masks.size(); ++i) {
      if (!masks[i].defined() || outputs[i].keras_mask().defined()) continue;
      // The output may be somebody else's tensor (an identity's input, a variable's value): mark a
      // handle of our own.
      if (!outputs[i].is_symbolic() && !outputs[i].is_unique())
        outputs[i] = outputs[i].reshape(outputs[i].shape());
      outputs[i].set_keras_mask(masks[i]);
    }
  }

  LayerImpl& layer_;
  const Tensors& original_;
  Tensors cast_;
  Tensors masks_;  ///< one an input, for compute_mask
  const CallOptions& options_;
  std::optional<bool> training_;  ///< what was asked for, here or by a surrounding call
  CallContext context_;
};

Tensors LayerImpl::operator()(const Tensors& inputs, const CallOptions& options) {
  return CallRunner(*this, inputs, options).run();
}

// --- defaults of what a layer overrides --------------------------------------------------------

void LayerImpl::build(const Shape&) {}
void LayerImpl::build_list(const Shapes& input_shapes) {
  if (!input_shapes.empty()) build(input_shapes[0]);
}

Tensor LayerImpl::call(const Tensor&, CallContext&) {
  throw RuntimeError(
      text("Layer ", class_info().name, " does not have a `call()` method implemented."));
}

Tensors LayerImpl::call_list(const Tensors& inputs, CallContext& context) {
  check(inputs.size() == 1, "Layer \"", name_, "\" expects 1 input(s), but it received ",
        inputs.size(), " input tensors.");
  return {call(inputs[0], context)};
}

std::vector<TensorSpec> LayerImpl::compute_output_spec(const Tensors& inputs,
                                                       CallContext& context) {
  Tensors symbolic;
  for (const Tensor& t : inputs)
    symbolic.push_back(t.is_symbolic() ? t : Tensor::symbolic(t.shape(), t.dtype()));
  std::vector<TensorSpec> specs;
  for (const Tensor& t : call_list(symbolic, context)) specs.push_back(spec_of(t));
  return specs;
}

Tensors LayerImpl::compute_mask(const Tensors&, const Tensors& masks, const Tensors& outputs) {
  Tensors out(outputs.size());
  if (!out.empty() && !masks.empty()) out[0] = masks[0];
  return out;
}

// --- building and checking ---------------------------------------------------------------------

void LayerImpl::ensure_built(const Shapes& input_shapes) {
  if (built_) return;
  if (name_.empty()) name_ = symbolic::auto_name(class_info().own_name());
  Shapes shapes = input_shapes;
  for (Shape& s : shapes) {
    if (s.rank() && !keeps_batch_)
      s[0] = Shape::unknown;  // a batch's size never decides about weights
  }
  std::optional<NameScope> scope;
  if (running.scope.empty() || running.scope.back() != this) scope.emplace(*this);
  path_ = NameScope::path_of(*this);
  build_shapes_ = shapes;
  try {
    build_list(shapes);
  } catch (...) {
    own_trainable_.clear();
    own_non_trainable_.clear();
    build_shapes_.clear();
    throw;
  }
  built_ = true;
  // A child that was built before (from a file's build_config) lives here from now on.
  for (const Child& child : children_) {
    for (const Layer& l : child.layers) l->move_under(path_);
  }
}

void LayerImpl::move_under(const std::string& parent) {
  if (!built_ || path().starts_with(parent + "/")) return;
  path_ = parent + "/" + name_;
  for (const auto* own : {&own_trainable_, &own_non_trainable_}) {
    for (Variable v : *own) v.set_path(path_ + "/" + v.name());
  }
  for (const Child& child : children_) {
    for (const Layer& l : child.layers) l->move_under(path_);
  }
}

void LayerImpl::assert_input_compatibility(const Tensors& inputs) const {
  if (input_spec_.empty()) return;
  check(inputs.size() == input_spec_.size(), "Layer \"", name_, "\" expects ", input_spec_.size(),
        " input(s), but it received ", inputs.size(), " input tensors.");
  for (size_t i = 0; i < inputs.size(); ++i) {
    const InputSpec& spec = input_spec_[i];
    const Shape& shape = inputs[i].shape();
    const int ndim = shape.rank();
    const auto require = [&](bool ok, const auto&... parts) {
      if (ok) [[likely]]
        return;
      check(false, "Input ", i, " with name 'None' of layer '", name_,
            "' is incompatible with the layer: ", parts...);
    };
    if (spec.ndim && !spec.allow_last_axis_squeeze) {
      require(ndim == *spec.ndim, "expected ndim=", *spec.ndim, ", found ndim=", ndim,
              ". Full shape received: ", shape);
    }
    if (spec.max_ndim)
      require(ndim <= *spec.max_ndim, "expected max_ndim=", *spec.max_ndim, ", found ndim=", ndim);
    if (spec.min_ndim) {
      require(ndim >= *spec.min_ndim, "expected min_ndim=", *spec.min_ndim, ", found ndim=", ndim,
              ". Full shape received: ", shape);
    }
    if (spec.dtype)
      require(inputs[i].dtype() == *spec.dtype, "expected dtype=", *spec.dtype,
              ", found dtype=", inputs[i].dtype());
    for (const auto& [axis, value] : spec.axes) {
      const int at = axis < 0 ? axis + ndim : axis;
      if (at < 0 || at >= ndim) continue;
      require(value == Shape::unknown || shape[at] == Shape::unknown || shape[at] == value,
              "expected axis ", axis, " of input shape to have value ", value,
              ", but received input with shape ", shape);
    }
    if (spec.shape) {
      Shape want = *spec.shape, have = shape;
      if (spec.allow_last_axis_squeeze) {
        if (have.rank() && have.back() == 1) have.pop_back();
        if (want.rank() && want.back() == 1) want.pop_back();
      }
      bool same = want.rank() == have.rank() || spec.allow_last_axis_squeeze;
      for (int d = 0; same && d < std::min(want.rank(), have.rank()); ++d) {
        same = want[d] == Shape::unknown || have[d] == Shape::unknown || want[d] == have[d];
      }
      require(same, "expected shape=", *spec.shape, ", found shape=", shape);
    }
  }
}

void LayerImpl::add_loss(const Tensor& loss) { running.losses.push_back(loss); }

Tensors LayerImpl::call_losses() const {
  std::lock_guard lock(losses_mutex);
  return call_losses_;
}

Tensors LayerImpl::losses() const {
  Tensors out = call_losses();
  for (Tensor& t : regularization_losses()) out.push_back(std::move(t));
  return out;
}

Shape Layer::compute_output_shape(const Shape& input_shape) const {
  symbolic::PauseTracing pause;
  return (*this)(Tensor::symbolic(input_shape, impl_->compute_dtype())).shape();
}

}  // namespace kcpp
