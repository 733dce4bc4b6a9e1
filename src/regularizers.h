/// Penalties as an older Keras took them.
#pragma once

#include "kcpp/regularizers.h"
#include "src/older_keras.h"

namespace kcpp {

/// Today's regularizer as those words say (those on penalties). They stand beside its class_name
/// and config in files.
Regularizer as_in_older_keras(const Regularizer& today, const OlderKeras& words);
/// The penalty of a weight of a frozen layer counts.
bool counts_frozen(const Regularizer& regularizer);
/// The penalty is a part of what `evaluate` gives.
bool counts_in_evaluation(const Regularizer& regularizer);

}  // namespace kcpp
