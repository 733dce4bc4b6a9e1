// Dense products and convolutions (1D and 2D, channels last, any groups that are not depthwise):
// all are one product with packed weights. A padded convolution reads a copy with its borders.
#include <cstring>

#include "backend/onednn/session/conv_sizes.h"

namespace kcpp::onednn::session {
namespace {

/// What is the same for dense and convolution.
class Product : public Kernel {
 public:
  Product(const Node& n, bool pairs)
      : activation_(n.activation), residual_(n.residual), pairs_(pairs) {}

  std::string name() const override {
    return text("packed product, ", pairs_ ? "bfloat16" : kernels().name);
  }
  size_t weight_bytes() const override {
    size_t bytes = 0;
    for (const PackedWeights& w : weights_) bytes += w.panels_data.bytes();
    return bytes + bias_.bytes();
  }
  bool reads(int input) const override { return input == 0 || input == residual_; }
  bool in_place(int input) const override { return input == residual_; }

 protected:
  void pack(const Node& n, const float* w, int64_t depth, int64_t columns, int64_t ld,
            int64_t first) {
    const float* scale = n.scale.empty() ? nullptr : n.scale.data();
    if (pairs_) {
      weights_.push_back(PackedWeights::pairs(w, depth, columns, ld, first, scale));
    } else {
      weights_.emplace_back(w, depth, columns, ld, first, scale);
    }
  }

  FusedActivation activation_;
  int residual_;
  bool pairs_;  ///< operands are rounded to bfloat16; results and what is added stay float32
  std::vector<PackedWeights> weights_;
  FloatArray bias_;
};

class DenseProduct final : public Product {
 public:
  DenseProduct(const Graph& g, const Node& n, bool pairs) : Product(n, pairs) {
    const Tensor& w = g.constant(n.inputs[1]);
    k_ = w.shape()[0];
    n_ = w.shape()[1];
    rows_ = g.value(n.outputs[0]).shape.size() / n_;
    pack(n, onednn::floats(w), k_, n_, n_, 0);
    if (n.input(2) >= 0) bias_ = padded_bias(onednn::floats(g.constant(n.inputs[2])), n_);
  }

  size_t scratch_bytes() const override {
    return pairs_ ? static_cast<size_t>(rows_ * k_) * sizeof(uint16_t) : 0;
  }

  bool run(const Buffers& b, KernelState*) const noexcept override {
    PackedProduct p;
    p.a = floats(b, 0);
    if (pairs_) {
      auto* to = static_cast<uint16_t*>(b.scratch);
      parallel_for(rows_ * k_, 1 << 15, [&](int64_t first, int64_t last) {
        bfloat16_kernels()->to_bfloat16(floats(b, 0) + first, to + first, last - first);
      });
      p.a = static_cast<const float*>(b.scratch);
    }
    const int64_t unit = pairs_ ? 2 : 1;
    p.width = rows_;
    p.row_step = k_ / unit;
    p.steps = k_ / unit;
    p.b = weights_[0].panels_data.data();
    p.n = n_;
    p.bias = bias_.data();
    p.residual = residual_ >= 0 ? floats(b, static_cast<size_t>(residual_)) : nullptr;
    p.c = out_floats(b);
    p.ldc = n_;
    p.clamped = activation_.clamped;
    p.low = activation_.low;
    p.high = activation_.high;
    run_product(p, rows_, weights_[0].panels(), activation_, pairs_);
    return true;
  }

 private:
  int64_t k_, n_, rows_;
};

class ConvProduct final : public Product {
 public:
  ConvProduct(const Graph& g, const Node& n, bool pairs) : Product(n, pairs), s_(g, n) {
    const Tensor& w = g.constant(n.inputs[1]);
    const int64_t group_in = s_.in / s_.groups, group_out = s_.out / s_.groups;
    // Neighbours of a line lie behind each other: one segment a line of the window.
    const bool whole_lines = s_.dilation_w == 1 && s_.groups == 1;
    steps_ = whole_lines ? s_.kernel_w * s_.in : group_in;
    for (int64_t y = 0; y < s_.kernel_h; ++y) {
      for (int64_t x = 0; x < (whole_lines ? 1 : s_.kernel_w); ++x) {
        segments_.push_back((y * s_.dilation_h * s_.padded_width() + x * s_.dilation_w) * s_.in);
      }
    }
    const int64_t depth = static_cast<int64_t>(segments_.size()) * steps_;
    for (int64_t i = 0; i < s_.groups; ++i)
      pack(n, onednn::floats(w), depth, group_out, s_.out, i * group_out);
    if (pairs_) {  // from here on an element is a pair
      steps_ /= 2;
      for (int64_t& offset : segments_) offset /= 2;
    }
    if (n.input(2) >= 0) {
      const float* bias = onednn::floats(g.constant(n.inputs[2]));
      const int64_t v = kernels().vector_floats;
      bias_step_ = (group_out + v - 1) / v * v;
      bias_ = FloatArray(bias_step_ * s_.groups);
      for (int64_t i = 0; i < s_.groups; ++i) {
        float* to = bias_.data() + i * bias_step_;
        std::fill(to, to + bias_step_, 0.0f);
        std::copy(bias + i * group_out, bias + (i + 1) * group_out, to);
      }
    }
  }

  /// The image with its borders. The first rows of A of each image may be read a little behind its
  /// end by nobody: windows never leave it.
  size_t scratch_bytes() const override {
    const int64_t count = s_.batch * s_.padded_height() * s_.padded_width() * s_.in;
    return s_.padded() || pairs_
               ? static_cast<size_t>(count) * (pairs_ ? sizeof(uint16_t) : sizeof(float))
               : 0;
  }

  bool run(const Buffers& b, KernelState*) const noexcept override {
    const float* x = floats(b, 0);
    if (pairs_) {
      copy_padded(x, static_cast<uint16_t*>(b.scratch),
                  [](const float* from, uint16_t* to, int64_t n) {
                    bfloat16_kernels()->to_bfloat16(from, to, n);
                  });
      x = static_cast<const float*>(b.scratch);
    } else if (s_.padded()) {
      copy_padded(x, static_cast<float*>(b.scratch), [](const float* from, float* to, int64_t n) {
        std::memcpy(to, from, static_cast<size_t>(n) * sizeof(float));
      });
      x = static_cast<const float*>(b.scratch);
    }
    const int64_t unit = pairs_ ? 2 : 1;
    const int64_t group_in = s_.in / s_.groups, group_out = s_.out / s_.groups;
    const float* residual = residual_ >= 0 ? floats(b, static_cast<size_t>(residual_)) : nullptr;
    for (int64_t i = 0; i < s_.groups; ++i) {
      const PackedWeights& w = weights_[static_cast<size_t>(i)];
      PackedProduct p;
      p.a = x + i * group_in / unit;
      p.width = s_.out_width;
      p.lines = s_.out_height;
      p.row_step = s_.stride_w * s_.in / unit;
      p.line_step = s_.stride_h * s_.padded_width() * s_.in / unit;
      p.image_step = s_.padded_height() * s_.padded_width() * s_.in / unit;
      p.segments = static_cast<int64_t>(segments_.size());
      p.steps = steps_;
      p.segment_offsets = segments_.data();
      p.b = w.panels_data.data();
      p.n = group_out;
      p.bias = bias_ ? bias_.data() + i * bias_step_ : nullptr;
      p.residual = residual ? residual + i * group_out : nullptr;
      p.c = out_floats(b) + i * group_out;
      p.ldc = s_.out;
      p.clamped = activation_.clamped;
      p.low = activation_.low;
      p.high = activation_.high;
      run_product(p, s_.batch * s_.out_height * s_.out_width, w.panels(), activation_, pairs_);
    }
    return true;
  }

 private:
  /// The images with their borders of zeros, line by line through `copy`.
  template <class T, class Copy>
  void copy_padded(const float* x, T* to, Copy copy) const noexcept {
    const int64_t lines = s_.batch * s_.padded_height(), line = s_.padded_width() * s_.in;
    parallel_for(
        lines, std::max<int64_t>(1, (1 << 15) / line),
        [&](int64_t first, int64_t last) {
          for (int64_t i = first; i < last; ++i) {
            T* row = to + i * line;
            const int64_t y = i % s_.padded_height() - s_.pad_h;
            if (y < 0 || y >= s_.height) {
              std::fill(row, row + line, T(0));
              continue;
            }
            const int64_t left = s_.pad_w * s_.in, middle = s_.width * s_.in;
            std::fill(row, row + left, T(0));
            copy(x + (i / s_.padded_height() * s_.height + y) * middle, row + left, middle);
            std::fill(row + left + middle, row + line, T(0));
          }
        },
        1);
  }

  ConvSizes s_;
  int64_t steps_ = 0, bias_step_ = 0;
  std::vector<int64_t> segments_;
};

}  // namespace

bool can_convolve(const Graph& g, const Node& n) {
  return n.is(NodeKind::conv) && all_float(g, n) && g.is_constant(n.inputs[1]) &&
         (n.input(2) < 0 || g.is_constant(n.inputs[2])) && !n.conv.channels_first &&
         g.value(n.inputs[0]).shape.rank() <= 4 && g.value(n.outputs[0]).shape.size() > 0 &&
         g.value(n.inputs[0]).shape.size() > 0 && FusedActivation::available(n.activation);
}

KernelPtr make_product(const Graph& g, const Node& n, const KernelOptions& o) {
  if (n.is(NodeKind::dense)) {
    if (!all_float(g, n) || !g.is_constant(n.inputs[1]) ||
        (n.input(2) >= 0 && !g.is_constant(n.inputs[2])) ||
        !FusedActivation::available(n.activation) || g.value(n.outputs[0]).shape.size() == 0 ||
        g.value(n.inputs[0]).shape.size() == 0) {
      return nullptr;
    }
    return std::make_unique<DenseProduct>(g, n,
                                          o.bfloat16 && g.value(n.inputs[0]).shape.back() % 2 == 0);
  }
  if (!can_convolve(g, n)) return nullptr;
  // Pairs must not be torn apart: an even number of channels in each group.
  const bool pairs = o.bfloat16 && g.value(n.inputs[0]).shape.back() / n.conv.groups % 2 == 0;
  return std::make_unique<ConvProduct>(g, n, pairs);
}

}  // namespace kcpp::onednn::session
