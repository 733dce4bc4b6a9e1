/// The small ResNets of the CIFAR experiments.
#pragma once

#include <string>

#include "kcpp/activations.h"
#include "kcpp/models/model.h"

namespace kcpp::applications {

struct CifarResNetOptions {
  int blocks = 3;  ///< basic blocks a stage: 3 is ResNet-20, 5 ResNet-32, 7 ResNet-44, 9 ResNet-56
  std::string weights = {};  ///< path of a weights file; empty: random weights
  Shape input_shape = {32, 32, 3};
  int64_t classes = 10;
  ActivationFn classifier_activation = {};  ///< default: logits
  std::string name = {};                    ///< empty: "functional"
};

/// ResNet-20 (He et al., 2015, section 4.2): a 3x3 convolution, three stages of basic blocks with
/// 16, 32 and 64 channels, a 1x1 convolution as shortcut where the shape changes, batch
/// normalisation after each convolution, global average pooling, Dense. Layers have the names that
/// a fresh Python session of Keras gives them (conv2d, conv2d_1, ...).
///
///     Model model = applications::ResNet20({.classifier_activation = "softmax"});
Model ResNet20(const CifarResNetOptions& options = {});

}  // namespace kcpp::applications
