/// Callbacks (keras.callbacks): what fit, evaluate and predict tell while they run.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kcpp/core/export.h"
#include "kcpp/core/tensor.h"

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
  /// A metric with several figures (F1Score of each class): `at` gives their mean.
  void set(const std::string& name, std::vector<double> figures);
  /// Takes over `from_name` of `from` under another name, whether one figure or several.
  void set(const std::string& name, const Logs& from, const std::string& from_name);
  /// All figures of a metric that has several; empty for one that is a number.
  std::vector<double> figures(const std::string& name) const;
  std::vector<std::string> names() const;
  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<std::pair<std::string, double>> items_;
  std::vector<std::pair<std::string, std::vector<double>>> figures_;
};

/// What a run tells its callbacks once, at its beginning (Keras's `params`).
struct CallbackParams {
  int verbose = 0;
  int epochs = 1;
  int64_t steps = -1;              ///< -1: unknown
  std::ostream* stream = nullptr;  ///< where progress goes
  int validation_freq = 0;         ///< epochs from one validation to the next; 0: there is none
};

/// Base: every hook is empty. Values: hand them over by `callbacks::X(...)`, or derive and
/// override.
class KCPP_API Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_train_begin(const Logs&) {}
  virtual void on_train_end(const Logs&) {}
  virtual void on_epoch_begin(int, const Logs&) {}
  virtual void on_epoch_end(int, Logs&) {
  }  ///< may add to the logs (ReduceLROnPlateau adds learning_rate)
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

/// One entry of `.callbacks`: any callback value, a shared_ptr to one, or a lambda (epoch, logs)
/// run at each epoch's end.
class KCPP_API CallbackRef {
 public:
  template <std::derived_from<Callback> C>
  CallbackRef(C callback) : callback_(std::make_shared<C>(std::move(callback))) {}
  template <std::derived_from<Callback> C>
  CallbackRef(std::shared_ptr<C> callback) : callback_(std::move(callback)) {}
  template <class F>
  requires std::invocable<F, int, const Logs&> CallbackRef(F on_epoch_end)
      : CallbackRef(std::function<void(int, const Logs&)>(std::move(on_epoch_end)), 0) {}

  Callback& operator*() const { return *callback_; }
  Callback* operator->() const { return callback_.get(); }

 private:
  CallbackRef(std::function<void(int, const Logs&)> on_epoch_end, int);
  std::shared_ptr<Callback> callback_;
};

/// What fit returns (keras.callbacks.History).
struct KCPP_API History {
  std::vector<int> epoch;
  std::vector<std::pair<std::string, std::vector<double>>>
      history;  ///< name -> one figure an epoch
  std::vector<std::pair<std::string, std::vector<std::vector<double>>>>
      figures;  ///< of metrics with several figures, whose mean is in `history`
  /// The figures of a name; throws ValueError with the names that exist.
  const std::vector<double>& operator[](const std::string& name) const;
  bool contains(const std::string& name) const;
};

/// The ready callbacks, with Keras's options. Each is a value for `.callbacks`; to ask it something
/// after fit, hand over a shared_ptr instead:
///
///     auto stopping =
///     std::make_shared<callbacks::EarlyStopping>(callbacks::EarlyStoppingOptions{.patience = 3});
///     model.fit(x, y, {.epochs = 100, .validation_split = 0.1, .callbacks = {stopping}});
///     int last = stopping->stopped_epoch();
///
/// They print only when their `verbose` is above 0, and only to fit's stream.
namespace callbacks {

/// Base of the callbacks that watch one figure of the logs (keras.src.callbacks.MonitorCallback).
class KCPP_API MonitorCallback : public Callback {
 public:
  /// The best figure so far; none before the first epoch.
  std::optional<double> best() const { return best_; }

 protected:
  /// Throws ValueError for a mode other than "auto", "min" and "max". `best`: where to begin.
  MonitorCallback(std::string class_name, std::string monitor, const std::string& mode,
                  std::optional<double> best, double min_delta);
  /// The figure watched. None in an epoch that fit does not validate. Else throws ValueError:
  /// `problem` and the names that exist. (Keras only warns: here a misspelt name does not go
  /// unnoticed.)
  std::optional<double> current(int epoch, const Logs& logs, const std::string& problem) const;
  /// `value` is better than `reference` by more than min_delta; anything is better than nothing.
  /// Throws ValueError when mode is "auto" and the metric's direction is unknown.
  bool is_improvement(double value, const std::optional<double>& reference);
  /// A line onto fit's stream.
  void say(const std::string& line) const;

  std::string monitor_;
  std::optional<double> best_;

 private:
  bool more_is_better() const;

  std::string class_name_, mode_;
  double min_delta_;
  std::optional<bool> up_;
};

/// "epoch", or a number of batches.
class KCPP_API SaveFrequency {
 public:
  SaveFrequency(const char* text) : SaveFrequency(std::string(text)) {}
  /// Throws ValueError for a text other than "epoch", and for a number that is not positive.
  SaveFrequency(const std::string& text);
  SaveFrequency(int batches);
  bool is_epoch() const { return batches_ == 0; }
  int64_t batches() const { return batches_; }

 private:
  int64_t batches_ = 0;
};

struct ModelCheckpointOptions {
  std::string monitor = "val_loss";
  int verbose = 0;
  bool save_best_only = false;
  bool save_weights_only = false;
  std::string mode = "auto";  ///< "min", "max", or "auto": as the metric's name tells
  SaveFrequency save_freq = "epoch";
  std::optional<double> initial_value_threshold = {};  ///< only better models than this are saved
};
/// Saves the model, or its weights, at the end of every epoch or every so many batches
/// (keras.callbacks.ModelCheckpoint).
///
/// `filepath` ends in .keras or .h5, with save_weights_only in .weights.h5. Python's format fields
/// in it are filled in: epoch (from 1), batch and every name of the logs, as in
/// "{epoch:02d}-{val_loss:.2f}.keras".
class KCPP_API ModelCheckpoint : public MonitorCallback {
 public:
  explicit ModelCheckpoint(std::string filepath, ModelCheckpointOptions options = {});
  void on_epoch_begin(int epoch, const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;
  void on_train_batch_end(int64_t batch, const Logs& logs) override;

 private:
  bool should_save(int epoch, const Logs& logs, const std::string& path);
  void save(int epoch, std::optional<int64_t> batch, const Logs& logs);

  std::string filepath_;
  ModelCheckpointOptions options_;
  int epoch_ = 0;
  int64_t seen_since_saving_ = 0;
  int64_t last_batch_ = -1;
};

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  double min_delta = 0;  ///< a smaller change is no improvement
  int patience = 0;      ///< epochs without improvement after which training stops
  int verbose = 0;
  std::string mode = "auto";
  std::optional<double> baseline = {};  ///< stop also when this is not beaten
  bool restore_best_weights = false;
  int start_from_epoch = 0;  ///< epochs before the watch begins
};
/// Stops training when a figure no longer improves (keras.callbacks.EarlyStopping).
class KCPP_API EarlyStopping : public MonitorCallback {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options = {});
  void on_train_begin(const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;
  void on_train_end(const Logs& logs) override;
  /// The epoch, from 0, at whose end it stopped training; 0 if it did not.
  int stopped_epoch() const { return stopped_epoch_; }
  int best_epoch() const { return best_epoch_; }

 private:
  EarlyStoppingOptions options_;
  int wait_ = 0, stopped_epoch_ = 0, best_epoch_ = 0;
  Tensors best_weights_;
};

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;  ///< below 1
  int patience = 10;
  int verbose = 0;
  std::string mode = "auto";
  double min_delta = 1e-4;
  int cooldown = 0;  ///< epochs after a reduction in which nothing is counted
  double min_lr = 0.0;
};
/// Multiplies the learning rate by `factor` when a figure no longer improves
/// (keras.callbacks.ReduceLROnPlateau). Adds learning_rate to the logs.
class KCPP_API ReduceLROnPlateau : public MonitorCallback {
 public:
  explicit ReduceLROnPlateau(ReduceLROnPlateauOptions options = {});
  void on_train_begin(const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;

 private:
  bool reduce(int epoch);

  ReduceLROnPlateauOptions options_;
  int cooldown_left_ = 0, wait_ = 0;
};

struct LearningRateSchedulerOptions {
  int verbose = 0;
};
/// Sets the learning rate at the beginning of every epoch (keras.callbacks.LearningRateScheduler):
/// a function of the epoch, from 0, and of the current rate. Adds learning_rate to the logs.
///
///     callbacks::LearningRateScheduler([](int epoch, double lr) { return epoch < 10 ? lr : lr *
///     0.9; })
class KCPP_API LearningRateScheduler : public Callback {
 public:
  using Function = std::function<double(int epoch, double learning_rate)>;
  explicit LearningRateScheduler(Function schedule, LearningRateSchedulerOptions options = {});
  /// A function of the epoch alone.
  template <class F>
  requires(
      std::is_invocable_r_v<double, F, int> &&
      !std::is_invocable_v<
          F, int, double>) explicit LearningRateScheduler(F schedule,
                                                          LearningRateSchedulerOptions options = {})
      : LearningRateScheduler(
            Function([f = std::move(schedule)](int epoch, double) { return f(epoch); }), options) {}
  void on_epoch_begin(int epoch, const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;

 private:
  Function schedule_;
  LearningRateSchedulerOptions options_;
};

struct CSVLoggerOptions {
  std::string separator = ",";
  bool append = false;  ///< go on with an existing file
};
/// Writes the logs of every epoch into a CSV file (keras.callbacks.CSVLogger).
class KCPP_API CSVLogger : public Callback {
 public:
  explicit CSVLogger(std::string filename, CSVLoggerOptions options = {});
  /// Opens the file; throws IOError when that fails.
  void on_train_begin(const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;
  void on_train_end(const Logs& logs) override;

 private:
  void write_row(const std::vector<std::string>& fields);

  std::string filename_;
  CSVLoggerOptions options_;
  bool write_header_ = true;
  std::vector<std::string> keys_;
  std::shared_ptr<std::ostream> file_;
};

struct TerminateOnNaNOptions {
  bool raise_error = false;  ///< throw RuntimeError at once, rather than end fit in order
};
/// Ends training when the loss is NaN or infinite (keras.callbacks.TerminateOnNaN).
class KCPP_API TerminateOnNaN : public Callback {
 public:
  explicit TerminateOnNaN(TerminateOnNaNOptions options = {}) : options_(options) {}
  void on_train_batch_end(int64_t batch, const Logs& logs) override;

 private:
  TerminateOnNaNOptions options_;
};

struct LambdaCallbackOptions {
  std::function<void(int, const Logs&)> on_epoch_begin = {};
  std::function<void(int, Logs&)> on_epoch_end = {};
  std::function<void(const Logs&)> on_train_begin = {};
  std::function<void(const Logs&)> on_train_end = {};
  std::function<void(int64_t, const Logs&)> on_train_batch_begin = {};
  std::function<void(int64_t, const Logs&)> on_train_batch_end = {};
  std::function<void(const Logs&)> on_test_begin = {};
  std::function<void(const Logs&)> on_test_end = {};
  std::function<void(int64_t, const Logs&)> on_test_batch_begin = {};
  std::function<void(int64_t, const Logs&)> on_test_batch_end = {};
  std::function<void(const Logs&)> on_predict_begin = {};
  std::function<void(const Logs&)> on_predict_end = {};
  std::function<void(int64_t, const Logs&)> on_predict_batch_begin = {};
  std::function<void(int64_t, const Logs&)> on_predict_batch_end = {};
};
/// Calls functions at the places given (keras.callbacks.LambdaCallback).
class KCPP_API LambdaCallback : public Callback {
 public:
  explicit LambdaCallback(LambdaCallbackOptions functions);
  void on_epoch_begin(int epoch, const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;
  void on_train_begin(const Logs& logs) override;
  void on_train_end(const Logs& logs) override;
  void on_train_batch_begin(int64_t batch, const Logs& logs) override;
  void on_train_batch_end(int64_t batch, const Logs& logs) override;
  void on_test_begin(const Logs& logs) override;
  void on_test_end(const Logs& logs) override;
  void on_test_batch_begin(int64_t batch, const Logs& logs) override;
  void on_test_batch_end(int64_t batch, const Logs& logs) override;
  void on_predict_begin(const Logs& logs) override;
  void on_predict_end(const Logs& logs) override;
  void on_predict_batch_begin(int64_t batch, const Logs& logs) override;
  void on_predict_batch_end(int64_t batch, const Logs& logs) override;

 private:
  LambdaCallbackOptions functions_;
};

struct BackupAndRestoreOptions {
  SaveFrequency save_freq = "epoch";
  bool double_checkpoint =
      false;  ///< keep the backup before the last one too, in case that one is damaged
  bool delete_checkpoint = true;  ///< remove the backup at the end of fit
};
/// Keeps the state of training in a folder, and goes on from there in the next fit after an
/// interruption (keras.callbacks.BackupAndRestore). The model must be built and compiled before
/// fit.
class KCPP_API BackupAndRestore : public Callback {
 public:
  explicit BackupAndRestore(std::string backup_dir, BackupAndRestoreOptions options = {});
  void on_train_begin(const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;
  void on_train_batch_end(int64_t batch, const Logs& logs) override;
  void on_train_end(const Logs& logs) override;

 private:
  std::string path(const char* name) const;
  void load();
  void save();

  std::string folder_;
  BackupAndRestoreOptions options_;
  int epoch_ = 0;
  int64_t seen_since_saving_ = 0, last_batch_ = 0;
};

struct SwapEMAWeightsOptions {
  bool swap_on_epoch =
      false;  ///< swap at the epoch's end too, for callbacks that follow, as ModelCheckpoint
};
/// Puts the averages of the weights into the model while it is evaluated
/// (keras.callbacks.SwapEMAWeights). The optimizer must have `.use_ema = true`.
class KCPP_API SwapEMAWeights : public Callback {
 public:
  explicit SwapEMAWeights(SwapEMAWeightsOptions options = {}) : options_(options) {}
  void on_epoch_begin(int epoch, const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;
  void on_test_begin(const Logs& logs) override;
  void on_test_end(const Logs& logs) override;
  void on_predict_begin(const Logs& logs) override;
  void on_predict_end(const Logs& logs) override;

 private:
  void swap(bool averages_in_model);

  SwapEMAWeightsOptions options_;
  bool swapped_ = false;
};

}  // namespace callbacks
}  // namespace kcpp
