/// Layers that keras.applications keeps for its own networks: LayerScale and StochasticDepth of
/// ConvNeXt, CustomScaleLayer of InceptionResNetV2. They come from files only.
#include "kcpp/ops/create.h"
#include "kcpp/ops/random.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

constexpr const char* convnext = "keras.src.applications.convnext";

/// One learned factor a channel (Touvron et al. 2021, arXiv:2103.17239).
class LayerScaleImpl final : public LayerImpl {
 public:
  ClassInfo class_info() const override { return {"LayerScale", convnext, "LayerScale"}; }
  void fields(Fields& f) override {
    f.required("init_values", init_values_);
    f.required("projection_dim", projection_dim_);
  }
  void validate() override {
    check(projection_dim_ > 0,
          "`projection_dim` must be positive. Received: projection_dim=", projection_dim_);
  }
  void build(const Shape&) override {
    gamma_ = add_weight("variable", {projection_dim_},
                        {.initializer = initializers::Constant(init_values_)});
  }
  Tensor call(const Tensor& x, CallContext&) override { return x * compute(gamma_); }

 private:
  double init_values_ = 0;
  int64_t projection_dim_ = 1;
  Variable gamma_;
};

/// Drops whole samples in training (Huang et al. 2016, arXiv:1603.09382).
class StochasticDepthImpl final : public LayerImpl {
 public:
  ClassInfo class_info() const override { return {"StochasticDepth", convnext, "StochasticDepth"}; }
  void fields(Fields& f) override { f.required("drop_path_rate", rate_); }
  Tensor call(const Tensor& x, CallContext& context) override {
    if (!context.training) return x;
    Shape one_a_sample = Shape::filled(x.rank(), 1);
    one_a_sample[0] = x.dim(0);
    const double keep = 1 - rate_;
    return x / keep *
           ops::floor(keep + random::uniform(one_a_sample, 0, 1, x.dtype(), random::Seed()));
  }

 private:
  double rate_ = 0;
};

/// a + b * scale.
class CustomScaleLayerImpl final : public LayerImpl {
 public:
  CustomScaleLayerImpl() { takes_list_ = true; }
  ClassInfo class_info() const override {
    return {"CustomScaleLayer", "keras.src.applications.inception_resnet_v2", "CustomScaleLayer"};
  }
  void fields(Fields& f) override { f.required("scale", scale_); }
  Tensors call_list(const Tensors& inputs, CallContext&) override {
    check(inputs.size() == 2,
          "A `CustomScaleLayer` should be called on a list of 2 inputs. Received: ", inputs.size());
    return {inputs[0] + inputs[1] * scale_};
  }

 private:
  double scale_ = 1;
};

}  // namespace

std::shared_ptr<Object> makers::layer_scale() { return make_object<LayerScaleImpl>(); }
std::shared_ptr<Object> makers::stochastic_depth() { return make_object<StochasticDepthImpl>(); }
std::shared_ptr<Object> makers::custom_scale_layer() { return make_object<CustomScaleLayerImpl>(); }

}  // namespace kcpp::layers
