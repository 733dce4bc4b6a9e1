/// Layers that turn signals into spectrograms (keras.layers): MelSpectrogram, STFTSpectrogram.
#pragma once

#include <optional>
#include <string>

#include "kcpp/layers/layer.h"
#include "kcpp/ops/fft.h"

namespace kcpp::layers {

struct MelSpectrogramOptions {
  int64_t fft_length = 2048;
  int64_t sequence_stride = 512;
  std::optional<int64_t> sequence_length = {};  ///< default: fft_length
  ops::Window window = "hann";                  ///< or "hamming", none
  double sampling_rate = 16000;
  int64_t num_mel_bins = 128;
  double min_freq = 20.0;
  std::optional<double> max_freq = {};  ///< default: half the sampling rate
  bool power_to_db = true;
  double top_db = 80.0;
  double mag_exp = 2.0;
  double min_power = 1e-10;
  double ref_power = 1.0;
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Waveforms (batch, samples) to (batch, num_mel_bins, pieces), in decibels.
class KCPP_API MelSpectrogram : public Layer {
 public:
  explicit MelSpectrogram(MelSpectrogramOptions options = {});
};

struct STFTSpectrogramOptions {
  std::string mode = "log";  ///< or "magnitude", "psd", "real", "imag", "angle", "stft"
  int64_t frame_length = 256;
  std::optional<int64_t> frame_step = {};  ///< default: frame_length / 2
  std::optional<int64_t> fft_length = {};  ///< default: the next power of two
  /// A window of scipy.signal by name, its values, or none.
  ops::Window window = "hann";
  bool periodic = false;
  std::optional<std::string> scaling = "density";  ///< or "spectrum", none
  std::string padding = "valid";                   ///< or "same"
  bool expand_dims = false;  ///< channels and frequencies in axes of their own
  std::string data_format = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Signals (batch, samples, channels) to spectra of frames, by convolutions whose kernels are
/// waves and can be trained.
class KCPP_API STFTSpectrogram : public Layer {
 public:
  explicit STFTSpectrogram(STFTSpectrogramOptions options = {});
};

}  // namespace kcpp::layers
