#include "src/models/compiled.h"

#include <algorithm>
#include <map>

#include "kcpp/ops/math.h"

namespace kcpp {
namespace {

/// The items of a setting in the order of the outputs; missing names leave a gap.
template <class T>
std::vector<std::optional<T>> by_output(const PerOutput<T>& setting,
                                        const std::vector<std::string>& output_names,
                                        size_t outputs, std::string_view what) {
  std::vector<std::optional<T>> out(outputs);
  if (setting.is_named()) {
    for (size_t i = 0; i < setting.names().size(); ++i) {
      const auto it = std::find(output_names.begin(), output_names.end(), setting.names()[i]);
      check(it != output_names.end(), "Expected keys ", output_names, " in ", what,
            " dict, but found ", what, ".keys()=", setting.names());
      out[static_cast<size_t>(it - output_names.begin())] = setting.items()[i];
    }
  } else {
    for (size_t i = 0; i < std::min(outputs, setting.items().size()); ++i)
      out[i] = setting.items()[i];
  }
  return out;
}

/// sample_weight of one output: its own, or the one for all.
Tensor weight_of(const Tensors& sample_weight, size_t output) {
  if (sample_weight.empty()) return {};
  return output < sample_weight.size() ? sample_weight[output] : sample_weight[0];
}

}  // namespace

Loss resolve_loss(const Loss& loss, const Shape& y, const Shape& y_pred) {
  const std::string& id = loss.identifier();
  if (id != "crossentropy" && id != "ce") return loss;
  if (y_pred.back() == 1) return Loss("binary_crossentropy");
  const bool sparse = y.rank() < y_pred.rank() || (y.back() == 1 && y_pred.back() > 1);
  return Loss(sparse ? "sparse_categorical_crossentropy" : "categorical_crossentropy");
}

CompiledLoss::CompiledLoss(PerOutput<Loss> losses, PerOutput<double> weights)
    : losses_(std::move(losses)), weights_(std::move(weights)) {}

void CompiledLoss::build(const Tensors& y, const Tensors& y_pred, const OutputKeys& keys) {
  const std::vector<std::string>& output_names = keys.names;
  const size_t outputs = y_pred.size();
  std::vector<Entry> entries;
  const auto add = [&](size_t output, const Loss& loss, std::optional<double> weight) {
    if (loss) entries.push_back({output, loss, weight});
  };
  if (!weights_.empty()) {
    check(weights_.items().size() == losses_.items().size(),
          "`loss_weights` must match the number of losses, got ", losses_.items().size(),
          " losses and ", weights_.items().size(), " weights.");
  }
  if (losses_.is_single()) {
    for (size_t i = 0; i < outputs; ++i) {
      add(i, losses_.items()[0],
          weights_.empty() ? std::nullopt : std::optional(weights_.items()[0]));
    }
  } else if (outputs == 1 && !losses_.is_named()) {  // several losses on the one output
    for (size_t i = 0; i < losses_.items().size(); ++i) {
      add(0, losses_.items()[i],
          weights_.empty() ? std::nullopt : std::optional(weights_.items()[i]));
    }
  } else {
    check(losses_.is_named() || losses_.items().size() == outputs, "The model has ", outputs,
          " outputs, but `loss` has ", losses_.items().size(), " entries.");
    check(!losses_.is_named() || keys.dict || losses_.names().size() == output_names.size(),
          "Expected keys ", output_names, " in loss dict, but found loss.keys()=", losses_.names());
    const auto losses = by_output(losses_, output_names, outputs, "loss");
    const auto weights = by_output(weights_, output_names, outputs, "loss_weights");
    for (size_t i = 0; i < outputs; ++i) {
      if (losses[i]) add(i, *losses[i], weights[i]);
    }
  }
  // y has one entry an output, or one for each output that has a loss.
  const bool partial = y.size() != outputs;
  check(!partial || y.size() == entries.size(),
        "y_true and y_pred have different structures: y_true has ", y.size(),
        " entries, y_pred has ", outputs, ".");
  for (size_t k = 0; k < entries.size(); ++k) {
    Entry& e = entries[k];
    const Tensor& target = y[partial ? k : e.output];
    e.loss = resolve_loss(e.loss, target.shape(), y_pred[e.output].shape());
  }
  entries_ = std::move(entries);
  if (entries_.size() > 1) {
    for (const Entry& e : entries_) {
      const std::string prefix =
          e.output < keys.labels.size() ? keys.labels[e.output] : e.loss->name();
      trackers_.push_back(std::make_shared<MeanTracker>(prefix + "_loss"));
    }
  }
  built_ = true;
}

Tensor CompiledLoss::operator()(const Tensors& y, const Tensors& y_pred,
                                const Tensors& sample_weight) {
  const bool partial = y.size() != y_pred.size();
  Tensor total;
  for (size_t k = 0; k < entries_.size(); ++k) {
    const Entry& e = entries_[k];
    Tensor value =
        e.loss(y[partial ? k : e.output], y_pred[e.output], weight_of(sample_weight, e.output));
    if (is_floating(value.dtype()) && value.dtype() != floatx()) value = ops::cast(value, floatx());
    // Every batch counts alike, a smaller last one too: Keras weighs by the static shape of y_pred,
    // whose batch is unknown where batches differ. (The sum of the losses is weighed by samples.)
    if (!trackers_.empty()) trackers_[k]->add(value.item(), 1.0);
    if (e.weight) value = value * *e.weight;
    total = total.defined() ? total + value : value;
  }
  return total;
}

CompiledMetrics::CompiledMetrics(MetricsSetting metrics, MetricsSetting weighted)
    : metrics_(std::move(metrics)), weighted_(std::move(weighted)) {}

void CompiledMetrics::build(const Tensors& y, const Tensors& y_pred,
                            const std::vector<std::string>& output_names) {
  const size_t outputs = y_pred.size();
  std::map<std::string, int> seen;
  const auto unique = [&](const std::string& name) {
    const int count = seen[name]++;
    return count == 0 ? name : name + "_" + std::to_string(count);
  };
  const auto add = [&](size_t output, const Metric& metric, bool weighted) {
    check(output < y.size(),
          "y_true and y_pred have different structures: there is no y for the metrics of output ",
          output, ".");
    Metric resolved = metric.resolve(y[output].shape(), y_pred[output].shape());
    const std::string prefix =
        outputs > 1 && output < output_names.size() ? output_names[output] + "_" : "";
    std::string name = prefix + resolved.name();
    if (weighted && seen.count(name)) name = prefix + "weighted_" + resolved.name();
    entries_.push_back({output, resolved, unique(name), weighted});
  };
  const auto add_all = [&](const MetricsSetting& setting, bool weighted, std::string_view what) {
    if (setting.empty()) return;
    if (!setting.names().empty()) {
      for (size_t i = 0; i < output_names.size(); ++i) {
        const auto it = std::find(setting.names().begin(), setting.names().end(), output_names[i]);
        if (it == setting.names().end()) continue;
        for (const Metric& m : setting.lists()[static_cast<size_t>(it - setting.names().begin())])
          add(i, m, weighted);
      }
      for (const std::string& name : setting.names()) {
        check(std::count(output_names.begin(), output_names.end(), name) > 0, "Invalid `", what,
              "`: '", name, "' is not among the output names ", output_names, ".");
      }
    } else if (!setting.lists().empty()) {
      check(setting.lists().size() == outputs, "Invalid `", what,
            "`: expected one list for each of the ", outputs,
            " outputs. Received: ", setting.lists().size(), " lists.");
      for (size_t i = 0; i < outputs; ++i) {
        for (const Metric& m : setting.lists()[i]) add(i, m, weighted);
      }
    } else if (outputs == 1) {
      for (const Metric& m : setting.flat()) add(0, m, weighted);
    } else {
      check(setting.flat().size() == outputs, "Invalid `", what,
            "`. For a model with several outputs it must be a dict or a list "
            "matching the output names ",
            output_names, ". Received: ", setting.flat().size(), " metrics.");
      for (size_t i = 0; i < outputs; ++i) add(i, setting.flat()[i], weighted);
    }
  };
  add_all(metrics_, false, "metrics");
  add_all(weighted_, true, "weighted_metrics");
  built_ = true;
}

void CompiledMetrics::update(const Tensors& y, const Tensors& y_pred,
                             const Tensors& sample_weight) {
  for (const Entry& e : entries_) {
    e.metric.update_state(y[e.output], y_pred[e.output],
                          e.weighted ? weight_of(sample_weight, e.output) : Tensor());
  }
}

void CompiledMetrics::reset() {
  for (const Entry& e : entries_) e.metric.reset_state();
}

void CompiledMetrics::results(Logs& logs) const {
  for (const Entry& e : entries_) {
    const Tensor result = e.metric.result();
    if (result.size() == 1) {
      logs.set(e.name, result.item());
    } else {
      logs.set(e.name, result.to_vector<double>());
    }
  }
}

MetricList CompiledMetrics::metrics() const {
  MetricList out;
  for (const Entry& e : entries_) out.push_back(e.metric);
  return out;
}

}  // namespace kcpp
