// Along axes: softmax, layer normalisation, reductions, pooling.
#include <limits>

#include "backend/onednn/session/kernels.h"

namespace kcpp::onednn::session {
namespace {

constexpr int64_t grain = 1 << 13;

class SoftmaxKernel final : public Kernel {
 public:
  SoftmaxKernel(int64_t rows, int64_t cols, bool log) : rows_(rows), cols_(cols), log_(log) {}
  std::string name() const override { return text("rows, ", kernels().name); }
  bool in_place(int) const override { return true; }
  bool run(const Buffers& b, KernelState*) const noexcept override {
    const float* x = floats(b, 0);
    float* y = out_floats(b);
    parallel_for(
        rows_, std::max<int64_t>(1, grain / cols_),
        [&](int64_t first, int64_t last) {
          kernels().softmax(x + first * cols_, y + first * cols_, last - first, cols_, log_);
        },
        1);
    return true;
  }

 private:
  int64_t rows_, cols_;
  bool log_;
};

class LayerNormKernel final : public Kernel {
 public:
  LayerNormKernel(int64_t rows, int64_t cols, double epsilon)
      : rows_(rows), cols_(cols), epsilon_(static_cast<float>(epsilon)) {}
  std::string name() const override { return text("rows, ", kernels().name); }
  bool in_place(int input) const override { return input == 0; }
  size_t scratch_bytes() const override { return static_cast<size_t>(rows_) * 2 * sizeof(float); }
  bool run(const Buffers& b, KernelState*) const noexcept override {
    const float* x = floats(b, 0);
    float* y = out_floats(b);
    float* statistics = static_cast<float*>(b.scratch);
    parallel_for(
        rows_, std::max<int64_t>(1, grain / cols_),
        [&](int64_t first, int64_t last) {
          kernels().layer_norm(x + first * cols_, floats(b, 1), floats(b, 2), epsilon_,
                               y + first * cols_, statistics + first, statistics + rows_ + first,
                               last - first, cols_);
        },
        1);
    return true;
  }

 private:
  int64_t rows_, cols_;
  float epsilon_;
};

/// Over one run of neighbouring axes: [outer, length, inner] -> [outer, inner].
class ReduceKernel final : public Kernel {
 public:
  ReduceKernel(ReduceOp op, int64_t outer, int64_t length, int64_t inner)
      : op_(op), outer_(outer), length_(length), inner_(inner) {}
  std::string name() const override { return text("rows, ", kernels().name); }
  size_t scratch_bytes() const override {
    return inner_ == 1 ? 0 : static_cast<size_t>(outer_ * inner_) * sizeof(double);
  }
  bool run(const Buffers& b, KernelState*) const noexcept override {
    parallel_for(
        outer_, std::max<int64_t>(1, grain / (length_ * inner_)),
        [&](int64_t first, int64_t last) {
          for (int64_t i = first; i < last; ++i) one(b, i);
        },
        1);
    return true;
  }

 private:
  void one(const Buffers& b, int64_t i) const noexcept {
    const Kernels& k = kernels();
    const float* x = floats(b, 0) + i * length_ * inner_;
    float* y = out_floats(b) + i * inner_;
    if (inner_ == 1) {
      switch (op_) {
        case ReduceOp::max:
          *y = k.max(x, length_);
          break;
        case ReduceOp::min:
          *y = k.min(x, length_);
          break;
        case ReduceOp::mean:
          *y = static_cast<float>(k.sum(x, length_) / static_cast<double>(length_));
          break;
        default:
          *y = static_cast<float>(k.sum(x, length_));
          break;
      }
      return;
    }
    if (op_ == ReduceOp::max || op_ == ReduceOp::min) {
      std::copy(x, x + inner_, y);
      (op_ == ReduceOp::max ? k.max_rows : k.min_rows)(x + inner_, length_ - 1, inner_, inner_, y);
      return;
    }
    double* sums = static_cast<double*>(b.scratch) + i * inner_;
    std::fill(sums, sums + inner_, 0.0);
    k.sum_rows(x, length_, inner_, inner_, sums);
    const double factor = op_ == ReduceOp::mean ? 1.0 / static_cast<double>(length_) : 1.0;
    for (int64_t j = 0; j < inner_; ++j) y[j] = static_cast<float>(sums[j] * factor);
  }

  ReduceOp op_;
  int64_t outer_, length_, inner_;
};

/// Max and average pooling of 1 or 2 dimensions, channels last.
class PoolKernel final : public Kernel {
 public:
  PoolKernel(const Graph& g, const Node& n) : max_(n.pool.max) {
    const Shape &x = g.value(n.inputs[0]).shape, &y = g.value(n.outputs[0]).shape;
    const bool flat = x.rank() == 3;
    const int s = flat ? 0 : 1;
    height_ = flat ? 1 : x[1];
    width_ = x[1 + s];
    channels_ = x.back();
    out_height_ = flat ? 1 : y[1];
    out_width_ = y[1 + s];
    lines_ = x[0] * out_height_;
    window_h_ = flat ? 1 : n.pool.window[0];
    window_w_ = n.pool.window[s];
    stride_h_ = flat ? 1 : n.pool.strides[0];
    stride_w_ = n.pool.strides[s];
    pad_h_ = flat ? 0 : n.pool.pad_low[0];
    pad_w_ = n.pool.pad_low[s];
  }
  std::string name() const override { return text("windows, ", kernels().name); }
  bool run(const Buffers& b, KernelState*) const noexcept override {
    parallel_for(
        lines_, std::max<int64_t>(1, grain / (out_width_ * channels_)),
        [&](int64_t first, int64_t last) {
          for (int64_t i = first; i < last; ++i) line(b, i);
        },
        1);
    return true;
  }

 private:
  void line(const Buffers& b, int64_t i) const noexcept {
    const auto combine =
        kernels().binary[static_cast<size_t>(max_ ? BinaryOp::maximum : BinaryOp::add)][0];
    const auto scale = kernels().binary[static_cast<size_t>(BinaryOp::multiply)]
                                       [static_cast<size_t>(BinaryForm::scalar_b)];
    const float* x = floats(b, 0) + i / out_height_ * height_ * width_ * channels_;
    float* y = out_floats(b) + i * out_width_ * channels_;
    const int64_t y0 = i % out_height_ * stride_h_ - pad_h_;
    const int64_t top = std::max<int64_t>(0, y0), bottom = std::min(height_, y0 + window_h_);
    for (int64_t ox = 0; ox < out_width_; ++ox, y += channels_) {
      const int64_t x0 = ox * stride_w_ - pad_w_;
      const int64_t left = std::max<int64_t>(0, x0), right = std::min(width_, x0 + window_w_);
      const float* first = x + (top * width_ + left) * channels_;
      std::copy(first, first + channels_, y);
      for (int64_t iy = top; iy < bottom; ++iy) {
        for (int64_t ix = left; ix < right; ++ix) {
          if (iy == top && ix == left) continue;
          combine(y, x + (iy * width_ + ix) * channels_, y, channels_);
        }
      }
      if (!max_) {
        const float factor = 1.0f / static_cast<float>((bottom - top) * (right - left));
        scale(y, &factor, y, channels_);
      }
    }
  }

  bool max_;
  int64_t height_, width_, channels_, out_height_, out_width_, lines_;
  int64_t window_h_, window_w_, stride_h_, stride_w_, pad_h_, pad_w_;
};

}  // namespace

KernelPtr make_softmax(const Graph& g, const Node& n, const KernelOptions&) {
  const Shape& x = g.value(n.inputs[0]).shape;
  if (!all_float(g, n) || x.rank() == 0 || x.size() == 0 || n.axes[0] != x.rank() - 1)
    return nullptr;
  return std::make_unique<SoftmaxKernel>(x.size() / x.back(), x.back(), n.flag);
}

KernelPtr make_layer_norm(const Graph& g, const Node& n, const KernelOptions&) {
  const Shape& x = g.value(n.inputs[0]).shape;
  if (!all_float(g, n) || x.size() == 0) return nullptr;
  return std::make_unique<LayerNormKernel>(x.size() / x.back(), x.back(), n.number);
}

KernelPtr make_reduce(const Graph& g, const Node& n, const KernelOptions&) {
  const Shape& x = g.value(n.inputs[0]).shape;
  if (!all_float(g, n) || x.size() == 0 || n.axes.empty() || n.reduce_op == ReduceOp::prod)
    return nullptr;
  for (size_t i = 1; i < n.axes.size(); ++i) {
    if (n.axes[i] != n.axes[i - 1] + 1) return nullptr;
  }
  int64_t outer = 1, length = 1, inner = 1;
  for (int i = 0; i < x.rank(); ++i)
    (i < n.axes.front() ? outer : i > n.axes.back() ? inner : length) *= x[i];
  return std::make_unique<ReduceKernel>(n.reduce_op, outer, length, inner);
}

KernelPtr make_pool(const Graph& g, const Node& n, const KernelOptions&) {
  const Shape &x = g.value(n.inputs[0]).shape, &y = g.value(n.outputs[0]).shape;
  if (!all_float(g, n) || n.pool.channels_first || x.rank() > 4 || y.size() == 0) return nullptr;
  for (int i = 0; i < n.pool.window.rank(); ++i) {
    // A window that sees padding only has no maximum.
    if (n.pool.pad_low[i] >= n.pool.window[i] ||
        (y[1 + i] - 1) * n.pool.strides[i] - n.pool.pad_low[i] >= x[1 + i]) {
      return nullptr;
    }
  }
  return std::make_unique<PoolKernel>(g, n);
}

}  // namespace kcpp::onednn::session
