/// UpSampling2D with bilinear interpolation as standalone Keras on TensorFlow did it: the pixels
/// lie at their upper left corners, where Keras 3 takes their centres.
#include "kcpp/layers/up_sampling.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class CornerUpSampling2DImpl final : public OptionsLayer<UpSampling2DOptions> {
 public:
  ClassInfo class_info() const override { return {"CornerUpSampling2D", "keras.layers"}; }
  void fields(Fields& f) override {
    f("size", size_);
    f("data_format", o_.data_format);
  }
  void validate() override {
    size_ = size_.expand(2, "size");
    first_ = resolve_data_format() ? 2 : 1;
    input_spec_ = {{.ndim = 4}};
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    Shape shape = inputs[0].shape();
    for (int i = 0; i < 2; ++i)
      if (shape[first_ + i] != Shape::unknown)
        shape[first_ + i] *= size_.values()[static_cast<size_t>(i)];
    return {{shape, compute_dtype()}};
  }
  Tensor call(const Tensor& x, CallContext&) override {
    return stretched(stretched(x, first_, size_.values()[0]), first_ + 1, size_.values()[1]);
  }

 private:
  /// Between each element of the axis and the next one, `times` - 1 mixtures of both.
  static Tensor stretched(const Tensor& x, int axis, int64_t times) {
    if (times == 1) return x;
    std::vector<ops::Index> after(4, ops::Slice{}), last(4, ops::Slice{});
    after[static_cast<size_t>(axis)] = ops::Slice{1, {}};
    last[static_cast<size_t>(axis)] = ops::Slice{-1, {}};
    const Tensor next = ops::concatenate({ops::get_item(x, after), ops::get_item(x, last)}, axis);
    Tensors parts;
    for (int64_t i = 0; i < times; ++i) {
      const double share = static_cast<double>(i) / static_cast<double>(times);
      parts.push_back(x * (1 - share) + next * share);
    }
    Shape shape = x.shape();
    shape[axis] *= times;
    return ops::reshape(ops::stack(parts, axis + 1), shape);
  }

  Dims size_ = 2;
  int first_ = 1;
};

}  // namespace

std::shared_ptr<Object> makers::corner_up_sampling2d() {
  return make_object<CornerUpSampling2DImpl>();
}

}  // namespace kcpp::layers
