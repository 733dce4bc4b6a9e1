/// Config entries of Keras's LoRA and quantization, which a file may have.
#pragma once

#include "kcpp/core/object.h"

namespace kcpp::layers {

/// Keras saves a layer with LoRA merged: the file's kernel is the sum. So these two are carried,
/// and nothing is lost.
struct LoraFields {
  std::optional<int64_t> rank = {};
  std::optional<double> alpha = {};
  void fields(Fields& f) {
    if (!f.reading() && !rank) return;
    f("lora_rank", rank);
    f("lora_alpha", alpha);
  }
};

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
