/// What TensorFlow's functions of signals share.
#pragma once

#include <vector>

#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {

/// Frames and transforms longer than this make no sense.
inline constexpr int64_t tf_longest_frame = int64_t{1} << 20;

/// The numbers of the function's `window_fn`, which a file knows by its name alone, or of the
/// window that is meant where it says none; nothing for null. Refuses a function that is not
/// TensorFlow's.
std::vector<double> tf_window(const TfBuilder& b, int64_t length, std::string_view otherwise);
/// A list of numbers as a constant.
Config tf_constant(const std::vector<double>& numbers);

/// The cosine transform of the last axis, of type 1 to 4.
TfValue tf_cosine_transform(TfBuilder& b, const TfValue& x, int64_t type, bool orthonormal);
/// Frames (.., n, length) laid over each other, each `step` further.
TfValue tf_overlap_add(TfBuilder& b, const TfValue& frames, const Config& step);
/// tf.signal.inverse_stft of what irfft gives.
void tf_inverse_stft(TfBuilder& b, const TfValue& real, const TfValue& imaginary);

}  // namespace kcpp::saving
