/// The tables of built-in classes, one a kind. Each is written out beside its family;
/// src/tables.cpp lists them.
#pragma once

#include <span>

#include "kcpp/core/object.h"

namespace kcpp::tables {

std::span<const Factory> layers();        // src/layers/layer_table.cpp
std::span<const Factory> models();        // src/models/model_table.cpp
std::span<const Factory> initializers();  // src/initializers.cpp
std::span<const Factory> regularizers();  // src/regularizers.cpp
std::span<const Factory> constraints();   // src/constraints.cpp
std::span<const Factory> optimizers();    // src/optimizers/table.cpp
std::span<const Factory> schedules();     // src/optimizers/schedules.cpp
std::span<const Factory> losses();        // src/losses/table.cpp
std::span<const Factory> metrics();       // src/metrics/table.cpp

// Names that Keras has beside those of the classes.
std::span<const Alias> initializer_aliases();  // src/initializers.cpp
std::span<const Alias> loss_aliases();         // src/losses/table.cpp
std::span<const Alias> metric_aliases();       // src/metrics/table.cpp

}  // namespace kcpp::tables
