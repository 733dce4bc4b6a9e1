/// The weight gradient of a channels-last convolution as products of image rows, without reordering
/// or unfolding anything.
#pragma once

#include "backend/onednn/convolution.h"

namespace kcpp::onednn {

/// The own loops compute this convolution's weight gradient, and are the faster choice.
bool own_conv_grad_weights_fits(const Convolution& c);

/// dw (Keras's layout) = the weight gradient.
void own_conv_grad_weights(const Convolution& c, const float* x, const float* dy, float* dw);

}  // namespace kcpp::onednn
