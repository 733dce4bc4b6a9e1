// Whole recurrent layers: forward, and back-propagation through time. One small class a kind of
// cell has the step and its gradient; what is the same for all (input products, time, states) is
// outside.
#include <algorithm>

#include "backend/reference/common.h"
#include "backend/reference/kernels.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {
namespace reference {
namespace {

int64_t gates_of(RnnKind kind) {
  return kind == RnnKind::simple ? 1 : kind == RnnKind::lstm ? 4 : 3;
}

/// Sizes and arrays of one layer. Step s of the sequence has its number in the order of processing.
template <class T>
struct Layer {
  const RnnAttrs& attrs;
  int64_t batch, time, features, units, width;  ///< width = gates x units
  const T *recurrent, *recurrent_bias;          ///< recurrent_bias: gru_reset_after only, or null
  // The workspace:
  T* pre;    ///< (batch, time, width): what goes into the gates' activations
  T* gate;   ///< (batch, time, width): what comes out
  T* h;      ///< (time + 1, batch, units)
  T* c;      ///< (time + 1, batch, units): lstm
  T* inner;  ///< (batch, time, width): gru_reset_after, the recurrent product with its bias

  int64_t row(int64_t b, int64_t s) const { return (b * time + s) * width; }
  int64_t state(int64_t s, int64_t b) const { return (s * batch + b) * units; }
  Matrix<T> recurrent_of(int64_t first_gate, bool transposed = false) const {
    return {recurrent + first_gate * units, width, transposed};
  }
  void activate(int64_t at, int64_t gate_number, const Activation& a) const {
    const int64_t i = at + gate_number * units;
    apply_unary(a.op, a.attrs, pre + i, gate + i, units);
  }
  /// d[at, gate] *= the activation's derivative.
  void deactivate(T* d, int64_t at, int64_t gate_number, const Activation& a) const {
    const int64_t i = at + gate_number * units;
    apply_unary_grad(a.op, a.attrs, d + i, pre + i, gate + i, d + i, units);
  }
};

/// Arrays of the backward pass.
template <class T>
struct Gradients {
  T* pre;        ///< (batch, time, width)
  T* inner;      ///< (batch, time, width): of the recurrent product, where it differs from `pre`
  T* recurrent;  ///< (units, width)
  T *h, *c;      ///< (batch, units): in: of the state after the step; out: of the one before
};

template <class T>
void simple_step(const Layer<T>& l, int64_t s) {
  gemm<T>(l.batch, l.units, l.units, {l.h + l.state(s, 0), l.units}, l.recurrent_of(0),
          l.pre + l.row(0, s), l.time * l.width, true);
  for (int64_t b = 0; b < l.batch; ++b) {
    l.activate(l.row(b, s), 0, l.attrs.activation);
    std::copy_n(l.gate + l.row(b, s), l.units, l.h + l.state(s + 1, b));
  }
}

template <class T>
void simple_back(const Layer<T>& l, int64_t s, const Gradients<T>& d) {
  for (int64_t b = 0; b < l.batch; ++b) {
    std::copy_n(d.h + b * l.units, l.units, d.pre + l.row(b, s));
    l.deactivate(d.pre, l.row(b, s), 0, l.attrs.activation);
  }
}

/// h' = o a(c'), c' = f c + i g
template <class T>
void lstm_step(const Layer<T>& l, int64_t s) {
  gemm<T>(l.batch, l.width, l.units, {l.h + l.state(s, 0), l.units}, l.recurrent_of(0),
          l.pre + l.row(0, s), l.time * l.width, true);
  std::vector<T> active(static_cast<size_t>(l.units));
  for (int64_t b = 0; b < l.batch; ++b) {
    const int64_t at = l.row(b, s);
    for (int64_t g = 0; g < 4; ++g)
      l.activate(at, g, g == 2 ? l.attrs.activation : l.attrs.recurrent_activation);
    const T *i = l.gate + at, *f = i + l.units, *g = f + l.units, *o = g + l.units;
    const T* c = l.c + l.state(s, b);
    T *next_c = l.c + l.state(s + 1, b), *next_h = l.h + l.state(s + 1, b);
    for (int64_t u = 0; u < l.units; ++u) next_c[u] = f[u] * c[u] + i[u] * g[u];
    apply_unary(l.attrs.activation.op, l.attrs.activation.attrs, next_c, active.data(), l.units);
    for (int64_t u = 0; u < l.units; ++u) next_h[u] = o[u] * active[u];
  }
}

template <class T>
void lstm_back(const Layer<T>& l, int64_t s, const Gradients<T>& d) {
  const Activation& a = l.attrs.activation;
  std::vector<T> active(static_cast<size_t>(l.units)), d_active(active);
  for (int64_t b = 0; b < l.batch; ++b) {
    const int64_t at = l.row(b, s);
    const T *i = l.gate + at, *f = i + l.units, *g = f + l.units, *o = g + l.units;
    const T *c = l.c + l.state(s, b), *next_c = l.c + l.state(s + 1, b);
    T *di = d.pre + at, *df = di + l.units, *dg = df + l.units, *d_o = dg + l.units;
    T *dh = d.h + b * l.units, *dc = d.c + b * l.units;
    apply_unary(a.op, a.attrs, next_c, active.data(), l.units);
    for (int64_t u = 0; u < l.units; ++u) {
      d_o[u] = dh[u] * active[u];
      d_active[u] = dh[u] * o[u];
    }
    apply_unary_grad(a.op, a.attrs, d_active.data(), next_c, active.data(), d_active.data(),
                     l.units);
    for (int64_t u = 0; u < l.units; ++u) {
      const T total = dc[u] + d_active[u];
      di[u] = total * g[u];
      df[u] = total * c[u];
      dg[u] = total * i[u];
      dc[u] = total * f[u];
    }
    for (int64_t k = 0; k < 4; ++k)
      l.deactivate(d.pre, at, k, k == 2 ? a : l.attrs.recurrent_activation);
  }
}

/// h' = z h + (1 - z) a(..), the reset gate either on h or on the recurrent product
template <class T>
void gru_step(const Layer<T>& l, int64_t s) {
  const bool after = l.attrs.kind == RnnKind::gru_reset_after;
  const int64_t u = l.units, stride = l.time * l.width;
  const T* h = l.h + l.state(s, 0);
  if (after) {
    gemm<T>(l.batch, l.width, u, {h, u}, l.recurrent_of(0), l.inner + l.row(0, s), stride, false);
  } else {
    gemm<T>(l.batch, 2 * u, u, {h, u}, l.recurrent_of(0), l.pre + l.row(0, s), stride, true);
  }
  std::vector<T> reset(static_cast<size_t>(l.batch * u));
  for (int64_t b = 0; b < l.batch; ++b) {
    const int64_t at = l.row(b, s);
    T *pre = l.pre + at, *inner = after ? l.inner + at : nullptr;
    if (after) {
      if (l.recurrent_bias) add_bias(l.recurrent_bias, inner, 1, l.width);
      for (int64_t j = 0; j < 2 * u; ++j) pre[j] += inner[j];
    }
    l.activate(at, 0, l.attrs.recurrent_activation);
    l.activate(at, 1, l.attrs.recurrent_activation);
    const T* r = l.gate + at + u;
    for (int64_t j = 0; j < u; ++j) {
      if (after) {
        pre[2 * u + j] += r[j] * inner[2 * u + j];
      } else {
        reset[b * u + j] = r[j] * h[b * u + j];
      }
    }
  }
  if (!after)
    gemm<T>(l.batch, u, u, {reset.data(), u}, l.recurrent_of(2), l.pre + l.row(0, s) + 2 * u,
            stride, true);
  for (int64_t b = 0; b < l.batch; ++b) {
    const int64_t at = l.row(b, s);
    l.activate(at, 2, l.attrs.activation);
    const T *z = l.gate + at, *candidate = z + 2 * u;
    T* next = l.h + l.state(s + 1, b);
    for (int64_t j = 0; j < u; ++j) next[j] = z[j] * h[b * u + j] + (T(1) - z[j]) * candidate[j];
  }
}

/// Leaves in d.h only what reaches h past the products of z, r (and, reset after, the candidate).
template <class T>
void gru_back(const Layer<T>& l, int64_t s, const Gradients<T>& d) {
  const bool after = l.attrs.kind == RnnKind::gru_reset_after;
  const int64_t u = l.units, stride = l.time * l.width;
  const T* h = l.h + l.state(s, 0);
  for (int64_t b = 0; b < l.batch; ++b) {
    const int64_t at = l.row(b, s);
    const T *z = l.gate + at, *candidate = z + 2 * u;
    T *dz = d.pre + at, *d_candidate = dz + 2 * u, *dh = d.h + b * u;
    for (int64_t j = 0; j < u; ++j) {
      dz[j] = dh[j] * (h[b * u + j] - candidate[j]);
      d_candidate[j] = dh[j] * (T(1) - z[j]);
      dh[j] *= z[j];
    }
    l.deactivate(d.pre, at, 0, l.attrs.recurrent_activation);
    l.deactivate(d.pre, at, 2, l.attrs.activation);
  }
  std::vector<T> reset(static_cast<size_t>(l.batch * u)), d_reset(reset);
  if (!after) {
    gemm<T>(l.batch, u, u, {d.pre + l.row(0, s) + 2 * u, stride}, l.recurrent_of(2, true),
            d_reset.data(), u, false);
  }
  for (int64_t b = 0; b < l.batch; ++b) {
    const int64_t at = l.row(b, s);
    const T* r = l.gate + at + u;
    T *dz = d.pre + at, *dr = dz + u, *d_candidate = dz + 2 * u, *dh = d.h + b * u;
    for (int64_t j = 0; j < u; ++j) {
      if (after) {
        dr[j] = d_candidate[j] * l.inner[at + 2 * u + j];
      } else {
        reset[b * u + j] = r[j] * h[b * u + j];
        dr[j] = d_reset[b * u + j] * h[b * u + j];
        dh[j] += d_reset[b * u + j] * r[j];
      }
    }
    l.deactivate(d.pre, at, 1, l.attrs.recurrent_activation);
    if (after) {
      std::copy_n(dz, 2 * u, d.inner + at);
      for (int64_t j = 0; j < u; ++j) d.inner[at + 2 * u + j] = d_candidate[j] * r[j];
    }
  }
  if (!after) {  // the candidate's own product: (r h)^T d -> [u, u]
    gemm<T>(u, u, l.batch, {reset.data(), u, true}, {d.pre + l.row(0, s) + 2 * u, stride},
            d.recurrent + 2 * u, l.width, true);
  }
}

/// What the products h x recurrent have in common: d recurrent += h^T d, d h += d recurrent^T.
template <class T>
void products_back(const Layer<T>& l, int64_t s, const Gradients<T>& d, T* d_product,
                   bool overwrite_h) {
  const int64_t columns = l.attrs.kind == RnnKind::gru ? 2 * l.units : l.width,
                stride = l.time * l.width;
  const Matrix<T> product{d_product + l.row(0, s), stride};
  gemm<T>(l.units, columns, l.batch, {l.h + l.state(s, 0), l.units, true}, product, d.recurrent,
          l.width, true);
  gemm<T>(l.batch, l.units, columns, product, l.recurrent_of(0, true), d.h, l.units, !overwrite_h);
}

/// The steps of x in the order of processing.
Tensor in_order(Backend& backend, const Tensor& x, const RnnAttrs& attrs) {
  return attrs.go_backwards ? backend.flip(x, {1}) : x;
}

template <class T>
Layer<T> layer_of(const RnnAttrs& attrs, const Tensor& x, const Tensor& recurrent,
                  const Tensor& bias, Tensors& workspace) {
  const int64_t units = recurrent.dim(0), width = recurrent.dim(1);
  const bool two_biases = bias.defined() && attrs.kind == RnnKind::gru_reset_after;
  return {attrs,
          x.dim(0),
          x.dim(1),
          x.dim(2),
          units,
          width,
          in<T>(recurrent),
          two_biases ? in<T>(bias) + width : nullptr,
          out<T>(workspace[0]),
          out<T>(workspace[1]),
          out<T>(workspace[2]),
          out<T>(workspace[3]),
          out<T>(workspace[4])};
}

}  // namespace
}  // namespace reference

bool ReferenceBackend::rnn_available(const RnnAttrs&, DType dtype) const {
  return is_floating(dtype);
}

RnnResult ReferenceBackend::rnn(const Tensor& x, const Tensors& states, const Tensor& kernel,
                                const Tensor& recurrent_kernel, const Tensor& bias,
                                const RnnAttrs& attrs) {
  using namespace reference;
  if (is_half(x.dtype())) {
    const auto wide = [&](const Tensor& t) { return t.defined() ? cast(t, DType::float32) : t; };
    Tensors wide_states;
    for (const Tensor& s : states) wide_states.push_back(wide(s));
    RnnResult r = ReferenceBackend::rnn(wide(x), wide_states, wide(kernel), wide(recurrent_kernel),
                                        wide(bias), attrs);
    r.output = cast(r.output, x.dtype());
    for (Tensor& s : r.states) s = cast(s, x.dtype());
    return r;
  }
  const int64_t batch = x.dim(0), time = x.dim(1), units = recurrent_kernel.dim(0),
                width = recurrent_kernel.dim(1);
  KCPP_ASSERT(width == gates_of(attrs.kind) * units);
  const bool lstm = attrs.kind == RnnKind::lstm, after = attrs.kind == RnnKind::gru_reset_after;
  const DType dtype = x.dtype();
  const Tensor input_bias =
      bias.defined() && after ? reshaped(slice(bias, {0, 0}, {1, width}, {1, 1}), {width}) : bias;

  // Into the gates: x kernel + bias, to which each step adds its recurrent product.
  Tensor pre = ReferenceBackend::dense(in_order(*this, x, attrs), kernel, input_bias, {});
  Tensors workspace{pre, Tensor::empty({batch, time, width}, dtype),
                    Tensor::empty({time + 1, batch, units}, dtype),
                    Tensor::empty({lstm ? time + 1 : 0, batch, units}, dtype),
                    Tensor::empty({after ? batch : 0, time, width}, dtype)};
  RnnResult result;
  const auto copy_of = [&](const Tensor& sequence, int64_t s) {
    return reshaped(slice(sequence, {s, 0, 0}, {1, batch, units}, {1, 1, 1}), {batch, units});
  };
  dispatch_floating(dtype, [&]<class T>() {
    const Layer<T> l = layer_of<T>(attrs, x, recurrent_kernel, bias, workspace);
    std::copy_n(in<T>(states[0]), batch * units, l.h);
    if (lstm) std::copy_n(in<T>(states[1]), batch * units, l.c);
    for (int64_t s = 0; s < time; ++s) {
      switch (attrs.kind) {
        case RnnKind::simple:
          simple_step(l, s);
          break;
        case RnnKind::lstm:
          lstm_step(l, s);
          break;
        default:
          gru_step(l, s);
          break;
      }
    }
  });
  result.states.push_back(copy_of(workspace[2], time));
  if (lstm) result.states.push_back(copy_of(workspace[3], time));
  if (attrs.return_sequences) {
    const Tensor sequence = slice(workspace[2], {1, 0, 0}, {time, batch, units}, {1, 1, 1});
    result.output = transpose(sequence, {1, 0, 2});
  } else {
    result.output = result.states[0].clone();
  }
  if (attrs.training) result.workspace = workspace;
  return result;
}

RnnGrads ReferenceBackend::rnn_grad(const Tensor& d_output, const Tensors& d_states,
                                    const Tensor& x, const Tensors& states, const Tensor& kernel,
                                    const Tensor& recurrent_kernel, const Tensor& bias,
                                    const RnnResult& forward, const RnnAttrs& attrs) {
  using namespace reference;
  if (is_half(x.dtype())) {
    const auto wide = [&](const Tensor& t) { return t.defined() ? cast(t, DType::float32) : t; };
    const auto all_wide = [&](Tensors ts) {
      for (Tensor& t : ts) t = wide(t);
      return ts;
    };
    RnnGrads g = ReferenceBackend::rnn_grad(wide(d_output), all_wide(d_states), wide(x),
                                            all_wide(states), wide(kernel), wide(recurrent_kernel),
                                            wide(bias), forward, attrs);
    for (Tensor* t : {&g.x, &g.kernel, &g.recurrent_kernel, &g.bias}) {
      if (t->defined()) *t = cast(*t, x.dtype());
    }
    for (Tensor& s : g.states) s = cast(s, x.dtype());
    return g;
  }
  Tensors workspace = forward.workspace;
  if (workspace.empty()) {
    RnnAttrs training = attrs;
    training.training = true;
    workspace =
        ReferenceBackend::rnn(x, states, kernel, recurrent_kernel, bias, training).workspace;
  }
  const int64_t batch = x.dim(0), time = x.dim(1), units = recurrent_kernel.dim(0),
                width = recurrent_kernel.dim(1);
  const bool lstm = attrs.kind == RnnKind::lstm, after = attrs.kind == RnnKind::gru_reset_after;
  const DType dtype = x.dtype();

  Tensor d_pre = Tensor::zeros({batch, time, width}, dtype);
  Tensor d_inner = after ? Tensor::zeros({batch, time, width}, dtype) : d_pre;
  Tensor d_recurrent = Tensor::zeros(recurrent_kernel.shape(), dtype);
  const auto start = [&](size_t k) {
    return k < d_states.size() && d_states[k].defined() ? d_states[k].clone()
                                                        : Tensor::zeros({batch, units}, dtype);
  };
  Tensor dh = start(0), dc = lstm ? start(1) : Tensor::zeros({0, units}, dtype);
  dispatch_floating(dtype, [&]<class T>() {
    const Layer<T> l = layer_of<T>(attrs, x, recurrent_kernel, bias, workspace);
    const Gradients<T> d{out<T>(d_pre), out<T>(d_inner), out<T>(d_recurrent), out<T>(dh),
                         out<T>(dc)};
    const T* output = in_or_null<T>(d_output);
    for (int64_t s = time - 1; s >= 0; --s) {
      if (output && (attrs.return_sequences || s == time - 1)) {
        for (int64_t b = 0; b < batch; ++b) {
          const T* from = output + (attrs.return_sequences ? b * time + s : b) * units;
          for (int64_t j = 0; j < units; ++j) d.h[b * units + j] += from[j];
        }
      }
      switch (attrs.kind) {
        case RnnKind::simple:
          simple_back(l, s, d);
          break;
        case RnnKind::lstm:
          lstm_back(l, s, d);
          break;
        default:
          gru_back(l, s, d);
          break;
      }
      // Only a GRU's state also goes round the gates.
      products_back(l, s, d, d.inner, attrs.kind == RnnKind::simple || lstm);
    }
  });

  RnnGrads grads;
  auto [d_kernel, d_bias] =
      ReferenceBackend::dense_grad_weights(in_order(*this, x, attrs), d_pre, true, bias.defined());
  grads.kernel = d_kernel;
  grads.recurrent_kernel = d_recurrent;
  if (bias.defined() && after) {
    const Tensor d_recurrent_bias = reduce(ReduceOp::sum, d_inner, {0, 1}, false);
    grads.bias = concat({reshaped(d_bias, {1, width}), reshaped(d_recurrent_bias, {1, width})}, 0);
  } else if (bias.defined()) {
    grads.bias = d_bias;
  }
  // [batch, time, width] x [features, width]^T
  grads.x = in_order(*this, matmul(d_pre, kernel, false, true), attrs);
  grads.states.push_back(dh);
  if (lstm) grads.states.push_back(dc);
  return grads;
}

}  // namespace kcpp
