/// What it is given, without its mask: merging layers of Keras 3.0 to 3.3 lost the masks.
#include "kcpp/layers/identity.h"
#include "kcpp/ops/create.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class UnmaskedImpl final : public OptionsLayer<LayerOptions> {
 public:
  UnmaskedImpl() { set_built(); }
  ClassInfo class_info() const override { return {"Unmasked", "keras.layers"}; }
  Tensor call(const Tensor& x, CallContext&) override { return ops::copy(x); }
};

}  // namespace

std::shared_ptr<Object> makers::unmasked() { return make_object<UnmaskedImpl>(); }

}  // namespace kcpp::layers
