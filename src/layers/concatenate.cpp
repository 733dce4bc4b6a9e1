/// Concatenate and Dot.
#include <set>

#include "kcpp/layers/merge.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/merge_impl.h"

namespace kcpp::layers {
namespace {

class ConcatenateImpl final : public MergeImpl<ConcatenateOptions> {
 public:
  using MergeImpl::MergeImpl;
  ClassInfo class_info() const override { return {"Concatenate", "keras.layers"}; }
  void fields(Fields& f) override { f("axis", o_.axis); }

  void build_list(const Shapes& in) override {
    check(!in.empty(),
          "A `Concatenate` layer should be called on a list of at least 1 input. Received: "
          "input_shape=[]");
    const auto matching = [&](bool ok) {
      if (ok) return;  // the text of all shapes is long
      check(false,
            "A `Concatenate` layer requires inputs with matching shapes except for the "
            "concatenation axis. Received: input_shape=",
            shapes_text(in));
    };
    const int rank = in[0].rank();
    const int axis = canonical_axis(o_.axis, rank, "Concatenate");
    for (const Shape& s : in) {
      matching(s.rank() == rank);
      for (int d = 0; d < rank; ++d) {
        matching(d == axis || s[d] == in[0][d] || s[d] == Shape::unknown ||
                 in[0][d] == Shape::unknown);
      }
    }
  }
  Tensors call_list(const Tensors& inputs, CallContext&) override {
    return {ops::concatenate(inputs, o_.axis)};
  }
  Tensors compute_mask(const Tensors& inputs, const Tensors& masks, const Tensors&) override {
    bool any = false;
    for (const Tensor& m : masks) any |= m.defined();
    if (!any) return {};
    Tensors spread;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Tensor& x = inputs[i];
      if (i >= masks.size() || !masks[i].defined()) {
        spread.push_back(ops::ones_like(x, DType::bool_));
      } else if (masks[i].rank() < x.rank()) {
        spread.push_back(
            ops::logical_or(ops::expand_dims(masks[i], -1), ops::zeros_like(x, DType::bool_)));
      } else {
        spread.push_back(masks[i]);
      }
    }
    return {ops::any(ops::concatenate(spread, o_.axis), -1)};
  }
};

std::pair<int, int> axes_for(const Dims& axes, const Shape& x, const Shape& y) {
  const Shape& v = axes.values();
  return {canonical_axis(v[0], x.rank(), "Dot"), canonical_axis(v[v.rank() - 1], y.rank(), "Dot")};
}

/// batch_dot as an einsum: both share the batch `b` and the product's axis `k`.
std::string subscripts(int rank_x, int a, int rank_y, int b) {
  std::string x = "b", y = "b", out = "b";
  char letter = 'l';
  for (int i = 1; i < rank_x; ++i) {
    x += i == a ? 'k' : letter;
    if (i != a) out += letter++;
  }
  for (int i = 1; i < rank_y; ++i) {
    y += i == b ? 'k' : letter;
    if (i != b) out += letter++;
  }
  return x + "," + y + "->" + out;
}

class DotImpl final : public MergeImpl<DotOptions> {
 public:
  DotImpl() = default;
  DotImpl(const Dims& axes, DotOptions o) : MergeImpl(std::move(o)), axes_(axes) {}
  ClassInfo class_info() const override { return {"Dot", "keras.layers"}; }
  void fields(Fields& f) override {
    if (f.reading()) {
      f.required("axes", axes_);
    } else {  // negative axes are numbers too
      Config list = Config::list();
      for (int64_t a : axes_.values()) list.push_back(a);
      f.write("axes", axes_.is_number() ? Config(axes_.values()[0]) : list);
    }
    f("normalize", o_.normalize);
  }
  void validate() override {
    check(axes_.is_number() || axes_.values().rank() == 2,
          "Invalid format for argument `axes`: it should contain two elements. Received: axes=",
          axes_.values());
  }
  void build_list(const Shapes& in) override {
    check(in.size() == 2,
          "A `Dot` layer should be called on a list of 2 inputs. Received: input_shape=",
          shapes_text(in));
    const auto [a, b] = axes_for(axes_, in[0], in[1]);
    check(in[0].dim(a) == in[1].dim(b) || in[0].dim(a) == Shape::unknown ||
              in[1].dim(b) == Shape::unknown,
          "Incompatible input shapes: axis values ", in[0].dim(a), " (at axis ", a,
          ") != ", in[1].dim(b), " (at axis ", b, "). Full input shapes: ", in[0], ", ", in[1]);
  }
  Tensors call_list(const Tensors& inputs, CallContext&) override {
    check(inputs.size() == 2,
          "A `Dot` layer should be called on exactly 2 inputs. Received: ", inputs.size(),
          " inputs");
    const auto [a, b] = axes_for(axes_, inputs[0].shape(), inputs[1].shape());
    const Tensor x = o_.normalize ? ops::normalize(inputs[0], a) : inputs[0];
    const Tensor y = o_.normalize ? ops::normalize(inputs[1], b) : inputs[1];
    return {batch_dot(x, y, axes_)};
  }
  Tensors compute_mask(const Tensors&, const Tensors&, const Tensors&) override { return {}; }

 private:
  Dims axes_ = -1;
};

}  // namespace

Tensor batch_dot(const Tensor& x, const Tensor& y, const Dims& axes) {
  const auto [a, b] = axes_for(axes, x.shape(), y.shape());
  check(a != 0 && b != 0,
        "Cannot perform batch_dot over axis 0. If your inputs are not batched, add a dummy batch "
        "dimension to your "
        "inputs using keras.ops.expand_dims(x, 0)");
  const Tensor out = ops::einsum(subscripts(x.rank(), a, y.rank(), b), x, y);
  return out.rank() == 1 ? ops::expand_dims(out, 1) : out;  // Keras keeps an axis of length 1
}

Concatenate::Concatenate(ConcatenateOptions o) : Layer(make_layer<ConcatenateImpl>(std::move(o))) {}
Dot::Dot(const Dims& axes, DotOptions o) : Layer(make_layer<DotImpl>(axes, std::move(o))) {}
Tensor concatenate(const Tensors& xs, ConcatenateOptions o) {
  return Concatenate(std::move(o))(xs);
}
Tensor dot(const Tensors& xs, const Dims& axes, DotOptions o) {
  return Dot(axes, std::move(o))(xs);
}

std::shared_ptr<Object> makers::concatenate() { return make_object<ConcatenateImpl>(); }
std::shared_ptr<Object> makers::dot() { return make_object<DotImpl>(); }

}  // namespace kcpp::layers
