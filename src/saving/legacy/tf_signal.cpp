/// TensorFlow's functions of signals.
#include "src/saving/legacy/tf_signal.h"

#include <numbers>

namespace kcpp::saving {
namespace {

using B = TfBuilder;

const Config last_axis = Config::dict({{"axis", -1}});

/// Frames of the last axis; with pad_end as many as begin in the signal, zeros behind it.
TfValue framed(B& b, TfValue x, int64_t length, int64_t step) {
  if (length < 1 || length > tf_longest_frame || step < 1 || step > tf_longest_frame)
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

TfValue in_window(const TfValue& frames, const std::vector<double>& window) {
  return window.empty() ? frames : frames * tf_constant(window);
}
int64_t transform_length(const B& b, int64_t length) {
  if (length < 1 || length > tf_longest_frame) b.refuse("with an absurd frame_length");
  int64_t transform = 1;
  while (transform < length) transform *= 2;
  return b.integer("fft_length", transform);
}
/// Keras's STFT lays the window into the middle of a longer transform, TensorFlow's at its
/// beginning: so it is taken apart.
void stft(B& b) {
  const int64_t length = b.integer("frame_length", 0);
  const TfValue frames =
      framed(b, tf_value(b, "signals", true), length, b.integer("frame_step", 0));
  in_window(frames, tf_window(b, length, "hann_window"))
      .of("RFFT", Config::dict({{"fft_length", transform_length(b, length)}}));
}

/// Cosine transforms of frames that overlap by half. Without a window each is divided by the root
/// of two, so that the way back has what was.
TfValue in_half_window(const TfValue& frames, const std::vector<double>& window) {
  return window.empty() ? frames * Config(std::numbers::sqrt2 / 2) : in_window(frames, window);
}
void mdct(B& b) {
  const int64_t length = b.integer("frame_length", 0), quarter = length / 4;
  if (length % 4 != 0) b.refuse("with a frame_length that is no multiple of 4");
  const TfValue frames = in_half_window(framed(b, tf_value(b, "signals", true), length, length / 2),
                                        tf_window(b, length, "vorbis_window"));
  const auto part = [&](int64_t i) {
    return frames.at({tf_ellipsis(), tf_slice(i * quarter, (i + 1) * quarter)});
  };
  const TfValue first = -part(2).of("Flip", last_axis) - part(3);
  const TfValue second = part(0) - part(1).of("Flip", last_axis);
  tf_cosine_transform(b, tf_concatenate(b, {first, second}, -1), 4,
                      b.argument("norm") == Config("ortho"));
}
/// The length of the window hangs on the input's shape: only Vorbis's is a short formula.
void inverse_mdct(B& b) {
  const Config* window = b.given("window_fn");
  const bool bare = window && window->is_null();
  if (window && !bare && *window != Config("vorbis_window"))
    b.refuse(text("with window_fn=", *window, ", which kcpp cannot read"));
  const TfValue x = tf_value(b, "mdcts", true), half = x.of("Shape").at({Config(-1)});
  const bool orthonormal = b.argument("norm") == Config("ortho");
  TfValue y = tf_cosine_transform(b, x, 4, orthonormal);
  if (!orthonormal) y = y * (0.5 / half.cast("float32"));
  const TfValue middle = half.with("FloorDivide", 2);
  const TfValue first = y.at({tf_ellipsis(), tf_slice(0, middle)}),
                second = y.at({tf_ellipsis(), tf_slice(middle, Config())});
  TfValue frames = tf_concatenate(
      b, {second, -second.of("Flip", last_axis), -first.of("Flip", last_axis), -first}, -1);
  if (bare) {
    frames = in_half_window(frames, {});
  } else {
    const TfValue length = half * Config(2);
    const TfValue at = TfValue{b, tf_numbers(b, length)}.cast("float32") + Config(0.5);
    const TfValue sine = (at * Config(std::numbers::pi) / length.cast("float32")).of("Sin");
    frames = frames * (sine.of("Square") * Config(std::numbers::pi / 2)).of("Sin");
  }
  tf_overlap_add(b, frames, half);
}

void rfft(B& b) {
  Config length = b.argument("fft_length");
  if (length.is_list() && length.size() == 1) length = Config(length.as_list()[0]);
  b.op("RFFT", {b.tensor("input", true)}, Config::dict({{"fft_length", length}}));
}

/// Half of each axis, or of each of all axes, changes places with the other half.
void shifted(B& b, bool inverse) {
  const Config given = b.argument("axes");
  const TfValue x = tf_value(b, "x", true), sizes = x.of("Shape");
  const Config axes = given.is_null() ? tf_numbers(b, sizes.of("Shape").at({Config(0)})) : given;
  if (has_graph_tensor(given)) b.refuse("with axes that the model computes");
  const TfValue half =
      (given.is_null()
           ? sizes
           : sizes.with("Take", given.is_list() ? tf_tensor_argument(given, false) : given,
                        Config::dict({{"axis", 0}})))
          .with("FloorDivide", 2);
  x.of("Roll",
       Config::dict({{"shift", inverse ? (-half).config() : half.config()}, {"axis", axes}}));
}

constexpr TfFunction table[] = {
    {"fftshift", [](B& b) { shifted(b, false); }},
    {"ifftshift", [](B& b) { shifted(b, true); }},
    {"frame", frame},
    {"stft", stft},
    {"rfft", rfft},
    {"overlap_and_add",
     [](B& b) { tf_overlap_add(b, tf_value(b, "signal", true), b.integer("frame_step", 0)); }},
    {"mdct", mdct},
    {"inverse_mdct", inverse_mdct},
};

}  // namespace

/// Each element's place in the signal is its segment.
TfValue tf_overlap_add(B& b, const TfValue& frames, const Config& step) {
  if (step.is_int() && (step.as_int() < 1 || step.as_int() > tf_longest_frame))
    b.refuse("with an absurd frame_step");
  const TfValue sizes = frames.of("Shape");
  const TfValue count = sizes.at({Config(-2)}), length = sizes.at({Config(-1)});
  const TfValue starts = TfValue{b, tf_numbers(b, count)} * step;
  const TfValue places = starts.expand(-1) + TfValue{b, tf_numbers(b, length)};
  const TfValue all = (count - Config(1)) * step + length;
  const auto moved = [](const TfValue& t, int64_t from, int64_t to) {
    return t.of("Moveaxis", Config::dict({{"source", from}, {"destination", to}}));
  };
  const TfValue flat = frames.reshape(tf_concatenate(b, {tf_sizes(sizes, 0, -2), tf_one_size(-1)}));
  return moved(moved(flat, -1, 0)
                   .with("SegmentSum", places.reshape(Config::list({-1})),
                         Config::dict({{"num_segments", all.config()}, {"sorted", false}})),
               0, -1);
}

void tf_inverse_stft(B& b, const TfValue& real, const TfValue& imaginary) {
  const int64_t length = b.integer("frame_length", 0), transform = transform_length(b, length);
  if (transform < 1 || transform > tf_longest_frame) b.refuse("with an absurd fft_length");
  TfValue frames{b, b.op("IRFFT", {Config::list({real, imaginary})},
                         Config::dict({{"fft_length", transform}}))};
  if (transform > length) frames = frames.at({tf_ellipsis(), tf_slice(0, length)});
  if (transform < length) {
    const TfValue zero = frames.at({tf_ellipsis(), tf_slice(0, 1)}).of("ZerosLike");
    const Config more = Config::dict({{"repeats", length - transform}, {"axis", -1}});
    frames = tf_concatenate(b, {frames, zero.of("Repeat", more)}, -1);
  }
  tf_overlap_add(b, in_window(frames, tf_window(b, length, "hann_window")),
                 b.integer("frame_step", 0));
}

bool add_tf_signal(std::string_view name, TfBuilder& builder) {
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
