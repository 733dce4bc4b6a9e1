/// Callbacks (keras.callbacks): what fit, evaluate and predict tell while they run.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kcpp/core/export.h"

namespace kcpp {

class Model;

/// Named figures in order: {"accuracy": 0.9, "loss": 0.3}.
class KCPP_API Logs {
 public:
  Logs() = default;
  Logs(std::initializer_list<std::pair<std::string, double>> items) : items_(items) {}
  /// The figure, or throws ValueError with the names that exist.
  double at(const std::string& name) const;
  double operator[](const std::string& name) const { return at(name); }
  bool contains(const std::string& name) const;
  double get(const std::string& name, double otherwise) const;
  void set(const std::string& name, double value);
  std::vector<std::string> names() const;
  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<std::pair<std::string, double>> items_;
};

/// What a run tells its callbacks once, at its beginning (Keras's `params`).
struct CallbackParams {
  int verbose = 0;
  int epochs = 1;
  int64_t steps = -1;  ///< -1: unknown
  std::ostream* stream = nullptr;  ///< where progress goes
};

/// Base: every hook is empty. Values: hand them over by `callbacks::X(...)`, or derive and override.
class KCPP_API Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_train_begin(const Logs&) {}
  virtual void on_train_end(const Logs&) {}
  virtual void on_epoch_begin(int, const Logs&) {}
  virtual void on_epoch_end(int, Logs&) {}  ///< may add to the logs (ReduceLROnPlateau adds learning_rate)
  virtual void on_train_batch_begin(int64_t, const Logs&) {}
  virtual void on_train_batch_end(int64_t, const Logs&) {}
  virtual void on_test_begin(const Logs&) {}
  virtual void on_test_end(const Logs&) {}
  virtual void on_test_batch_begin(int64_t, const Logs&) {}
  virtual void on_test_batch_end(int64_t, const Logs&) {}
  virtual void on_predict_begin(const Logs&) {}
  virtual void on_predict_end(const Logs&) {}
  virtual void on_predict_batch_begin(int64_t, const Logs&) {}
  virtual void on_predict_batch_end(int64_t, const Logs&) {}
  /// Called before on_*_begin. A callback that overrides them calls the base's.
  virtual void set_model(Model& model) { model_ = &model; }
  virtual void set_params(const CallbackParams& params) { params_ = params; }

 protected:
  /// The running model. Set `model().stop_training()` to end a fit after this batch or epoch.
  Model& model() const { return *model_; }
  CallbackParams params_;

 private:
  Model* model_ = nullptr;
};

/// One entry of `.callbacks`: any callback value, a shared_ptr to one, or a lambda (epoch, logs) run at each epoch's end.
class KCPP_API CallbackRef {
 public:
  template <std::derived_from<Callback> C>
  CallbackRef(C callback) : callback_(std::make_shared<C>(std::move(callback))) {}
  template <std::derived_from<Callback> C>
  CallbackRef(std::shared_ptr<C> callback) : callback_(std::move(callback)) {}
  template <class F>
    requires std::invocable<F, int, const Logs&>
  CallbackRef(F on_epoch_end) : CallbackRef(std::function<void(int, const Logs&)>(std::move(on_epoch_end)), 0) {}

  Callback& operator*() const { return *callback_; }
  Callback* operator->() const { return callback_.get(); }

 private:
  CallbackRef(std::function<void(int, const Logs&)> on_epoch_end, int);
  std::shared_ptr<Callback> callback_;
};

/// What fit returns (keras.callbacks.History).
struct KCPP_API History {
  std::vector<int> epoch;
  std::vector<std::pair<std::string, std::vector<double>>> history;  ///< name -> one figure an epoch
  /// The figures of a name; throws ValueError with the names that exist.
  const std::vector<double>& operator[](const std::string& name) const;
  bool contains(const std::string& name) const;
};

}  // namespace kcpp
