/// Further optimizers: Lion, Lamb, Muon, ScheduleFreeAdamW, and LossScaleOptimizer around another
/// one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kcpp/optimizers/optimizer.h"

namespace kcpp::optimizers {

struct LionOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<int> gradient_accumulation_steps = {};
  std::string name = "lion";
};
/// Chen et al. 2023: the sign of the momentum, of one size everywhere.
class KCPP_API Lion : public Optimizer {
 public:
  explicit Lion(LionOptions options = {});
};

struct LambOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<int> gradient_accumulation_steps = {};
  std::string name = "lamb";
};
/// You et al. 2019: Adam whose steps are scaled to the norm of each variable; for large batches.
class KCPP_API Lamb : public Optimizer {
 public:
  explicit Lamb(LambOptions options = {});
};

struct MuonOptions {
  LearningRate learning_rate = 0.001;
  double adam_beta_1 = 0.9;
  double adam_beta_2 = 0.999;
  std::optional<double> adam_weight_decay = 0.004;
  double epsilon = 1e-7;
  std::vector<std::string> exclude_layers =
      {};  ///< regular expressions of paths that learn by AdamW
  bool exclude_embeddings = true;
  double muon_a = 3.4445;
  double muon_b = -4.7750;
  double muon_c = 2.0315;
  double adam_lr_ratio = 1.0;  ///< the rate of AdamW relative to learning_rate
  double momentum = 0.95;
  int ns_steps = 5;  ///< Newton-Schulz iterations
  bool nesterov = true;
  std::optional<double> rms_rate =
      0.2;  ///< steps are scaled by this and the root of the longer side
  std::optional<double> weight_decay = 0.004;
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<int> gradient_accumulation_steps = {};
  std::string name = "muon";
};
/// Jordan 2024: steps of matrices are made orthogonal; other variables, embeddings and excluded
/// layers learn by AdamW.
class KCPP_API Muon : public Optimizer {
 public:
  explicit Muon(MuonOptions options = {});
};

struct ScheduleFreeAdamWOptions {
  LearningRate learning_rate = 0.0025;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  int warmup_steps = 0;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<int> gradient_accumulation_steps = {};
  std::string name = "schedule_free_adam_w";
};
/// Defazio et al. 2024: AdamW that averages its iterates in place of a schedule.
class KCPP_API ScheduleFreeAdamW : public Optimizer {
 public:
  explicit ScheduleFreeAdamW(ScheduleFreeAdamWOptions options = {});
};

struct LossScaleOptimizerOptions {
  double initial_scale = 32768.0;
  int64_t dynamic_growth_steps = 2000;  ///< so many finite steps in a row double the scale
  std::string name = "loss_scale_optimizer";
};
/// Scales the loss so that float16 gradients don't vanish: doubled after many finite steps, halved
/// (and the step skipped) when a gradient is not finite.
///
///     model.compile({.optimizer = optimizers::LossScaleOptimizer(optimizers::Adam()), .loss =
///     "mse"});
class KCPP_API LossScaleOptimizer : public Optimizer {
 public:
  explicit LossScaleOptimizer(Optimizer inner_optimizer, LossScaleOptimizerOptions options = {});
};

}  // namespace kcpp::optimizers
