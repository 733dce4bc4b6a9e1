/// The config entry of Keras's quantization, which a file may have.
#pragma once

#include "kcpp/core/object.h"

namespace kcpp::layers {

/// Weights of a quantized layer are integers in a packing of Keras's own: refused rather than
/// misread.
inline void quantization_field(Fields& f) {
  if (const Config* c = f.raw("quantization_config")) {
    check(c->is_null(),
          "Quantized layers cannot be run by kcpp, which computes in floating point. Save the "
          "model before "
          "`model.quantize()`. Received: quantization_config=",
          *c);
  }
  f.write("quantization_config", nullptr);
}

}  // namespace kcpp::layers
