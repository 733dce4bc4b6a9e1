/// Model: layers that can be trained, evaluated and saved (keras.Model, the Functional API).
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kcpp/layers/layer.h"
#include "kcpp/models/training.h"

namespace kcpp {

class Model;
class ModelImpl;
class Session;
class SessionCache;
struct SessionOptions;
class Trainer;

struct ModelOptions {
  std::string name = {};
  bool trainable = true;
};

struct SummaryOptions {
  int line_length = 0;             ///< characters; 0: as Keras chooses for its table
  std::ostream* stream = nullptr;  ///< std::cout unless given
  bool expand_nested = false;
  bool show_trainable = false;
};

struct SaveOptions {
  bool overwrite = true;
  bool include_optimizer = true;
  /// Stores a small input and the model's output beside the weights; load_model({.verify = true})
  /// replays them.
  bool with_test_case = false;
};

/// One step of training on a batch: what replaces the built-in step. Returns the logs.
using TrainStep = std::function<Logs(Model& model, const Batch& batch)>;

/// Base of Functional, Sequential and of a user's own models, which override `call`.
class KCPP_API ModelImpl : public LayerImpl {
 public:
  ModelImpl();
  ~ModelImpl() override;
  ClassInfo class_info() const override { return {"Model", "keras", {}}; }

  /// Keras's `layers`: in the order of the graph; a Sequential's without the InputLayer.
  virtual LayerList layers() const;
  /// All nodes' operations in graph order, ops included; the saved config lists these.
  virtual std::vector<std::shared_ptr<symbolic::Operation>> operations() const { return {}; }
  /// Symbolic inputs and outputs, flat; empty while unknown.
  virtual Tensors inputs() const { return {}; }
  virtual Tensors outputs() const { return {}; }
  virtual std::vector<std::string> input_names() const;
  virtual std::vector<std::string> output_names() const;
  /// What data, losses and metrics call the inputs and outputs: the keys of the dicts that the
  /// model was made of, sorted as Keras does; else their names.
  virtual std::vector<std::string> input_keys() const { return input_names(); }
  virtual std::vector<std::string> output_keys() const { return output_names(); }
  std::vector<Child> children() const override;

  /// The Keras before 3 that wrote the file or JSON it was made from ("1.0.5", "2.15.0"), or empty.
  const std::string& config_version() const { return config_version_; }
  void set_config_version(std::string version) { config_version_ = std::move(version); }

  void compile(CompileOptions options);
  /// Throws ValueError before compile.
  Trainer& trainer();
  bool compiled() const { return trainer_ != nullptr; }
  /// The sessions that predict and evaluate run on (src/session).
  std::shared_ptr<SessionCache>& session_cache() { return session_cache_; }

 private:
  std::unique_ptr<Trainer> trainer_;
  std::string config_version_;
  std::shared_ptr<SessionCache> session_cache_;
};

/// A value handle on a model.
///
///     Tensor in = layers::Input({32});
///     Model model({in}, {layers::Dense(10)(layers::Dense(64, {.activation = "relu"})(in))});
///     model.compile({.optimizer = "adam", .loss = "mse"});
///     model.fit(x, y, {.epochs = 5});
class KCPP_API Model : public Layer {
 public:
  Model() = default;
  explicit Model(std::shared_ptr<ModelImpl> impl) : Layer(std::move(impl)) {}
  /// A Functional model: the graph between these symbolic tensors. Throws ValueError when it is
  /// disconnected. As in Keras, a list is given and taken as a list, a single tensor as itself.
  Model(const Tensors& inputs, const Tensors& outputs, ModelOptions options = {});
  Model(const Tensors& inputs, const Tensor& output, ModelOptions options = {});
  Model(const Tensor& input, const Tensors& outputs, ModelOptions options = {});
  Model(const Tensor& input, const Tensor& output, ModelOptions options = {});
  /// Inputs (and outputs) by name, as a dict in Keras.
  static Model from_named(const Data& inputs, const Data& outputs, ModelOptions options = {});

  ModelImpl& model() const { return static_cast<ModelImpl&>(*impl_); }

  LayerList layers() const { return model().layers(); }
  Tensors inputs() const { return model().inputs(); }
  Tensors outputs() const { return model().outputs(); }
  std::vector<std::string> input_names() const { return model().input_names(); }
  std::vector<std::string> output_names() const { return model().output_names(); }
  std::vector<std::string> input_keys() const { return model().input_keys(); }
  std::vector<std::string> output_keys() const { return model().output_keys(); }
  /// The (first) input's and output's shapes with the unknown batch.
  Shape input_shape() const;
  Shape output_shape() const;
  /// By name or by index (from the end when negative). Throws ValueError with the names that exist.
  Layer get_layer(const std::string& name) const;
  Layer get_layer(int index) const;

  // --- training (keras.Model.compile, fit, ...) --------------------------------------------------
  void compile(CompileOptions options = {}) const;
  bool compiled() const { return model().compiled(); }
  const CompileOptions& compile_options() const;
  Optimizer optimizer() const;
  /// Trains. x and y have the samples along the leading axis; each class or sample weight scales
  /// that sample's loss.
  History fit(const Data& x, const Data& y, const FitOptions& options = {}) const;
  History fit(const Dataset& dataset, const FitOptions& options = {}) const;
  /// Loss and metrics, by Keras's names and sorted by them, as its `return_dict=True` has them.
  Logs evaluate(const Data& x, const Data& y, const EvaluateOptions& options = {}) const;
  Logs evaluate(const Dataset& dataset, const EvaluateOptions& options = {}) const;
  /// The (first) output for all samples. Safe from many threads on one model.
  Tensor predict(const Data& x, const PredictOptions& options = {}) const;
  /// All outputs.
  Tensors predict_all(const Data& x, const PredictOptions& options = {}) const;
  Tensors predict_all(const Dataset& dataset, const PredictOptions& options = {}) const;
  Logs train_on_batch(const Data& x, const Data& y, const BatchOptions& options = {}) const;
  Logs test_on_batch(const Data& x, const Data& y, const BatchOptions& options = {}) const;
  Tensors predict_on_batch(const Data& x) const;
  void reset_metrics() const;
  /// All metrics, the loss tracker first.
  MetricList metrics() const;
  std::vector<std::string> metrics_names() const;
  /// Replaces what happens with each batch of fit.
  void set_train_step(TrainStep step) const;
  /// Ends a running fit after the current batch and epoch (Keras's `model.stop_training = True`).
  void stop_training() const;
  bool is_stopping() const;

  /// A frozen copy for inference of a fixed batch size: fused, packed, planned; see
  /// kcpp/session.h.
  Session session() const;
  Session session(const SessionOptions& options) const;

  void summary(const SummaryOptions& options = {}) const;
  /// The same as text.
  std::string summary_text(SummaryOptions options = {}) const;

  // --- files (src/saving) ------------------------------------------------------------------------
  /// By suffix: `.keras` or `.h5`. Atomic: on failure the old file stays.
  void save(const std::string& path, const SaveOptions& options = {}) const;
  /// `.weights.h5`.
  void save_weights(const std::string& path, bool overwrite = true) const;
  void load_weights(const std::string& path) const;
  std::string to_json() const;
  /// A new model of the same config; weights are fresh.
  Model clone() const;
};

/// A handle on a new model of a user's class.
template <class Impl, class... Args>
Model make_model(Args&&... args) {
  return Model(
      std::static_pointer_cast<ModelImpl>(std::make_shared<Impl>(std::forward<Args>(args)...)));
}

}  // namespace kcpp
