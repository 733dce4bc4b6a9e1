#include "kcpp/layers/pipeline.h"

#include "src/layers/makers.h"

namespace kcpp::layers {
namespace {

class PipelineImpl final : public LayerImpl {
 public:
  PipelineImpl() = default;
  PipelineImpl(LayerList layers, PipelineOptions o) : layers_(std::move(layers)) {
    if (!o.name.empty()) set_name(o.name);
  }
  ClassInfo class_info() const override { return {"Pipeline", "keras.layers"}; }
  void fields(Fields& f) override { f.required("layers", layers_); }
  /// Keras writes neither `trainable` nor a dtype here.
  Config get_config() const override {
    return Config::dict({{"layers", to_config(layers_)}, {"name", name()}});
  }
  void validate() override {
    for (const Layer& layer : layers_)
      check(static_cast<bool>(layer), "`Pipeline` needs layers. Received: None");
    if (children().empty()) track_list("layers", layers_);
    takes_mask_ = true;
    trains_by_default_ = true;
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs,
                                              CallContext& context) override {
    return {spec_of(run(inputs, context)[0])};
  }
  Tensors call_list(const Tensors& inputs, CallContext& context) override {
    return run(inputs, context);
  }

 private:
  Tensors run(const Tensors& inputs, const CallContext& context) const {
    Tensors x = inputs;
    Tensors masks = context.masks;
    for (const Layer& layer : layers_) {
      x = layer.call(x, {.training = context.training, .masks = masks});
      masks.clear();
      for (const Tensor& t : x) masks.push_back(t.keras_mask());
    }
    return x;
  }
  LayerList layers_;
};

}  // namespace

Pipeline::Pipeline(LayerList layers, PipelineOptions o)
    : Layer(make_layer<PipelineImpl>(std::move(layers), std::move(o))) {}

std::shared_ptr<Object> makers::pipeline() { return make_object<PipelineImpl>(); }

}  // namespace kcpp::layers
