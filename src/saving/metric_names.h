/// Names of metrics in the compile section of a file: Keras 3 takes fewer than Keras 2.
#pragma once

#include <string>

#include "kcpp/core/config.h"
#include "kcpp/models/model.h"

namespace kcpp::saving {

/// keras.metrics.get takes it: a class, its name in snake case, or one of a few short names.
bool is_metric_name(const std::string& name);
/// Throws ValueError for a name that Keras 3 does not know: "ce", "kld".
void check_metric_names(const Config& compile);
/// The section of an older file in which "crossentropy" and "ce" are the classes that they mean
/// there: for one unit or a binary loss, for a sparse loss, or else. `accuracy_too`: so are
/// "accuracy" and "acc", which today hang on the shapes of the targets.
Config with_named_classes(Config compile, const Model& model, bool accuracy_too);

}  // namespace kcpp::saving
