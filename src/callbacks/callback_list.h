/// The callbacks of one run, called in order; History and the progress bar come last, as in Keras.
#pragma once

#include <memory>
#include <vector>

#include "kcpp/callbacks.h"
#include "kcpp/models/model.h"

namespace kcpp {

/// keras.callbacks.History.
class HistoryCallback final : public Callback {
 public:
  void on_epoch_end(int epoch, Logs& logs) override;
  const History& history() const { return history_; }

 private:
  History history_;
};

/// The bar or the lines of `verbose`, onto params.stream (src/callbacks/progress_bar.cpp).
std::shared_ptr<Callback> make_progress_bar();

class CallbackList {
 public:
  CallbackList(std::vector<CallbackRef> callbacks, bool add_history, Model model,
               CallbackParams params);

  void on_train_begin() { each(&Callback::on_train_begin, Logs()); }
  void on_train_end(const Logs& logs) { each(&Callback::on_train_end, logs); }
  void on_epoch_begin(int epoch) { each(&Callback::on_epoch_begin, epoch, Logs()); }
  /// Each callback may add to the logs for those after it.
  void on_epoch_end(int epoch, Logs& logs) {
    for (CallbackRef& c : callbacks_) c->on_epoch_end(epoch, logs);
  }
  void on_train_batch_begin(int64_t step) { each(&Callback::on_train_batch_begin, step, Logs()); }
  void on_train_batch_end(int64_t step, const Logs& logs) {
    each(&Callback::on_train_batch_end, step, logs);
  }
  void on_test_begin() { each(&Callback::on_test_begin, Logs()); }
  void on_test_end(const Logs& logs) { each(&Callback::on_test_end, logs); }
  void on_test_batch_begin(int64_t step) { each(&Callback::on_test_batch_begin, step, Logs()); }
  void on_test_batch_end(int64_t step, const Logs& logs) {
    each(&Callback::on_test_batch_end, step, logs);
  }
  void on_predict_begin() { each(&Callback::on_predict_begin, Logs()); }
  void on_predict_end() { each(&Callback::on_predict_end, Logs()); }
  void on_predict_batch_begin(int64_t step) {
    each(&Callback::on_predict_batch_begin, step, Logs());
  }
  void on_predict_batch_end(int64_t step) { each(&Callback::on_predict_batch_end, step, Logs()); }

  /// Somebody beside History listens: the logs of each batch are worth making.
  bool wants_batches() const { return callbacks_.size() > (history_ ? 1u : 0u); }
  const History& history() const { return history_->history(); }
  Model& model() { return model_; }

 private:
  template <class Method, class... Args>
  void each(Method method, const Args&... args) {
    for (CallbackRef& c : callbacks_) ((*c).*method)(args...);
  }

  Model model_;
  std::vector<CallbackRef> callbacks_;
  std::shared_ptr<HistoryCallback> history_;
};

}  // namespace kcpp
