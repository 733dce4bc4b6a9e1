/// What merging layers share.
#pragma once

#include "kcpp/ops/dims.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {

/// `[(None, 3), (None, 4)]`
std::string shapes_text(const Shapes& shapes);
/// keras.backend.batch_dot: sums over `axes` (one for both, or one each) of every sample by itself.
Tensor batch_dot(const Tensor& x, const Tensor& y, const Dims& axes);

template <class Options>
class MergeImpl : public OptionsLayer<Options> {
 public:
  MergeImpl() { init(); }
  explicit MergeImpl(Options o) : OptionsLayer<Options>(std::move(o)) { init(); }

  /// Where any input is unmasked; none unless all have masks.
  Tensors compute_mask(const Tensors&, const Tensors& masks, const Tensors&) override {
    Tensor out;
    for (const Tensor& m : masks) {
      if (!m.defined()) return {};
      out = out.defined() ? ops::logical_or(out, m) : m;
    }
    return {out};
  }

 private:
  void init() {
    this->supports_masking_ = true;
    this->takes_list_ = true;
  }
};

}  // namespace kcpp::layers
