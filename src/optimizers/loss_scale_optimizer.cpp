#include "src/optimizers/loss_scale_optimizer.h"

#include <algorithm>

#include "kcpp/core/autodiff.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "src/optimizers/indexed_slices.h"
#include "src/optimizers/tracking.h"

namespace kcpp {

LossScaleOptimizerImpl::LossScaleOptimizerImpl() : LossScaleOptimizerImpl({}, {}) {}
LossScaleOptimizerImpl::LossScaleOptimizerImpl(Optimizer inner,
                                               const optimizers::LossScaleOptimizerOptions& o)
    : inner_(std::move(inner)), options_(o) {
  name_ = o.name;
  learning_rate_ = 0.0;
}

void LossScaleOptimizerImpl::fields(Fields& f) {
  f("name", name_);
  f.required("inner_optimizer", inner_);
  f("initial_scale", options_.initial_scale);
  f("dynamic_growth_steps", options_.dynamic_growth_steps);
  // Older files hold the fields of every optimizer, which must have their defaults.
  for (const char* key : {"weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema",
                          "ema_momentum", "ema_overwrite_frequency", "loss_scale_factor",
                          "gradient_accumulation_steps", "learning_rate", "dynamic"}) {
    const Config* c = f.raw(key);
    if (!c || std::string_view(key) == "learning_rate") continue;
    check(std::string_view(key) != "dynamic" || c->as_bool(key),
          "LossScaleOptimizer no longer supports `dynamic=False`. Instead, simply set "
          "`loss_scale_factor` directly on the `inner_optimizer`.");
    const bool is_default = c->is_null() || *c == Config(false) || *c == Config(0.99) ||
                            std::string_view(key) == "dynamic";
    check(is_default, "LossScaleOptimizer does not support `", key, "`. Instead, set `", key,
          "` on the `inner_optimizer`.");
  }
}

void LossScaleOptimizerImpl::validate() {
  check(static_cast<bool>(inner_), "LossScaleOptimizer needs an `inner_optimizer`.");
  inner_->set_loss_scale_factor({});  // gradients would be scaled twice
}

void LossScaleOptimizerImpl::build(const Variables& variables) {
  if (built()) return;
  step_counter_ = add_slot({}, DType::int64, "step_counter");
  dynamic_scale_ = add_slot({}, DType::float32, "dynamic_scale", options_.initial_scale);
  {
    PauseTracking pause;
    inner_->build(variables);
  }
  OptimizerImpl::build(variables);
}

Variables LossScaleOptimizerImpl::variables() const {
  Variables out = OptimizerImpl::variables();
  const Variables inner = inner_->variables();
  out.insert(out.end(), inner.begin(), inner.end());
  return out;
}

Tensor LossScaleOptimizerImpl::scale_loss(const Tensor& loss) const {
  return loss * (built() ? dynamic_scale_.value().item() : options_.initial_scale);
}

void LossScaleOptimizerImpl::apply_gradients(const Tensors& gradients, const Variables& variables) {
  if (variables.empty()) return;
  autodiff::PauseRecording pause;
  build(variables);
  const bool finite = std::all_of(gradients.begin(), gradients.end(), [](const Tensor& g) {
    return !g.defined() || ops::all(ops::isfinite(g)).item() != 0;
  });
  const double scale = dynamic_scale_.value().item();
  if (!finite) {
    step_counter_.assign(Tensor::scalar(0, DType::int64));
    dynamic_scale_.assign(Tensor::scalar(scale * 0.5, DType::float32));
    return;
  }
  Tensors unscaled;
  unscaled.reserve(gradients.size());
  const auto unscale = [&](const Tensor& x) { return x / scale; };
  for (const Tensor& g : gradients) unscaled.push_back(g.defined() ? map_slices(g, unscale) : g);
  inner_->apply_gradients(unscaled, variables);
  const auto steps = step_counter_.value().item<int64_t>() + 1;
  const bool grow = steps == options_.dynamic_growth_steps;
  step_counter_.assign(Tensor::scalar(grow ? 0 : static_cast<double>(steps), DType::int64));
  if (grow) dynamic_scale_.assign(Tensor::scalar(scale * 2.0, DType::float32));
}

void LossScaleOptimizerImpl::update(const Tensors&, const Variables&, const std::vector<size_t>&,
                                    double) {
  KCPP_ASSERT(false && "the inner optimizer updates");
}

optimizers::LossScaleOptimizer::LossScaleOptimizer(Optimizer inner_optimizer,
                                                   LossScaleOptimizerOptions options) {
  auto impl = std::make_shared<LossScaleOptimizerImpl>(std::move(inner_optimizer), options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
