/// The optimizers of most trainings: SGD, Adam, AdamW, RMSprop.
#pragma once

#include "kcpp/optimizers/optimizer.h"

namespace kcpp {
namespace optimizers {

struct SGDOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {};   ///< each gradient's norm is cut to this
  std::optional<double> clipvalue = {};  ///< each element is cut to [-clipvalue, clipvalue]
  std::optional<double> global_clipnorm =
      {};  ///< the norm of all gradients together is cut to this
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<int> gradient_accumulation_steps = {};
  std::string name = "sgd";
};
/// Gradient descent, with (Nesterov) momentum.
class KCPP_API SGD : public Optimizer {
 public:
  explicit SGD(SGDOptions options = {});
};

struct AdamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<int> gradient_accumulation_steps = {};
  std::string name = "adam";
};
/// Kingma & Ba 2014; amsgrad: Reddi et al. 2018.
class KCPP_API Adam : public Optimizer {
 public:
  explicit Adam(AdamOptions options = {});
};

struct AdamWOptions {
  LearningRate learning_rate = 0.001;
  double weight_decay = 0.004;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<int> gradient_accumulation_steps = {};
  std::string name = "adam_w";
};
/// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
class KCPP_API AdamW : public Optimizer {
 public:
  explicit AdamW(AdamWOptions options = {});
};

struct RMSpropOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0.0;
  double epsilon = 1e-7;
  bool centered = false;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<int> gradient_accumulation_steps = {};
  std::string name = "rm_sprop";
};
/// Hinton's lecture 6e; centered: Graves 2013.
class KCPP_API RMSprop : public Optimizer {
 public:
  explicit RMSprop(RMSpropOptions options = {});
};

}  // namespace optimizers
}  // namespace kcpp
