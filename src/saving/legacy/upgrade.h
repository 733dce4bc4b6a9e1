/// Configs of every older Keras, made into those of Keras 3.
#pragma once

#include "kcpp/core/config.h"
#include "kcpp/saving.h"
#include "src/saving/legacy/epoch.h"

namespace kcpp::saving {

/// The Keras 3 config of a model that Keras `epoch` wrote: classes, keys, defaults, graph. Notes
/// what was left out or converted. Throws ValueError that names layer, class, key and value for
/// what cannot be expressed. A config of Keras 3 comes back as it is but for the few spellings that
/// changed within Keras 3.
Config upgrade_model(Config model, const Epoch& epoch, LoadReport* report);

}  // namespace kcpp::saving
