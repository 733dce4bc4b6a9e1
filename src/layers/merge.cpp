#include "kcpp/layers/merge.h"

#include <algorithm>
#include <set>

#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/merge_impl.h"

namespace kcpp::layers {

std::string shapes_text(const Shapes& shapes) {
  std::string out = "[";
  for (size_t i = 0; i < shapes.size(); ++i) out += text(i ? ", " : "", shapes[i]);
  return out + "]";
}

namespace {

/// Keras's _compute_elemwise_op_output_shape: broadcasting aligned at the end.
Shape elementwise_shape(const Shape& a, const Shape& b) {
  if (a.rank() < b.rank()) return elementwise_shape(b, a);
  Shape out = a;
  for (int i = 1; i <= b.rank(); ++i) {
    int64_t& x = out[a.rank() - i];
    const int64_t y = b[b.rank() - i];
    if (x == Shape::unknown || y == Shape::unknown) {
      x = Shape::unknown;
    } else if (x == 1) {
      x = y;
    } else {
      check(y == 1 || x == y, "Inputs have incompatible shapes. Received shapes ", a, " and ", b);
    }
  }
  return out;
}

enum class Kind { add, subtract, multiply, average, maximum, minimum };
constexpr const char* names[] = {"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"};

template <Kind K>
class ElementwiseMerge final : public MergeImpl<LayerOptions> {
 public:
  using MergeImpl::MergeImpl;
  ClassInfo class_info() const override { return {names[static_cast<int>(K)], "keras.layers"}; }

  void build_list(const Shapes& in) override {
    check(!in.empty(),
          "A merge layer should be called on a list of at least 1 input. Received 0 inputs. Full "
          "input_shape received: []");
    Shape out = in[0].slice(std::min(1, in[0].rank()));
    for (size_t i = 1; i < in.size(); ++i)
      out = elementwise_shape(out, in[i].slice(std::min(1, in[i].rank())));
    check(K != Kind::subtract || in.size() == 2,
          "A `Subtract` layer should be called on exactly 2 inputs. Received: input_shape=",
          shapes_text(in));
  }

  Tensors call_list(const Tensors& inputs, CallContext& context) override {
    std::set<int64_t> batches;
    int rank = 0;
    for (const Tensor& t : inputs) {
      if (t.rank() && t.dim(0) != Shape::unknown) batches.insert(t.dim(0));
      rank = std::max(rank, t.rank());
    }
    check(batches.size() <= 1,
          "Cannot merge tensors with different batch sizes. Received tensors with shapes ",
          shapes_of(inputs));
    Tensors xs = inputs;
    for (Tensor& x : xs) {
      while (x.rank() < rank) x = ops::expand_dims(x, 1);
    }
    return {merge(xs, context.masks)};
  }

 private:
  static std::string shapes_of(const Tensors& ts) {
    Shapes shapes;
    for (const Tensor& t : ts) shapes.push_back(t.shape());
    return shapes_text(shapes);
  }
  static Tensor apply(const Tensor& a, const Tensor& b) {
    if constexpr (K == Kind::add || K == Kind::average) return ops::add(a, b);
    if constexpr (K == Kind::subtract) return ops::subtract(a, b);
    if constexpr (K == Kind::multiply) return ops::multiply(a, b);
    if constexpr (K == Kind::maximum) return ops::maximum(a, b);
    if constexpr (K == Kind::minimum) return ops::minimum(a, b);
  }
  static Tensor merge(const Tensors& xs, const Tensors& masks) {
    if constexpr (K == Kind::multiply) return masked_product(xs, masks);
    if constexpr (K == Kind::maximum || K == Kind::minimum) return masked_extremum(xs, masks);
    Tensor out = xs[0];
    for (size_t i = 1; i < xs.size(); ++i) out = apply(out, xs[i]);
    return K == Kind::average ? out / static_cast<double>(xs.size()) : out;
  }
  static Tensor spread(const Tensors& masks, size_t i, const Tensor& x) {
    if (i >= masks.size() || !masks[i].defined()) return {};
    return ops::cast(ops::broadcast_to(ops::expand_dims(masks[i], -1), x.shape()), DType::bool_);
  }
  /// Masked elements count as 1; where all inputs are masked the product is 0.
  static Tensor masked_product(const Tensors& xs, const Tensors& masks) {
    bool all = true;
    for (size_t i = 0; i < xs.size(); ++i) all &= i < masks.size() && masks[i].defined();
    Tensor out, out_mask;
    for (size_t i = 0; i < xs.size(); ++i) {
      Tensor x = xs[i];
      if (const Tensor mask = spread(masks, i, x); mask.defined()) {
        x = ops::where(mask, x, Tensor::scalar(1, x.dtype()));
        if (all) out_mask = out_mask.defined() ? ops::logical_or(out_mask, mask) : mask;
      }
      out = out.defined() ? ops::multiply(out, x) : x;
    }
    return all ? ops::where(out_mask, out, Tensor::scalar(0, out.dtype())) : out;
  }
  /// A masked element gives way to the other input's.
  static Tensor masked_extremum(const Tensors& xs, const Tensors& masks) {
    Tensor out = xs[0], out_mask = spread(masks, 0, xs[0]);
    for (size_t i = 1; i < xs.size(); ++i) {
      Tensor x = xs[i];
      const Tensor mask = spread(masks, i, x);
      if (mask.defined()) x = ops::where(mask, x, out);
      if (out_mask.defined()) out = ops::where(out_mask, out, x);
      out_mask = mask.defined() && out_mask.defined() ? ops::logical_or(out_mask, mask) : Tensor();
      out = apply(out, x);
    }
    return out;
  }
};

template <Kind K>
Layer make(LayerOptions o) {
  return make_layer<ElementwiseMerge<K>>(std::move(o));
}

}  // namespace

Add::Add(LayerOptions o) : Layer(make<Kind::add>(std::move(o))) {}
Subtract::Subtract(LayerOptions o) : Layer(make<Kind::subtract>(std::move(o))) {}
Multiply::Multiply(LayerOptions o) : Layer(make<Kind::multiply>(std::move(o))) {}
Average::Average(LayerOptions o) : Layer(make<Kind::average>(std::move(o))) {}
Maximum::Maximum(LayerOptions o) : Layer(make<Kind::maximum>(std::move(o))) {}
Minimum::Minimum(LayerOptions o) : Layer(make<Kind::minimum>(std::move(o))) {}

Tensor add(const Tensors& xs, LayerOptions o) { return Add(std::move(o))(xs); }
Tensor subtract(const Tensors& xs, LayerOptions o) { return Subtract(std::move(o))(xs); }
Tensor multiply(const Tensors& xs, LayerOptions o) { return Multiply(std::move(o))(xs); }
Tensor average(const Tensors& xs, LayerOptions o) { return Average(std::move(o))(xs); }
Tensor maximum(const Tensors& xs, LayerOptions o) { return Maximum(std::move(o))(xs); }
Tensor minimum(const Tensors& xs, LayerOptions o) { return Minimum(std::move(o))(xs); }

std::shared_ptr<Object> makers::add() { return make_object<ElementwiseMerge<Kind::add>>(); }
std::shared_ptr<Object> makers::subtract() {
  return make_object<ElementwiseMerge<Kind::subtract>>();
}
std::shared_ptr<Object> makers::multiply() {
  return make_object<ElementwiseMerge<Kind::multiply>>();
}
std::shared_ptr<Object> makers::average() { return make_object<ElementwiseMerge<Kind::average>>(); }
std::shared_ptr<Object> makers::maximum() { return make_object<ElementwiseMerge<Kind::maximum>>(); }
std::shared_ptr<Object> makers::minimum() { return make_object<ElementwiseMerge<Kind::minimum>>(); }

}  // namespace kcpp::layers
