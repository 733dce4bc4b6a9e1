/// The initializer of the kernels of STFTSpectrogram (keras.initializers.STFT).
#pragma once

#include <optional>
#include <string>

#include "kcpp/initializers.h"
#include "kcpp/ops/fft.h"

namespace kcpp::initializers {

struct STFTOptions {
  std::string side = "real";  ///< or "imag"
  /// A window of scipy.signal by name ("hann", "hamming", "blackman" ...), its values, or none.
  ops::Window window = "hann";
  std::optional<std::string> scaling = "density";  ///< by the window's L2 norm; "spectrum": L1
  bool periodic = false;
};
/// Waves under a window: (frame_length, 1, fft_length / 2 + 1).
class KCPP_API STFT : public Initializer {
 public:
  explicit STFT(STFTOptions options = {});
};

}  // namespace kcpp::initializers
