/// The table of metric classes.
#include "src/metrics/accuracy.h"
#include "src/metrics/confusion.h"
#include "src/metrics/fscore.h"
#include "src/metrics/iou.h"
#include "src/metrics/loss_metrics.h"
#include "src/metrics/mean_metric_wrapper.h"
#include "src/metrics/regression.h"
#include "src/tables.h"

namespace kcpp::tables {

namespace {
constexpr Factory table[] = {
    {"Mean", make_object<MeanImpl>},
    {"Sum", make_object<SumImpl>},
    {"MeanMetricWrapper", make_object<MeanMetricWrapperImpl>},
    {"Accuracy", make_object<AccuracyImpl>},
    {"BinaryAccuracy", make_object<BinaryAccuracyImpl>},
    {"CategoricalAccuracy", make_object<CategoricalAccuracyImpl>},
    {"SparseCategoricalAccuracy", make_object<SparseCategoricalAccuracyImpl>},
    {"TopKCategoricalAccuracy", make_object<TopKCategoricalAccuracyImpl>},
    {"SparseTopKCategoricalAccuracy", make_object<SparseTopKCategoricalAccuracyImpl>},
    {"MeanSquaredError", make_object<MeanSquaredErrorMetricImpl>},
    {"RootMeanSquaredError", make_object<RootMeanSquaredErrorImpl>},
    {"MeanAbsoluteError", make_object<MeanAbsoluteErrorMetricImpl>},
    {"MeanAbsolutePercentageError", make_object<MeanAbsolutePercentageErrorMetricImpl>},
    {"MeanSquaredLogarithmicError", make_object<MeanSquaredLogarithmicErrorMetricImpl>},
    {"CosineSimilarity", make_object<CosineSimilarityMetricImpl>},
    {"LogCoshError", make_object<LogCoshErrorMetricImpl>},
    {"Hinge", make_object<HingeMetricImpl>},
    {"SquaredHinge", make_object<SquaredHingeMetricImpl>},
    {"CategoricalHinge", make_object<CategoricalHingeMetricImpl>},
    {"KLDivergence", make_object<KLDivergenceMetricImpl>},
    {"Poisson", make_object<PoissonMetricImpl>},
    {"BinaryCrossentropy", make_object<BinaryCrossentropyMetricImpl>},
    {"CategoricalCrossentropy", make_object<CategoricalCrossentropyMetricImpl>},
    {"SparseCategoricalCrossentropy", make_object<SparseCategoricalCrossentropyMetricImpl>},
    {"R2Score", make_object<R2ScoreImpl>},
    {"PearsonCorrelation", make_object<PearsonCorrelationImpl>},
    {"ConcordanceCorrelation", make_object<ConcordanceCorrelationImpl>},
    {"TruePositives", make_object<TruePositivesImpl>},
    {"TrueNegatives", make_object<TrueNegativesImpl>},
    {"FalsePositives", make_object<FalsePositivesImpl>},
    {"FalseNegatives", make_object<FalseNegativesImpl>},
    {"Precision", make_object<PrecisionImpl>},
    {"Recall", make_object<RecallImpl>},
    {"SensitivityAtSpecificity", make_object<SensitivityAtSpecificityImpl>},
    {"SpecificityAtSensitivity", make_object<SpecificityAtSensitivityImpl>},
    {"PrecisionAtRecall", make_object<PrecisionAtRecallImpl>},
    {"RecallAtPrecision", make_object<RecallAtPrecisionImpl>},
    {"AUC", make_object<AUCImpl>},
    {"IoU", make_object<IoUImpl>},
    {"BinaryIoU", make_object<BinaryIoUImpl>},
    {"MeanIoU", make_object<MeanIoUImpl>},
    {"OneHotIoU", make_object<OneHotIoUImpl>},
    {"OneHotMeanIoU", make_object<OneHotMeanIoUImpl>},
    {"FBetaScore", make_object<FBetaScoreImpl>},
    {"F1Score", make_object<F1ScoreImpl>},
};

constexpr Alias alias_table[] = {
    {"mse", "MeanSquaredError"},
    {"mae", "MeanAbsoluteError"},
    {"mape", "MeanAbsolutePercentageError"},
    {"msle", "MeanSquaredLogarithmicError"},
    {"bce", "BinaryCrossentropy"},
    {"kld", "KLDivergence"},
    {"kl_divergence", "KLDivergence"},
    {"log_cosh", "LogCoshError"},
    {"rmse", "RootMeanSquaredError"},
    {"cosine_proximity", "CosineSimilarity"},
};
}  // namespace

std::span<const Factory> metrics() { return table; }
std::span<const Alias> metric_aliases() { return alias_table; }

}  // namespace kcpp::tables
