#include <bit>

#include "kcpp/core/defaults.h"
#include "kcpp/initializers/stft.h"
#include "kcpp/layers/spectrogram.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/shape.h"
#include "src/initializers/windows.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class STFTSpectrogramImpl final : public OptionsLayer<STFTSpectrogramOptions> {
 public:
  using OptionsLayer::OptionsLayer;
  ClassInfo class_info() const override { return {"STFTSpectrogram", "keras.layers"}; }
  void fields(Fields& f) override {
    f("mode", o_.mode);
    f("frame_length", o_.frame_length);
    f("frame_step", o_.frame_step);
    f("fft_length", o_.fft_length);
    if (!f.reading()) {
      f.write("window", window_config(o_.window));
    } else if (const Config* c = f.raw("window")) {
      o_.window = window_from_config(*c);
    }
    f("periodic", o_.periodic);
    f("scaling", o_.scaling);
    f("padding", o_.padding);
    f("data_format", o_.data_format);
    f("expand_dims", o_.expand_dims);
  }
  void validate() override {
    check(o_.frame_length > 0 && o_.frame_length <= 1 << 24,
          "`frame_length` is out of range. Received: frame_length=", o_.frame_length);
    check(!o_.frame_step || (*o_.frame_step >= 1 && *o_.frame_step <= o_.frame_length),
          "`frame_step` should be a positive integer not greater than `frame_length`. Received "
          "frame_step=",
          o_.frame_step.value_or(0), ", frame_length=", o_.frame_length);
    check(!o_.fft_length || (*o_.fft_length >= o_.frame_length && *o_.fft_length <= 1 << 25),
          "`fft_length` should be not less than `frame_length`. Received fft_length=",
          o_.fft_length.value_or(0), ", frame_length=", o_.frame_length);
    const std::string& m = o_.mode;
    check(m == "log" || m == "magnitude" || m == "psd" || m == "real" || m == "imag" ||
              m == "angle" || m == "stft",
          "Output mode is invalid, it must be one of log, magnitude, psd, real, imag, angle, stft. "
          "Received: mode=",
          m);
    check(!o_.scaling || *o_.scaling == "density" || *o_.scaling == "spectrum",
          "Scaling is invalid, it must be `None`, 'density' or 'spectrum'. Received scaling=",
          o_.scaling.value_or(""));
    check(o_.padding == "valid" || o_.padding == "same",
          "Padding is invalid, it should be 'valid', 'same'. Received: padding=", o_.padding);
    if (!o_.window.name().empty()) check_signal_window(o_.window.name());
    channels_first_ = resolve_data_format();
    step_ = o_.frame_step.value_or(std::max<int64_t>(o_.frame_length / 2, 1));
    fft_ = o_.fft_length.value_or(
        static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(o_.frame_length))));
    input_spec_ = {{.ndim = 3}};
  }
  void build(const Shape&) override {
    const Shape shape = {o_.frame_length, 1, fft_ / 2 + 1};
    const auto kernel = [&](const char* weight, const char* side) {
      return add_weight(weight, shape,
                        {.initializer = initializers::STFT({.side = side,
                                                            .window = o_.window,
                                                            .scaling = o_.scaling,
                                                            .periodic = o_.periodic})});
    };
    if (o_.mode != "imag") real_ = kernel("real_kernel", "real");
    if (o_.mode != "real") imag_ = kernel("imag_kernel", "imag");
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    const Shape& in = inputs[0].shape();
    const int64_t channels = in[channels_first_ ? 1 : 2];
    const int64_t bins = (fft_ / 2 + 1) * (o_.mode == "stft" ? 2 : 1);
    const int64_t all = channels == Shape::unknown ? channels : bins * channels;
    const Shape out = ops::detail::conv_output_shape(
        in, all, {o_.frame_length},
        {.strides = {step_},
         .dilations = {1},
         .padding = o_.padding == "same" ? ops::detail::Padding::same : ops::detail::Padding::valid,
         .channels_first = channels_first_});
    const int64_t frames = out[channels_first_ ? 2 : 1];
    if (!o_.expand_dims) return {{out, compute_dtype()}};
    return {{channels_first_ ? Shape{in[0], channels, frames, bins}
                             : Shape{in[0], frames, bins, channels},
             compute_dtype()}};
  }
  Tensor call(const Tensor& x, CallContext&) override {
    check<TypeError>(is_floating(x.dtype()),
                     "Invalid input type. Expected `float16`, `float32` or `float64`. Received: "
                     "input type=",
                     x.dtype());
    const Tensor real = o_.mode == "imag" ? Tensor() : waves(x, real_),
                 imag = o_.mode == "real" ? Tensor() : waves(x, imag_);
    if (o_.mode == "real") return arranged(real);
    if (o_.mode == "imag") return arranged(imag);
    if (o_.mode == "angle") return arranged(ops::arctan2(imag, real));
    if (o_.mode == "stft") return arranged(ops::concatenate({real, imag}, 2));
    const Tensor power = ops::square(real) + ops::square(imag);
    if (o_.mode == "psd") {
      // The inner frequencies stand for their negative twins too.
      const Tensor inner =
          ops::get_item(power, {ops::Slice{}, ops::Slice{}, ops::Slice{1, -1}, ops::Slice{}});
      return arranged(power + ops::pad(inner, {{0, 0}, {0, 0}, {1, 1}, {0, 0}}));
    }
    const Tensor magnitude = arranged(ops::sqrt(ops::maximum(power, kcpp::epsilon())));
    return o_.mode == "magnitude" ? magnitude : ops::log(ops::maximum(magnitude, kcpp::epsilon()));
  }

 private:
  /// Each channel by itself through the convolution: (batch, channels, frequencies, frames).
  Tensor waves(const Tensor& x, const Variable& kernel) const {
    const int64_t samples = x.dim(channels_first_ ? 2 : 1),
                  channels = x.dim(channels_first_ ? 1 : 2);
    const Tensor rows =
        ops::reshape(channels_first_ ? x : ops::transpose(x, {0, 2, 1}), {-1, samples, 1});
    const Tensor y =
        ops::conv(rows, ops::cast(compute(kernel), x.dtype()),
                  {.strides = step_, .padding = o_.padding, .data_format = "channels_last"});
    return ops::reshape(ops::transpose(y, {0, 2, 1}), {-1, channels, y.dim(2), y.dim(1)});
  }
  Tensor arranged(const Tensor& y) const {
    if (o_.expand_dims)
      return channels_first_ ? ops::transpose(y, {0, 1, 3, 2}) : ops::transpose(y, {0, 3, 2, 1});
    const Tensor flat = ops::reshape(y, {-1, y.dim(1) * y.dim(2), y.dim(3)});
    return channels_first_ ? flat : ops::transpose(flat, {0, 2, 1});
  }

  bool channels_first_ = false;
  int64_t step_ = 0, fft_ = 0;
  Variable real_, imag_;
};

}  // namespace

STFTSpectrogram::STFTSpectrogram(STFTSpectrogramOptions o)
    : Layer(make_layer<STFTSpectrogramImpl>(std::move(o))) {}
std::shared_ptr<Object> makers::stft_spectrogram() { return make_object<STFTSpectrogramImpl>(); }

}  // namespace kcpp::layers
