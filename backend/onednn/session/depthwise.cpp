// Depthwise convolutions, alone and between the pointwise ones around them.
#include <cstring>
#include <optional>

#include "backend/onednn/session/conv_sizes.h"

namespace kcpp::onednn::session {
namespace {

/// A depthwise convolution without its data.
class Channels {
 public:
  Channels(const Graph& g, const Node& n)
      : sizes_(g, n),
        activation_(n.activation),
        weights_(inference::scaled_weights(n, g.constant(n.inputs[1]))) {
    if (n.input(2) >= 0) bias_ = g.constant(n.inputs[2]);
  }
  const ConvSizes& sizes() const { return sizes_; }
  size_t weight_bytes() const { return weights_.bytes() + (bias_.defined() ? bias_.bytes() : 0); }

  /// Output lines [first, last) of all images; x and y begin with these lines of the first one.
  void run(const float* x, int64_t x_line, float* y, int64_t y_line, int64_t first,
           int64_t last) const noexcept {
    const ConvSizes& s = sizes_;
    const Depthwise d{.x = x,
                      .weights = onednn::floats(weights_),
                      .bias = bias_.defined() ? onednn::floats(bias_) : nullptr,
                      .y = y,
                      .height = s.height,
                      .width = s.width,
                      .channels = s.in,
                      .out_height = s.out_height,
                      .out_width = s.out_width,
                      .kernel_h = s.kernel_h,
                      .kernel_w = s.kernel_w,
                      .stride_h = s.stride_h,
                      .stride_w = s.stride_w,
                      .dilation_h = s.dilation_h,
                      .dilation_w = s.dilation_w,
                      .pad_h = s.pad_h,
                      .pad_w = s.pad_w,
                      .clamped = activation_.clamped,
                      .low = activation_.low,
                      .high = activation_.high,
                      .x_line = x_line,
                      .y_line = y_line};
    kernels().depthwise(d, first, last);
    const int64_t line = s.out_width * s.in;
    activation_.apply(y + (first - y_line) * line, (last - first) * line);
  }

 private:
  ConvSizes sizes_;
  FusedActivation activation_;
  Tensor weights_, bias_;
};

class DepthwiseKernel final : public Kernel {
 public:
  DepthwiseKernel(const Graph& g, const Node& n) : channels_(g, n) {}
  std::string name() const override { return text("depthwise, ", kernels().name); }
  size_t weight_bytes() const override { return channels_.weight_bytes(); }
  bool reads(int input) const override { return input == 0; }

  bool run(const Buffers& b, KernelState*) const noexcept override {
    const ConvSizes& s = channels_.sizes();
    parallel_for(
        s.batch * s.out_height, std::max<int64_t>(1, (1 << 14) / (s.out_width * s.in)),
        [&](int64_t first, int64_t last) {
          channels_.run(floats(b, 0), 0, out_floats(b), 0, first, last);
        },
        1);
    return true;
  }

 private:
  Channels channels_;
};

/// A pointwise convolution of stride 1: a product of all pixels.
class Pixels {
 public:
  Pixels(const Graph& g, const Node& n) : activation_(n.activation) {
    const Tensor& w = g.constant(n.inputs[1]);
    out_ = w.shape().back();
    weights_ = PackedWeights(onednn::floats(w), w.size() / out_, out_, out_, 0,
                             n.scale.empty() ? nullptr : n.scale.data());
    if (n.input(2) >= 0) bias_ = padded_bias(onednn::floats(g.constant(n.inputs[2])), out_);
  }
  int64_t in() const { return weights_.depth; }
  int64_t out() const { return out_; }
  size_t weight_bytes() const { return weights_.panels_data.bytes() + bias_.bytes(); }

  void run(const float* x, const float* residual, float* y, int64_t pixels) const noexcept {
    PackedProduct p;
    p.a = x;
    p.width = pixels;
    p.row_step = p.steps = in();
    p.b = weights_.panels_data.data();
    p.n = p.ldc = out_;
    p.bias = bias_.data();
    p.residual = residual;
    p.c = y;
    p.clamped = activation_.clamped;
    p.low = activation_.low;
    p.high = activation_.high;
    p.row_last = pixels;
    p.panel_last = weights_.panels();
    kernels().packed_product(p);
    activation_.apply(y, pixels * out_);
  }

 private:
  FusedActivation activation_;
  PackedWeights weights_;
  FloatArray bias_;
  int64_t out_;
};

/// What fits beside weights and results in the second-level cache of a core.
constexpr int64_t band_floats = (256 << 10) / sizeof(float);

/// Pointwise (or not), depthwise, pointwise (or not): some lines at a time, so that what lies
/// between the convolutions never leaves the caches.
class BandKernel final : public Kernel {
 public:
  BandKernel(const Graph& g, const Node& n, int threads)
      : channels_(g, n.parts[static_cast<size_t>(n.axes[0])]), threads_(threads) {
    const size_t depthwise = static_cast<size_t>(n.axes[0]);
    if (depthwise > 0) expand_.emplace(g, n.parts.front());
    if (depthwise + 1 < n.parts.size()) project_.emplace(g, n.parts.back());
    const ConvSizes& s = channels_.sizes();
    const int64_t x_line = expand_ ? s.width * s.in : 0, y_line = project_ ? s.out_width * s.in : 0;
    // Two lines at least: a window moves on with few of its lines kept.
    for (lines_ = 2; lines_ < s.out_height; ++lines_) {
      if (window(lines_ + 1) * x_line + (lines_ + 1) * y_line > band_floats) break;
    }
    x_floats_ = window(lines_) * x_line;
    floats_ = (x_floats_ + lines_ * y_line + 15) / 16 * 16;
  }
  std::string name() const override { return text("bands of lines, ", kernels().name); }
  size_t scratch_bytes() const override {
    return static_cast<size_t>(threads_ * floats_) * sizeof(float);
  }
  size_t weight_bytes() const override {
    return channels_.weight_bytes() + (expand_ ? expand_->weight_bytes() : 0) +
           (project_ ? project_->weight_bytes() : 0);
  }
  bool in_place(int input) const override { return input == 1; }

  bool run(const Buffers& b, KernelState*) const noexcept override {
    const ConvSizes& s = channels_.sizes();
    const int64_t lines = s.batch * s.out_height;
    const int parts = static_cast<int>(std::min<int64_t>(threads_, lines));
    run_parts(parts, [&](int part) {
      const Range r = part_range(lines, parts, part, 1);
      float* scratch = static_cast<float*>(b.scratch) + part * floats_;
      for (int64_t at = r.begin; at < r.end;) {
        const int64_t image = at / s.out_height, first = at - image * s.out_height;
        const int64_t last = std::min(s.out_height, first + r.end - at);
        run_lines(b, image, first, last, scratch);
        at += last - first;
      }
    });
    return true;
  }

 private:
  /// Input lines below so many output lines.
  int64_t window(int64_t lines) const {
    const ConvSizes& s = channels_.sizes();
    return std::min(s.height, (lines - 1) * s.stride_h + (s.kernel_h - 1) * s.dilation_h + 1);
  }

  /// Output lines [first, last) of one image.
  void run_lines(const Buffers& b, int64_t image, int64_t first, int64_t last,
                 float* scratch) const noexcept {
    const ConvSizes& s = channels_.sizes();
    const int64_t out = project_ ? project_->out() : s.in;
    const int64_t expanded = s.width * s.in, out_line = s.out_width * out;
    const int64_t in_line = s.width * (expand_ ? expand_->in() : s.in);
    const float* x = floats(b, 0) + image * s.height * in_line;
    float* y = out_floats(b) + image * s.out_height * out_line;
    const float* residual = b.inputs[1] ? floats(b, 1) + image * s.out_height * out_line : nullptr;
    int64_t held = 0, made = 0;  // lines [held, made) of the image are expanded in scratch
    for (int64_t line = first; line < last; line += lines_) {
      const int64_t end = std::min(last, line + lines_);
      const float* from = x;
      if (expand_) {
        const int64_t low = std::clamp<int64_t>(line * s.stride_h - s.pad_h, 0, s.height);
        const int64_t high = std::clamp<int64_t>(
            (end - 1) * s.stride_h - s.pad_h + (s.kernel_h - 1) * s.dilation_h + 1, low, s.height);
        const int64_t kept = std::max<int64_t>(0, made - low);
        if (kept > 0) {
          std::memmove(scratch, scratch + (low - held) * expanded,
                       static_cast<size_t>(kept * expanded) * sizeof(float));
        }
        expand_->run(x + (low + kept) * in_line, nullptr, scratch + kept * expanded,
                     (high - low - kept) * s.width);
        held = low;
        made = high;
        from = scratch;
      }
      if (!project_) {
        channels_.run(from, held, y, 0, line, end);
        continue;
      }
      float* between = scratch + x_floats_;
      channels_.run(from, held, between, line, line, end);
      project_->run(between, residual ? residual + line * out_line : nullptr, y + line * out_line,
                    (end - line) * s.out_width);
    }
  }
  Channels channels_;
  std::optional<Pixels> expand_, project_;
  int threads_;
  int64_t lines_ = 0, x_floats_ = 0, floats_ = 0;
};

}  // namespace

KernelPtr make_depthwise(const Graph& g, const Node& n, const KernelOptions&) {
  if (!can_convolve(g, n) || !inference::is_depthwise(g, n)) return nullptr;
  return std::make_unique<DepthwiseKernel>(g, n);
}

KernelPtr make_bands(const Graph& g, const Node& n, const KernelOptions& o) {
  return std::make_unique<BandKernel>(g, n, o.threads);
}

}  // namespace kcpp::onednn::session
