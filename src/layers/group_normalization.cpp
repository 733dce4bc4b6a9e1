#include "kcpp/layers/group_normalization.h"

#include <algorithm>

#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class GroupNormalizationImpl final : public OptionsLayer<GroupNormalizationOptions> {
 public:
  GroupNormalizationImpl() { autocast_ = false; }
  explicit GroupNormalizationImpl(GroupNormalizationOptions o) : OptionsLayer(std::move(o)) {
    autocast_ = false;
  }
  ClassInfo class_info() const override { return {"GroupNormalization", "keras.layers"}; }
  void fields(Fields& f) override {
    f("groups", o_.groups);
    f("axis", o_.axis);
    f("epsilon", o_.epsilon);
    f("center", o_.center);
    f("scale", o_.scale);
    f("beta_initializer", o_.beta_initializer);
    f("gamma_initializer", o_.gamma_initializer);
    f("beta_regularizer", o_.beta_regularizer);
    f("gamma_regularizer", o_.gamma_regularizer);
    f("beta_constraint", o_.beta_constraint);
    f("gamma_constraint", o_.gamma_constraint);
  }
  void validate() override {
    check(
        o_.groups > 0 || o_.groups == -1,
        "Received an invalid value for argument `groups`, expected a positive integer (or `-1` for "
        "instance normalization). Received: groups=",
        o_.groups);
    supports_masking_ = true;
  }
  void build(const Shape& in) override {
    axis_ = canonical_axis(o_.axis, in.rank(), "GroupNormalization");
    const int64_t dim = in[axis_];
    check(dim != Shape::unknown, "Axis ", o_.axis,
          " of input tensor should have a defined dimension but the layer received an input with "
          "shape ",
          in, ".");
    const int64_t groups = o_.groups == -1 ? dim : o_.groups;
    check(dim >= groups, "Number of groups (", groups,
          ") cannot be more than the number of channels (", dim, ").");
    check(dim % groups == 0, "Number of groups (", groups,
          ") must be a multiple of the number of channels (", dim, ").");
    o_.groups = groups;
    if (o_.scale) {
      gamma_ = add_weight("gamma", {dim},
                          {.initializer = o_.gamma_initializer,
                           .autocast = false,
                           .regularizer = o_.gamma_regularizer,
                           .constraint = o_.gamma_constraint});
    }
    if (o_.center) {
      beta_ = add_weight("beta", {dim},
                         {.initializer = o_.beta_initializer,
                          .autocast = false,
                          .regularizer = o_.beta_regularizer,
                          .constraint = o_.beta_constraint});
    }
    input_spec_ = {{.ndim = in.rank(), .axes = {{o_.axis, dim}}}};
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    return {{inputs[0].shape(), compute_dtype()}};
  }
  // [N, .., C, ..] -> [N, .., groups, C / groups, ..]; statistics over all but N and groups.
  Tensor call(const Tensor& inputs, CallContext&) override {
    const DType dtype = inputs.dtype() == DType::float64 ? DType::float64 : DType::float32;
    Shape grouped = inputs.shape();
    grouped[axis_] = grouped[axis_] / o_.groups;
    grouped.insert(axis_, o_.groups);
    const Tensor x = ops::reshape(ops::cast(inputs, dtype), grouped);
    std::vector<int> axes;
    for (int i = 1; i < grouped.rank(); ++i) {
      if (i != axis_) axes.push_back(i);
    }
    Shape spread = Shape::filled(grouped.rank(), 1);
    spread[axis_] = grouped[axis_];
    spread[axis_ + 1] = grouped[axis_ + 1];
    const auto [mean, variance] = ops::moments(x, ops::Axes(axes), true);
    Tensor inverse = ops::rsqrt(variance + o_.epsilon);
    if (gamma_) inverse = inverse * ops::cast(ops::reshape(gamma_, spread), dtype);
    Tensor shift = -mean * inverse;
    if (beta_) shift = shift + ops::cast(ops::reshape(beta_, spread), dtype);
    return ops::cast(ops::reshape(x * inverse + shift, inputs.shape()), compute_dtype());
  }

 private:
  int axis_ = -1;
  Variable gamma_, beta_;
};

class RMSNormalizationImpl final : public OptionsLayer<RMSNormalizationOptions> {
 public:
  using OptionsLayer::OptionsLayer;
  ClassInfo class_info() const override { return {"RMSNormalization", "keras.layers"}; }
  void fields(Fields& f) override {
    f("axis", o_.axis);
    f("epsilon", o_.epsilon);
  }
  void build(const Shape& in) override {
    std::vector<int> axes(o_.axis.begin(), o_.axis.end());
    std::sort(axes.begin(), axes.end());
    o_.axis = ops::Axes(axes);
    Shape shape;
    for (int a : axes) shape.push_back(in.dim(a));
    scale_ = add_weight("scale", shape, {.initializer = "ones"});
  }
  Tensor call(const Tensor& x, CallContext&) override {
    return ops::rms_normalization(x, compute(scale_), o_.axis, o_.epsilon);
  }

 private:
  Variable scale_;
};

class UnitNormalizationImpl final : public OptionsLayer<UnitNormalizationOptions> {
 public:
  UnitNormalizationImpl() { set_built(); }
  explicit UnitNormalizationImpl(UnitNormalizationOptions o) : OptionsLayer(std::move(o)) {
    set_built();
  }
  ClassInfo class_info() const override { return {"UnitNormalization", "keras.layers"}; }
  void fields(Fields& f) override { f("axis", o_.axis); }
  void validate() override { supports_masking_ = true; }
  Tensor call(const Tensor& x, CallContext&) override {
    return ops::normalize(x, o_.axis, 2, 1e-12);
  }
};

}  // namespace

GroupNormalization::GroupNormalization(GroupNormalizationOptions o)
    : Layer(make_layer<GroupNormalizationImpl>(std::move(o))) {}
RMSNormalization::RMSNormalization(RMSNormalizationOptions o)
    : Layer(make_layer<RMSNormalizationImpl>(std::move(o))) {}
UnitNormalization::UnitNormalization(UnitNormalizationOptions o)
    : Layer(make_layer<UnitNormalizationImpl>(std::move(o))) {}

std::shared_ptr<Object> makers::group_normalization() {
  return make_object<GroupNormalizationImpl>();
}
std::shared_ptr<Object> makers::rms_normalization() { return make_object<RMSNormalizationImpl>(); }
std::shared_ptr<Object> makers::unit_normalization() {
  return make_object<UnitNormalizationImpl>();
}

}  // namespace kcpp::layers
