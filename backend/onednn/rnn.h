/// What the forward and the backward pass of recurrent layers share.
///
/// Own loops instead of oneDNN's rnn primitives: each thread takes some rows of the batch through
/// all time steps and never waits for another; the weights are packed once a call; any activation
/// whose gradient can be had from its output is possible; batch-major tensors need no copies.
#pragma once

#include <algorithm>

#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/parallel.h"
#include "kcpp/backend.h"

namespace kcpp::onednn {

struct RnnSizes {
  RnnSizes(const Tensor& x, const Tensor& recurrent_kernel, const RnnAttrs& attrs)
      : batch(x.shape()[0]),
        steps(x.shape()[1]),
        features(x.shape()[2]),
        units(recurrent_kernel.shape()[0]),
        width(recurrent_kernel.shape()[1]),
        backwards(attrs.go_backwards) {}
  /// Where in x (and in every workspace) step `s` lies.
  int64_t time(int64_t s) const { return backwards ? steps - 1 - s : s; }
  /// The row of (sample, step) in a (batch, time, ..) tensor.
  int64_t row(int64_t b, int64_t s) const { return b * steps + time(s); }
  /// How many parts the batch is cut into.
  int parts() const {
    return parts_of(batch, std::max<int64_t>(1, 100 * 1000 / (steps * units * width)));
  }

  int64_t batch, steps, features, units, width;
  bool backwards;
};

/// The workspace of a forward pass, all (batch, time, ..) in x's order of time.
enum RnnWorkspace : size_t {
  rnn_gates,   ///< (.., gates * units), activated
  rnn_before,  ///< (.., units): the state h that each step started from
  rnn_extra,   ///< (.., units): c of an LSTM; h R_h + b of a GRU with reset_after
};

/// An activation, and its gradient from its output.
class CellActivation {
 public:
  explicit CellActivation(const Activation& a)
      : linear_(a.op == UnaryOp::identity),
        forward_(kernels().unary[static_cast<size_t>(a.op)]),
        gradient_(kernels().unary_grad[static_cast<size_t>(a.op)]),
        params_{static_cast<float>(a.attrs.alpha), static_cast<float>(a.attrs.beta),
                static_cast<float>(a.attrs.gamma)} {}
  static bool available(const Activation& a) {
    if (a.op == UnaryOp::identity) return true;
    if (a.op == UnaryOp::elu && a.attrs.alpha < 0) return false;
    return unary_grad_uses_output(a.op) && kernels().unary[static_cast<size_t>(a.op)] &&
           kernels().unary_grad[static_cast<size_t>(a.op)];
  }
  void apply(const float* x, float* y, int64_t n) const {
    if (!linear_) {
      forward_(x, y, n, params_);
    } else if (x != y) {
      std::copy(x, x + n, y);
    }
  }
  /// d *= act'(y)
  void scale_gradient(float* d, const float* y, int64_t n) const {
    if (!linear_) gradient_(d, y, d, n, params_);
  }

 private:
  bool linear_;
  Kernels::Unary forward_;
  Kernels::UnaryGrad gradient_;
  UnaryParams params_;
};

/// A matrix [k, n] in panels of 64 columns, each contiguous: a panel stays in the first-level cache
/// while the rows of a batch are multiplied with it.
class PackedMatrix {
 public:
  static int64_t floats_needed(int64_t k, int64_t n) { return k * n; }

  /// Of columns [first, first + n) of m [k, ld].
  void pack(const float* m, int64_t ld, int64_t first, int64_t k, int64_t n, float* room) {
    k_ = k, n_ = n, panels_ = room;
    for (int64_t j = 0; j < n; j += panel) {
      const int64_t w = std::min(panel, n - j);
      for (int64_t i = 0; i < k; ++i, room += w) {
        const float* from = m + i * ld + first + j;
        std::copy(from, from + w, room);
      }
    }
  }
  /// Of the transpose of columns [first, first + k) of m [n, ld].
  void pack_transposed(const float* m, int64_t ld, int64_t first, int64_t k, int64_t n,
                       float* room) {
    k_ = k, n_ = n, panels_ = room;
    for (int64_t j = 0; j < n; j += panel) {
      const int64_t w = std::min(panel, n - j);
      for (int64_t i = 0; i < k; ++i, room += w) {
        for (int64_t c = 0; c < w; ++c) room[c] = m[(j + c) * ld + first + i];
      }
    }
  }
  /// c [rows, n] (+)= a [rows, k] this (+ bias); rows lie lda and ldc apart.
  void multiply(const float* a, int64_t rows, int64_t lda, float* c, int64_t ldc, bool accumulate,
                const float* bias = nullptr) const {
    const float* b = panels_;
    for (int64_t j = 0; j < n_; j += panel) {
      const int64_t w = std::min(panel, n_ - j);
      kernels().small_gemm(
          {rows, w, k_, a, lda, 1, b, w, c + j, ldc, bias ? bias + j : nullptr, accumulate});
      b += k_ * w;
    }
  }

 private:
  static constexpr int64_t panel = 64;
  int64_t k_ = 0, n_ = 0;
  const float* panels_ = nullptr;
};

}  // namespace kcpp::onednn
