#include "kcpp/layers/pipeline.h"

#include <map>
#include <string_view>

#include "src/layers/makers.h"

namespace kcpp::layers {
namespace {

/// The places of a dict's tensors in what a layer gave back: in the order of the keys.
void number_by_keys(Config& structure) {
  int64_t next = 0;
  const auto visit = [&](auto&& self, Config& item) -> void {
    if (!item.is_dict()) {
      item = next++;
      return;
    }
    std::map<std::string_view, Config*> sorted;
    for (auto& [key, value] : item.as_dict()) sorted.emplace(key, &value);
    for (const auto& [key, value] : sorted) self(self, *value);
  };
  visit(visit, structure);
}

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
    std::vector<TensorSpec> specs;
    for (const Tensor& t : run(inputs, context)) specs.push_back(spec_of(t));
    return specs;
  }
  Tensors call_list(const Tensors& inputs, CallContext& context) override {
    return run(inputs, context);
  }

 private:
  Tensors run(const Tensors& inputs, const CallContext& context) const {
    Tensors x = inputs;
    Tensors masks = context.masks;
    Config structure = context.options ? context.options->structure : Config();
    for (const Layer& layer : layers_) {
      x = layer.call(x, {.training = context.training, .masks = masks, .structure = structure});
      if (structure.is_dict()) number_by_keys(structure);
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
