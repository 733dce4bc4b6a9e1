/// Layer and LayerImpl: the base of all layers (keras.layers.Layer).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kcpp/constraints.h"
#include "kcpp/core/dtype_policy.h"
#include "kcpp/core/object.h"
#include "kcpp/core/symbolic.h"
#include "kcpp/core/tensor.h"
#include "kcpp/core/variable.h"
#include "kcpp/initializers.h"
#include "kcpp/regularizers.h"

namespace kcpp {

class Layer;
class LayerImpl;
struct Lora;
class SeedGenerator;
using LayerList = std::vector<Layer>;

/// What may be passed to a call beside its inputs.
struct CallOptions {
  std::optional<bool> training = {};  ///< unset: as the surrounding call, else false
  Tensor mask = {};                   ///< of the first input; unset: the mask that travels with it
  Tensors masks = {};                 ///< of several inputs
  Tensors initial_state = {};         ///< of a recurrent layer
  /// Further arguments of the layer's call, by Keras's name: `use_causal_mask`,
  /// `return_attention_scores`.
  Config arguments = {};
  /// Further tensors by Keras's name, e.g. `attention_mask`.
  std::vector<std::pair<std::string, Tensor>> tensors = {};
  /// The dict that the inputs make up where the layer takes one, each at its place in the inputs:
  /// Config::dict({{"images", 0}, {"labels", 1}}) for an image layer. The outputs are those of the
  /// same dict in the order of its sorted keys, as Keras flattens it.
  Config structure = {};
};

/// What `call` is told.
struct CallContext {
  bool training = false;
  Tensors masks;  ///< one an input; undefined where there is none
  Tensors initial_state;
  const CallOptions* options = nullptr;  ///< the rest

  /// The mask of input i, or an undefined tensor.
  Tensor mask(size_t i = 0) const { return i < masks.size() ? masks[i] : Tensor(); }
  /// A further tensor argument, or an undefined tensor.
  Tensor tensor(std::string_view name) const;
  bool flag(std::string_view name, bool otherwise = false) const;
};

/// How LoRA adapts a weight (the arguments of Keras's `enable_lora`).
struct LoraOptions {
  std::optional<double> lora_alpha = {};  ///< the update counts alpha / rank; unset: the rank
  Initializer a_initializer = "he_uniform";
  Initializer b_initializer = "zeros";
};

/// What a layer demands of an input (keras.layers.InputSpec).
struct InputSpec {
  std::optional<DType> dtype = {};
  std::optional<Shape> shape = {};
  std::optional<int> ndim = {}, max_ndim = {}, min_ndim = {};
  std::vector<std::pair<int, int64_t>> axes = {};  ///< axis -> the size it must have
  bool allow_last_axis_squeeze = false;
};

struct WeightOptions {
  Initializer initializer = {};  ///< empty: glorot_uniform for floats, zeros otherwise
  std::optional<DType> dtype = {};
  bool trainable = true;
  bool autocast = true;
  Regularizer regularizer = {};
  Constraint constraint = {};
};

/// The base of a layer's implementation. A custom layer overrides `call`, and `build` when it has
/// weights:
///
///     struct Scale : LayerImpl {
///       Variable scale;
///       ClassInfo class_info() const override { return {"Scale"}; }
///       void build(const Shape& in) override { scale = add_weight("scale", {in.back()},
///       {.initializer = "ones"}); } Tensor call(const Tensor& x, CallContext&) override { return x
///       * scale; }
///     };
///     Layer layer = make_layer<Scale>();
class KCPP_API LayerImpl : public Object,
                           public symbolic::Operation,
                           public std::enable_shared_from_this<LayerImpl> {
 public:
  LayerImpl();
  ~LayerImpl() override;
  LayerImpl(const LayerImpl&) = delete;
  LayerImpl& operator=(const LayerImpl&) = delete;

  // --- what a layer overrides -------------------------------------------------------------------
  /// Makes the weights, from the (batch-inclusive) input shape; the batch is unknown. Called once.
  virtual void build(const Shape& input_shape);
  virtual void build_list(const Shapes& input_shapes);
  /// Computes, on eager or symbolic tensors alike. Must not change the layer's members except
  /// through variables.
  virtual Tensor call(const Tensor& x, CallContext& context);
  virtual Tensors call_list(const Tensors& inputs, CallContext& context);
  /// The shapes and dtypes of the outputs. By default found by running `call` on symbolic tensors.
  virtual std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext& context);
  /// The masks of the outputs. By default the first input's mask when `supports_masking`, else
  /// none.
  virtual Tensors compute_mask(const Tensors& inputs, const Tensors& masks, const Tensors& outputs);
  /// Fields beside name, trainable and dtype, which come first by themselves.
  void fields(Fields&) override {}
  /// The build config of a file: {"input_shape": [...]}, or what the class needs to be built
  /// without data.
  virtual Config get_build_config() const;
  /// How a saved node shows the inputs of a call: a dict or list of their places. Null: one by one,
  /// or as one list.
  virtual Config call_structure() const { return {}; }
  virtual void build_from_config(const Config& config);

  // --- config ----------------------------------------------------------------------------------
  Config get_config() const override;
  std::vector<std::string> set_config(const Config& config) override;
  /// keras.Layer.from_config's wrapper: {"module", "class_name", "config", "registered_name",
  /// "build_config"}.
  Config serialize() const;

  // --- identity --------------------------------------------------------------------------------
  const std::string& name() const { return name_; }
  void set_name(std::string name);
  /// "sequential/dense": where it lives; variables get "<path>/<name>".
  const std::string& path() const { return path_.empty() ? name_ : path_; }
  std::string operation_class() const override { return class_info().own_name(); }
  const std::string& operation_name() const override { return name_; }
  const DTypePolicy& dtype_policy() const { return policy_; }
  void set_dtype_policy(DTypePolicy policy) { policy_ = std::move(policy); }
  DType compute_dtype() const { return policy_.compute_dtype(); }
  DType variable_dtype() const { return policy_.variable_dtype(); }
  bool built() const { return built_; }
  bool supports_masking() const { return supports_masking_; }
  /// `call` looks at the mask.
  bool takes_mask() const { return takes_mask_; }
  bool trainable() const { return trainable_; }
  virtual void set_trainable(bool trainable);
  const Regularizer& activity_regularizer() const { return activity_regularizer_; }
  const std::vector<InputSpec>& input_spec() const { return input_spec_; }
  /// Calls on symbolic tensors, in order: the nodes of Functional graphs that this layer is part
  /// of.
  const std::vector<std::weak_ptr<symbolic::Call>>& inbound_calls() const { return inbound_; }

  // --- weights ---------------------------------------------------------------------------------
  /// A tracked child: the attribute's name is its place in a `.weights.h5` file.
  struct Child {
    std::string attribute;      ///< "cell", "forward_layer", "layers"
    std::vector<Layer> layers;  ///< one, or a list when `is_list`
    bool is_list = false;
  };
  const std::vector<Variable>& own_trainable() const { return own_trainable_; }
  const std::vector<Variable>& own_non_trainable() const { return own_non_trainable_; }
  const std::vector<std::pair<std::string, std::shared_ptr<SeedGenerator>>>& own_seed_generators()
      const {
    return seeds_;
  }
  /// Children in the order in which they were added. Models override this.
  virtual std::vector<Child> children() const;
  /// Keras's `weights`: own trainable, own non-trainable, then the children's; without seed
  /// generators.
  Variables weights() const;
  Variables trainable_weights() const;
  Variables non_trainable_weights() const;
  /// Also the seed generators' states (Keras's `variables`).
  Variables variables() const;
  Variables trainable_variables() const { return trainable_weights(); }
  int64_t count_params() const;
  std::vector<Tensor> get_weights() const;
  void set_weights(const std::vector<Tensor>& values);
  /// This layer and all below, depth first, each once.
  std::vector<std::shared_ptr<LayerImpl>> flatten_layers();

  /// Freezes the kernel and lets two small matrices learn an update of this rank (Keras's
  /// `enable_lora`). Throws TypeError for a layer that has no such thing.
  virtual void enable_lora(int64_t rank, const LoraOptions& options);
  /// The state of LoRA, or nullptr while it is not enabled.
  virtual const Lora* lora() const { return nullptr; }

  // --- losses ----------------------------------------------------------------------------------
  /// Adds to the loss of the call that is running (keras.Layer.add_loss).
  void add_loss(const Tensor& loss);
  /// The weights below whose penalties are a part of the loss, in training or in evaluation.
  Variables penalized_weights(bool training) const;
  /// Their penalties in training: fresh each time, differentiable.
  Tensors regularization_losses() const;
  /// Losses added during the last outermost call of this layer.
  Tensors call_losses() const;
  /// Losses added during the last outermost call, then the regularization losses (Keras's
  /// `losses`).
  Tensors losses() const;

  // --- calling ---------------------------------------------------------------------------------
  /// keras.Layer.__call__: casts, checks, builds, calls, carries masks; symbolic inputs make a
  /// node.
  Tensors operator()(const Tensors& inputs, const CallOptions& options = {});
  /// Builds for these shapes unless built. Throws what `build` throws; then nothing has changed.
  void ensure_built(const Shapes& input_shapes);
  void assert_input_compatibility(const Tensors& inputs) const;

 protected:
  Variable add_weight(const std::string& name, const Shape& shape, WeightOptions options = {});
  /// Counts a child's weight as this layer's own too, as Keras does when a wrapper holds it.
  void adopt_weight(const Variable& weight) {
    (weight.trainable() ? own_trainable_ : own_non_trainable_).push_back(weight);
  }
  /// A child that is tracked under an attribute's name.
  void track(const std::string& attribute, const Layer& child);
  void track_list(const std::string& attribute, const LayerList& children);
  std::shared_ptr<SeedGenerator> add_seed_generator(const std::string& attribute,
                                                    std::optional<int64_t> seed);
  void set_built(bool built = true) { built_ = built; }
  /// A weight's value in the compute dtype, as a layer's `call` uses it under a mixed policy
  /// (Keras's autocast). Undefined stays undefined.
  Tensor compute(const Variable& weight) const;
  /// Makes the one node of a layer that is never called (an input).
  void set_only_inbound(const std::shared_ptr<symbolic::Call>& call) { inbound_.assign(1, call); }
  /// Takes over what every layer's options have.
  template <class Options>
  void set_base(const Options& o) {
    if (!o.name.empty()) set_name(o.name);
    policy_ = o.dtype;
    if constexpr (requires { o.trainable; }) trainable_ = o.trainable;
    if constexpr (requires { o.activity_regularizer; })
      activity_regularizer_ = o.activity_regularizer;
  }

  bool supports_masking_ = false;
  bool computes_mask_ = false;  ///< makes a mask of its own (Embedding, Masking)
  bool takes_mask_ = false;  ///< `call` has Keras's `mask` argument: a saved graph names the mask
  bool takes_list_ = false;  ///< one input is still a list of one (Add, Concatenate)
  bool takes_positional_ =
      false;  ///< several inputs are several arguments (query, value, key), not one list
  bool autocast_ = true;
  bool keeps_batch_ = false;  ///< `build` needs the batch's size (stateful recurrent layers)
  /// Trains where neither the call nor a surrounding one says what `training` is, as the image
  /// augmentations do (`training=True` in Keras's signature).
  bool trains_by_default_ = false;
  Regularizer activity_regularizer_;
  std::vector<InputSpec> input_spec_;
  /// Input shapes that it was built for.
  Shapes build_shapes_;

 private:
  /// Gives itself, its children and their weights paths below `parent`.
  void move_under(const std::string& parent);

  friend class CallRunner;  // src/layers/layer_call.cpp

  std::string name_;
  std::string path_;
  DTypePolicy policy_;
  bool built_ = false;
  bool trainable_ = true;
  std::vector<Variable> own_trainable_;
  std::vector<Variable> own_non_trainable_;
  std::vector<std::pair<std::string, std::shared_ptr<SeedGenerator>>> seeds_;
  std::vector<Child> children_;
  std::vector<std::weak_ptr<symbolic::Call>> inbound_;
  Tensors call_losses_;
};

/// A value handle on a layer: copies share its weights.
///
///     Layer dense = layers::Dense(10, {.activation = "softmax"});
///     Tensor y = dense(x);
class KCPP_API Layer : public Handle<LayerImpl> {
 public:
  Layer() = default;
  /// Gives it a name ("dense_1") unless it has one.
  explicit Layer(std::shared_ptr<LayerImpl> impl);

  /// Calls it; the first output. Inputs eager or symbolic.
  Tensor operator()(const Tensor& x, const CallOptions& options = {}) const {
    return (*impl_)({x}, options).at(0);
  }
  Tensor operator()(const Tensors& inputs, const CallOptions& options = {}) const {
    return (*impl_)(inputs, options).at(0);
  }
  /// Calls it; all outputs, e.g. of a recurrent layer with `return_state`.
  Tensors call(const Tensor& x, const CallOptions& options = {}) const {
    return (*impl_)({x}, options);
  }
  Tensors call(const Tensors& inputs, const CallOptions& options = {}) const {
    return (*impl_)(inputs, options);
  }

  const std::string& name() const { return impl_->name(); }
  Variables weights() const { return impl_->weights(); }
  Variables trainable_weights() const { return impl_->trainable_weights(); }
  Variables non_trainable_weights() const { return impl_->non_trainable_weights(); }
  std::vector<Tensor> get_weights() const { return impl_->get_weights(); }
  void set_weights(const std::vector<Tensor>& values) const { impl_->set_weights(values); }
  int64_t count_params() const { return impl_->count_params(); }
  bool trainable() const { return impl_->trainable(); }
  void set_trainable(bool trainable) const { impl_->set_trainable(trainable); }
  bool built() const { return impl_->built(); }
  /// LoRA for Dense, EinsumDense, Embedding and Conv1D to Conv3D; compile the model again after it.
  void enable_lora(int64_t rank, const LoraOptions& options = {}) const {
    impl_->enable_lora(rank, options);
  }
  /// Makes the weights for an input shape (with the batch, which may be -1).
  void build(const Shape& input_shape) const { impl_->ensure_built({input_shape}); }
  Tensors losses() const { return impl_->losses(); }
  Config get_config() const { return impl_->get_config(); }
  /// The shape of the (first) output for an input shape.
  Shape compute_output_shape(const Shape& input_shape) const;
};
/// A wrapped layer in a config: the dict that `serialize` writes.
KCPP_API Config to_config(const Layer& v);
KCPP_API void from_config(const Config& c, Layer& v, std::string_view what);

/// A handle on a new layer of a user's class.
template <class Impl, class... Args>
Layer make_layer(Args&&... args) {
  auto impl = std::make_shared<Impl>(std::forward<Args>(args)...);
  impl->check_fields();
  return Layer(std::shared_ptr<LayerImpl>(std::move(impl)));
}

/// Recreates a layer from what LayerImpl::serialize wrote (unbuilt unless a build_config is there).
KCPP_API Layer layer_from_config(const Config& config);

}  // namespace kcpp
