/// The keys of the configs in an .h5.
#pragma once

#include <string_view>

#include "kcpp/core/config.h"

namespace kcpp::saving {

/// `c` is {"class_name": name, ..}.
bool is_class(const Config& c, std::string_view name);

/// `config` (of a model, losses, metrics or part of them) without the keys that a tf.keras lacks,
/// where they are at the values at which Keras 3 does not need them; dtypes by their names.
Config tf_keras_keys(const Config& config);

}  // namespace kcpp::saving
