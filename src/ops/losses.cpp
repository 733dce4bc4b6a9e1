// Crossentropies. Each is one node on the tape; like Keras they start from the logits when `output`
// carries them.
#include <algorithm>

#include "kcpp/core/defaults.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/common.h"
#include "src/ops/describe.h"
#include "src/ops/softmax.h"

namespace kcpp::ops {

using namespace detail;

namespace {

void check_same_shape(const Tensor& target, const Tensor& output) {
  const Shape &a = target.shape(), &b = output.shape();
  check(a.rank() == b.rank(),
        "Arguments `target` and `output` must have the same rank (ndim). Received: target.shape=",
        a, ", output.shape=", b);
  for (int i = 0; i < a.rank(); ++i) {
    check(a[i] == b[i] || a[i] == Shape::unknown || b[i] == Shape::unknown,
          "Arguments `target` and `output` must have the same shape. Received: target.shape=", a,
          ", output.shape=", b);
  }
}

/// Keras's _get_logits: {output or its logits, whether these are logits}.
std::pair<Tensor, bool> logits_of(const Tensor& output, bool from_logits) {
  const Tensor logits = output.keras_logits();
  if (logits.defined() && logits.shape() == output.shape()) return {as_float(logits), true};
  return {as_float(output), from_logits};
}

Tensor clip_probability(const Tensor& p) { return clip(p, epsilon(), 1.0 - epsilon()); }

/// max(z, 0) - z t + log(1 + e^-|z|), which never overflows.
Tensor sigmoid_crossentropy(const Tensor& t, const Tensor& z) {
  Tensor loss;
  {
    autodiff::PauseRecording pause;
    loss = relu(z) - z * t + softplus(-abs(z));
  }
  if (autodiff::recording(t, z)) {
    autodiff::record("sigmoid_crossentropy", {&t, &z}, loss, [t, z](Vjp& v) {
      const Tensor& dy = v.grad();
      if (v.needs(0)) v.set(0, -dy * z);
      if (v.needs(1)) v.set(1, dy * (detail::activation(z, {UnaryOp::sigmoid}) - t));
    });
  }
  return loss;
}

/// -sum(t log(softmax(z))) over `axis`. The gradient is softmax(z) - t, as TensorFlow's kernel has
/// it: it takes t to add up to 1.
Tensor softmax_crossentropy(const Tensor& t, const Tensor& z, int axis) {
  Tensor loss, log_p;
  {
    autodiff::PauseRecording pause;
    log_p = softmax_axis(z, axis, true);
    loss = -sum(t * log_p, axis);
  }
  if (autodiff::recording(t, z)) {
    autodiff::record("softmax_crossentropy", {&t, &z}, loss, [t, z, log_p, axis](Vjp& v) {
      const Tensor dy = expand_dims(v.grad(), axis);
      const Tensor p = autodiff::recording() ? softmax_axis(z, axis, false) : exp(log_p);
      if (v.needs(0)) v.set(0, -dy * (autodiff::recording() ? softmax_axis(z, axis, true) : log_p));
      if (v.needs(1)) v.set(1, dy * (p - t));
    });
  }
  return loss;
}

/// TensorFlow's error for labels that name no class.
void check_labels(const Tensor& labels, int64_t classes) {
  const auto scan = [&](auto values) {
    const auto bad = std::find_if(values.begin(), values.end(),
                                  [&](auto v) { return v < 0 || int64_t(v) >= classes; });
    if (bad == values.end()) [[likely]]
      return;
    std::string shown;
    for (size_t i = 0; i < std::min<size_t>(values.size(), 16); ++i)
      shown += " " + std::to_string(values[i]);
    throw ValueError(text("Received a label value of ", *bad,
                          " which is outside the valid range of [0, ", classes,
                          ").  Label values:", shown, values.size() > 16 ? " ..." : ""));
  };
  if (labels.dtype() == DType::int32) {
    scan(labels.data<int32_t>());
  } else {
    scan(labels.data<int64_t>());
  }
}

Tensor sparse_softmax_crossentropy(const Tensor& labels, const Tensor& z) {
  auto [loss, p] = backend().sparse_softmax_crossentropy(z, labels);
  if (autodiff::recording(z)) {
    autodiff::record("sparse_softmax_crossentropy", {&z}, loss, [labels, z, p = p](Vjp& v) {
      const Tensor dy = expand_dims(v.grad(), -1);
      const Tensor hot = backend().one_hot(labels, z.shape().back(), z.dtype());
      v.set(0, dy * ((autodiff::recording() ? softmax_axis(z, z.rank() - 1, false) : p) - hot));
    });
  }
  return loss;
}

Shape without_axis(const Shape& shape, int axis) {
  Shape out = shape;
  out.erase(axis);
  return out;
}

}  // namespace

Tensor binary_crossentropy(const Tensor& target, const Tensor& output, bool from_logits) {
  check_defined(target, "binary_crossentropy");
  check_defined(output, "binary_crossentropy");
  check_same_shape(target, output);
  return symbolic::op(
      "BinaryCrossentropy", [&](Config& a) { Describe{a}("from_logits", from_logits); },
      [from_logits](const Tensor& t_in, const Tensor& o) {
        if (any_symbolic(t_in, o)) return symbolic_result(o.shape(), float_of(o.dtype()));
        const auto [z, are_logits] = logits_of(o, from_logits);
        const Tensor t = as_dtype(t_in, z.dtype());
        if (are_logits) return sigmoid_crossentropy(t, z);
        const Tensor p = clip_probability(z);
        return -(t * log(p) + (1.0 - t) * log(1.0 - p));
      },
      target, output);
}

Tensor categorical_crossentropy(const Tensor& target, const Tensor& output, bool from_logits,
                                int axis) {
  check_defined(target, "categorical_crossentropy");
  check_defined(output, "categorical_crossentropy");
  check(target.rank() >= 1,
        "Arguments `target` and `output` must be at least rank 1. Received: target.shape=",
        target.shape(), ", output.shape=", output.shape());
  check_same_shape(target, output);
  const auto describe = [&](Config& a) { Describe{a}("from_logits", from_logits)("axis", axis); };
  return symbolic::op(
      "CategoricalCrossentropy", describe,
      [from_logits, axis](const Tensor& t_in, const Tensor& o) {
        const int at = canonical_axis(axis, o.rank(), "categorical_crossentropy");
        if (any_symbolic(t_in, o))
          return symbolic_result(without_axis(o.shape(), at), float_of(o.dtype()));
        const auto [z, are_logits] = logits_of(o, from_logits);
        const Tensor t = as_dtype(t_in, z.dtype());
        if (are_logits) return softmax_crossentropy(t, z, at);
        const Tensor p = clip_probability(z / sum(z, at, true));
        return -sum(t * log(p), at);
      },
      target, output);
}

Tensor sparse_categorical_crossentropy(const Tensor& target, const Tensor& output, bool from_logits,
                                       int axis) {
  check_defined(target, "sparse_categorical_crossentropy");
  check_defined(output, "sparse_categorical_crossentropy");
  const int rank = output.rank();
  check(rank >= 1,
        "Argument `output` must be at least rank 1. Received: output.shape=", output.shape());
  check(axis == -1 || axis == rank - 1,
        "Only axis=-1 is currently supported. Received: axis=", axis);
  Shape labels_shape = target.shape();
  if (labels_shape.rank() == rank && labels_shape.back() == 1) labels_shape.pop_back();
  const Shape rows = without_axis(output.shape(), rank - 1);
  check(labels_shape.rank() == rows.rank(),
        "Argument `output` must have rank (ndim) `target.ndim - 1`. Received: "
        "target.shape=",
        target.shape(), ", output.shape=", output.shape());
  for (int i = 0; i < rows.rank(); ++i) {
    check(rows[i] == labels_shape[i] || rows[i] == Shape::unknown ||
              labels_shape[i] == Shape::unknown,
          "Arguments `target` and `output` must have the same shape up until the last dimension: "
          "target.shape=",
          target.shape(), ", output.shape=", output.shape());
  }
  const auto describe = [&](Config& a) { Describe{a}("from_logits", from_logits)("axis", axis); };
  return symbolic::op(
      "SparseCategoricalCrossentropy", describe,
      [from_logits](const Tensor& t, const Tensor& o) {
        const Shape out = without_axis(o.shape(), o.rank() - 1);
        if (any_symbolic(t, o)) return symbolic_result(out, float_of(o.dtype()));
        Tensor labels = t.dtype() == DType::int32 ? t : as_dtype(t, DType::int64);
        if (labels.rank() == o.rank()) labels = view(labels, out);
        check_labels(labels, o.shape().back());
        const auto [z, are_logits] = logits_of(o, from_logits);
        return sparse_softmax_crossentropy(labels, are_logits ? z : log(clip_probability(z)));
      },
      target, output);
}

Tensor psnr(const Tensor& x1, const Tensor& x2, double max_val) {
  check_defined(x1, "psnr");
  check_defined(x2, "psnr");
  check(x1.rank() == x2.rank(), "Inputs must have the same rank");
  return symbolic::op(
      "PSNR", [&](Config& a) { Describe{a}("max_val", max_val); },
      [max_val](const Tensor& a, const Tensor& b) {
        if (any_symbolic(a, b)) return symbolic_result({}, float_of(result_of(a, b)));
        check(a.shape() == b.shape(), "Input shapes ", a.shape(), " and ", b.shape(),
              " must match for PSNR calculation. ");
        const DType dtype = float_of(result_of(a, b));
        const Tensor error = mean(squared_difference(as_dtype(a, dtype), as_dtype(b, dtype)));
        return 20.0 * log10(Tensor::scalar(max_val, dtype)) - 10.0 * log10(error);
      },
      x1, x2);
}

}  // namespace kcpp::ops
