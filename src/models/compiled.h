/// The losses and metrics of a compiled model, matched with its outputs
/// (keras.src.trainers.compile_utils).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kcpp/models/training.h"

namespace kcpp {

/// A running mean of scalars, as a metric: the loss trackers.
class MeanTracker final : public MetricImpl {
 public:
  explicit MeanTracker(std::string name) { name_ = std::move(name); }
  ClassInfo class_info() const override { return {"Mean", "keras.metrics", {}}; }
  void add(double value, double weight) {
    total_ += value * weight;
    count_ += weight;
  }
  double mean() const { return count_ == 0 ? 0 : total_ / count_; }
  void update_state(const Tensor& values, const Tensor& weight, const Tensor&) override {
    add(values.item(), weight.defined() ? weight.item() : 1.0);
  }
  Tensor result() override { return Tensor::scalar(mean()); }
  void reset_state() override { total_ = count_ = 0; }

 private:
  double total_ = 0, count_ = 0;
};

/// What losses and metrics call the outputs of a model.
struct OutputKeys {
  std::vector<std::string> names;   ///< by which a dict of losses finds them
  std::vector<std::string> labels;  ///< by which the history lists their losses
  bool dict = false;                ///< the outputs are a dict: a dict of losses may leave some out
};

/// Which loss belongs to which output, and with which weight.
class CompiledLoss {
 public:
  CompiledLoss() = default;
  CompiledLoss(PerOutput<Loss> losses, PerOutput<double> weights);

  bool empty() const { return losses_.empty(); }
  bool built() const { return built_; }
  /// Gives each output its loss: a first batch tells the shapes.
  void build(const Tensors& y, const Tensors& y_pred, const OutputKeys& keys);
  /// The weighted sum over the outputs; undefined when no output has a loss. Counts the unweighted
  /// ones, output by output.
  Tensor operator()(const Tensors& y, const Tensors& y_pred, const Tensors& sample_weight);
  /// One tracker an output ("price_loss"); none for a single loss.
  const std::vector<std::shared_ptr<MeanTracker>>& trackers() const { return trackers_; }

 private:
  struct Entry {
    size_t output;
    Loss loss;
    std::optional<double> weight;
  };
  PerOutput<Loss> losses_;
  PerOutput<double> weights_;
  std::vector<Entry> entries_;
  std::vector<std::shared_ptr<MeanTracker>> trackers_;
  bool built_ = false;
};

/// The metrics of each output, named as Keras names them.
class CompiledMetrics {
 public:
  CompiledMetrics() = default;
  CompiledMetrics(MetricsSetting metrics, MetricsSetting weighted);

  bool empty() const { return metrics_.empty() && weighted_.empty(); }
  bool built() const { return built_; }
  /// Gives each output its metrics: a first batch tells the shapes.
  void build(const Tensors& y, const Tensors& y_pred, const std::vector<std::string>& output_names);
  void update(const Tensors& y, const Tensors& y_pred, const Tensors& sample_weight);
  void reset();
  /// Appends each metric's figure, or figures, under its name.
  void results(Logs& logs) const;
  MetricList metrics() const;

 private:
  struct Entry {
    size_t output;
    Metric metric;
    std::string name;  ///< in the logs
    bool weighted;
  };

  MetricsSetting metrics_, weighted_;
  std::vector<Entry> entries_;
  bool built_ = false;
};

/// The loss for "crossentropy" and "ce" depends on shapes
/// (keras.src.trainers.compile_utils.get_loss).
Loss resolve_loss(const Loss& loss, const Shape& y, const Shape& y_pred);

}  // namespace kcpp
