#include "src/ops/dft.h"

#include <bit>
#include <cmath>
#include <complex>
#include <numbers>

#include "src/ops/common.h"

namespace kcpp::ops::detail {
namespace {

using Number = std::complex<double>;
using Numbers = std::vector<Number>;

/// exp(2 pi i k / n), exact to the last bits for any k < n.
Number unit(int64_t k, int64_t n) {
  const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
  return {std::cos(angle), std::sin(angle)};
}

/// Cooley and Tukey's algorithm for powers of two.
class PowerOfTwo {
 public:
  explicit PowerOfTwo(size_t n) : n_(n) {
    for (size_t k = 0; k < n / 2; ++k)
      roots_.push_back(std::conj(unit(static_cast<int64_t>(k), static_cast<int64_t>(n))));
  }
  void run(Numbers& x) const {
    for (size_t i = 1, j = 0; i < n_; ++i) {  // in the order of reversed bits
      size_t bit = n_ >> 1;
      for (; j & bit; bit >>= 1) j ^= bit;
      j ^= bit;
      if (i < j) std::swap(x[i], x[j]);
    }
    for (size_t length = 2; length <= n_; length *= 2) {
      const size_t half = length / 2, step = n_ / length;
      for (size_t start = 0; start < n_; start += length) {
        for (size_t k = 0; k < half; ++k) {
          const Number even = x[start + k], odd = x[start + k + half] * roots_[k * step];
          x[start + k] = even + odd;
          x[start + k + half] = even - odd;
        }
      }
    }
  }

 private:
  size_t n_;
  Numbers roots_;
};

/// The transform of any length; Bluestein's algorithm turns it into a convolution.
class Transform {
 public:
  explicit Transform(size_t n)
      : n_(n), padded_(std::has_single_bit(n) ? n : std::bit_ceil(2 * n)), fast_(padded_) {
    if (padded_ == n_) return;
    const auto period = static_cast<uint64_t>(2 * n_);
    filter_.assign(padded_, 0);
    for (size_t k = 0; k < n_; ++k) {
      const auto square = static_cast<uint64_t>(k) * k % period;
      chirp_.push_back(std::conj(unit(static_cast<int64_t>(square), static_cast<int64_t>(period))));
      filter_[k] = std::conj(chirp_[k]);
      if (k) filter_[padded_ - k] = filter_[k];
    }
    fast_.run(filter_);
  }
  void run(Numbers& x) const {
    if (padded_ == n_) return fast_.run(x);
    Numbers work(padded_, 0);
    for (size_t k = 0; k < n_; ++k) work[k] = x[k] * chirp_[k];
    fast_.run(work);
    for (size_t k = 0; k < padded_; ++k) work[k] = std::conj(work[k] * filter_[k]);
    fast_.run(work);  // of the conjugate: the inverse
    for (size_t k = 0; k < n_; ++k)
      x[k] = std::conj(work[k]) * chirp_[k] / static_cast<double>(padded_);
  }

 private:
  size_t n_, padded_;
  PowerOfTwo fast_;
  Numbers chirp_, filter_;
};

template <class T>
void transform_rows(const Tensor& real, const Tensor& imag, bool inverse, Tensor& out_real,
                    Tensor& out_imag) {
  const int64_t n = real.dim(-1), rows = n ? real.size() / n : 0;
  if (rows == 0) return;
  const Transform transform(static_cast<size_t>(n));
  const T *re = real.data<T>().data(), *im = imag.data<T>().data();
  T *to_re = out_real.mutable_data<T>().data(), *to_im = out_imag.mutable_data<T>().data();
  const double sign = inverse ? -1 : 1;  // the inverse is the conjugate of the conjugate's
#pragma omp parallel for schedule(static) if (real.size() > 1 << 14)
  for (int64_t row = 0; row < rows; ++row) {
    Numbers x(static_cast<size_t>(n));
    for (int64_t k = 0; k < n; ++k) {
      x[static_cast<size_t>(k)] = {static_cast<double>(re[row * n + k]),
                                   sign * static_cast<double>(im[row * n + k])};
    }
    transform.run(x);
    for (int64_t k = 0; k < n; ++k) {
      to_re[row * n + k] = static_cast<T>(x[static_cast<size_t>(k)].real());
      to_im[row * n + k] = static_cast<T>(sign * x[static_cast<size_t>(k)].imag());
    }
  }
}

}  // namespace

Complex dft(const Complex& x, bool inverse) {
  const auto& [real, imag] = x;
  const DType dtype = real.dtype();
  Tensors out = {Tensor::empty(real.shape(), dtype), Tensor::empty(real.shape(), dtype)};
  if (dtype == DType::float64) {
    transform_rows<double>(real, imag, inverse, out[0], out[1]);
  } else {
    transform_rows<float>(real, imag, inverse, out[0], out[1]);
  }
  if (autodiff::recording(real, imag)) {
    autodiff::record("dft", {&real, &imag}, out, [inverse](Vjp& v) {
      const Complex back = dft({v.grad(0), v.grad(1)}, !inverse);
      v.set(0, back.first);
      v.set(1, back.second);
    });
  }
  return {out[0], out[1]};
}

}  // namespace kcpp::ops::detail
