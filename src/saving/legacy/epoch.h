/// Which Keras wrote a file. The formats of configs and weights depend on it.
#pragma once

#include <string>

#include "kcpp/core/config.h"
#include "src/saving/containers/hdf5_reader.h"

namespace kcpp::saving {

/// The version and the flavour of the Keras that wrote a file.
struct Epoch {
  int major = 3;
  int minor = 15;
  int patch = 0;
  /// Written by TensorFlow's own Keras (tf.keras or tf_keras), not by the package `keras` <= 2.3.
  bool tf_keras = false;
  /// Written on the Theano backend: kernels of ordinary convolutions are stored flipped. Only
  /// Keras 2 records the backend; Keras 1 files are never flipped.
  bool theano = false;

  /// Written before Keras `major`.`minor`.`patch`.
  bool before(int other_major, int other_minor = 0, int other_patch = 0) const;
  /// "Keras 2.2.4 (tf.keras)": for notes and errors.
  std::string to_string() const;
};

/// The epoch of a `keras_version` ("2.2.4", "2.2.4-tf", "1") and a `backend`.
Epoch epoch_of_version(const std::string& version, const std::string& backend = {});
/// The epoch of an HDF5 file: a whole model, weights alone (any layout), or `model.weights.h5`.
/// Takes `keras_version` at the root or at `model_weights`; without it, the content tells.
Epoch epoch_of(const hdf5::Group& root);
/// The epoch of a model's JSON, by its `keras_version` where it has one, else by its content
/// (`nb_filter` is of Keras 1, `batch_input_shape` of Keras 2, `module` of Keras 3 ...).
/// `metadata` is metadata.json of a .keras archive.
Epoch epoch_of(const Config& model, const Config* metadata = nullptr);

}  // namespace kcpp::saving
