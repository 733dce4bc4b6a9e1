#include "kcpp/models/model.h"

namespace kcpp::callbacks {

void SwapEMAWeights::swap(bool averages_in_model) {
  if (swapped_ == averages_in_model) return;
  const Optimizer optimizer = model().optimizer();
  check(optimizer->use_ema(),
        "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer. Received: "
        "use_ema=False");
  // Before the first step there are no averages yet.
  if (!optimizer->built()) return;
  const Variables& variables = optimizer->trainable_variables();
  const Variables& averages = optimizer->averages();
  for (size_t i = 0; i < variables.size(); ++i) {
    Variable variable = variables[i], average = averages[i];
    const Tensor before = variable.value().detach();
    variable.assign(average.value().detach());
    average.assign(before);
  }
  swapped_ = averages_in_model;
}

void SwapEMAWeights::on_epoch_begin(int, const Logs&) {
  if (options_.swap_on_epoch) swap(false);
}

void SwapEMAWeights::on_epoch_end(int epoch, Logs&) {
  if (!options_.swap_on_epoch || swapped_) return;
  swap(true);
  // The end of fit overwrites the weights by the averages, which after the last epoch stand in the
  // model already.
  if (!swapped_ || (epoch != params_.epochs - 1 && !model().is_stopping())) return;
  const Optimizer optimizer = model().optimizer();
  const Variables& variables = optimizer->trainable_variables();
  for (size_t i = 0; i < variables.size(); ++i)
    Variable(optimizer->averages()[i]).assign(variables[i].value().detach());
  swapped_ = false;
}

void SwapEMAWeights::on_test_begin(const Logs&) { swap(true); }
void SwapEMAWeights::on_test_end(const Logs&) { swap(false); }
void SwapEMAWeights::on_predict_begin(const Logs&) { swap(true); }
// Keras 3.15 asks the wrong way round here and leaves the averages in the model.
void SwapEMAWeights::on_predict_end(const Logs&) { swap(false); }

}  // namespace kcpp::callbacks
