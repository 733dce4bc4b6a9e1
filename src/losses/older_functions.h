/// Losses and metrics as older Keras computed them under the names of today.
#pragma once

#include "kcpp/losses.h"
#include "src/older_keras.h"

namespace kcpp {

/// Arguments with which today's function gives what the older one gave, but for a factor.
struct OlderArguments {
  Tensor y_true, y_pred;
  double factor = 1;
};
OlderArguments older_arguments(const OlderKeras& words, const Tensor& y_true, const Tensor& y_pred);

/// Today's loss as those words say. They stand beside its class_name and config in files.
Loss as_in_older_keras(const Loss& today, const OlderKeras& words);
/// Its words; none for a loss of today.
OlderKeras older_words_of(const Loss& loss);

}  // namespace kcpp
