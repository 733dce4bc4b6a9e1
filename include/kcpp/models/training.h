/// The options of compile, fit, evaluate and predict: Keras's names, order and defaults.
#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kcpp/callbacks.h"
#include "kcpp/data.h"
#include "kcpp/losses.h"
#include "kcpp/metrics.h"
#include "kcpp/optimizers.h"

namespace kcpp {

/// One item for all outputs, one an output, or some by the name of their output.
///
///     .loss = "mse"     .loss = {"mse", "mae"}     .loss = {{"price", "mse"}, {"class",
///     "crossentropy"}}
template <class T>
class PerOutput {
 public:
  PerOutput() = default;
  PerOutput(T one) : items_{std::move(one)}, single_(true) {}
  template <class U>
  requires(std::is_convertible_v<U, T> && !std::is_base_of_v<PerOutput, std::remove_cvref_t<U>>)
      PerOutput(U&& one)
      : PerOutput(T(std::forward<U>(one))) {}
  PerOutput(std::vector<T> items) : items_(std::move(items)) {}
  PerOutput(std::initializer_list<T> items) : items_(items) {}
  PerOutput(std::initializer_list<std::pair<const char*, T>> named) {
    for (const auto& [name, item] : named) add(name, item);
  }
  void add(std::string name, T item) {
    names_.push_back(std::move(name));
    items_.push_back(std::move(item));
  }

  bool empty() const { return items_.empty(); }
  /// Given bare, not as a list: it applies to every output.
  bool is_single() const { return single_; }
  bool is_named() const { return !names_.empty(); }
  const std::vector<T>& items() const { return items_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<T> items_;
  std::vector<std::string> names_;
  bool single_ = false;
};

using MetricList = std::vector<Metric>;

/// `metrics`: a list for a model of one output; a list of lists, or lists by name, for one of
/// several.
class KCPP_API MetricsSetting {
 public:
  MetricsSetting() = default;
  MetricsSetting(std::initializer_list<Metric> metrics) : flat_(metrics) {}
  MetricsSetting(MetricList metrics) : flat_(std::move(metrics)) {}
  MetricsSetting(std::initializer_list<std::pair<const char*, MetricList>> named) {
    for (const auto& [name, metrics] : named) add(name, metrics);
  }
  /// One list an output, in the order of the outputs.
  static MetricsSetting per_output(std::vector<MetricList> lists) {
    MetricsSetting out;
    out.lists_ = std::move(lists);
    return out;
  }
  void add(std::string name, MetricList metrics) {
    names_.push_back(std::move(name));
    lists_.push_back(std::move(metrics));
  }
  bool empty() const { return flat_.empty() && lists_.empty(); }
  const MetricList& flat() const { return flat_; }
  const std::vector<MetricList>& lists() const { return lists_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  MetricList flat_;
  std::vector<MetricList> lists_;
  std::vector<std::string> names_;
};

struct CompileOptions {
  Optimizer optimizer = "rmsprop";
  PerOutput<Loss> loss = {};
  PerOutput<double> loss_weights = {};
  MetricsSetting metrics = {};
  MetricsSetting weighted_metrics = {};
  bool run_eagerly = false;          ///< kept for configs: kcpp always runs eagerly
  int steps_per_execution = 1;       ///< batches between two calls of the batch callbacks
  std::string jit_compile = "auto";  ///< "auto", "True" or "False"; kept for configs
  bool auto_scale_loss = true;
};

/// Class index -> weight.
using ClassWeight = std::map<int64_t, double>;

/// x, y and optional weights to validate on: tensors or a Dataset.
struct ValidationData {
  ValidationData() = default;
  ValidationData(Data x, Data y, Data sample_weight = {})
      : x(std::move(x)), y(std::move(y)), sample_weight(std::move(sample_weight)) {}
  ValidationData(Dataset dataset) : dataset(std::move(dataset)) {}
  Data x, y, sample_weight;
  Dataset dataset;
};

struct FitOptions {
  std::optional<int64_t> batch_size = {};  ///< 32
  int epochs = 1;
  std::string verbose =
      "auto";  ///< "auto" or "1": progress bar; "0": silent; "2": one line an epoch
  double validation_split = 0.0;
  std::optional<ValidationData> validation_data = {};
  /// Before `validation_split` in Keras; but calls are written with the callbacks after it.
  std::vector<CallbackRef> callbacks = {};
  bool shuffle = true;
  ClassWeight class_weight = {};
  Data sample_weight = {};
  int initial_epoch = 0;
  std::optional<int64_t> steps_per_epoch = {};
  std::optional<int64_t> validation_steps = {};
  std::optional<int64_t> validation_batch_size = {};
  int validation_freq = 1;
  std::ostream* stream = nullptr;  ///< where progress goes; std::cout unless given
};

struct EvaluateOptions {
  std::optional<int64_t> batch_size = {};
  std::string verbose = "auto";
  Data sample_weight = {};
  std::optional<int64_t> steps = {};
  std::vector<CallbackRef> callbacks = {};
  std::ostream* stream = nullptr;
};

struct PredictOptions {
  std::optional<int64_t> batch_size = {};
  std::string verbose = "0";  ///< Keras's "auto" draws a bar; a library stays silent
  std::optional<int64_t> steps = {};
  std::vector<CallbackRef> callbacks = {};
  std::ostream* stream = nullptr;
};

struct BatchOptions {
  Data sample_weight = {};
  ClassWeight class_weight = {};
};

}  // namespace kcpp
