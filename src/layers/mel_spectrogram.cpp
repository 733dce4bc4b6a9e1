#include <cmath>

#include "kcpp/layers/spectrogram.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/initializers/windows.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

/// Hertz on the scale of Mel (as the Hidden Markov Toolkit has it).
double to_mel(double hertz) { return 1127.0 * std::log(1.0 + hertz / 700.0); }

class MelSpectrogramImpl final : public OptionsLayer<MelSpectrogramOptions> {
 public:
  using OptionsLayer::OptionsLayer;
  ClassInfo class_info() const override { return {"MelSpectrogram", "keras.layers"}; }
  void fields(Fields& f) override {
    f("fft_length", o_.fft_length);
    f("sequence_stride", o_.sequence_stride);
    f("sequence_length", o_.sequence_length);
    if (!f.reading()) {
      f.write("window", window_config(o_.window));
    } else if (const Config* c = f.raw("window")) {
      o_.window = window_from_config(*c);
    }
    number_field(f, "sampling_rate", o_.sampling_rate);
    f("num_mel_bins", o_.num_mel_bins);
    f("min_freq", o_.min_freq);
    if (f.reading()) {
      f("max_freq", o_.max_freq);
    } else {
      number_field(f, "max_freq", *o_.max_freq);
    }
    f("power_to_db", o_.power_to_db);
    f("top_db", o_.top_db);
    f("mag_exp", o_.mag_exp);
    f("min_power", o_.min_power);
    f("ref_power", o_.ref_power);
  }
  void validate() override {
    if (!o_.sequence_length || *o_.sequence_length == 0) o_.sequence_length = o_.fft_length;
    check(o_.fft_length >= *o_.sequence_length,
          "`fft_length` must be greater than or equal to   `sequence_length`. Received: "
          "`sequence_length`=",
          *o_.sequence_length, ", `fft_length`=", o_.fft_length, ".");
    check(*o_.sequence_length > 0 && o_.sequence_stride > 0 && o_.num_mel_bins > 0,
          "`sequence_length`, `sequence_stride` and `num_mel_bins` must be positive. Received: "
          "sequence_length=",
          *o_.sequence_length, ", sequence_stride=", o_.sequence_stride,
          ", num_mel_bins=", o_.num_mel_bins);
    check(o_.fft_length <= 1 << 24 && o_.num_mel_bins <= 1 << 20,
          "`fft_length` or `num_mel_bins` is out of range. Received: fft_length=", o_.fft_length,
          ", num_mel_bins=", o_.num_mel_bins);
    if (!o_.max_freq || *o_.max_freq == 0) o_.max_freq = std::trunc(o_.sampling_rate / 2);
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    const Shape& in = inputs[0].shape();
    check(in.rank() >= 1, "[Layer '", name(),
          "'] expected signals (batch, samples). Received: shape=", in);
    const int64_t n = in.dim(in.rank() == 1 ? 0 : 1);
    const int64_t pieces =
        n == Shape::unknown ? n : (n + o_.sequence_stride + 1) / o_.sequence_stride;
    Shape out = {o_.num_mel_bins, pieces};
    if (in.rank() > 1) out.insert(0, in[0]);
    return {{out, compute_dtype()}};
  }
  Tensor call(const Tensor& inputs, CallContext&) override {
    const DType dtype = compute_dtype() == DType::float64 ? DType::float64 : DType::float32;
    const auto [real, imag] = ops::stft(ops::cast(inputs, dtype), *o_.sequence_length,
                                        o_.sequence_stride, o_.fft_length, o_.window, true);
    Tensor x = ops::power(ops::sqrt(ops::square(real) + ops::square(imag)), o_.mag_exp);
    x = ops::matmul(x, ops::cast(mel_weights(x.dim(-1)), dtype));
    if (o_.power_to_db) x = decibels(x);
    return ops::cast(ops::swapaxes(x, -1, -2), compute_dtype());
  }

 private:
  /// Whole numbers stay whole in files.
  static void number_field(Fields& f, const char* key, double& value) {
    if (f.reading() || value != std::trunc(value) || std::abs(value) > 1e15) {
      f(key, value);
    } else {
      f.write(key, static_cast<int64_t>(value));
    }
  }
  /// As in Keras, the loudest value of the whole batch decides what is cut off.
  Tensor decibels(const Tensor& power) const {
    const double reference = 10 * std::log10(std::max(std::abs(o_.ref_power), o_.min_power));
    const Tensor x = ops::log10(ops::maximum(power, o_.min_power)) * 10.0 - reference;
    return ops::maximum(x, ops::max(x) - o_.top_db);
  }
  /// (bins, num_mel_bins): triangles that are evenly spaced in Mel; none has the first bin.
  Tensor mel_weights(int64_t bins) const {
    const int64_t bands = o_.num_mel_bins;
    const double low = to_mel(o_.min_freq), high = to_mel(*o_.max_freq);
    const auto edge = [&](int64_t i) {
      return low + (high - low) * static_cast<double>(i) / static_cast<double>(bands + 1);
    };
    std::vector<double> weights(static_cast<size_t>(bins * bands), 0.0);
    for (int64_t bin = 1; bin < bins; ++bin) {
      const double at =
          to_mel(o_.sampling_rate / 2 * static_cast<double>(bin) / static_cast<double>(bins - 1));
      for (int64_t band = 0; band < bands; ++band) {
        const double rise = (at - edge(band)) / (edge(band + 1) - edge(band)),
                     fall = (edge(band + 2) - at) / (edge(band + 2) - edge(band + 1));
        weights[static_cast<size_t>(bin * bands + band)] = std::max(0.0, std::min(rise, fall));
      }
    }
    return Tensor::from(weights, {bins, bands});
  }
};

}  // namespace

MelSpectrogram::MelSpectrogram(MelSpectrogramOptions o)
    : Layer(make_layer<MelSpectrogramImpl>(std::move(o))) {}
std::shared_ptr<Object> makers::mel_spectrogram() { return make_object<MelSpectrogramImpl>(); }

}  // namespace kcpp::layers
