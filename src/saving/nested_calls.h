/// Calls of nested models in an .h5, where tf.keras and Keras 3 count them differently.
#pragma once

#include "kcpp/core/config.h"

namespace kcpp::saving {

/// tf.keras counts the calls of a model that is a layer of another one from 1, Keras 3 from 0. So
/// each call is written twice, and whoever refers to call k says 2k + 1: the first copy for one,
/// the second for the other. Only of nested models that another node refers to, and of Sequential
/// ones that are outputs; Keras 3 writes outputs of other models as tf.keras does.
/// `config` is that of a functional model, as Keras 3 writes it.
void write_nested_calls_twice(Config& config);

}  // namespace kcpp::saving
