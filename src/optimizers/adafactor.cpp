#include "src/optimizers/adafactor.h"

#include <algorithm>

#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/optimizers/indexed_slices.h"
#include "src/optimizers/tracking.h"

namespace kcpp {

void AdafactorImpl::fields(Fields& f) {
  OptimizerImpl::fields(f);
  f("beta_2_decay", options_.beta_2_decay);
  f("epsilon_1", options_.epsilon_1);
  f("epsilon_2", options_.epsilon_2);
  f("clip_threshold", options_.clip_threshold);
  f("relative_step", options_.relative_step);
}

void AdafactorImpl::build_slots(const Variables& variables) {
  for (const Variable& v : variables) {
    const Shape& shape = v.shape();
    if (shape.rank() < 2) {
      // Nothing to factor; Keras keeps an int32 zero in either place, made outside of the
      // optimizer's scope.
      for (Variables* slots : {&rows_, &columns_}) {
        if (PauseTracking::is_on()) {
          slots->emplace_back();
          continue;
        }
        slots->push_back(add_slot({}, DType::int32, v.name()));
        slots->back().set_path(v.name());
      }
    } else {
      Shape row, column;
      for (int d = 0; d < shape.rank(); ++d) {
        if (d != shape.rank() - 1) row.push_back(shape[d]);
        if (d != shape.rank() - 2) column.push_back(shape[d]);
      }
      rows_.push_back(add_slot(row, v.dtype(), v.name()));
      columns_.push_back(add_slot(column, v.dtype(), v.name()));
    }
    velocities_.push_back(add_slot_like(v, "velocity"));
  }
}

void AdafactorImpl::update_variable(const Tensor& gradient, Variable variable, size_t i,
                                    double learning_rate) {
  const auto rms = [](const Tensor& x) { return std::sqrt(ops::mean(ops::square(x)).item()); };
  const auto step = static_cast<double>(update_count() + 1);
  // With `relative_step` Keras bounds the rate by 1 / sqrt(step) twice: once here serves both.
  const double rate =
      std::max(options_.epsilon_2, rms(variable)) * std::min(learning_rate, 1 / std::sqrt(step));
  const double beta_2 = 1 - power_in(variable.dtype(), step, options_.beta_2_decay);
  const Tensor square = square_of(gradient), regulated = square + options_.epsilon_1;
  const auto average = [&](Variable& slot, const Tensor& now) {
    slot.assign(slot.value() * beta_2 + now * (1 - beta_2));
  };
  Variable r = rows_[i], c = columns_[i], v = velocities_[i];
  if (variable.shape().rank() >= 2) {
    average(r, ops::mean(regulated, -1));
    average(c, ops::mean(regulated, -2));
    v.assign(ops::expand_dims(r.value() / ops::mean(r, -1, true), -1) * ops::expand_dims(c, -2));
  } else {
    average(v, regulated);
  }
  const double rms_of_step = std::sqrt(ops::mean(square / v).item());
  variable.assign_sub(gradient / ops::sqrt(v) /
                      std::max(1.0, rms_of_step / options_.clip_threshold) * rate);
}

optimizers::Adafactor::Adafactor(AdafactorOptions options) {
  auto impl = std::make_shared<AdafactorImpl>(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

}  // namespace kcpp
