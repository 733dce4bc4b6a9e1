/// Metrics (keras.metrics): running figures over batches.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kcpp/core/dtype_policy.h"
#include "kcpp/core/object.h"
#include "kcpp/core/tensor.h"
#include "kcpp/core/variable.h"

namespace kcpp {

/// Base of the metrics (keras.metrics.Metric).
class KCPP_API MetricImpl : public Object {
 public:
  /// Keras's `_direction`, for callbacks of mode "auto": 1 when more is better, -1 when less is, 0
  /// when unknown. By itself: what Keras says of the class of this name.
  virtual int direction() const;
  virtual void update_state(const Tensor& y_true, const Tensor& y_pred,
                            const Tensor& sample_weight = {}) = 0;
  /// The current value; a scalar for most.
  virtual Tensor result() = 0;
  virtual void reset_state() = 0;
  virtual Variables variables() const { return {}; }
  void fields(Fields& f) override;  ///< name and dtype

  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

 protected:
  std::string name_;
  DTypePolicy dtype_ = floatx();  ///< as in Keras, whatever the global policy is
};

/// A handle built from a name ("accuracy"), from `metrics::X(...)`, or from a lambda (y_true,
/// y_pred) -> values, which is averaged.
class KCPP_API Metric : public Handle<MetricImpl> {
 public:
  using Handle::Handle;
  using Function = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  Metric() = default;
  /// "accuracy" and "acc" stay open until the shapes of y are known: `resolve`.
  Metric(const char* name);
  Metric(const std::string& name);
  Metric(Function function, std::string name);
  template <class F>
  requires std::is_invocable_r_v<Tensor, F, const Tensor&, const Tensor&> Metric(F function)
      : Metric(Function(std::move(function)), "metric_fn") {}

  /// keras.src.trainers.compile_utils.get_metric: the metric for outputs of these shapes, named as
  /// the user wrote it.
  Metric resolve(const Shape& y_true, const Shape& y_pred) const;
  const std::string& identifier() const { return identifier_; }

  void update_state(const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& sample_weight = {}) const {
    impl_->update_state(y_true, y_pred, sample_weight);
  }
  Tensor result() const { return impl_->result(); }
  void reset_state() const { impl_->reset_state(); }
  const std::string& name() const { return impl_ ? impl_->name() : identifier_; }

 private:
  std::string identifier_;
};
KCPP_API Config to_config(const Metric& v);
KCPP_API void from_config(const Config& c, Metric& v, std::string_view what);

/// The classes. An empty name means Keras's default.
namespace metrics {

struct MetricOptions {
  std::string name = {};
  DTypePolicy dtype = floatx();
};
#define KCPP_PLAIN_METRIC(Name)                \
  class KCPP_API Name : public Metric {        \
   public:                                     \
    explicit Name(MetricOptions options = {}); \
  }
/// Mean and Sum take update_state(values, sample_weight).
KCPP_PLAIN_METRIC(Mean);
KCPP_PLAIN_METRIC(Sum);
KCPP_PLAIN_METRIC(Accuracy);
KCPP_PLAIN_METRIC(CategoricalAccuracy);
KCPP_PLAIN_METRIC(SparseCategoricalAccuracy);
KCPP_PLAIN_METRIC(MeanSquaredError);
KCPP_PLAIN_METRIC(RootMeanSquaredError);
KCPP_PLAIN_METRIC(MeanAbsoluteError);
KCPP_PLAIN_METRIC(MeanAbsolutePercentageError);
KCPP_PLAIN_METRIC(MeanSquaredLogarithmicError);
KCPP_PLAIN_METRIC(LogCoshError);
KCPP_PLAIN_METRIC(Hinge);
KCPP_PLAIN_METRIC(SquaredHinge);
KCPP_PLAIN_METRIC(CategoricalHinge);
KCPP_PLAIN_METRIC(KLDivergence);
KCPP_PLAIN_METRIC(Poisson);
#undef KCPP_PLAIN_METRIC

struct BinaryAccuracyOptions {
  std::string name = {};
  DTypePolicy dtype = floatx();
  double threshold = 0.5;
};
class KCPP_API BinaryAccuracy : public Metric {
 public:
  explicit BinaryAccuracy(BinaryAccuracyOptions options = {});
};

struct TopKCategoricalAccuracyOptions {
  int k = 5;
  std::string name = {};
  DTypePolicy dtype = floatx();
};
class KCPP_API TopKCategoricalAccuracy : public Metric {
 public:
  explicit TopKCategoricalAccuracy(TopKCategoricalAccuracyOptions options = {});
};

struct SparseTopKCategoricalAccuracyOptions {
  int k = 5;
  std::string name = {};
  DTypePolicy dtype = floatx();
  bool from_sorted_ids = false;
};
class KCPP_API SparseTopKCategoricalAccuracy : public Metric {
 public:
  explicit SparseTopKCategoricalAccuracy(SparseTopKCategoricalAccuracyOptions options = {});
};

struct CosineSimilarityOptions {
  std::string name = {};
  DTypePolicy dtype = floatx();
  int axis = -1;
};
class KCPP_API CosineSimilarity : public Metric {
 public:
  explicit CosineSimilarity(CosineSimilarityOptions options = {});
};

struct BinaryCrossentropyOptions {
  std::string name = {};
  DTypePolicy dtype = floatx();
  bool from_logits = false;
  double label_smoothing = 0.0;
};
class KCPP_API BinaryCrossentropy : public Metric {
 public:
  explicit BinaryCrossentropy(BinaryCrossentropyOptions options = {});
};

struct CategoricalCrossentropyOptions {
  std::string name = {};
  DTypePolicy dtype = floatx();
  bool from_logits = false;
  double label_smoothing = 0.0;
  int axis = -1;
};
class KCPP_API CategoricalCrossentropy : public Metric {
 public:
  explicit CategoricalCrossentropy(CategoricalCrossentropyOptions options = {});
};

struct SparseCategoricalCrossentropyOptions {
  std::string name = {};
  DTypePolicy dtype = floatx();
  bool from_logits = false;
  std::optional<int> ignore_class = {};
  int axis = -1;
};
class KCPP_API SparseCategoricalCrossentropy : public Metric {
 public:
  explicit SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options = {});
};

struct R2ScoreOptions {
  std::optional<std::string> class_aggregation =
      "uniform_average";  ///< or "variance_weighted_average", or none: one score a column
  int num_regressors = 0;
  std::string name = {};
  DTypePolicy dtype = floatx();
};
class KCPP_API R2Score : public Metric {
 public:
  explicit R2Score(R2ScoreOptions options = {});
};

struct CorrelationOptions {
  std::string name = {};
  DTypePolicy dtype = floatx();
  int axis = -1;
};
class KCPP_API PearsonCorrelation : public Metric {
 public:
  explicit PearsonCorrelation(CorrelationOptions options = {});
};
class KCPP_API ConcordanceCorrelation : public Metric {
 public:
  explicit ConcordanceCorrelation(CorrelationOptions options = {});
};

struct ConditionCountOptions {
  std::vector<double> thresholds = {};  ///< empty: 0.5
  std::string name = {};
  DTypePolicy dtype = floatx();
};
class KCPP_API TruePositives : public Metric {
 public:
  explicit TruePositives(ConditionCountOptions options = {});
};
class KCPP_API TrueNegatives : public Metric {
 public:
  explicit TrueNegatives(ConditionCountOptions options = {});
};
class KCPP_API FalsePositives : public Metric {
 public:
  explicit FalsePositives(ConditionCountOptions options = {});
};
class KCPP_API FalseNegatives : public Metric {
 public:
  explicit FalseNegatives(ConditionCountOptions options = {});
};

struct PrecisionRecallOptions {
  std::vector<double> thresholds = {};  ///< empty: 0.5
  std::optional<int> top_k = {};
  std::optional<int> class_id = {};
  std::string name = {};
  DTypePolicy dtype = floatx();
};
class KCPP_API Precision : public Metric {
 public:
  explicit Precision(PrecisionRecallOptions options = {});
};
class KCPP_API Recall : public Metric {
 public:
  explicit Recall(PrecisionRecallOptions options = {});
};

/// Of the metrics that give the best of one figure where another is at least a value.
struct AtValueOptions {
  int num_thresholds = 200;
  std::optional<int> class_id = {};
  std::string name = {};
  DTypePolicy dtype = floatx();
};
class KCPP_API SensitivityAtSpecificity : public Metric {
 public:
  explicit SensitivityAtSpecificity(double specificity, AtValueOptions options = {});
};
class KCPP_API SpecificityAtSensitivity : public Metric {
 public:
  explicit SpecificityAtSensitivity(double sensitivity, AtValueOptions options = {});
};
class KCPP_API PrecisionAtRecall : public Metric {
 public:
  explicit PrecisionAtRecall(double recall, AtValueOptions options = {});
};
class KCPP_API RecallAtPrecision : public Metric {
 public:
  explicit RecallAtPrecision(double precision, AtValueOptions options = {});
};

struct AUCOptions {
  int num_thresholds = 200;
  std::string curve = "ROC";                       ///< or "PR", "PRGAIN"
  std::string summation_method = "interpolation";  ///< or "minoring", "majoring"
  std::string name = {};
  DTypePolicy dtype = floatx();
  std::vector<double> thresholds = {};  ///< in place of num_thresholds even ones
  bool multi_label = false;
  std::optional<int> num_labels = {};
  std::vector<double> label_weights = {};
  bool from_logits = false;
};
/// The area under a curve.
class KCPP_API AUC : public Metric {
 public:
  explicit AUC(AUCOptions options = {});
};

struct IoUOptions {
  std::string name = {};
  DTypePolicy dtype = DType::int64;
  std::optional<int> ignore_class = {};
  bool sparse_y_true = true;
  bool sparse_y_pred = true;
  int axis = -1;
};
class KCPP_API IoU : public Metric {
 public:
  explicit IoU(int num_classes, std::vector<int> target_class_ids, IoUOptions options = {});
};
class KCPP_API MeanIoU : public Metric {
 public:
  explicit MeanIoU(int num_classes, IoUOptions options = {});
};

struct OneHotIoUOptions {
  std::string name = {};
  DTypePolicy dtype = DType::int64;
  std::optional<int> ignore_class = {};
  bool sparse_y_pred = false;
  int axis = -1;
};
class KCPP_API OneHotIoU : public Metric {
 public:
  explicit OneHotIoU(int num_classes, std::vector<int> target_class_ids,
                     OneHotIoUOptions options = {});
};
class KCPP_API OneHotMeanIoU : public Metric {
 public:
  explicit OneHotMeanIoU(int num_classes, OneHotIoUOptions options = {});
};

struct BinaryIoUOptions {
  std::vector<int> target_class_ids = {0, 1};
  double threshold = 0.5;
  std::string name = {};
  DTypePolicy dtype = DType::int64;
};
class KCPP_API BinaryIoU : public Metric {
 public:
  explicit BinaryIoU(BinaryIoUOptions options = {});
};

struct FBetaScoreOptions {
  std::optional<std::string> average =
      {};  ///< "micro", "macro", "weighted"; none: one score a class
  double beta = 1.0;
  std::optional<double> threshold = {};  ///< none: the greatest of a row
  std::string name = {};
  DTypePolicy dtype = floatx();
};
class KCPP_API FBetaScore : public Metric {
 public:
  explicit FBetaScore(FBetaScoreOptions options = {});
};

struct F1ScoreOptions {
  std::optional<std::string> average =
      {};                                ///< "micro", "macro", "weighted"; none: one score a class
  std::optional<double> threshold = {};  ///< none: the greatest of a row
  std::string name = {};
  DTypePolicy dtype = floatx();
};
class KCPP_API F1Score : public Metric {
 public:
  explicit F1Score(F1ScoreOptions options = {});
};

}  // namespace metrics

}  // namespace kcpp
