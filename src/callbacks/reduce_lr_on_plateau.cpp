#include <algorithm>

#include "kcpp/models/model.h"
#include "src/callbacks/support.h"

namespace kcpp::callbacks {

ReduceLROnPlateau::ReduceLROnPlateau(ReduceLROnPlateauOptions options)
    : MonitorCallback("ReduceLROnPlateau", options.monitor, options.mode, {}, options.min_delta),
      options_(std::move(options)) {
  check(options_.factor < 1.0,
        "ReduceLROnPlateau does not support a factor >= 1.0. Received factor=", options_.factor);
}

void ReduceLROnPlateau::on_train_begin(const Logs&) {
  best_.reset();
  cooldown_left_ = wait_ = 0;
}

void ReduceLROnPlateau::on_epoch_end(int epoch, Logs& logs) {
  logs.set("learning_rate", current_learning_rate(model()));
  const auto value = current(epoch, logs,
                             text("Learning rate reduction is conditioned on metric `", monitor_,
                                  "` which is not available."));
  if (!value) return;
  if (cooldown_left_ > 0) {
    --cooldown_left_;
    wait_ = 0;
  }
  if (is_improvement(*value, best_)) {
    best_ = value;
    wait_ = 0;
  } else if (cooldown_left_ <= 0 && ++wait_ >= options_.patience && reduce(epoch)) {
    cooldown_left_ = options_.cooldown;
    wait_ = 0;
  }
}

bool ReduceLROnPlateau::reduce(int epoch) {
  const double before = current_learning_rate(model());
  if (before <= static_cast<double>(static_cast<float>(options_.min_lr))) return false;
  const double after = std::max(before * options_.factor, options_.min_lr);
  model().optimizer().set_learning_rate(after);
  if (options_.verbose > 0)
    say(text("\nEpoch ", epoch + 1, ": ReduceLROnPlateau reducing learning rate to ", after, "."));
  return true;
}

}  // namespace kcpp::callbacks
