/// How Keras up to 3.13 took the penalty of a batch's activities.
#pragma once

#include "kcpp/regularizers.h"

namespace kcpp {

/// Such a regularizer sums over the batch, where today's is divided by its size. Its entry says so
/// by this key beside class_name and config, where no Keras looks.
inline constexpr const char *batch_key = "batch", *batch_sum = "sum";
Regularizer summed_over_batch(const Regularizer& divided);

}  // namespace kcpp
