/// The handles of namespace metrics.
#include "src/metrics/accuracy.h"
#include "src/metrics/confusion.h"
#include "src/metrics/fscore.h"
#include "src/metrics/iou.h"
#include "src/metrics/loss_metrics.h"
#include "src/metrics/regression.h"

namespace kcpp::metrics {
namespace {

/// name_ and dtype_ are protected; a derived class reaches them.
template <class Impl, class Options, class Set>
std::shared_ptr<MetricImpl> built(const Options& o, Set&& set) {
  struct Open : Impl {
    void take(const Options& options) {
      if (!options.name.empty()) this->name_ = options.name;
      this->dtype_ = options.dtype;
    }
  };
  auto impl = std::make_shared<Open>();
  impl->take(o);
  set(*impl);
  impl->check_fields();
  return impl;
}

/// Keras's argument: None, a number or a list.
Config thresholds_config(const std::vector<double>& thresholds) {
  if (thresholds.empty()) return {};
  return thresholds.size() == 1 ? Config(thresholds[0]) : to_config(thresholds);
}

}  // namespace

#define KCPP_PLAIN_METRIC(Name, Impl) \
  Name::Name(MetricOptions o) : Metric(built<Impl>(o, [](auto&) {})) {}
KCPP_PLAIN_METRIC(Mean, MeanImpl)
KCPP_PLAIN_METRIC(Sum, SumImpl)
KCPP_PLAIN_METRIC(Accuracy, AccuracyImpl)
KCPP_PLAIN_METRIC(CategoricalAccuracy, CategoricalAccuracyImpl)
KCPP_PLAIN_METRIC(SparseCategoricalAccuracy, SparseCategoricalAccuracyImpl)
KCPP_PLAIN_METRIC(MeanSquaredError, MeanSquaredErrorMetricImpl)
KCPP_PLAIN_METRIC(RootMeanSquaredError, RootMeanSquaredErrorImpl)
KCPP_PLAIN_METRIC(MeanAbsoluteError, MeanAbsoluteErrorMetricImpl)
KCPP_PLAIN_METRIC(MeanAbsolutePercentageError, MeanAbsolutePercentageErrorMetricImpl)
KCPP_PLAIN_METRIC(MeanSquaredLogarithmicError, MeanSquaredLogarithmicErrorMetricImpl)
KCPP_PLAIN_METRIC(LogCoshError, LogCoshErrorMetricImpl)
KCPP_PLAIN_METRIC(Hinge, HingeMetricImpl)
KCPP_PLAIN_METRIC(SquaredHinge, SquaredHingeMetricImpl)
KCPP_PLAIN_METRIC(CategoricalHinge, CategoricalHingeMetricImpl)
KCPP_PLAIN_METRIC(KLDivergence, KLDivergenceMetricImpl)
KCPP_PLAIN_METRIC(Poisson, PoissonMetricImpl)
#undef KCPP_PLAIN_METRIC

BinaryAccuracy::BinaryAccuracy(BinaryAccuracyOptions o)
    : Metric(built<BinaryAccuracyImpl>(o, [&](auto& m) { m.threshold = o.threshold; })) {}
TopKCategoricalAccuracy::TopKCategoricalAccuracy(TopKCategoricalAccuracyOptions o)
    : Metric(built<TopKCategoricalAccuracyImpl>(o, [&](auto& m) { m.k = o.k; })) {}
SparseTopKCategoricalAccuracy::SparseTopKCategoricalAccuracy(SparseTopKCategoricalAccuracyOptions o)
    : Metric(built<SparseTopKCategoricalAccuracyImpl>(o, [&](auto& m) {
        m.k = o.k;
        m.from_sorted_ids = o.from_sorted_ids;
      })) {}
CosineSimilarity::CosineSimilarity(CosineSimilarityOptions o)
    : Metric(built<CosineSimilarityMetricImpl>(o, [&](auto& m) { m.axis = o.axis; })) {}
BinaryCrossentropy::BinaryCrossentropy(BinaryCrossentropyOptions o)
    : Metric(built<BinaryCrossentropyMetricImpl>(o, [&](auto& m) {
        m.from_logits = o.from_logits;
        m.label_smoothing = o.label_smoothing;
      })) {}
CategoricalCrossentropy::CategoricalCrossentropy(CategoricalCrossentropyOptions o)
    : Metric(built<CategoricalCrossentropyMetricImpl>(o, [&](auto& m) {
        m.from_logits = o.from_logits;
        m.label_smoothing = o.label_smoothing;
        m.axis = o.axis;
      })) {}
SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions o)
    : Metric(built<SparseCategoricalCrossentropyMetricImpl>(o, [&](auto& m) {
        m.from_logits = o.from_logits;
        m.ignore_class = o.ignore_class;
        m.axis = o.axis;
      })) {}
R2Score::R2Score(R2ScoreOptions o)
    : Metric(built<R2ScoreImpl>(o, [&](auto& m) {
        m.class_aggregation = o.class_aggregation;
        m.num_regressors = o.num_regressors;
      })) {}
PearsonCorrelation::PearsonCorrelation(CorrelationOptions o)
    : Metric(built<PearsonCorrelationImpl>(o, [&](auto& m) { m.axis = o.axis; })) {}
ConcordanceCorrelation::ConcordanceCorrelation(CorrelationOptions o)
    : Metric(built<ConcordanceCorrelationImpl>(o, [&](auto& m) { m.axis = o.axis; })) {}
TruePositives::TruePositives(ConditionCountOptions o)
    : Metric(built<TruePositivesImpl>(
          o, [&](auto& m) { m.thresholds = thresholds_config(o.thresholds); })) {}
TrueNegatives::TrueNegatives(ConditionCountOptions o)
    : Metric(built<TrueNegativesImpl>(
          o, [&](auto& m) { m.thresholds = thresholds_config(o.thresholds); })) {}
FalsePositives::FalsePositives(ConditionCountOptions o)
    : Metric(built<FalsePositivesImpl>(
          o, [&](auto& m) { m.thresholds = thresholds_config(o.thresholds); })) {}
FalseNegatives::FalseNegatives(ConditionCountOptions o)
    : Metric(built<FalseNegativesImpl>(
          o, [&](auto& m) { m.thresholds = thresholds_config(o.thresholds); })) {}
Precision::Precision(PrecisionRecallOptions o)
    : Metric(built<PrecisionImpl>(o, [&](auto& m) {
        m.thresholds = thresholds_config(o.thresholds);
        m.top_k = o.top_k;
        m.class_id = o.class_id;
      })) {}
Recall::Recall(PrecisionRecallOptions o)
    : Metric(built<RecallImpl>(o, [&](auto& m) {
        m.thresholds = thresholds_config(o.thresholds);
        m.top_k = o.top_k;
        m.class_id = o.class_id;
      })) {}
SensitivityAtSpecificity::SensitivityAtSpecificity(double specificity, AtValueOptions o)
    : Metric(built<SensitivityAtSpecificityImpl>(o, [&](auto& m) {
        m.value = specificity;
        m.num_thresholds = o.num_thresholds;
        m.class_id = o.class_id;
      })) {}
SpecificityAtSensitivity::SpecificityAtSensitivity(double sensitivity, AtValueOptions o)
    : Metric(built<SpecificityAtSensitivityImpl>(o, [&](auto& m) {
        m.value = sensitivity;
        m.num_thresholds = o.num_thresholds;
        m.class_id = o.class_id;
      })) {}
PrecisionAtRecall::PrecisionAtRecall(double recall, AtValueOptions o)
    : Metric(built<PrecisionAtRecallImpl>(o, [&](auto& m) {
        m.value = recall;
        m.num_thresholds = o.num_thresholds;
        m.class_id = o.class_id;
      })) {}
RecallAtPrecision::RecallAtPrecision(double precision, AtValueOptions o)
    : Metric(built<RecallAtPrecisionImpl>(o, [&](auto& m) {
        m.value = precision;
        m.num_thresholds = o.num_thresholds;
        m.class_id = o.class_id;
      })) {}
AUC::AUC(AUCOptions o)
    : Metric(built<AUCImpl>(o, [&](auto& m) {
        m.num_thresholds = o.num_thresholds;
        m.curve = o.curve;
        m.summation_method = o.summation_method;
        if (!o.thresholds.empty()) m.thresholds = o.thresholds;
        m.multi_label = o.multi_label;
        m.num_labels = o.num_labels;
        if (!o.label_weights.empty()) m.label_weights = o.label_weights;
        m.from_logits = o.from_logits;
      })) {}
IoU::IoU(int num_classes, std::vector<int> target_class_ids, IoUOptions o)
    : Metric(built<IoUImpl>(o, [&](auto& m) {
        m.num_classes = num_classes;
        m.target_class_ids = std::move(target_class_ids);
        m.ignore_class = o.ignore_class;
        m.sparse_y_true = o.sparse_y_true;
        m.sparse_y_pred = o.sparse_y_pred;
        m.axis = o.axis;
      })) {}
MeanIoU::MeanIoU(int num_classes, IoUOptions o)
    : Metric(built<MeanIoUImpl>(o, [&](auto& m) {
        m.num_classes = num_classes;
        m.ignore_class = o.ignore_class;
        m.sparse_y_true = o.sparse_y_true;
        m.sparse_y_pred = o.sparse_y_pred;
        m.axis = o.axis;
      })) {}
OneHotIoU::OneHotIoU(int num_classes, std::vector<int> target_class_ids, OneHotIoUOptions o)
    : Metric(built<OneHotIoUImpl>(o, [&](auto& m) {
        m.num_classes = num_classes;
        m.target_class_ids = std::move(target_class_ids);
        m.ignore_class = o.ignore_class;
        m.sparse_y_pred = o.sparse_y_pred;
        m.axis = o.axis;
      })) {}
OneHotMeanIoU::OneHotMeanIoU(int num_classes, OneHotIoUOptions o)
    : Metric(built<OneHotMeanIoUImpl>(o, [&](auto& m) {
        m.num_classes = num_classes;
        m.ignore_class = o.ignore_class;
        m.sparse_y_pred = o.sparse_y_pred;
        m.axis = o.axis;
      })) {}
BinaryIoU::BinaryIoU(BinaryIoUOptions o)
    : Metric(built<BinaryIoUImpl>(o, [&](auto& m) {
        m.target_class_ids = o.target_class_ids;
        m.threshold = o.threshold;
      })) {}
FBetaScore::FBetaScore(FBetaScoreOptions o)
    : Metric(built<FBetaScoreImpl>(o, [&](auto& m) {
        m.average = o.average;
        m.beta = o.beta;
        m.threshold = o.threshold;
      })) {}
F1Score::F1Score(F1ScoreOptions o)
    : Metric(built<F1ScoreImpl>(o, [&](auto& m) {
        m.average = o.average;
        m.threshold = o.threshold;
      })) {}

}  // namespace kcpp::metrics
