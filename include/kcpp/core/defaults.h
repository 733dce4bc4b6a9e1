/// The global defaults of keras.config, beside floatx (dtype.h) and the dtype policy
/// (dtype_policy.h).
#pragma once

#include <string_view>

#include "kcpp/core/export.h"

namespace kcpp {

/// The small number that Keras adds or clips with (keras.config.epsilon): 1e-7 unless changed.
KCPP_API double epsilon();
KCPP_API void set_epsilon(double value);

/// "channels_last" unless changed (keras.config.image_data_format).
KCPP_API std::string_view image_data_format();
/// Throws ValueError unless it is "channels_last" or "channels_first".
KCPP_API void set_image_data_format(std::string_view data_format);

/// `data_format`, or the global one when empty; throws ValueError for another word. True:
/// channels_first.
KCPP_API bool is_channels_first(std::string_view data_format);

}  // namespace kcpp
