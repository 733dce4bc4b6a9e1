/// The weight gradient of a channels-last convolution as products of image rows, without reordering
/// or unfolding anything.
#pragma once

#include "backend/onednn/convolution.h"

namespace kcpp::onednn {

/// How a weight gradient is computed. A fixed rule, from measurements: choosing by timing would
/// give other bits from run to run.
enum class ConvGradWay : uint8_t {
  own,        ///< own_conv_grad_weights
  product,    ///< a 1x1 kernel: one large matrix product
  primitive,  ///< oneDNN's
};
ConvGradWay conv_grad_weights_way(const Convolution& c);

/// The own loops can compute this convolution's weight gradient.
bool own_conv_grad_weights_fits(const Convolution& c);

/// dw (Keras's layout) = the weight gradient.
void own_conv_grad_weights(const Convolution& c, const float* x, const float* dy, float* dw);

}  // namespace kcpp::onednn
