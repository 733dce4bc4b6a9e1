#include "kcpp/layers/reshaping.h"

#include <algorithm>

#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class FlattenImpl final : public OptionsLayer<FlattenOptions> {
 public:
  using OptionsLayer::OptionsLayer;
  ClassInfo class_info() const override { return {"Flatten", "keras.layers"}; }
  void fields(Fields& f) override { f("data_format", o_.data_format); }
  void validate() override {
    channels_first_ = resolve_data_format();
    input_spec_ = {{.min_ndim = 1}};
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    return {{flat(inputs[0].shape()), inputs[0].dtype()}};
  }
  Tensor call(const Tensor& inputs, CallContext&) override {
    Tensor x = inputs;
    if (channels_first_ && x.rank() > 2) x = ops::moveaxis(x, 1, -1);
    return ops::reshape(x, flat(x.shape()));
  }

 private:
  static Shape flat(const Shape& in) {
    const Shape rest = in.slice(1);
    return {in[0], rest.is_static() ? rest.size() : Shape::unknown};
  }
  bool channels_first_ = false;
};

class ReshapeImpl final : public OptionsLayer<LayerOptions> {
 public:
  ReshapeImpl() { set_built(); }
  ReshapeImpl(const Shape& target, LayerOptions o) : OptionsLayer(std::move(o)), target_(target) {
    set_built();
  }

  ClassInfo class_info() const override { return {"Reshape", "keras.layers"}; }
  void fields(Fields& f) override {
    if (f.reading()) {
      f.required("target_shape", target_);
    } else {  // -1 means -1 here, not an unknown dimension
      Config list = Config::list();
      for (int64_t d : target_) list.push_back(d);
      f.write("target_shape", std::move(list));
    }
  }
  void validate() override {
    for (int64_t d : target_) {
      check(d >= -1,
            "Each dimension in `target_shape` must be a non-negative integer, or `-1` for a single "
            "unknown dimension. "
            "Received: target_shape=",
            received(), ".");
    }
    check(std::count(target_.begin(), target_.end(), -1) <= 1,
          "There must be at most one unknown dimension (-1) in `target_shape`. Received: "
          "target_shape=",
          received(), ".");
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    return {{resolve(inputs[0].shape()), inputs[0].dtype()}};
  }
  Tensor call(const Tensor& x, CallContext&) override {
    return ops::reshape(x, resolve(x.shape()));
  }

 private:
  /// As the user wrote it, with -1.
  std::string received() const {
    std::string out = "(";
    for (int i = 0; i < target_.rank(); ++i) out += text(i ? ", " : "", target_[i]);
    return out + (target_.rank() == 1 ? ",)" : ")");
  }
  /// With the batch, and -1 worked out if the input is known.
  Shape resolve(const Shape& input) const {
    const Shape in = input.slice(1);
    Shape out = Shape{input[0]} + target_;
    if (!in.is_static()) return out;
    Shape given;
    int open = -1;
    for (int i = 0; i < target_.rank(); ++i) {
      if (target_[i] == -1) {
        open = i;
      } else {
        given.push_back(target_[i]);
      }
    }
    const int64_t known = given.size();  // throws when it overflows
    if (open < 0) {
      check(known == in.size(),
            "The total size of the tensor must be unchanged. Received: input_shape=", in,
            ", target_shape=", received());
      return out;
    }
    check(known != 0 && in.size() % known == 0,
          "The total size of the tensor must be unchanged, however, the input size cannot by "
          "divided by the specified dimensions in "
          "target_shape. Received: input_shape=",
          in, ", target_shape=", received());
    out[open + 1] = in.size() / known;
    return out;
  }
  Shape target_;
};

class PermuteImpl final : public OptionsLayer<LayerOptions> {
 public:
  PermuteImpl() = default;
  PermuteImpl(const Shape& dims, LayerOptions o) : OptionsLayer(std::move(o)), dims_(dims) {}

  ClassInfo class_info() const override { return {"Permute", "keras.layers"}; }
  void fields(Fields& f) override { f.required("dims", dims_); }
  void validate() override {
    Shape sorted = dims_;
    std::sort(sorted.begin(), sorted.end());
    bool consecutive = true;
    for (int i = 0; i < sorted.rank(); ++i) consecutive &= sorted[i] == i + 1;
    check(consecutive,
          "Invalid permutation argument `dims` for Permute Layer. The set of indices in `dims` "
          "must be consecutive and "
          "start from 1. Received dims=",
          dims_);
    std::vector<int> axes = {0};
    for (int64_t d : dims_) axes.push_back(static_cast<int>(d));
    axes_ = ops::Axes(axes);
    input_spec_ = {{.ndim = dims_.rank() + 1}};
  }
  Tensor call(const Tensor& x, CallContext&) override { return ops::transpose(x, axes_); }

 private:
  Shape dims_;
  ops::Axes axes_;
};

class RepeatVectorImpl final : public OptionsLayer<LayerOptions> {
 public:
  RepeatVectorImpl() = default;
  RepeatVectorImpl(int64_t n, LayerOptions o) : OptionsLayer(std::move(o)), n_(n) {}

  ClassInfo class_info() const override { return {"RepeatVector", "keras.layers"}; }
  void fields(Fields& f) override { f.required("n", n_); }
  void validate() override {
    check(n_ >= 0, "Expected an integer value for `n`, got ", n_, ".");
    input_spec_ = {{.ndim = 2}};
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    return {{{inputs[0].dim(0), n_, inputs[0].dim(1)}, inputs[0].dtype()}};
  }
  Tensor call(const Tensor& x, CallContext&) override {
    return ops::broadcast_to(ops::expand_dims(x, 1), {x.dim(0), n_, x.dim(1)});
  }

 private:
  int64_t n_ = 0;
};

}  // namespace

Flatten::Flatten(FlattenOptions options) : Layer(make_layer<FlattenImpl>(std::move(options))) {}
Reshape::Reshape(const Shape& target_shape, LayerOptions o)
    : Layer(make_layer<ReshapeImpl>(target_shape, std::move(o))) {}
Permute::Permute(const Shape& dims, LayerOptions o)
    : Layer(make_layer<PermuteImpl>(dims, std::move(o))) {}
RepeatVector::RepeatVector(int64_t n, LayerOptions o)
    : Layer(make_layer<RepeatVectorImpl>(n, std::move(o))) {}

std::shared_ptr<Object> makers::flatten() { return make_object<FlattenImpl>(); }
std::shared_ptr<Object> makers::reshape() { return make_object<ReshapeImpl>(); }
std::shared_ptr<Object> makers::permute() { return make_object<PermuteImpl>(); }
std::shared_ptr<Object> makers::repeat_vector() { return make_object<RepeatVectorImpl>(); }

}  // namespace kcpp::layers
