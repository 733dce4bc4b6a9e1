/// The layout of whole-model and weights-only .h5 files (keras.src.legacy.saving.legacy_h5_format).
#pragma once

#include "kcpp/saving.h"
#include "src/saving/containers/hdf5_reader.h"
#include "src/saving/containers/hdf5_writer.h"
#include "src/saving/legacy/stored_weight.h"

namespace kcpp::saving {

/// `layer_names`, and one group a layer with `weight_names` and the weights under their paths.
void write_layer_weights(const Model& model, hdf5::GroupWriter group);

/// `optimizer_weights` as Keras 3 writes it, which no Keras 3 reads back from an .h5 (it builds the
/// optimizer over no variables). A model that an older Keras wrote gets the list that tf.keras
/// reads, where its optimizers can hold the state.
void write_optimizer_weights(const Model& model, hdf5::GroupWriter root);
/// The list of `optimizer_weights`; empty without it.
StoredWeights read_optimizer_weights(const hdf5::Group& root);

}  // namespace kcpp::saving
