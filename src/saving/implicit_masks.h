/// The masks of a Functional model's config that every Keras finds by itself.
#pragma once

#include "kcpp/core/config.h"

namespace kcpp::saving {

/// Keras 3 writes the masks that travel with tensors as operations of the graph and as arguments of
/// the calls. No Keras reads these operations from an .h5, but each makes the masks anew from
/// Embedding and Masking layers: so such arguments and operations are left out of the config of a
/// Functional model. Masks that a user handed over stay.
void drop_implicit_masks(Config& model);

}  // namespace kcpp::saving
