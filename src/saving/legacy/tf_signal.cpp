/// TensorFlow's signal functions. What gives complex numbers becomes a node of two outputs, the
/// real and the imaginary part, as in Keras; only functions that make real numbers of them take it.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "src/saving/legacy/tf_builder.h"
#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

constexpr int64_t longest_frame = int64_t{1} << 20;

void frame(B& b) {
  if (b.flag("pad_end") || b.integer("axis", -1) != -1)
    b.refuse("with pad_end or another axis than the last, which kcpp cannot read");
  b.op("ExtractSequences", {b.tensor("signal", true)},
       Config::dict({{"sequence_length", b.integer("frame_length", 0)},
                     {"sequence_stride", b.integer("frame_step", 0)}}));
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
  if (b.flag("pad_end")) b.refuse("with pad_end, which kcpp cannot read");
  if (!b.argument("window_fn").is_null()) b.refuse("with another window than Hann's");
  const int64_t length = b.integer("frame_length", 0);
  if (length < 1 || length > longest_frame) b.refuse("with an absurd frame_length");
  int64_t transform = 1;
  while (transform < length) transform *= 2;
  const Config frames = b.op(
      "ExtractSequences", {b.tensor("signals", true)},
      Config::dict({{"sequence_length", length}, {"sequence_stride", b.integer("frame_step", 0)}}));
  b.op("RFFT", {b.op("Multiply", {frames, hann_window(length)})},
       Config::dict({{"fft_length", b.integer("fft_length", transform)}}));
}

void rfft(B& b) {
  Config length = b.argument("fft_length");
  if (length.is_list() && length.size() == 1) length = Config(length.as_list()[0]);
  b.op("RFFT", {b.tensor("input", true)}, Config::dict({{"fft_length", length}}));
}

/// The two parts of the first argument.
std::array<Config, 2> parts(const B& b) {
  const std::string layer =
      b.argument("", true).at("config").at("keras_history").as_list()[0].as_string();
  return {keras_tensor(layer, 0, 0), keras_tensor(layer, 0, 1)};
}
void magnitude(B& b) {
  const auto [real, imaginary] = parts(b);
  b.op("Sqrt", {b.op("Add", {b.op("Square", {real}), b.op("Square", {imaginary})})});
}
void angle(B& b) {
  const auto [real, imaginary] = parts(b);
  b.op("Arctan2", {imaginary, real});
}

constexpr TfFunction table[] = {
    {"frame", frame},
    {"stft", stft},
    {"rfft", rfft},
};
/// What takes a complex tensor.
constexpr TfFunction of_complex[] = {
    {"abs", magnitude},
    {"angle", angle},
    {"real", [](B& b) { b.op("Copy", {parts(b)[0]}); }},
    {"imag", [](B& b) { b.op("Copy", {parts(b)[1]}); }},
};

}  // namespace

bool is_complex_tf_function(std::string_view function) {
  return function == "signal.stft" || function == "signal.rfft";
}

Config complex_tensor(const std::string& layer) {
  Config out = keras_tensor(layer, 0, 0);
  out.find("config")->set("complex", true);
  return out;
}

bool is_complex_tensor(const Config& c) {
  return is_graph_tensor(c) && c.at("config").find("complex");
}

bool has_complex_tensor(const Config& c) {
  if (is_complex_tensor(c)) return true;
  if (c.is_list()) return std::any_of(c.as_list().begin(), c.as_list().end(), has_complex_tensor);
  return c.is_dict() && std::any_of(c.as_dict().begin(), c.as_dict().end(), [](const auto& item) {
           return has_complex_tensor(item.second);
         });
}

bool add_tf_signal(std::string_view name, TfBuilder& builder) {
  const bool complex = is_complex_tensor(builder.argument("", true));
  if (!complex) return add_tf_function(table, name, builder);
  if (!add_tf_function(of_complex, name, builder))
    builder.refuse("of complex numbers, which kcpp cannot read");
  return true;
}

}  // namespace kcpp::saving
