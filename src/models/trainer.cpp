#include "src/models/trainer.h"

#include <algorithm>
#include <cmath>
#include <iostream>

#include "kcpp/core/tape.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/profile.h"
#include "src/callbacks/callback_list.h"
#include "src/models/array_source.h"
#include "src/models/functional.h"
#include "src/session/cache.h"

namespace kcpp {
namespace {

constexpr int64_t default_batch_size = 32;

int verbosity(const std::string& verbose) {
  if (verbose == "auto") return 1;
  check(verbose == "0" || verbose == "1" || verbose == "2",
        "`verbose` must be \"auto\", \"0\", \"1\" or \"2\". Received: verbose=", verbose);
  return verbose[0] - '0';
}

Model handle_of(ModelImpl& model) {
  return Model(std::static_pointer_cast<ModelImpl>(model.shared_from_this()));
}

/// Keras hands the logs on sorted by name, to callbacks and as the results of evaluate.
Logs sorted(const Logs& logs) {
  std::vector<std::string> names = logs.names();
  std::sort(names.begin(), names.end());
  Logs out;
  for (const std::string& name : names) out.set(name, logs, name);
  return out;
}

/// Small float16 gradients vanish unless the loss is scaled: Keras's `auto_scale_loss`.
Optimizer scaled(const Optimizer& optimizer, bool wanted) {
  if (!wanted || !optimizer || optimizer->class_info().name == "LossScaleOptimizer")
    return optimizer;
  return optimizers::LossScaleOptimizer(optimizer, {.name = "loss_scale_optimizer"});
}

OutputKeys keys_of_outputs(const ModelImpl& model) {
  const auto* functional = dynamic_cast<const FunctionalImpl*>(&model);
  if (!functional) return {model.output_keys(), model.output_keys()};
  return {functional->output_keys(), functional->output_labels(),
          functional->output_structure().is_dict()};
}

/// The batch callbacks are told once for every `group` batches: Keras's steps_per_execution.
class StepCounter {
 public:
  StepCounter(int64_t group, std::optional<int64_t> most)
      : group_(std::max<int64_t>(group, 1)), most_(most) {}
  bool more() const { return !most_ || step_ < *most_; }
  bool begins() const { return step_ % group_ == 0; }
  bool ends() const { return (step_ + 1) % group_ == 0; }
  int64_t step() const { return step_; }
  void advance() { ++step_; }

 private:
  int64_t step_ = 0, group_;
  std::optional<int64_t> most_;
};

}  // namespace

Trainer::Trainer(ModelImpl& model, CompileOptions options)
    : model_(model),
      options_(std::move(options)),
      optimizer_(scaled(options_.optimizer, options_.auto_scale_loss &&
                                                model.dtype_policy().name() == "mixed_float16")),
      loss_(options_.loss, options_.loss_weights),
      metrics_(options_.metrics, options_.weighted_metrics),
      loss_tracker_(std::make_shared<MeanTracker>("loss")) {
  check(options_.steps_per_execution > 0,
        "`steps_per_execution` must be positive. Received: ", options_.steps_per_execution);
}

// --- data --------------------------------------------------------------------------------------

Tensors Trainer::ordered(const Data& data, const std::vector<std::string>& names,
                         std::string_view what) const {
  return data.names().empty() ? data.tensors() : data.in_order(names, what);
}

Arrays Trainer::arrays(const Data& x, const Data& y, const Data& sample_weight,
                       const ClassWeight& class_weight) const {
  const auto output_keys = model_.output_keys();
  Tensors targets = ordered(y, output_keys, "y");
  Tensors weights = ordered(sample_weight, output_keys, "sample_weight");
  if (!class_weight.empty()) {
    check(weights.empty(), "You cannot `class_weight` and `sample_weight` at the same time.");
    check(targets.size() == 1, "`class_weight` is only supported for Models with a single output.");
    weights = {class_to_sample_weight(targets[0], class_weight)};
  }
  return make_arrays(ordered(x, model_.input_keys(), "x"), std::move(targets), std::move(weights));
}

// --- one batch ---------------------------------------------------------------------------------

Trainer::Weights Trainer::collect_weights() const {
  Weights out;
  out.trainable = model_.trainable_weights();
  out.penalized = model_.penalized_weights(true);
  return out;
}

Tensor Trainer::compute_loss(const Batch& batch, const Tensors& y_pred,
                             const Variables& penalized) {
  Tensor total;
  const auto add = [&](const Tensor& loss) {
    if (!loss.defined()) return;
    const Tensor scalar = loss.rank() == 0 ? loss : ops::sum(loss);
    total = total.defined() ? total + scalar : scalar;
  };
  if (!loss_.empty()) {
    if (!loss_.built()) loss_.build(batch.y, y_pred, keys_of_outputs(model_));
    add(loss_(batch.y, y_pred, batch.sample_weight));
  }
  for (const Tensor& t : model_.call_losses()) add(t);
  for (const Variable& v : penalized) add(v.regularizer()(v.value()));
  check(total.defined(), "No loss to compute. Provide a `loss` argument in `compile()`.");
  return total;
}

void Trainer::count_loss(const Tensor& loss, const Batch& batch) {
  loss_tracker_->add(loss.item(), static_cast<double>(batch.x[0].rank() ? batch.x[0].dim(0) : 1));
}

void Trainer::count_metrics(const Batch& batch, const Tensors& y_pred) {
  if (metrics_.empty()) return;
  if (!metrics_.built()) metrics_.build(batch.y, y_pred, model_.output_keys());
  metrics_.update(batch.y, y_pred, batch.sample_weight);
}

void Trainer::train_step(const Batch& batch, const Weights& weights) {
  const profile::Scope span("train step", "step");
  Tensors y_pred, gradients;
  {
    GradientTape tape;
    y_pred = model_(batch.x, {.training = true});
    const Tensor loss = compute_loss(batch, y_pred, weights.penalized);
    count_loss(loss, batch);
    if (!weights.trainable.empty())
      gradients = tape.gradient(optimizer_->scale_loss(loss), weights.trainable);
  }
  if (!weights.trainable.empty()) optimizer_.apply_gradients(gradients, weights.trainable);
  count_metrics(batch, y_pred);
}

void Trainer::test_step(const Batch& batch, bool alone) {
  const Tensors y_pred =
      alone ? model_(batch.x, {.training = false}) : infer(model_, batch.x, true);
  count_loss(compute_loss(batch, y_pred, model_.penalized_weights(false)), batch);
  count_metrics(batch, y_pred);
}

Logs Trainer::logs() const {
  Logs out;
  out.set("loss", loss_tracker_->mean());
  metrics_.results(out);
  for (const auto& tracker : loss_.trackers()) out.set(tracker->name(), tracker->mean());
  return out;
}

void Trainer::reset_metrics() {
  loss_tracker_->reset_state();
  metrics_.reset();
  for (const auto& tracker : loss_.trackers()) tracker->reset_state();
}

MetricList Trainer::metrics() const {
  MetricList out{Metric(std::static_pointer_cast<MetricImpl>(loss_tracker_))};
  for (const Metric& m : metrics_.metrics()) out.push_back(m);
  for (const auto& tracker : loss_.trackers())
    out.emplace_back(std::static_pointer_cast<MetricImpl>(tracker));
  return out;
}

std::vector<std::string> Trainer::metrics_names() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : logs()) out.push_back(name);
  return out;
}

// --- fit ---------------------------------------------------------------------------------------

History Trainer::fit(const Data& x, const Data& y, const FitOptions& options) {
  Arrays train = arrays(x, y, options.sample_weight, options.class_weight);
  std::function<Logs(CallbackList&)> validate;
  const int64_t batch_size = options.batch_size.value_or(default_batch_size);
  const int64_t validation_batch = options.validation_batch_size.value_or(batch_size);
  std::shared_ptr<DatasetImpl> validation;
  if (options.validation_data) {
    const ValidationData& v = *options.validation_data;
    validation = v.dataset
                     ? v.dataset.impl()
                     : array_source(arrays(v.x, v.y, v.sample_weight, {}), validation_batch, false);
  } else if (options.validation_split != 0) {
    auto [first, second] = split_arrays(train, options.validation_split);
    train = std::move(first);
    validation = array_source(std::move(second), validation_batch, false);
  }
  if (validation) {
    validate = [this, validation, steps = options.validation_steps](CallbackList& callbacks) {
      return run_evaluate(*validation, steps, &callbacks);
    };
  }
  return run_fit(*training_source(std::move(train), batch_size, options.shuffle), validate,
                 options);
}

History Trainer::fit(const Dataset& dataset, const FitOptions& options) {
  check(options.validation_split == 0,
        "`validation_split` is only supported for Tensors or NumPy arrays. Pass `validation_data` "
        "with a Dataset.");
  std::function<Logs(CallbackList&)> validate;
  if (options.validation_data) {
    const ValidationData& v = *options.validation_data;
    auto source = v.dataset ? v.dataset.impl()
                            : array_source(arrays(v.x, v.y, v.sample_weight, {}),
                                           options.validation_batch_size.value_or(
                                               options.batch_size.value_or(default_batch_size)),
                                           false);
    validate = [this, source, steps = options.validation_steps](CallbackList& callbacks) {
      return run_evaluate(*source, steps, &callbacks);
    };
  }
  if (options.class_weight.empty()) return run_fit(*dataset.impl(), validate, options);
  const Dataset weighted = dataset.map([weights = options.class_weight](Batch batch) {
    check(batch.sample_weight.empty(),
          "You cannot `class_weight` and `sample_weight` at the same time.");
    check(batch.y.size() == 1, "`class_weight` is only supported for Models with a single output.");
    batch.sample_weight = {class_to_sample_weight(batch.y[0], weights)};
    return batch;
  });
  return run_fit(*weighted.impl(), validate, options);
}

History Trainer::run_fit(DatasetImpl& source, const std::function<Logs(CallbackList&)>& validate,
                         const FitOptions& options) {
  check(options.epochs > 0,
        "`epochs` must be a positive integer. Received: epochs=", options.epochs);
  check(options.validation_freq > 0,
        "`validation_freq` must be a positive integer. Received: ", options.validation_freq);
  const int64_t steps = options.steps_per_epoch.value_or(source.cardinality());
  CallbackList callbacks(options.callbacks, true, handle_of(model_),
                         {.verbose = verbosity(options.verbose),
                          .epochs = options.epochs,
                          .steps = steps,
                          .stream = options.stream ? options.stream : &std::cout,
                          .validation_freq = validate ? options.validation_freq : 0});
  stop_training = false;
  resume_epoch.reset();
  callbacks.on_train_begin();
  Logs epoch_logs;
  bool fresh = true;  // the source must be (re)started before the next batch
  for (int epoch = resume_epoch.value_or(options.initial_epoch); epoch < options.epochs; ++epoch) {
    reset_metrics();
    callbacks.on_epoch_begin(epoch);
    StepCounter counter(options_.steps_per_execution, options.steps_per_epoch);
    if (!options.steps_per_epoch) fresh = true;
    Weights weights;
    Batch batch;
    Logs custom_logs;
    while (counter.more()) {
      if (fresh) source.start();
      const bool restarted = fresh;
      fresh = false;
      if (!source.next(batch)) {
        if (!options.steps_per_epoch || restarted) break;
        fresh = true;  // steps_per_epoch runs on into the next pass
        continue;
      }
      if (counter.begins()) callbacks.on_train_batch_begin(counter.step());
      if (custom_step_) {
        custom_logs = custom_step_(callbacks.model(), batch);
      } else {
        if (!model_.built()) model_(batch.x, {.training = false});
        if (weights.trainable.empty()) weights = collect_weights();
        train_step(batch, weights);
      }
      if (counter.ends() && callbacks.wants_batches()) {
        callbacks.on_train_batch_end(counter.step(), custom_step_ ? custom_logs : sorted(logs()));
      }
      counter.advance();
      if (stop_training) break;
    }
    check(counter.step() > 0,
          "Your input ran out of data before the first batch: the Dataset or generator yielded "
          "nothing.");
    epoch_logs = sorted(custom_step_ ? custom_logs : logs());
    if (validate && (epoch + 1) % options.validation_freq == 0) {
      const Logs validation = validate(callbacks);
      for (const std::string& name : validation.names())
        epoch_logs.set("val_" + name, validation, name);
    }
    epoch_logs = sorted(epoch_logs);
    callbacks.on_epoch_end(epoch, epoch_logs);
    if (stop_training) break;
  }
  if (optimizer_ && optimizer_->built())
    optimizer_->finalize_variable_values(model_.trainable_weights());
  callbacks.on_train_end(epoch_logs);
  return callbacks.history();
}

// --- evaluate ----------------------------------------------------------------------------------

Logs Trainer::run_evaluate(DatasetImpl& source, std::optional<int64_t> steps,
                           CallbackList* callbacks) {
  // Validation inside fit must not disturb the training figures: they were read before.
  reset_metrics();
  if (callbacks) callbacks->on_test_begin();
  source.start();
  Batch batch;
  StepCounter counter(options_.steps_per_execution, steps);
  const bool alone = source.cardinality() == 1;
  while (counter.more() && source.next(batch)) {
    if (callbacks && counter.begins()) callbacks->on_test_batch_begin(counter.step());
    test_step(batch, alone);
    if (callbacks && counter.ends() && callbacks->wants_batches())
      callbacks->on_test_batch_end(counter.step(), sorted(logs()));
    counter.advance();
  }
  check(counter.step() > 0,
        "Your input ran out of data before the first batch: there is nothing to evaluate.");
  Logs out = sorted(logs());
  if (callbacks) callbacks->on_test_end(out);
  return out;
}

Logs Trainer::evaluate(const Data& x, const Data& y, const EvaluateOptions& options) {
  auto source = array_source(arrays(x, y, options.sample_weight, {}),
                             options.batch_size.value_or(default_batch_size), false);
  return evaluate(Dataset(source), options);
}

Logs Trainer::evaluate(const Dataset& dataset, const EvaluateOptions& options) {
  CallbackList callbacks(options.callbacks, false, handle_of(model_),
                         {.verbose = verbosity(options.verbose),
                          .epochs = 1,
                          .steps = options.steps.value_or(dataset.cardinality()),
                          .stream = options.stream ? options.stream : &std::cout});
  stop_training = false;
  return run_evaluate(*dataset.impl(), options.steps, &callbacks);
}

Batch Trainer::make_batch(const Data& x, const Data& y, const BatchOptions& options) const {
  Arrays a = arrays(x, y, options.sample_weight, options.class_weight);
  return {std::move(a.x), std::move(a.y), std::move(a.sample_weight)};
}

Logs Trainer::train_on_batch(const Data& x, const Data& y, const BatchOptions& options) {
  const Batch batch = make_batch(x, y, options);
  if (custom_step_) {
    Model model = handle_of(model_);
    return custom_step_(model, batch);
  }
  if (!model_.built()) model_(batch.x, {.training = false});
  train_step(batch, collect_weights());
  return sorted(logs());
}

Logs Trainer::test_on_batch(const Data& x, const Data& y, const BatchOptions& options) {
  test_step(make_batch(x, y, options), true);
  return sorted(logs());
}

}  // namespace kcpp
