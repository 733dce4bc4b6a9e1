// dW[kh][kw][ci][co] = sum over n, oh, ow of x[n][oh sh + kh][ow sw + kw][ci] dy[n][oh][ow][co].
//
// In a channels-last image the KW * C values under one row of the kernel are adjacent in memory,
// and so are the rows of dW that they belong to. For each kernel row kh the gradient is therefore a
// plain product: [KW C, pixels] x [pixels, CO], its left side read in place with a step of sw C
// floats between pixels. A tile of dW stays in registers while a few image rows pass (gemm.inl).
//
// oneDNN 3.2 has no good kernel for this layout: two to three times slower than with blocked ones.
#include "backend/onednn/own_conv_grad.h"

#include <algorithm>
#include <vector>

#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/parallel.h"

namespace kcpp::onednn {
namespace {

/// Pixels that pass through a tile before it is written back: their x, and a tile's width of dy,
/// should stay in the second-level cache while all tiles see them.
int64_t pixels_at_once(int64_t channels) {
  constexpr int64_t cached_floats = 80 * 1024;
  return std::clamp<int64_t>(cached_floats / (channels + 64), 64, 1024);
}

struct Sizes {
  int64_t n, h, w, c, kh, kw, oh, ow, co, sh, sw, top, left, bottom, right;
  bool padded() const { return top > 0 || left > 0 || bottom > 0 || right > 0; }
  int64_t padded_h() const { return h + top + bottom; }
  int64_t padded_w() const { return w + left + right; }
  int64_t weights() const { return kh * kw * c * co; }
};

Sizes sizes_of(const Convolution& c) {
  Sizes s{};
  const bool flat = c.spatial_rank == 1;
  s.n = c.batch;
  s.c = c.in;
  s.co = c.out;
  const auto at = [&](const dnnl::memory::dims& d, size_t i, int64_t missing) {
    if (flat) return i == 0 ? missing : d[0];
    return d[i];
  };
  s.h = flat ? 1 : c.x_dims[2];
  s.w = c.x_dims.back();
  s.oh = flat ? 1 : c.y_dims[2];
  s.ow = c.y_dims.back();
  s.kh = flat ? 1 : c.w_dims[2];
  s.kw = c.w_dims.back();
  s.sh = at(c.strides, 0, 1);
  s.sw = at(c.strides, 1, 1);
  s.top = at(c.pad_low, 0, 0);
  s.left = at(c.pad_low, 1, 0);
  s.bottom = at(c.pad_high, 0, 0);
  s.right = at(c.pad_high, 1, 0);
  return s;
}

/// The rows of x that a range of output rows reads, with the padding around them.
class PaddedRows {
 public:
  PaddedRows(const Sizes& s, const float* x) : s_(s), x_(x) {}

  /// Makes the padded copies that output rows [first, last) read (row r: image r / oh, row r % oh).
  void prepare(int64_t first, int64_t last) {
    if (!s_.padded()) return;
    const int64_t length = s_.padded_w() * s_.c;
    first_image_ = first / s_.oh;
    const int64_t last_image = (last - 1) / s_.oh;
    float* out = scratch_floats(
        2, (last_image - first_image_ + 1) * (((last - first) - 1) * s_.sh + s_.kh) * length);
    bases_.clear();
    for (int64_t n = first_image_; n <= last_image; ++n) {
      const int64_t low = (n == first_image_ ? first % s_.oh : 0) * s_.sh;
      const int64_t high = (n == last_image ? (last - 1) % s_.oh : s_.oh - 1) * s_.sh + s_.kh;
      bases_.push_back(out - low * length);
      for (int64_t y = low; y < high; ++y, out += length) copy_row(n, y - s_.top, out);
    }
  }
  /// The row `y` (counted with padding) of image n.
  const float* row(int64_t n, int64_t y) const {
    if (!s_.padded()) return x_ + (n * s_.h + y) * s_.w * s_.c;
    return bases_[static_cast<size_t>(n - first_image_)] + y * s_.padded_w() * s_.c;
  }

 private:
  void copy_row(int64_t n, int64_t y, float* out) const {
    if (y < 0 || y >= s_.h) {
      std::fill(out, out + s_.padded_w() * s_.c, 0.0f);
      return;
    }
    const float* from = x_ + (n * s_.h + y) * s_.w * s_.c;
    out = std::fill_n(out, s_.left * s_.c, 0.0f);
    out = std::copy(from, from + s_.w * s_.c, out);
    std::fill_n(out, s_.right * s_.c, 0.0f);
  }

  const Sizes& s_;
  const float* x_;
  int64_t first_image_ = 0;
  std::vector<float*> bases_;
};

/// dw = the gradient over output rows [first, last) of all images (row r: image r / oh, row r %
/// oh), columns [co0, co1) of the kernel's outputs.
void accumulate_rows(const Sizes& s, const float* x, const float* dy, int64_t first, int64_t last,
                     int64_t co0, int64_t co1, float* dw) {
  const int64_t rows_at_once = std::max<int64_t>(1, pixels_at_once(s.c) / s.ow);
  std::vector<const float*> x_rows(static_cast<size_t>(rows_at_once));
  std::vector<const float*> dy_rows(static_cast<size_t>(rows_at_once));
  PaddedRows padded(s, x);
  for (int64_t r0 = first; r0 < last; r0 += rows_at_once) {
    const int64_t r1 = std::min(last, r0 + rows_at_once);
    padded.prepare(r0, r1);
    for (int64_t r = r0; r < r1; ++r) {
      dy_rows[static_cast<size_t>(r - r0)] = dy + r * s.ow * s.co + co0;
    }
    for (int64_t kh = 0; kh < s.kh; ++kh) {
      for (int64_t r = r0; r < r1; ++r) {
        x_rows[static_cast<size_t>(r - r0)] = padded.row(r / s.oh, r % s.oh * s.sh + kh);
      }
      kernels().pixel_product({s.kw * s.c, co1 - co0, x_rows.data(), dy_rows.data(), r1 - r0, s.ow,
                               s.sw * s.c, s.co, dw + kh * s.kw * s.c * s.co + co0, s.co,
                               r0 != first});
    }
  }
}

}  // namespace

bool own_conv_grad_weights_fits(const Convolution& c) {
  if (c.groups != 1 || c.channels_first || c.spatial_rank > 2) return false;
  for (int64_t d : c.dilations) {
    if (d != 0) return false;
  }
  return true;
}

ConvGradWay conv_grad_weights_way(const Convolution& c) {
  if (!own_conv_grad_weights_fits(c)) return ConvGradWay::primitive;
  const Sizes s = sizes_of(c);
  if (s.kh * s.kw > 1 || s.padded()) {
    // with this many channels oneDNN has enough to reuse, in any layout
    return s.c >= 256 && s.co >= 256 ? ConvGradWay::primitive : ConvGradWay::own;
  }
  // one pixel of x for one of dy: a plain product, if no pixel is left out
  if (s.sh > 1 || s.sw > 1) return ConvGradWay::primitive;
  return std::max(s.c, s.co) > 64 ? ConvGradWay::product : ConvGradWay::own;
}

void own_conv_grad_weights(const Convolution& c, const float* x, const float* dy, float* dw) {
  const Sizes s = sizes_of(c);
  const int64_t rows = s.n * s.oh;
  const int64_t work = rows * s.ow * s.kh * s.kw * s.c * s.co;
  const int parts = rows >= 2 ? parts_of(work, 200 * 1000) : 1;
  if (parts == 1) {
    const FlushDenormals flush;
    return accumulate_rows(s, x, dy, 0, rows, 0, s.co, dw);
  }
  // Either each thread takes some rows and the results are added up, in order; or, when the weights
  // are large, each takes some of the output channels.
  if (s.co >= 64 * parts && s.weights() > 256 * 1024) {
    run_parts(parts, [&](int i) {
      const Range r = part_range(s.co, parts, i, 64);
      if (r.begin < r.end) accumulate_rows(s, x, dy, 0, rows, r.begin, r.end, dw);
    });
    return;
  }
  float* others = scratch_floats(1, (parts - 1) * s.weights());
  run_parts(parts, [&](int i) {
    const Range r = part_range(rows, parts, i, 1);
    accumulate_rows(s, x, dy, r.begin, r.end, 0, s.co,
                    i == 0 ? dw : others + (i - 1) * s.weights());
  });
  const auto add = kernels().binary[static_cast<size_t>(BinaryOp::add)][0];
  for (int i = 1; i < parts; ++i) add(dw, others + (i - 1) * s.weights(), dw, s.weights());
}

}  // namespace kcpp::onednn
