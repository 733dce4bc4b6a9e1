// Factors and shifts along the channels, folded into the weights before or behind them.
#include <cmath>

#include "src/session/passes.h"

namespace kcpp::inference {
namespace {

/// y = x * scale + shift with one (or the same) factor a channel of `axis`.
struct Affine {
  std::vector<double> scale, shift;  ///< of length 1, or one a channel
  int axis = 0;
  std::string note;
  double scale_at(size_t c) const { return scale[scale.size() == 1 ? 0 : c]; }
  double shift_at(size_t c) const { return shift[shift.size() == 1 ? 0 : c]; }
};

/// The elements of a constant that broadcasts along one axis of `shape` only; that axis, the last
/// one for a scalar, or -1.
int channel_axis(const Tensor& t, const Shape& shape) {
  const int lead = shape.rank() - t.rank();
  if (lead < 0) return -1;
  int axis = shape.rank() - 1;
  for (int i = 0; i < t.rank(); ++i) {
    if (t.shape()[i] == 1) continue;
    if (t.shape()[i] != t.size() || t.size() != shape[lead + i]) return -1;
    axis = lead + i;
  }
  return axis;
}

bool is_real(DType dtype) { return dtype == DType::float32 || dtype == DType::float64; }

/// The constant is one element for all, or one for each of `channels` elements at the end of
/// `shape`, whatever the axes they are spread over: (batch, time, heads, size) with a bias of
/// (heads, size).
bool covers_channels(const Tensor& t, const Shape& shape, int64_t channels) {
  if (t.size() == 1) return true;
  if (t.size() != channels || t.rank() > shape.rank()) return false;
  for (int i = 0; i < t.rank(); ++i) {
    if (t.shape()[i] != shape[shape.rank() - t.rank() + i]) return false;
  }
  return true;
}

/// What n does to its only variable input, `*x`, if that is affine. With `channels`, the input is
/// in rows of so many channels, in any shape.
bool affine_of(const Graph& g, const Node& n, int* x, Affine& a, int64_t channels = 0) {
  if (n.is(NodeKind::batch_norm)) {
    for (size_t i = 1; i < n.inputs.size(); ++i) {
      if (n.inputs[i] >= 0 && !g.is_constant(n.inputs[i])) return false;
    }
    *x = n.inputs[0];
    a.axis = n.axes[0];
    a.note = "batch norm";
    const auto values = [&](size_t i, double otherwise, size_t count) {
      return n.input(i) >= 0 ? g.constant(n.inputs[i]).to_vector<double>()
                             : std::vector<double>(count, otherwise);
    };
    const auto mean = g.constant(n.inputs[1]).to_vector<double>();
    const auto variance = values(2, 1, mean.size()), gamma = values(3, 1, mean.size()),
               beta = values(4, 0, mean.size());
    for (size_t c = 0; c < mean.size(); ++c) {
      a.scale.push_back(gamma[c] / std::sqrt(variance[c] + n.number));
      a.shift.push_back(beta[c] - mean[c] * a.scale[c]);
    }
    return true;
  }
  if (!n.is(NodeKind::binary) || n.residual >= 0 || n.activation.op != UnaryOp::identity)
    return false;
  const bool left = g.is_constant(n.inputs[0]), right = g.is_constant(n.inputs[1]);
  if (left == right || !is_real(g.value(n.outputs[0]).dtype)) return false;
  *x = n.inputs[left ? 1 : 0];
  const Tensor& constant = g.constant(n.inputs[left ? 0 : 1]);
  const Shape& shape = g.value(*x).shape;
  if (!(shape == g.value(n.outputs[0]).shape)) return false;
  a.axis =
      channels > 0 ? covers_channels(constant, shape, channels) - 1 : channel_axis(constant, shape);
  if (a.axis < 0) return false;
  const std::vector<double> c = constant.to_vector<double>();
  a.scale.assign(c.size(), 1);
  a.shift.assign(c.size(), 0);
  for (size_t i = 0; i < c.size(); ++i) {
    switch (n.binary_op) {
      case BinaryOp::add:
        a.shift[i] = c[i];
        a.note = "bias";
        break;
      case BinaryOp::subtract:
        a.shift[i] = left ? c[i] : -c[i];
        if (left) a.scale[i] = -1;
        a.note = "shift";
        break;
      case BinaryOp::multiply:
        a.scale[i] = c[i];
        a.note = "scale";
        break;
      case BinaryOp::divide:
        if (left || c[i] == 0) return false;
        a.scale[i] = 1 / c[i];
        a.note = "scale";
        break;
      default:
        return false;
    }
  }
  return true;
}

/// Both are of one kind: convolutions and dense products with constant weights.
bool is_product(const Graph& g, const Node& n) {
  return (n.is(NodeKind::conv) || n.is(NodeKind::dense)) && g.is_constant(n.inputs[1]) &&
         (n.input(2) < 0 || g.is_constant(n.inputs[2])) && is_real(g.value(n.outputs[0]).dtype);
}

int channels_of(const Graph& g, const Node& n) {
  return n.is(NodeKind::conv) && n.conv.channels_first ? 1 : g.value(n.outputs[0]).shape.rank() - 1;
}

Tensor make(const std::vector<double>& values, const Shape& shape, DType dtype) {
  Tensor t = Tensor::empty(shape, dtype);
  const auto fill = [&]<class T>(T) {
    auto out = t.mutable_data<T>();
    for (size_t i = 0; i < values.size(); ++i) out[i] = static_cast<T>(values[i]);
  };
  dtype == DType::float64 ? fill(double()) : fill(float());
  return t;
}

/// p's result is only read by `n`, which is affine: its factors go into p's weights.
void fold_after(Graph& g, Node& p, Node& n, const Affine& a) {
  const Tensor weights = g.constant(p.inputs[1]);
  const bool plain = std::all_of(a.scale.begin(), a.scale.end(), [](double s) { return s == 1; });
  const size_t channels = static_cast<size_t>(weights.shape().back());
  if (!plain && weights.dtype() == DType::float32) {
    p.scale.resize(channels, 1.0f);
    for (size_t c = 0; c < channels; ++c) p.scale[c] *= static_cast<float>(a.scale_at(c));
  } else if (!plain) {
    std::vector<double> w = weights.to_vector<double>();
    for (size_t i = 0; i < w.size(); ++i) w[i] *= a.scale_at(i % channels);
    p.inputs[1] = g.add_constant(make(w, weights.shape(), weights.dtype()));
  }
  std::vector<double> bias(channels, 0);
  if (p.input(2) >= 0) bias = g.constant(p.inputs[2]).to_vector<double>();
  for (size_t c = 0; c < channels; ++c) bias[c] = bias[c] * a.scale_at(c) + a.shift_at(c);
  p.inputs.resize(3, -1);
  p.inputs[2] = g.add_constant(make(bias, {weights.shape().back()}, weights.dtype()));
  add_note(p, a.note);
  p.outputs = n.outputs;
  n.outputs.clear();
}

/// A dense product whose result, in whatever shape, only n reads: n's factors go into it.
bool fold_behind_dense(Graph& g, const Uses& uses, Node& n) {
  if (!n.is(NodeKind::binary) || n.outputs.size() != 1) return false;
  for (int v : n.inputs) {
    Node* p = g.is_constant(v) ? nullptr : whole_producer(g, v);
    if (!p || !p->is(NodeKind::dense) || !is_product(g, *p) || p->residual >= 0 ||
        p->activation.op != UnaryOp::identity || uses.count(v) != 1) {
      continue;
    }
    int x = -1;
    Affine a;
    if (!affine_of(g, n, &x, a, g.constant(p->inputs[1]).shape().back()) || x != v) continue;
    fold_after(g, *p, n, a);
    return true;
  }
  return false;
}

/// The input of p is x * scale + shift: into its weights, when no padding stands for zeros of x.
bool fold_before(Graph& g, Node& p, int x, const Affine& a) {
  const Tensor weights = g.constant(p.inputs[1]);
  const int rank = weights.rank();
  const int64_t in = weights.shape()[rank - 2], out = weights.shape()[rank - 1];
  if (a.axis != (p.is(NodeKind::conv) && p.conv.channels_first ? 1 : g.value(x).shape.rank() - 1)) {
    return false;
  }
  const bool shifts = std::any_of(a.shift.begin(), a.shift.end(), [](double s) { return s != 0; });
  const int64_t groups = p.is(NodeKind::conv) ? p.conv.groups : 1;
  if (!p.scale.empty()) return false;  // rare: factors on both sides
  if (groups > 1 && (a.scale.size() > 1 || a.shift.size() > 1)) return false;
  if (p.is(NodeKind::conv) && shifts) {
    for (int i = 0; i < p.conv.pad_low.rank(); ++i) {
      if (p.conv.pad_low[i] != 0 || p.conv.pad_high[i] != 0) return false;
    }
  }
  std::vector<double> w = weights.to_vector<double>();
  std::vector<double> bias(static_cast<size_t>(out), 0);
  if (p.input(2) >= 0) bias = g.constant(p.inputs[2]).to_vector<double>();
  for (size_t i = 0; i < w.size(); ++i) {
    const size_t c = i / static_cast<size_t>(out) % static_cast<size_t>(in);
    bias[i % static_cast<size_t>(out)] += w[i] * a.shift_at(c);
    w[i] *= a.scale_at(c);
  }
  p.inputs[0] = x;
  p.inputs[1] = g.add_constant(make(w, weights.shape(), weights.dtype()));
  if (shifts || p.input(2) >= 0) {
    p.inputs.resize(3, -1);
    p.inputs[2] = g.add_constant(make(bias, {out}, weights.dtype()));
  }
  add_note(p, a.note == "batch norm" ? "batch norm before" : "rescaling");
  return true;
}

/// What is left of batch norms: one factor and one shift a channel.
void lower_batch_norm(Graph& g, Node& n) {
  int x = -1;
  Affine a;
  if (!n.is(NodeKind::batch_norm) || !affine_of(g, n, &x, a)) return;
  const Value& value = g.value(x);
  if (!is_real(value.dtype)) return;
  Shape shape = Shape::filled(value.shape.rank() - a.axis, 1);
  shape[0] = static_cast<int64_t>(a.scale.size());
  const DType dtype = value.dtype;
  const int scale = g.add_constant(make(a.scale, shape, dtype)),
            shift = g.add_constant(make(a.shift, shape, dtype));
  n.kind = NodeKind::affine;
  n.name = "affine";
  n.inputs = {x, scale, shift};
  add_note(n, "batch norm");
}

}  // namespace

void fold_affine(Graph& g) {
  bool changed = true;
  while (changed) {
    changed = false;
    const Uses uses(g);
    for (Node& n : g.nodes) {
      if (fold_behind_dense(g, uses, n)) {
        changed = true;
        break;
      }
      int x = -1;
      Affine a;
      if (n.outputs.size() != 1 || !affine_of(g, n, &x, a)) continue;
      Node* p = producer(g, x);
      if (p && is_product(g, *p) && p->activation.op == UnaryOp::identity && p->residual < 0 &&
          uses.count(x) == 1 && a.axis == channels_of(g, *p) &&
          g.value(x).shape[a.axis] == g.constant(p->inputs[1]).shape().back()) {
        fold_after(g, *p, n, a);
        changed = true;
        break;
      }
      const int reader = uses.only_reader(n.outputs[0]);
      if (reader < 0) continue;
      Node& next = g.nodes[static_cast<size_t>(reader)];
      if (is_product(g, next) && next.inputs[0] == n.outputs[0] && fold_before(g, next, x, a)) {
        n.outputs.clear();
        changed = true;
        break;
      }
    }
    if (changed) compact(g);
  }
  for (Node& n : g.nodes) lower_batch_norm(g, n);
}

}  // namespace kcpp::inference
