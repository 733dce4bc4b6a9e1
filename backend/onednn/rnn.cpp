// Recurrent layers forward: one product for all inputs, then the steps.
#include "backend/onednn/rnn.h"

#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/products.h"

namespace kcpp {
namespace onednn {
namespace {

/// Everything that the threads share during a forward pass.
struct Forward {
  RnnSizes size;
  const RnnAttrs& attrs;
  CellActivation act, recurrent_act;
  PackedMatrix recurrent = {}, candidate = {};  // candidate: the last third, if reset comes before
  const float* recurrent_bias = nullptr;
  const float* initial_c = nullptr;
  float *gates = nullptr, *before = nullptr, *extra = nullptr;
  float *output = nullptr, *h = nullptr, *c = nullptr;

  /// Samples [first, last) through all steps. `temporary` has room for (last - first) * width
  /// floats.
  void run(int64_t first, int64_t last, float* temporary) const {
    for (int64_t s = 0; s < size.steps; ++s) {
      step_products(first, last, s, temporary);
      for (int64_t b = first; b < last; ++b) {
        cell(b, s, temporary + (b - first) * size.width);
      }
      if (attrs.kind == RnnKind::gru) finish_gru(first, last, s, temporary);
      if (output) {
        for (int64_t b = first; b < last; ++b) {
          const float* now = h_after(b, s);
          std::copy(now, now + size.units, output + (b * size.steps + s) * size.units);
        }
      }
    }
  }

 private:
  float* gates_of(int64_t b, int64_t s) const { return gates + size.row(b, s) * size.width; }
  float* h_before(int64_t b, int64_t s) const { return before + size.row(b, s) * size.units; }
  float* h_after(int64_t b, int64_t s) const {
    return s + 1 < size.steps ? h_before(b, s + 1) : h + b * size.units;
  }

  /// Adds h R to the gates of all samples at once.
  void step_products(int64_t first, int64_t last, int64_t s, float* temporary) const {
    const int64_t rows = last - first;
    const float* from = h_before(first, s);
    const int64_t lda = size.steps * size.units, ldc = size.steps * size.width;
    if (attrs.kind == RnnKind::gru_reset_after) {
      recurrent.multiply(from, rows, lda, temporary, size.width, false, recurrent_bias);
    } else {
      recurrent.multiply(from, rows, lda, gates_of(first, s), ldc, true);
    }
  }

  void cell(int64_t b, int64_t s, float* temporary) const {
    const int64_t u = size.units;
    float* g = gates_of(b, s);
    const float* from = h_before(b, s);
    float* to = h_after(b, s);
    const auto add = kernels().binary[static_cast<size_t>(BinaryOp::add)][0];
    const auto multiply = kernels().binary[static_cast<size_t>(BinaryOp::multiply)][0];
    switch (attrs.kind) {
      case RnnKind::simple:
        act.apply(g, g, u);
        std::copy(g, g + u, to);
        break;
      case RnnKind::lstm: {
        recurrent_act.apply(g, g, 2 * u);
        act.apply(g + 2 * u, g + 2 * u, u);
        recurrent_act.apply(g + 3 * u, g + 3 * u, u);
        const float* c_before = s > 0 ? extra + size.row(b, s - 1) * u : initial_c + b * u;
        float* c_now = extra + size.row(b, s) * u;
        kernels().lstm_cell(g, c_before, c_now, u);
        act.apply(c_now, to, u);
        multiply(to, g + 3 * u, to, u);
        if (s + 1 == size.steps) std::copy(c_now, c_now + u, c + b * u);
        break;
      }
      case RnnKind::gru:  // until r h is known; finish_gru does the rest
        recurrent_act.apply(g, g, 2 * u);
        multiply(g + u, from, temporary, u);
        break;
      case RnnKind::gru_reset_after: {
        add(g, temporary, g, 2 * u);
        recurrent_act.apply(g, g, 2 * u);
        kernels().add_product(g + u, temporary + 2 * u, g + 2 * u, u);
        act.apply(g + 2 * u, g + 2 * u, u);
        std::copy(temporary + 2 * u, temporary + 3 * u, extra + size.row(b, s) * u);
        kernels().gru_mix(g, from, g + 2 * u, to, u);
        break;
      }
    }
  }

  void finish_gru(int64_t first, int64_t last, int64_t s, const float* temporary) const {
    const int64_t u = size.units;
    candidate.multiply(temporary, last - first, size.width, gates_of(first, s) + 2 * u,
                       size.steps * size.width, true);
    for (int64_t b = first; b < last; ++b) {
      float* g = gates_of(b, s);
      act.apply(g + 2 * u, g + 2 * u, u);
      kernels().gru_mix(g, h_before(b, s), g + 2 * u, h_after(b, s), u);
    }
  }
};

/// gates [batch * time, width] = x kernel + bias.
void project(const RnnSizes& size, const Tensor& x, const Tensor& kernel, const float* bias,
             float* gates) {
  Gemm g;
  g.m = size.batch * size.steps;
  g.n = size.width;
  g.k = size.features;
  g.a = floats(x);
  g.lda = size.features;
  g.b = floats(kernel);
  g.ldb = size.width;
  g.c = gates;
  g.ldc = size.width;
  gemm(g);
  apply_bias_activation({}, bias, gates, g.m, g.n);
}

}  // namespace
}  // namespace onednn

using namespace onednn;

bool OneDnnBackend::rnn_available(const RnnAttrs& attrs, DType dtype) const {
  if (dtype != DType::float32) return ReferenceBackend::rnn_available(attrs, dtype);
  const bool gated = attrs.kind != RnnKind::simple;
  return CellActivation::available(attrs.activation) &&
         (!gated || CellActivation::available(attrs.recurrent_activation));
}

RnnResult OneDnnBackend::rnn(const Tensor& x, const Tensors& states, const Tensor& kernel,
                             const Tensor& recurrent_kernel, const Tensor& bias,
                             const RnnAttrs& attrs) {
  const RnnSizes size(x, recurrent_kernel, attrs);
  if (x.dtype() != DType::float32 || size.batch == 0 || size.steps == 0 || size.units == 0 ||
      size.features == 0) {
    return ReferenceBackend::rnn(x, states, kernel, recurrent_kernel, bias, attrs);
  }
  const bool lstm = attrs.kind == RnnKind::lstm;
  const bool reset_after = attrs.kind == RnnKind::gru_reset_after;
  const int64_t u = size.units;
  Tensor gates = Tensor::empty({size.batch, size.steps, size.width});
  Tensor before = Tensor::empty({size.batch, size.steps, u});
  Tensor extra;
  if (lstm || reset_after) extra = Tensor::empty({size.batch, size.steps, u});
  RnnResult r;
  r.states.push_back(Tensor::empty({size.batch, u}));
  if (lstm) r.states.push_back(Tensor::empty({size.batch, u}));
  r.output = attrs.return_sequences ? Tensor::empty({size.batch, size.steps, u}) : r.states[0];

  const float* b = bias.defined() ? floats(bias) : nullptr;
  Forward f{size, attrs, CellActivation(attrs.activation),
            CellActivation(attrs.recurrent_activation)};
  f.gates = floats_out(gates);
  f.before = floats_out(before);
  if (extra.defined()) f.extra = floats_out(extra);
  if (attrs.return_sequences) f.output = floats_out(r.output);
  f.h = floats_out(r.states[0]);
  if (lstm) {
    f.c = floats_out(r.states[1]);
    f.initial_c = floats(states[1]);
  }
  if (reset_after && b) f.recurrent_bias = b + size.width;
  const float* initial = floats(states[0]);
  for (int64_t i = 0; i < size.batch; ++i) {
    std::copy(initial + i * u, initial + (i + 1) * u, f.before + size.row(i, 0) * u);
  }
  project(size, x, kernel, b, f.gates);

  float* room = scratch_floats(3, PackedMatrix::floats_needed(u, size.width));
  const float* weights = floats(recurrent_kernel);
  if (attrs.kind == RnnKind::gru) {
    f.recurrent.pack(weights, size.width, 0, u, 2 * u, room);
    f.candidate.pack(weights, size.width, 2 * u, u, u, room + 2 * u * u);
  } else {
    f.recurrent.pack(weights, size.width, 0, u, size.width, room);
  }
  const int parts = size.parts();
  run_parts(parts, [&](int i) {
    const Range range = part_range(size.batch, parts, i, 1);
    f.run(range.begin, range.end, scratch_floats(4, (range.end - range.begin) * size.width));
  });
  if (attrs.training) {
    r.workspace = {gates, before};
    if (extra.defined()) r.workspace.push_back(extra);
  }
  return r;
}

}  // namespace kcpp
