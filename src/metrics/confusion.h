/// Metrics from counts of true and false positives and negatives
/// (keras.src.metrics.confusion_metrics).
#pragma once

#include <optional>
#include <span>

#include "kcpp/metrics.h"

namespace kcpp {

/// What update_confusion_matrix_variables of metrics_utils counts: one row a threshold, one column
/// a label (one unless multi_label).
struct Confusion {
  std::vector<double> tp, fp, tn, fn;
  size_t labels = 1;

  struct Options {
    std::optional<int> top_k = {};
    std::optional<int> class_id = {};
    bool multi_label = false;
    std::vector<double> label_weights = {};  ///< ignored when multi_label
  };
  void resize(size_t thresholds, size_t label_count);
  void reset();
  /// Thresholds that are spread evenly over [0, 1] take one pass over the data (buckets), others
  /// one pass each.
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
              std::span<const double> thresholds, bool evenly, const Options& options);

 private:
  void count_in_buckets(std::span<const float> t, std::span<const float> p,
                        std::span<const float> w, size_t thresholds, bool epsilon);
  void count_each(std::span<const float> t, std::span<const float> p, std::span<const float> w,
                  std::span<const double> thresholds);
};

bool evenly_distributed(std::span<const double> thresholds);

/// Base: the thresholds as the user gave them (null, a number or a list) and the counts.
class ConfusionMetric : public MetricImpl {
 public:
  void reset_state() override { counts_.reset(); }

 protected:
  /// Sets the thresholds and empties the counts.
  void set_thresholds(std::vector<double> thresholds, bool evenly);
  void set_thresholds(const Config& given, double default_threshold);
  void take_default_name();
  /// One value a threshold; a scalar when there is one.
  Tensor per_threshold(const std::vector<double>& values) const;

  std::vector<double> thresholds_;
  bool evenly_ = false;
  Confusion counts_;
};

/// TruePositives and its three sisters.
struct ConditionCountImpl : ConfusionMetric {
  Config thresholds;
  void fields(Fields& f) override;
  void validate() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& sample_weight) override;
};
#define KCPP_CONDITION_COUNT(Class, member)                                     \
  struct Class##Impl : ConditionCountImpl {                                     \
    ClassInfo class_info() const override { return {#Class, "keras.metrics"}; } \
    Tensor result() override { return per_threshold(counts_.member); }          \
  }
KCPP_CONDITION_COUNT(TruePositives, tp);
KCPP_CONDITION_COUNT(TrueNegatives, tn);
KCPP_CONDITION_COUNT(FalsePositives, fp);
KCPP_CONDITION_COUNT(FalseNegatives, fn);
#undef KCPP_CONDITION_COUNT

struct PrecisionRecallImpl : ConfusionMetric {
  Config thresholds;
  std::optional<int> top_k, class_id;
  void fields(Fields& f) override;
  void validate() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& sample_weight) override;
};
struct PrecisionImpl : PrecisionRecallImpl {
  ClassInfo class_info() const override { return {"Precision", "keras.metrics"}; }
  Tensor result() override;
};
struct RecallImpl : PrecisionRecallImpl {
  ClassInfo class_info() const override { return {"Recall", "keras.metrics"}; }
  Tensor result() override;
};

/// One figure where another is at least a value, over all thresholds.
struct SensitivitySpecificityImpl : ConfusionMetric {
  double value = 0;
  int num_thresholds = 200;
  std::optional<int> class_id;
  void fields(Fields& f) override;
  void validate() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& sample_weight) override;
  Tensor result() override;

 protected:
  virtual const char* constraint() const = 0;  ///< the name of the argument
  enum class Figure : uint8_t { sensitivity, specificity, precision };
  virtual std::pair<Figure, Figure> figures() const = 0;  ///< {constrained, greatest wanted}
};
#define KCPP_AT(Class, argument, constrained, wanted)                           \
  struct Class##Impl : SensitivitySpecificityImpl {                             \
    ClassInfo class_info() const override { return {#Class, "keras.metrics"}; } \
    const char* constraint() const override { return #argument; }               \
    std::pair<Figure, Figure> figures() const override {                        \
      return {Figure::constrained, Figure::wanted};                             \
    }                                                                           \
  }
KCPP_AT(SensitivityAtSpecificity, specificity, specificity, sensitivity);
KCPP_AT(SpecificityAtSensitivity, sensitivity, sensitivity, specificity);
KCPP_AT(PrecisionAtRecall, recall, sensitivity, precision);
KCPP_AT(RecallAtPrecision, precision, precision, sensitivity);
#undef KCPP_AT

/// The area under a curve (ROC, PR or PRGAIN).
struct AUCImpl : ConfusionMetric {
  int num_thresholds = 200;
  std::string curve = "ROC", summation_method = "interpolation";
  std::optional<std::vector<double>> thresholds;
  bool multi_label = false;
  std::optional<int> num_labels;
  std::optional<std::vector<double>> label_weights;
  bool from_logits = false;
  ClassInfo class_info() const override { return {"AUC", "keras.metrics"}; }
  void fields(Fields& f) override;
  void validate() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& sample_weight) override;
  Tensor result() override;

 private:
  double area(size_t label) const;
  double interpolated_pr_area(size_t label) const;
};

}  // namespace kcpp
