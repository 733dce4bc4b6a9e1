// Products of two results: batched matrix products, and attention. The second operand is packed
// anew in each call, into memory of the session.
#include "backend/onednn/session/kernels.h"

namespace kcpp::onednn::session {
namespace {

class MatmulKernel final : public Kernel {
 public:
  MatmulKernel(const Graph& g, const Node& n) : transposed_(n.flag_b) {
    const Shape &a = g.value(n.inputs[0]).shape, &b = g.value(n.inputs[1]).shape;
    m_ = a.dim(-2), k_ = a.dim(-1), n_ = b.dim(transposed_ ? -2 : -1);
    batch_ = a.size() / (m_ * k_);
    parts_ = static_cast<int>(std::min<int64_t>(batch_, num_threads()));
    packed_ = (PackedWeights::floats_needed(k_, n_) + 15) / 16 * 16;
  }
  std::string name() const override { return text("packed product, ", kernels().name); }
  size_t scratch_bytes() const override {
    return static_cast<size_t>(parts_ * packed_) * sizeof(float);
  }
  bool run(const Buffers& b, KernelState*) const noexcept override {
    const float *x = floats(b, 0), *y = floats(b, 1);
    float* out = out_floats(b);
    const int64_t panels = (n_ + kernels().panel_columns - 1) / kernels().panel_columns;
    const bool split = parts_ > 1 && batch_ * m_ * n_ * k_ > 200 * 1000;
    const int parts = split ? parts_ : 1;
    run_parts(parts, [&](int part) {
      float* packed = static_cast<float*>(b.scratch) + part * packed_;
      const Range r = part_range(batch_, parts, part, 1);
      for (int64_t i = r.begin; i < r.end; ++i) {
        PackedWeights::pack(y + i * k_ * n_, k_, n_, transposed_ ? 1 : n_, transposed_ ? k_ : 1,
                            packed);
        PackedProduct p;
        p.a = x + i * m_ * k_;
        p.width = m_;
        p.row_step = k_;
        p.steps = k_;
        p.b = packed;
        p.n = n_;
        p.c = out + i * m_ * n_;
        p.ldc = n_;
        p.row_last = m_;
        p.panel_last = panels;
        kernels().packed_product(p);
      }
    });
    return true;
  }

 private:
  bool transposed_;
  int64_t m_, k_, n_, batch_;
  int parts_;
  int64_t packed_;
};

/// softmax(scale q k^T) v, head by head; q, k, v (batch, time, heads, size) as projections make
/// them: no transposed copies, and the scores of a head stay in the cache.
class AttentionKernel final : public Kernel {
 public:
  AttentionKernel(const Graph& g, const Node& n) : scale_(static_cast<float>(n.number)) {
    const Shape &q = g.value(n.inputs[0]).shape, &k = g.value(n.inputs[1]).shape,
                &v = g.value(n.inputs[2]).shape;
    batch_ = q[0], time_ = q[1], heads_ = q[2], size_ = q[3];
    keys_ = k[1];
    value_size_ = v[3];
    parts_ = static_cast<int>(std::min<int64_t>(batch_ * heads_, num_threads()));
    k_floats_ = aligned(PackedWeights::floats_needed(size_, keys_));
    v_floats_ = aligned(PackedWeights::floats_needed(keys_, value_size_));
    part_floats_ = k_floats_ + v_floats_ + aligned(time_ * keys_);
  }
  std::string name() const override { return text("attention, ", kernels().name); }
  size_t scratch_bytes() const override {
    return static_cast<size_t>(parts_ * part_floats_) * sizeof(float);
  }
  bool run(const Buffers& b, KernelState*) const noexcept override {
    const int parts = batch_ * heads_ * time_ * keys_ * size_ > 200 * 1000 ? parts_ : 1;
    run_parts(parts, [&](int part) {
      float* room = static_cast<float*>(b.scratch) + part * part_floats_;
      const Range r = part_range(batch_ * heads_, parts, part, 1);
      for (int64_t i = r.begin; i < r.end; ++i) head(b, i / heads_, i % heads_, room);
    });
    return true;
  }

 private:
  static int64_t aligned(int64_t n) { return (n + 15) / 16 * 16; }

  void head(const Buffers& b, int64_t sample, int64_t h, float* room) const noexcept {
    const int64_t columns = kernels().panel_columns;
    float *k = room, *v = k + k_floats_, *scores = v + v_floats_;
    // k^T [size, keys] and v [keys, value size] in panels.
    PackedWeights::pack(floats(b, 1) + (sample * keys_ * heads_ + h) * size_, size_, keys_, 1,
                        heads_ * size_, k);
    PackedWeights::pack(floats(b, 2) + (sample * keys_ * heads_ + h) * value_size_, keys_,
                        value_size_, heads_ * value_size_, 1, v);
    PackedProduct p;
    p.a = floats(b, 0) + (sample * time_ * heads_ + h) * size_;
    p.width = time_;
    p.row_step = heads_ * size_;
    p.steps = size_;
    p.b = k;
    p.n = keys_;
    p.c = scores;
    p.ldc = keys_;
    p.row_last = time_;
    p.panel_last = (keys_ + columns - 1) / columns;
    kernels().packed_product(p);
    const auto multiply = kernels().binary[static_cast<size_t>(BinaryOp::multiply)]
                                          [static_cast<size_t>(BinaryForm::scalar_b)];
    if (scale_ != 1) multiply(scores, &scale_, scores, time_ * keys_);
    kernels().softmax(scores, scores, time_, keys_, false);
    PackedProduct s;
    s.a = scores;
    s.width = time_;
    s.row_step = keys_;
    s.steps = keys_;
    s.b = v;
    s.n = value_size_;
    s.c = out_floats(b) + (sample * time_ * heads_ + h) * value_size_;
    s.ldc = heads_ * value_size_;
    s.row_last = time_;
    s.panel_last = (value_size_ + columns - 1) / columns;
    kernels().packed_product(s);
  }

  float scale_;
  int64_t batch_, time_, heads_, size_, keys_, value_size_;
  int parts_;
  int64_t k_floats_, v_floats_, part_floats_;
};

}  // namespace

KernelPtr make_matmul(const Graph& g, const Node& n, const KernelOptions&) {
  const Shape &a = g.value(n.inputs[0]).shape, &b = g.value(n.inputs[1]).shape;
  if (!all_float(g, n) || n.flag || a.size() == 0 || b.size() == 0 || a.rank() != b.rank())
    return nullptr;
  for (int i = 0; i + 2 < a.rank(); ++i) {
    if (a[i] != b[i]) return nullptr;
  }
  return std::make_unique<MatmulKernel>(g, n);
}

KernelPtr make_attention(const Graph& g, const Node& n, const KernelOptions&) {
  if (!all_float(g, n) || g.value(n.outputs[0]).shape.size() == 0) return nullptr;
  return std::make_unique<AttentionKernel>(g, n);
}

}  // namespace kcpp::onednn::session
