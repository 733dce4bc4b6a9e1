#include <cmath>

#include "kcpp/models/model.h"
#include "src/callbacks/support.h"

namespace kcpp::callbacks {

void TerminateOnNaN::on_train_batch_end(int64_t batch, const Logs& logs) {
  const double loss = logs.get("loss", 0);
  if (std::isfinite(loss)) return;
  check<RuntimeError>(!options_.raise_error, "NaN or Inf loss encountered at batch ", batch,
                      ". Loss value: ", loss, ". Terminating training immediately.");
  if (params_.verbose > 0)
    say(params_, text("Batch ", batch, ": Invalid loss, terminating training"));
  model().stop_training();
}

}  // namespace kcpp::callbacks
