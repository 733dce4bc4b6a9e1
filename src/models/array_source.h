/// Arrays as a source of batches: shuffled, cut and weighted as Keras's array_data_adapter does.
#pragma once

#include <memory>

#include "kcpp/data.h"
#include "kcpp/models/training.h"

namespace kcpp {

/// The arrays of a fit or evaluate, checked: same number of samples, floats in floatx.
struct Arrays {
  Tensors x, y, sample_weight;
  int64_t samples = 0;
};

/// Throws ValueError for no data, or for arrays of different lengths.
Arrays make_arrays(Tensors x, Tensors y, Tensors sample_weight);

/// The weight of each sample by the class in y (indices, or one-hot rows).
Tensor class_to_sample_weight(const Tensor& y, const ClassWeight& class_weight);

/// The first part to train on, the last fraction to validate on, as keras's train_validation_split
/// cuts them.
std::pair<Arrays, Arrays> split_arrays(const Arrays& all, double validation_split);

/// Batches of `batch_size` along the leading axis; a new permutation for each pass when `shuffle`.
std::shared_ptr<DatasetImpl> array_source(Arrays arrays, int64_t batch_size, bool shuffle);

/// The same for fit: batches whose rows have to be gathered are made one ahead, on a thread that
/// lives as long as a pass. Small ones, and those that lie in one piece, are made on the spot.
std::shared_ptr<DatasetImpl> training_source(Arrays arrays, int64_t batch_size, bool shuffle);

}  // namespace kcpp
