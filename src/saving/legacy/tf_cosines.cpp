/// TensorFlow's cosine transforms by their matrices. Whole numbers keep the angles small, and so
/// exact.
#include <numbers>

#include "src/saving/legacy/tf_signal.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

constexpr double pi = std::numbers::pi;

TfValue size_of(const TfValue& x) { return x.of("Shape").at({Config(-1)}); }

/// x times cos(2 pi row column / period).
TfValue cosines(const TfValue& x, const TfValue& rows, const TfValue& columns,
                const TfValue& period) {
  const TfValue turn = (rows.expand(-1) * columns).with("Mod", period).cast("float32");
  return x.with("Matmul", (turn / period.cast("float32") * Config(2 * pi)).of("Cos"));
}
/// The first element times `weight`: the transforms count it otherwise than the others.
TfValue first_weighs(B& b, const TfValue& x, double weight) {
  const TfValue rest = x.at({tf_ellipsis(), tf_slice(1, Config())});
  return tf_concatenate(b, {x.at({tf_ellipsis(), tf_slice(0, 1)}) * Config(weight), rest}, -1);
}

/// As long as `length` says, with zeros behind, or without the end.
TfValue cut(B& b, const TfValue& x, int64_t length) {
  if (length < 1 || length > tf_longest_frame) b.refuse("with an absurd n");
  const TfValue zero = x.at({tf_ellipsis(), tf_slice(0, 1)}).of("ZerosLike");
  const TfValue zeros = zero.of("Repeat", Config::dict({{"repeats", length}, {"axis", -1}}));
  return tf_concatenate(b, {x, zeros}, -1).at({tf_ellipsis(), tf_slice(0, length)});
}

void transform(B& b, bool inverse) {
  if (b.integer("axis", -1) != -1) b.refuse("with another axis than the last");
  const int64_t given = b.integer("type", 2);
  if (given < 1 || given > 4) b.refuse(text("of type ", given));
  const Config length = b.argument("n");
  TfValue x = tf_value(b, "input", true);
  if (!length.is_null()) x = cut(b, x, b.integer("n", 0));
  // Types 2 and 3 are each other's inverse, the others their own.
  const int64_t type = inverse && (given == 2 || given == 3) ? 5 - given : given;
  tf_cosine_transform(b, x, type, b.argument("norm") == Config("ortho"));
}
/// Cosine transform of type 2 over the root of twice the number of bands.
void mfccs(B& b) {
  const TfValue x = tf_value(b, "log_mel_spectrograms", true);
  const TfValue twice = size_of(x).cast("float32") * Config(2.0);
  tf_cosine_transform(b, x, 2, false) / twice.of("Sqrt");
}

constexpr TfFunction table[] = {
    {"dct", [](B& b) { transform(b, false); }},
    {"idct", [](B& b) { transform(b, true); }},
    {"mfccs_from_log_mel_spectrograms", mfccs},
};

}  // namespace

TfValue tf_cosine_transform(B& b, const TfValue& x, int64_t type, bool orthonormal) {
  const TfValue size = size_of(x), half = size.cast("float32") * Config(2.0);
  const TfValue places{b, tf_numbers(b, size)}, odd = places * Config(2) + Config(1);
  if (type == 1) {  // of the elements and, between the ends, the same in reverse
    const TfValue there_and_back =
        tf_concatenate(b, {x, x.at({tf_ellipsis(), tf_slice(-2, 0, -1)})}, -1);
    const TfValue period = size * Config(2) - Config(2);
    return cosines(there_and_back, {b, tf_numbers(b, period)}, places, period);
  }
  if (type == 2) {
    const TfValue y = 2.0 * cosines(x, odd, places, size * Config(4));
    return orthonormal ? first_weighs(b, y / half.of("Sqrt"), std::numbers::sqrt2 / 2) : y;
  }
  if (type == 3) {
    const TfValue y = first_weighs(b, x, orthonormal ? std::numbers::sqrt2 / 2 : 0.5);
    const TfValue scale = 2.0 / half.of("Sqrt");
    return orthonormal ? cosines(y * scale, places, odd, size * Config(4))
                       : 2.0 * cosines(y, places, odd, size * Config(4));
  }
  const TfValue y = 2.0 * cosines(x, odd, odd, size * Config(8));
  return orthonormal ? y / half.of("Sqrt") : y;
}

bool add_tf_cosines(std::string_view name, TfBuilder& builder) {
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
