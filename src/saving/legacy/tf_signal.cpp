/// TensorFlow's functions of signals.
#include <cmath>
#include <numbers>

#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

constexpr int64_t longest_frame = int64_t{1} << 20;
const Config last_axis = Config::dict({{"axis", -1}});

/// Frames of the last axis; with pad_end as many as begin in the signal, zeros behind it.
TfValue framed(B& b, TfValue x, int64_t length, int64_t step) {
  if (length < 1 || length > longest_frame || step < 1 || step > longest_frame)
    b.refuse("with an absurd frame_length or frame_step");
  if (b.flag("pad_end")) {
    if (b.number("pad_value", 0) != 0) b.refuse("with pad_value, which kcpp cannot read");
    const TfValue size = x.of("Shape").at({Config(-1)});
    const TfValue frames = -(-size).with("FloorDivide", step);
    const TfValue more = (frames - Config(1)) * Config(step) + Config(length) - size;
    const TfValue zero = x.at({tf_ellipsis(), tf_slice(0, 1)}).of("ZerosLike");
    const TfValue end = zero.of(
        "Repeat", Config::dict({{"repeats", more.with("Maximum", 0).config()}, {"axis", -1}}));
    x = {b, b.op("Concatenate", {Config::list({x, end})}, last_axis)};
  }
  return x.of("ExtractSequences",
              Config::dict({{"sequence_length", length}, {"sequence_stride", step}}));
}
void frame(B& b) {
  const int64_t axis = b.integer("axis", -1);
  const auto moved = [](const TfValue& t, const Config& from, const Config& to) {
    return t.of("Moveaxis", Config::dict({{"source", from}, {"destination", to}}));
  };
  TfValue x{b, b.tensor("signal", true)};
  if (axis != -1) x = moved(x, axis, -1);
  const TfValue y = framed(b, x, b.integer("frame_length", 0), b.integer("frame_step", 0));
  const int64_t end = axis < 0 ? axis : axis + 1;  // where each frame's elements go
  if (axis != -1) moved(y, Config::list({-2, -1}), Config::list({end - 1, end}));
}

/// tf.signal.hann_window: periodic, but for an odd length.
Config hann_window(int64_t length) {
  Config out = Config::list();
  const double period = static_cast<double>(length - length % 2);
  for (int64_t i = 0; i < length; ++i)
    out.push_back(
        length == 1 ? 1.0
                    : 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / period));
  return tf_tensor_argument(out, false);
}

/// Keras's STFT lays the window into the middle of a longer transform, TensorFlow's at its
/// beginning: so it is taken apart.
void stft(B& b) {
  const Config* window = b.given("window_fn");
  if (window && !window->is_null()) b.refuse("with another window than Hann's");
  const int64_t length = b.integer("frame_length", 0);
  TfValue frames = framed(b, {b, b.tensor("signals", true)}, length, b.integer("frame_step", 0));
  if (!window) frames = frames * hann_window(length);
  int64_t transform = 1;
  while (transform < length) transform *= 2;
  frames.of("RFFT", Config::dict({{"fft_length", b.integer("fft_length", transform)}}));
}

void rfft(B& b) {
  Config length = b.argument("fft_length");
  if (length.is_list() && length.size() == 1) length = Config(length.as_list()[0]);
  b.op("RFFT", {b.tensor("input", true)}, Config::dict({{"fft_length", length}}));
}

/// The discrete cosine transform by its matrix: cos(pi (2 row + 1) column / 2n), or the other way
/// round. Whole numbers keep the angle small, and so exact.
TfValue cosines(B& b, const TfValue& x, bool forwards) {
  const TfValue size = x.of("Shape").at({Config(-1)});
  const TfValue places{b, tf_numbers(b, size)};
  const TfValue odd = places * Config(2) + Config(1);
  const TfValue product = forwards ? odd.expand(-1) * places : places.expand(-1) * odd;
  const TfValue turn = product.with("Mod", size * Config(4)).cast("float32");
  return x.with("Matmul", (turn / size.cast("float32") * Config(std::numbers::pi / 2)).of("Cos"));
}
/// The first element times `weight`: the transforms count it otherwise than the others.
TfValue first_weighs(B& b, const TfValue& x, double weight) {
  const TfValue rest = x.at({tf_ellipsis(), tf_slice(1, Config())});
  const TfValue first = x.at({tf_ellipsis(), tf_slice(0, 1)}) * Config(weight);
  return {b, b.op("Concatenate", {Config::list({first, rest})}, last_axis)};
}
void cosine_transform(B& b, bool inverse) {
  if (!b.argument("n").is_null() || b.integer("axis", -1) != -1)
    b.refuse("with n or another axis than the last, which kcpp cannot read");
  const int64_t given = b.integer("type", 2), type = inverse ? 5 - given : given;
  if (type != 2 && type != 3) b.refuse(text("of type ", given, ", which kcpp cannot read"));
  const bool orthonormal = b.argument("norm") == Config("ortho");
  const TfValue x{b, b.tensor("input", true)};
  const TfValue half = x.of("Shape").at({Config(-1)}).cast("float32") * Config(2.0);
  if (type == 2) {
    const TfValue y = 2.0 * cosines(b, x, true);
    if (orthonormal) first_weighs(b, y / half.of("Sqrt"), std::numbers::sqrt2 / 2);
  } else if (orthonormal) {
    const TfValue y = first_weighs(b, x, std::numbers::sqrt2 / 2);
    cosines(b, y * (2.0 / half.of("Sqrt")).config(), false);
  } else {
    2.0 * cosines(b, first_weighs(b, x, 0.5), false);
  }
}
/// Cosine transform of type 2 over the root of twice the number of bands.
void mfccs(B& b) {
  const TfValue x{b, b.tensor("log_mel_spectrograms", true)};
  const TfValue twice = x.of("Shape").at({Config(-1)}).cast("float32") * Config(2.0);
  2.0 * cosines(b, x, true) / twice.of("Sqrt");
}

/// Half of each axis changes places with the other half.
void shifted(B& b, bool inverse) {
  Config axes = b.argument("axes");
  if (axes.is_int()) axes = Config::list({axes});
  if (!axes.is_list()) b.refuse("without its axes");
  TfValue x{b, b.tensor("x", true)};
  for (const Config& axis : axes.as_list()) {
    const TfValue size = x.of("Shape").at({axis});
    const TfValue half = inverse ? -size.with("FloorDivide", 2) : size.with("FloorDivide", 2);
    x = x.of("Roll", Config::dict({{"shift", half.config()}, {"axis", axis}}));
  }
}

constexpr TfFunction table[] = {
    {"fftshift", [](B& b) { shifted(b, false); }},
    {"ifftshift", [](B& b) { shifted(b, true); }},
    {"frame", frame},
    {"stft", stft},
    {"rfft", rfft},
    {"dct", [](B& b) { cosine_transform(b, false); }},
    {"idct", [](B& b) { cosine_transform(b, true); }},
    {"mfccs_from_log_mel_spectrograms", mfccs},
};

}  // namespace

bool add_tf_signal(std::string_view name, TfBuilder& builder) {
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
