// Which way a metric is better: Keras's `_direction`, by the name of the class.
#include <algorithm>
#include <string_view>

#include "kcpp/metrics.h"

namespace kcpp {
namespace {

constexpr std::string_view up[] = {"Accuracy",
                                   "BinaryAccuracy",
                                   "CategoricalAccuracy",
                                   "SparseCategoricalAccuracy",
                                   "TopKCategoricalAccuracy",
                                   "SparseTopKCategoricalAccuracy",
                                   "Precision",
                                   "Recall",
                                   "SensitivityAtSpecificity",
                                   "SpecificityAtSensitivity",
                                   "PrecisionAtRecall",
                                   "RecallAtPrecision",
                                   "AUC",
                                   "F1Score",
                                   "FBetaScore",
                                   "IoU",
                                   "BinaryIoU",
                                   "MeanIoU",
                                   "OneHotIoU",
                                   "OneHotMeanIoU",
                                   "CosineSimilarity",
                                   "R2Score",
                                   "PearsonCorrelation",
                                   "ConcordanceCorrelation"};

constexpr std::string_view down[] = {"MeanSquaredError",
                                     "RootMeanSquaredError",
                                     "MeanAbsoluteError",
                                     "MeanAbsolutePercentageError",
                                     "MeanSquaredLogarithmicError",
                                     "LogCoshError",
                                     "Hinge",
                                     "SquaredHinge",
                                     "CategoricalHinge",
                                     "KLDivergence",
                                     "Poisson",
                                     "BinaryCrossentropy",
                                     "CategoricalCrossentropy",
                                     "SparseCategoricalCrossentropy"};

}  // namespace

int MetricImpl::direction() const {
  const std::string name = class_info().name;
  if (std::find(std::begin(up), std::end(up), name) != std::end(up)) return 1;
  return std::find(std::begin(down), std::end(down), name) != std::end(down) ? -1 : 0;
}

}  // namespace kcpp
