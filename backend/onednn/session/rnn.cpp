// Recurrent layers: one product for all inputs, then the steps; weights packed once.
#include "backend/onednn/rnn.h"

#include <cstring>

#include "backend/onednn/session/kernels.h"

namespace kcpp::onednn::session {
namespace {

class RnnKernel final : public Kernel {
 public:
  RnnKernel(const Graph& g, const Node& n)
      : kind_(n.rnn.kind),
        backwards_(n.rnn.go_backwards),
        sequences_(n.rnn.return_sequences),
        act_(n.rnn.activation),
        recurrent_act_(n.rnn.recurrent_activation) {
    const Shape& x = g.value(n.inputs[0]).shape;
    batch_ = x[0], steps_ = x[1], features_ = x[2];
    const Tensor &kernel = g.constant(n.inputs[1]), &recurrent = g.constant(n.inputs[2]);
    units_ = recurrent.shape()[0];
    width_ = recurrent.shape()[1];
    kernel_ = PackedWeights(onednn::floats(kernel), features_, width_, width_);
    const bool gru = kind_ == RnnKind::gru;
    recurrent_ =
        PackedWeights(onednn::floats(recurrent), units_, gru ? 2 * units_ : width_, width_);
    if (gru)
      candidate_ = PackedWeights(onednn::floats(recurrent), units_, units_, width_, 2 * units_);
    if (n.inputs[3] < 0) return;
    const float* bias = onednn::floats(g.constant(n.inputs[3]));
    bias_ = padded_bias(bias, width_);
    if (kind_ == RnnKind::gru_reset_after) recurrent_bias_ = padded_bias(bias + width_, width_);
  }

  std::string name() const override { return text("packed recurrence, ", kernels().name); }
  size_t weight_bytes() const override {
    return kernel_.panels_data.bytes() + recurrent_.panels_data.bytes() +
           candidate_.panels_data.bytes() + bias_.bytes() + recurrent_bias_.bytes();
  }
  bool reads(int input) const override { return input == 0 || input >= 4; }
  /// The projected inputs, and a row of temporary gates a sample.
  size_t scratch_bytes() const override {
    return static_cast<size_t>(batch_ * (steps_ + 1) * width_) * sizeof(float);
  }

  bool run(const Buffers& b, KernelState*) const noexcept override {
    float* gates = static_cast<float*>(b.scratch);
    PackedProduct p;
    p.a = floats(b, 0);
    p.width = batch_ * steps_;
    p.row_step = features_;
    p.steps = features_;
    p.b = kernel_.panels_data.data();
    p.n = width_;
    p.bias = bias_.data();
    p.c = gates;
    p.ldc = width_;
    run_product(p, batch_ * steps_, kernel_.panels(), FusedActivation(Activation{}));

    const size_t state = static_cast<size_t>(batch_ * units_) * sizeof(float);
    float *h = out_floats(b, 1), *c = kind_ == RnnKind::lstm ? out_floats(b, 2) : nullptr;
    std::memcpy(h, b.inputs[4], state);
    if (c) std::memcpy(c, b.inputs[5], state);
    const int parts =
        parts_of(batch_, std::max<int64_t>(1, 100 * 1000 / (steps_ * units_ * width_)));
    run_parts(parts, [&](int i) {
      const Range r = part_range(batch_, parts, i, 1);
      if (r.begin < r.end)
        rows(r.begin, r.end, gates, gates + batch_ * steps_ * width_ + r.begin * width_, h, c,
             out_floats(b, 0));
    });
    if (!sequences_) std::memcpy(b.outputs[0], h, state);
    return true;
  }

 private:
  /// to (+)= a w, for `rows` rows of a that lie row_step apart.
  void multiply(const PackedWeights& w, const float* a, int64_t row_step, int64_t rows, float* to,
                int64_t ldc, bool add, const float* bias = nullptr) const noexcept {
    PackedProduct p;
    p.a = a;
    p.width = rows;
    p.row_step = row_step;
    p.steps = w.depth;
    p.b = w.panels_data.data();
    p.n = w.n;
    p.bias = bias;
    p.residual = add ? to : nullptr;
    p.c = to;
    p.ldc = ldc;
    p.row_last = rows;
    p.panel_last = w.panels();
    kernels().packed_product(p);
  }

  /// Samples [first, last) through all steps.
  void rows(int64_t first, int64_t last, float* gates, float* temporary, float* h, float* c,
            float* output) const noexcept {
    const int64_t u = units_, count = last - first, ldc = steps_ * width_;
    for (int64_t s = 0; s < steps_; ++s) {
      const int64_t t = backwards_ ? steps_ - 1 - s : s;
      float* now = gates + (first * steps_ + t) * width_;
      if (kind_ == RnnKind::gru_reset_after) {
        multiply(recurrent_, h + first * u, u, count, temporary, width_, false,
                 recurrent_bias_.data());
      } else {
        multiply(recurrent_, h + first * u, u, count, now, ldc, true);
      }
      for (int64_t b = 0; b < count; ++b)
        cell(now + b * ldc, temporary + b * width_, h + (first + b) * u,
             c ? c + (first + b) * u : nullptr);
      if (kind_ == RnnKind::gru) {
        multiply(candidate_, temporary, width_, count, now + 2 * u, ldc, true);
        for (int64_t b = 0; b < count; ++b) {
          float *g = now + b * ldc, *state = h + (first + b) * u;
          act_.apply(g + 2 * u, g + 2 * u, u);
          kernels().gru_mix(g, state, g + 2 * u, state, u);
        }
      }
      if (!sequences_) continue;
      for (int64_t b = first; b < last; ++b)
        std::memcpy(output + (b * steps_ + s) * u, h + b * u,
                    static_cast<size_t>(u) * sizeof(float));
    }
  }

  void cell(float* g, float* temporary, float* h, float* c) const noexcept {
    const int64_t u = units_;
    const Kernels& k = kernels();
    const auto add = k.binary[static_cast<size_t>(BinaryOp::add)][0];
    const auto multiply = k.binary[static_cast<size_t>(BinaryOp::multiply)][0];
    switch (kind_) {
      case RnnKind::simple:
        act_.apply(g, h, u);
        break;
      case RnnKind::lstm:
        recurrent_act_.apply(g, g, 2 * u);
        act_.apply(g + 2 * u, g + 2 * u, u);
        recurrent_act_.apply(g + 3 * u, g + 3 * u, u);
        k.lstm_cell(g, c, c, u);
        act_.apply(c, h, u);
        multiply(h, g + 3 * u, h, u);
        break;
      case RnnKind::gru:  // until r h is known; the rest follows for all samples at once
        recurrent_act_.apply(g, g, 2 * u);
        multiply(g + u, h, temporary, u);
        break;
      case RnnKind::gru_reset_after:
        add(g, temporary, g, 2 * u);
        recurrent_act_.apply(g, g, 2 * u);
        k.add_product(g + u, temporary + 2 * u, g + 2 * u, u);
        act_.apply(g + 2 * u, g + 2 * u, u);
        k.gru_mix(g, h, g + 2 * u, h, u);
        break;
    }
  }

  RnnKind kind_;
  bool backwards_, sequences_;
  CellActivation act_, recurrent_act_;
  int64_t batch_, steps_, features_, units_, width_;
  PackedWeights kernel_, recurrent_, candidate_;
  FloatArray bias_, recurrent_bias_;
};

}  // namespace

KernelPtr make_rnn(const Graph& g, const Node& n, const KernelOptions&) {
  if (!all_float(g, n) || g.value(n.inputs[0]).shape.size() == 0) return nullptr;
  for (size_t i = 1; i < 4; ++i) {
    if (n.inputs[i] >= 0 && !g.is_constant(n.inputs[i])) return nullptr;
  }
  if (!CellActivation::available(n.rnn.activation) ||
      !CellActivation::available(n.rnn.recurrent_activation)) {
    return nullptr;
  }
  return std::make_unique<RnnKernel>(g, n);
}

}  // namespace kcpp::onednn::session
