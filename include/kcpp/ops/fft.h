/// Fourier transforms, named as in keras.ops. A complex tensor is a pair of tensors, its real and
/// its imaginary part.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "kcpp/ops/types.h"

namespace kcpp::ops {

/// Real and imaginary part, of one shape and floating dtype.
using Complex = std::pair<Tensor, Tensor>;

/// The discrete Fourier transform along the last axis.
KCPP_API Complex fft(const Complex& x);
/// The transform along the last two axes.
KCPP_API Complex fft2(const Complex& x);
/// The inverse of fft2.
KCPP_API Complex ifft2(const Complex& x);
/// The first fft_length / 2 + 1 coefficients of a real x, which is cut or padded with zeros to
/// fft_length.
KCPP_API Complex rfft(const Tensor& x, std::optional<int64_t> fft_length = {});
/// The inverse of rfft: real, of fft_length elements (2 (n - 1) by default).
KCPP_API Tensor irfft(const Complex& x, std::optional<int64_t> fft_length = {});

/// The window of a short-time transform: "hann", "hamming", none, or its values.
class Window {
 public:
  Window(const char* name) : name_(name) {}
  Window(std::string name) : name_(std::move(name)) {}
  Window(std::nullopt_t) {}
  Window(Tensor values) : values_(std::move(values)) {}

  bool is_none() const { return name_.empty() && !values_.defined(); }
  /// Empty unless it has a name.
  const std::string& name() const { return name_; }
  const Tensor& values() const { return values_; }

 private:
  std::string name_;
  Tensor values_;
};

/// Transforms of overlapping pieces: (.., n) -> (.., pieces, fft_length / 2 + 1). center: x is
/// extended at both ends by reflection, so that piece i is centred at i * sequence_stride.
KCPP_API Complex stft(const Tensor& x, int64_t sequence_length, int64_t sequence_stride,
                      int64_t fft_length, const Window& window = "hann", bool center = true);
/// The inverse of stft, cut to `length` if given.
KCPP_API Tensor istft(const Complex& x, int64_t sequence_length, int64_t sequence_stride,
                      int64_t fft_length, std::optional<int64_t> length = {},
                      const Window& window = "hann", bool center = true);

/// The two parts of complex numbers that lie side by side in a last axis of length 2.
KCPP_API Complex view_as_complex(const Tensor& x);
/// Real and imaginary parts side by side in a new last axis.
KCPP_API Tensor view_as_real(const Complex& x);

}  // namespace kcpp::ops
