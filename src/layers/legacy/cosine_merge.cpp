/// The Merge of Keras 1 with mode="cos", of matrices: their product over the root of the products
/// of each with itself, element by element, with an axis of length 1 in front. (Of vectors it is a
/// Dot that normalizes.)
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/merge_impl.h"

namespace kcpp::layers {
namespace {

class CosineMergeImpl final : public MergeImpl<LayerOptions> {
 public:
  ClassInfo class_info() const override { return {"CosineMerge", "keras.layers"}; }
  void fields(Fields& f) override { f.required("axes", axes_); }
  Tensors call_list(const Tensors& inputs, CallContext&) override {
    check(inputs.size() == 2,
          "A `CosineMerge` layer should be called on exactly 2 inputs. Received: ", inputs.size(),
          " inputs");
    const Tensor &x = inputs[0], &y = inputs[1];
    // Off the diagonal a product may be negative, which TensorFlow's maximum took for zero.
    const Tensor squares = ops::maximum(batch_dot(x, x, axes_) * batch_dot(y, y, axes_), 0.0);
    const Tensor lengths = ops::maximum(ops::sqrt(squares), 1e-7);
    return {ops::expand_dims(batch_dot(x, y, axes_) / lengths, 1)};
  }
  Tensors compute_mask(const Tensors&, const Tensors&, const Tensors&) override { return {}; }

 private:
  Dims axes_ = -1;
};

}  // namespace

std::shared_ptr<Object> makers::cosine_merge() { return make_object<CosineMergeImpl>(); }

}  // namespace kcpp::layers
