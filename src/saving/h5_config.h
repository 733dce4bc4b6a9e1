/// The configs of an .h5, in words that both Keras 3 and tf.keras 2.x understand.
#pragma once

#include "kcpp/core/config.h"

namespace kcpp::saving {

/// A model's config without what .h5 files leave out (module, registered_name, build_config), and
/// as tf.keras wants it where Keras 3 takes that too: `batch_input_shape`, dtypes as names, nodes
/// as lists, no keys of Keras 3 that are at their defaults. What only Keras 3 can say stays as it
/// says it: tf.keras does not know such layers anyway.
Config to_legacy_config(const Config& model);

/// `training_config` of Keras 3's compile config. Losses get their full names: Keras 3 itself fails
/// to read "mse" back from an .h5.
Config to_training_config(const Config& compile);

}  // namespace kcpp::saving
