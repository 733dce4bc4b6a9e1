/// Recurrent layers of TensorFlow's Keras 2 with time_major=True, whose data are (time, batch, ..).
#include "kcpp/layers/wrapper.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"

namespace kcpp::layers {
namespace {

/// Turns what goes into the recurrent layer, and its sequences, round.
class TimeMajorImpl final : public WrapperImpl {
 public:
  ClassInfo class_info() const override { return {"TimeMajor", "keras.layers"}; }
  void validate() override {
    WrapperImpl::validate();
    takes_mask_ = true;
  }
  void build(const Shape& in) override {
    check(in.rank() >= 3, "Expected (time, batch, features). Received: input_shape=", in);
    layer_->ensure_built({Shape{in[1], in[0]} + in.slice(2)});
  }
  Tensors call_list(const Tensors& inputs, CallContext& context) override {
    CallContext inner = context;
    inner.masks.clear();
    if (context.mask().defined()) inner.masks = {turned(context.mask())};
    Tensors swapped = inputs;
    swapped.at(0) = turned(inputs.at(0));
    Tensors outputs = layer_->call_list(swapped, inner);
    // Without return_sequences there is no axis of time.
    if (outputs.at(0).rank() == inputs[0].rank()) outputs[0] = turned(outputs[0]);
    return outputs;
  }

 private:
  static Tensor turned(const Tensor& x) { return ops::swapaxes(x, 0, 1); }
};

}  // namespace

std::shared_ptr<Object> makers::time_major() { return make_object<TimeMajorImpl>(); }

}  // namespace kcpp::layers
