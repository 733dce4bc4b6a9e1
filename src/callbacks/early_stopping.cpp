#include "kcpp/models/model.h"

namespace kcpp::callbacks {

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : MonitorCallback("EarlyStopping", options.monitor, options.mode, {}, options.min_delta),
      options_(std::move(options)) {}

void EarlyStopping::on_train_begin(const Logs&) {
  wait_ = stopped_epoch_ = best_epoch_ = 0;
  best_.reset();
  best_weights_.clear();
}

void EarlyStopping::on_epoch_end(int epoch, Logs& logs) {
  const auto value = current(
      epoch, logs,
      text("Early stopping conditioned on metric `", monitor_, "` which is not available."));
  if (!value || epoch < options_.start_from_epoch) return;
  // The tensors share the weights' storage: the next training step copies what it changes.
  if (options_.restore_best_weights && best_weights_.empty()) {
    best_weights_ = model().get_weights();
    best_epoch_ = epoch;
  }
  ++wait_;
  if (is_improvement(*value, best_)) {
    best_ = value;
    best_epoch_ = epoch;
    if (options_.restore_best_weights) best_weights_ = model().get_weights();
    // Waiting begins anew only when the baseline is beaten too.
    if (!options_.baseline || is_improvement(*value, options_.baseline)) wait_ = 0;
    return;
  }
  if (wait_ >= options_.patience && epoch > 0) {
    stopped_epoch_ = epoch;
    model().stop_training();
  }
}

void EarlyStopping::on_train_end(const Logs&) {
  if (stopped_epoch_ > 0 && options_.verbose > 0)
    say(text("Epoch ", stopped_epoch_ + 1, ": early stopping"));
  if (!options_.restore_best_weights || best_weights_.empty()) return;
  if (options_.verbose > 0)
    say(text("Restoring model weights from the end of the best epoch: ", best_epoch_ + 1, "."));
  model().set_weights(best_weights_);
  best_weights_.clear();
}

}  // namespace kcpp::callbacks
