#include "kcpp/layers/identity.h"

#include "src/layers/makers.h"
#include "src/layers/options_layer.h"
#include "src/older_keras.h"
#include "src/regularizers.h"

namespace kcpp::layers {
namespace {

class IdentityImpl final : public OptionsLayer<LayerOptions> {
 public:
  IdentityImpl() { set_built(); }
  explicit IdentityImpl(LayerOptions o) : OptionsLayer(std::move(o)) { set_built(); }
  ClassInfo class_info() const override { return {"Identity", "keras.layers"}; }
  void validate() override { supports_masking_ = true; }
  Tensors call_list(const Tensors& inputs, CallContext&) override { return inputs; }
  Tensors compute_mask(const Tensors&, const Tensors& masks, const Tensors&) override {
    return masks;
  }
};

class ActivityRegularizationImpl final : public OptionsLayer<ActivityRegularizationOptions> {
 public:
  ActivityRegularizationImpl() { set_built(); }
  explicit ActivityRegularizationImpl(ActivityRegularizationOptions o)
      : OptionsLayer(std::move(o)) {
    set_built();
  }
  ClassInfo class_info() const override { return {"ActivityRegularization", "keras.layers"}; }
  void fields(Fields& f) override {
    f("l1", o_.l1);
    f("l2", o_.l2);
  }
  Config get_config() const override {
    Config out = OptionsLayer::get_config();
    out.erase("activity_regularizer");  // l1 and l2 say it
    return out;
  }
  void validate() override {
    supports_masking_ = true;
    activity_regularizer_ = regularizers::L1L2(o_.l1, o_.l2);
  }
  Config get_build_config() const override { return older_.with(LayerImpl::get_build_config()); }
  void build_from_config(const Config& config) override {
    older_.read(config);
    if (!older_.empty()) activity_regularizer_ = as_in_older_keras(activity_regularizer_, older_);
    LayerImpl::build_from_config(config);
  }
  Tensor call(const Tensor& x, CallContext&) override { return x; }

 private:
  OlderKeras older_;
};

}  // namespace

Identity::Identity(LayerOptions o) : Layer(make_layer<IdentityImpl>(std::move(o))) {}
ActivityRegularization::ActivityRegularization(ActivityRegularizationOptions o)
    : Layer(make_layer<ActivityRegularizationImpl>(std::move(o))) {}

std::shared_ptr<Object> makers::identity() { return make_object<IdentityImpl>(); }
std::shared_ptr<Object> makers::activity_regularization() {
  return make_object<ActivityRegularizationImpl>();
}

}  // namespace kcpp::layers
