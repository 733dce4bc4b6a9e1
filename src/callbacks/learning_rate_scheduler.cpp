#include "kcpp/models/model.h"
#include "src/callbacks/support.h"

namespace kcpp::callbacks {

LearningRateScheduler::LearningRateScheduler(Function schedule,
                                             LearningRateSchedulerOptions options)
    : schedule_(std::move(schedule)), options_(options) {
  check(schedule_ != nullptr,
        "LearningRateScheduler: `schedule` must be a function of the epoch and the learning rate.");
}

void LearningRateScheduler::on_epoch_begin(int epoch, const Logs&) {
  const double rate = schedule_(epoch, current_learning_rate(model()));
  model().optimizer().set_learning_rate(rate);
  if (options_.verbose > 0) {
    say(params_, text("\nEpoch ", epoch + 1, ": LearningRateScheduler setting learning rate to ",
                      rate, "."));
  }
}

void LearningRateScheduler::on_epoch_end(int, Logs& logs) {
  logs.set("learning_rate", current_learning_rate(model()));
}

}  // namespace kcpp::callbacks
