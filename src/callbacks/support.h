/// What several callbacks need.
#pragma once

#include <string>

#include "kcpp/callbacks.h"

namespace kcpp::callbacks {

/// A line onto fit's stream.
void say(const CallbackParams& params, const std::string& line);

/// The optimizer's rate as Keras gives it: a float32, even before the optimizer has made its
/// variable.
double current_learning_rate(const Model& model);

/// Counts batches, of which steps_per_execution may pass several at once: true when it is time to
/// save.
bool batch_is_due(const SaveFrequency& frequency, int64_t batch, int64_t& last_batch,
                  int64_t& seen);

/// Python's `pattern.format(**values)` for whole numbers and floats, with format specifications
/// ("{epoch:02d}",
/// "{val_loss:.2f}"). Throws ValueError for a name that is not among the values and for a malformed
/// pattern.
struct FormatValue {
  std::string name;
  double number;
  bool is_integer;
};
std::string format_pattern(const std::string& pattern, const std::vector<FormatValue>& values);

}  // namespace kcpp::callbacks
