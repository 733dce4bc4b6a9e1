// Recurrent layers backward: the steps in reverse, each thread with its rows of the batch, then the
// gradients of weights and input as large products over all steps.
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/products.h"
#include "backend/onednn/rnn.h"

namespace kcpp {
namespace onednn {
namespace {

struct Backward {
  RnnSizes size;
  const RnnAttrs& attrs;
  CellActivation act, recurrent_act;
  PackedMatrix recurrent = {}, candidate = {};  // transposed
  const float *gates = nullptr, *before = nullptr, *extra = nullptr;
  const float *last_h = nullptr, *initial_c = nullptr;
  const float *d_sequence = nullptr, *d_last = nullptr, *dh_last = nullptr, *dc_last = nullptr;
  float* d_gates = nullptr;  // with respect to x kernel + bias
  float* d_inner = nullptr;  // reset_after: with respect to h R + b
  float* reset_h = nullptr;  // gru: r h, what the candidate's recurrent kernel was multiplied with
  float *dh_first = nullptr, *dc_first = nullptr;

  /// Floats of temporary memory a sample.
  int64_t temporary() const { return 4 * size.units; }

  void run(int64_t first, int64_t last, float* room) const {
    const int64_t u = size.units, rows = last - first;
    float* dh = room;  // [rows, u] each
    float* dh_before = room + rows * u;
    float* dc = room + 2 * rows * u;
    float* spare = room + 3 * rows * u;
    load(dh_last, first, last, dh);
    load(dc_last, first, last, dc);
    if (d_last) add_rows(d_last + first * u, u, dh, rows);
    for (int64_t s = size.steps; s-- > 0;) {
      if (d_sequence) {
        add_rows(d_sequence + (first * size.steps + s) * u, size.steps * u, dh, rows);
      }
      for (int64_t b = first; b < last; ++b) {
        const int64_t at = (b - first) * u;
        cell(b, s, dh + at, dc + at, dh_before + at, spare + at);
      }
      step_products(first, rows, s, dh_before, spare);
      std::swap(dh, dh_before);
    }
    std::copy(dh, dh + rows * u, dh_first + first * u);
    if (dc_first) std::copy(dc, dc + rows * u, dc_first + first * u);
  }

 private:
  const float* gates_of(int64_t b, int64_t s) const { return gates + size.row(b, s) * size.width; }
  float* d_gates_of(int64_t b, int64_t s) const { return d_gates + size.row(b, s) * size.width; }
  const float* h_before(int64_t b, int64_t s) const { return before + size.row(b, s) * size.units; }
  const float* h_after(int64_t b, int64_t s) const {
    return s + 1 < size.steps ? h_before(b, s + 1) : last_h + b * size.units;
  }

  void load(const float* from, int64_t first, int64_t last, float* to) const {
    if (from) {
      std::copy(from + first * size.units, from + last * size.units, to);
    } else {
      std::fill(to, to + (last - first) * size.units, 0.0f);
    }
  }
  void add_rows(const float* from, int64_t ld, float* to, int64_t rows) const {
    const auto add = kernels().binary[static_cast<size_t>(BinaryOp::add)][0];
    for (int64_t i = 0; i < rows; ++i) {
      add(to + i * size.units, from + i * ld, to + i * size.units, size.units);
    }
  }

  /// From dh to the gradients of the gates; leaves in dh_before what flows to h past the products.
  void cell(int64_t b, int64_t s, const float* dh, float* dc, float* dh_before,
            float* spare) const {
    const int64_t u = size.units;
    const float* g = gates_of(b, s);
    float* d = d_gates_of(b, s);
    const auto multiply = kernels().binary[static_cast<size_t>(BinaryOp::multiply)][0];
    switch (attrs.kind) {
      case RnnKind::simple:
        std::copy(dh, dh + u, d);
        act.scale_gradient(d, h_after(b, s), u);
        break;
      case RnnKind::lstm: {
        const float* c_now = extra + size.row(b, s) * u;
        const float* c_before = s > 0 ? extra + size.row(b, s - 1) * u : initial_c + b * u;
        act.apply(c_now, spare, u);
        multiply(dh, g + 3 * u, dh_before, u);  // dh_before serves as the gradient that reaches c
        act.scale_gradient(dh_before, spare, u);
        kernels().lstm_cell_grad(g, spare, c_before, dh, dh_before, dc, d, u);
        recurrent_act.scale_gradient(d, g, 2 * u);
        act.scale_gradient(d + 2 * u, g + 2 * u, u);
        recurrent_act.scale_gradient(d + 3 * u, g + 3 * u, u);
        break;
      }
      case RnnKind::gru: {
        const float* from = h_before(b, s);
        kernels().gru_mix_grad(g, from, g + 2 * u, dh, d, d + 2 * u, dh_before, u);
        act.scale_gradient(d + 2 * u, g + 2 * u, u);
        recurrent_act.scale_gradient(d, g, u);
        multiply(g + u, from, reset_h + size.row(b, s) * u, u);
        break;
      }
      case RnnKind::gru_reset_after: {
        const float* inner_h = extra + size.row(b, s) * u;
        float* e = d_inner + size.row(b, s) * size.width;
        kernels().gru_mix_grad(g, h_before(b, s), g + 2 * u, dh, d, d + 2 * u, dh_before, u);
        act.scale_gradient(d + 2 * u, g + 2 * u, u);
        multiply(d + 2 * u, inner_h, d + u, u);
        recurrent_act.scale_gradient(d, g, 2 * u);
        std::copy(d, d + 2 * u, e);
        multiply(d + 2 * u, g + u, e + 2 * u, u);
        break;
      }
    }
  }

  void step_products(int64_t first, int64_t rows, int64_t s, float* dh_before, float* spare) const {
    const int64_t u = size.units, lda = size.steps * size.width;
    float* d = d_gates_of(first, s);
    switch (attrs.kind) {
      case RnnKind::simple:
      case RnnKind::lstm:
        recurrent.multiply(d, rows, lda, dh_before, u, false);
        break;
      case RnnKind::gru_reset_after:
        recurrent.multiply(d_inner + (d - d_gates), rows, lda, dh_before, u, true);
        break;
      case RnnKind::gru: {
        candidate.multiply(d + 2 * u, rows, lda, spare, u, false);  // d (r h)
        const auto multiply = kernels().binary[static_cast<size_t>(BinaryOp::multiply)][0];
        for (int64_t i = 0; i < rows; ++i) {
          const float* g = gates_of(first + i, s);
          float* di = d_gates_of(first + i, s);
          kernels().add_product(spare + i * u, g + u, dh_before + i * u, u);
          multiply(spare + i * u, h_before(first + i, s), di + u, u);
          recurrent_act.scale_gradient(di + u, g + u, u);
        }
        recurrent.multiply(d, rows, lda, dh_before, u, true);
        break;
      }
    }
  }
};

/// c [m, n] = a^T b over `rows` rows.
void weight_gradient(int64_t rows, const float* a, int64_t m, const float* b, int64_t ldb,
                     int64_t n, float* c, int64_t ldc) {
  Gemm g;
  g.transpose_a = true;
  g.m = m;
  g.n = n;
  g.k = rows;
  g.a = a;
  g.lda = m;
  g.b = b;
  g.ldb = ldb;
  g.c = c;
  g.ldc = ldc;
  gemm(g);
}

const float* optional(const Tensor& t) { return t.defined() ? floats(t) : nullptr; }

}  // namespace
}  // namespace onednn

using namespace onednn;

RnnGrads OneDnnBackend::rnn_grad(const Tensor& d_output, const Tensors& d_states, const Tensor& x,
                                 const Tensors& states, const Tensor& kernel,
                                 const Tensor& recurrent_kernel, const Tensor& bias,
                                 const RnnResult& forward, const RnnAttrs& attrs) {
  const RnnSizes size(x, recurrent_kernel, attrs);
  if (x.dtype() != DType::float32 || size.batch == 0 || size.steps == 0 || size.units == 0 ||
      size.features == 0) {
    return ReferenceBackend::rnn_grad(d_output, d_states, x, states, kernel, recurrent_kernel, bias,
                                      forward, attrs);
  }
  const bool lstm = attrs.kind == RnnKind::lstm;
  const bool reset_after = attrs.kind == RnnKind::gru_reset_after;
  const bool gru = attrs.kind == RnnKind::gru;
  const int64_t u = size.units, rows = size.batch * size.steps;
  RnnGrads r;
  r.x = Tensor::empty(x.shape());
  r.kernel = Tensor::empty(kernel.shape());
  r.recurrent_kernel = Tensor::empty(recurrent_kernel.shape());
  for (size_t i = 0; i < states.size(); ++i) r.states.push_back(Tensor::empty(states[i].shape()));
  Tensor d_gates = Tensor::empty({size.batch, size.steps, size.width});
  Tensor d_inner, reset_h;
  if (reset_after) d_inner = Tensor::empty(d_gates.shape());
  if (gru) reset_h = Tensor::empty({size.batch, size.steps, u});

  Backward g{size, attrs, CellActivation(attrs.activation),
             CellActivation(attrs.recurrent_activation)};
  g.gates = floats(forward.workspace[rnn_gates]);
  g.before = floats(forward.workspace[rnn_before]);
  if (lstm || reset_after) g.extra = floats(forward.workspace[rnn_extra]);
  g.last_h = floats(forward.states[0]);
  if (lstm) g.initial_c = floats(states[1]);
  (attrs.return_sequences ? g.d_sequence : g.d_last) = optional(d_output);
  if (!d_states.empty()) g.dh_last = optional(d_states[0]);
  if (lstm && d_states.size() > 1) g.dc_last = optional(d_states[1]);
  g.d_gates = floats_out(d_gates);
  if (reset_after) g.d_inner = floats_out(d_inner);
  if (gru) g.reset_h = floats_out(reset_h);
  g.dh_first = floats_out(r.states[0]);
  if (lstm) g.dc_first = floats_out(r.states[1]);

  float* room = scratch_floats(3, PackedMatrix::floats_needed(u, size.width));
  const float* weights = floats(recurrent_kernel);
  if (gru) {
    g.recurrent.pack_transposed(weights, size.width, 0, 2 * u, u, room);
    g.candidate.pack_transposed(weights, size.width, 2 * u, u, u, room + 2 * u * u);
  } else {
    g.recurrent.pack_transposed(weights, size.width, 0, size.width, u, room);
  }
  const int parts = size.parts();
  run_parts(parts, [&](int i) {
    const Range range = part_range(size.batch, parts, i, 1);
    g.run(range.begin, range.end, scratch_floats(4, (range.end - range.begin) * g.temporary()));
  });

  const float* inner = reset_after ? g.d_inner : g.d_gates;
  float* d_recurrent = floats_out(r.recurrent_kernel);
  if (gru) {
    weight_gradient(rows, g.before, u, inner, size.width, 2 * u, d_recurrent, size.width);
    weight_gradient(rows, g.reset_h, u, inner + 2 * u, size.width, u, d_recurrent + 2 * u,
                    size.width);
  } else {
    weight_gradient(rows, g.before, u, inner, size.width, size.width, d_recurrent, size.width);
  }
  weight_gradient(rows, floats(x), size.features, g.d_gates, size.width, size.width,
                  floats_out(r.kernel), size.width);
  Gemm dx;
  dx.transpose_b = true;
  dx.m = rows;
  dx.n = size.features;
  dx.k = size.width;
  dx.a = g.d_gates;
  dx.lda = size.width;
  dx.b = floats(kernel);
  dx.ldb = size.width;
  dx.c = floats_out(r.x);
  dx.ldc = size.features;
  onednn::gemm(dx);
  if (bias.defined()) {
    r.bias = Tensor::empty(bias.shape());
    column_sums(g.d_gates, rows, size.width, floats_out(r.bias));
    if (reset_after) column_sums(g.d_inner, rows, size.width, floats_out(r.bias) + size.width);
  }
  return r;
}

}  // namespace kcpp
