/// The arrays of older layers made into those of Keras 3 (keras's preprocess_weights_for_loading
/// and _convert_rnn_weights, which Keras 3 no longer has).
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/saving.h"
#include "src/saving/legacy/epoch.h"
#include "src/saving/legacy/stored_weight.h"

namespace kcpp::saving {

/// What a conversion has to know beside the layer.
struct Conversion {
  const Epoch& epoch;
  /// The arrays are an optimizer's slots of the weights, not the weights.
  bool slots = false;
  LoadReport* report = nullptr;

  void note(const std::string& what) const;
};

/// One layer's arrays as Keras 3 has them, in the same order: trainable, then the others. Layers
/// inside of it (wrappers, nested models) are not looked into. Throws ValueError for arrays that no
/// Keras wrote.
StoredWeights convert_weights(const LayerImpl& layer, StoredWeights stored, const Conversion& c);

/// How many arrays Keras 1 had for a layer of today's, when these are more than today's: 12 for an
/// LSTM, 9 for a GRU; else 0.
size_t keras1_count(const LayerImpl& layer);

// --- one family each
// ------------------------------------------------------------------------------

/// convert_convolution.cpp: axes of Keras 1, kernels that Theano flips.
StoredWeights convert_convolution(const LayerImpl& layer, StoredWeights stored,
                                  const Conversion& c);
/// convert_recurrent.cpp: the gates' arrays of Keras 1, each by itself, into one.
StoredWeights convert_recurrent(const LayerImpl& layer, StoredWeights stored, const Conversion& c);
/// convert_cudnn.cpp: CuDNNLSTM and CuDNNGRU.
StoredWeights convert_cudnn(const LayerImpl& layer, StoredWeights stored, const Conversion& c);
/// convert_highway.cpp: the order of a Highway's arrays.
StoredWeights convert_highway(const LayerImpl& layer, StoredWeights stored);
/// convert_normalization.cpp: `running_std` of Keras up to 1.0.5.
StoredWeights convert_normalization(const LayerImpl& layer, StoredWeights stored,
                                    const Conversion& c);

}  // namespace kcpp::saving
