/// Trainer: compile, fit, evaluate and train_on_batch of one model (keras.src.trainers.trainer).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kcpp/models/model.h"
#include "src/models/compiled.h"

namespace kcpp {

class CallbackList;

class Trainer {
 public:
  Trainer(ModelImpl& model, CompileOptions options);

  const CompileOptions& options() const { return options_; }
  /// The optimizer at work: compile's, or a LossScaleOptimizer around it (`auto_scale_loss`).
  const Optimizer& optimizer() const { return optimizer_; }

  History fit(const Data& x, const Data& y, const FitOptions& options);
  History fit(const Dataset& dataset, const FitOptions& options);
  Logs evaluate(const Data& x, const Data& y, const EvaluateOptions& options);
  Logs evaluate(const Dataset& dataset, const EvaluateOptions& options);
  Logs train_on_batch(const Data& x, const Data& y, const BatchOptions& options);
  Logs test_on_batch(const Data& x, const Data& y, const BatchOptions& options);

  void reset_metrics();
  MetricList metrics() const;
  std::vector<std::string> metrics_names() const;
  void set_train_step(TrainStep step) { custom_step_ = std::move(step); }
  bool stop_training = false;
  /// Set in on_train_begin by a callback that found a backup: the epoch with which this fit begins.
  std::optional<int> resume_epoch;

 private:
  /// What does not change while a fit runs.
  struct Weights {
    Variables trainable;
    Variables penalized;
  };

  History run_fit(DatasetImpl& source, const std::function<Logs(CallbackList&)>& validate,
                  const FitOptions& options);
  Logs run_evaluate(DatasetImpl& source, std::optional<int64_t> steps, CallbackList* callbacks);
  void train_step(const Batch& batch, const Weights& weights);
  /// `alone`: no further batch will be asked of the same weights, so that compiling them into a
  /// session would cost more than it saves.
  void test_step(const Batch& batch, bool alone);
  /// The compiled loss plus the layers' losses; counts it.
  Tensor compute_loss(const Batch& batch, const Tensors& y_pred, const Variables& penalized);
  void count_loss(const Tensor& loss, const Batch& batch);
  void count_metrics(const Batch& batch, const Tensors& y_pred);
  Logs logs() const;
  Weights collect_weights() const;
  Batch make_batch(const Data& x, const Data& y, const BatchOptions& options) const;
  /// x, y and weights of arrays in the model's order, class weights worked in.
  struct Arrays arrays(const Data& x, const Data& y, const Data& sample_weight,
                       const ClassWeight& class_weight) const;
  Tensors ordered(const Data& data, const std::vector<std::string>& names,
                  std::string_view what) const;

  ModelImpl& model_;
  CompileOptions options_;
  Optimizer optimizer_;
  CompiledLoss loss_;
  CompiledMetrics metrics_;
  std::shared_ptr<MeanTracker> loss_tracker_;
  TrainStep custom_step_;
};

/// All outputs of a model for arrays, batch by batch. Needs no compile; const and safe from many
/// threads.
Tensors predict_arrays(ModelImpl& model, const Data& x, const PredictOptions& options);
Tensors predict_dataset(ModelImpl& model, const Dataset& dataset, const PredictOptions& options);

}  // namespace kcpp
