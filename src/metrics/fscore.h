/// F scores (keras.src.metrics.f_score_metrics).
#pragma once

#include <optional>

#include "kcpp/metrics.h"

namespace kcpp {

struct FBetaScoreImpl : MetricImpl {
  std::optional<std::string> average;  ///< none: one score a class
  double beta = 1.0;
  std::optional<double> threshold;  ///< none: the greatest of a row is the prediction

  FBetaScoreImpl() { name_ = "fbeta_score"; }
  ClassInfo class_info() const override { return {"FBetaScore", "keras.metrics"}; }
  void fields(Fields& f) override;
  void validate() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& sample_weight) override;
  Tensor result() override;
  void reset_state() override;

 private:
  std::vector<double> tp_, fp_, fn_, weights_;  ///< by class; one entry for "micro"
};

struct F1ScoreImpl : FBetaScoreImpl {
  F1ScoreImpl() { name_ = "f1_score"; }
  ClassInfo class_info() const override { return {"F1Score", "keras.metrics"}; }
  void fields(Fields& f) override;
};

}  // namespace kcpp
