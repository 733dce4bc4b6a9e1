/// What TextVectorization does to texts before it looks words up.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kcpp/ops/dims.h"

namespace kcpp::layers {

/// "lower", "strip_punctuation", both, or neither. ASCII letters and punctuation, as TensorFlow.
std::string standardized(std::string text, const std::optional<std::string>& how);
/// Words between white space, or characters of UTF-8; without `split` the text as it is.
std::vector<std::string> split_text(const std::string& text,
                                    const std::optional<std::string>& split);
/// All runs of n words, joined by spaces, for each n in `widths` in turn.
std::vector<std::string> ngrams_of(const std::vector<std::string>& words,
                                   const std::vector<int64_t>& widths);

}  // namespace kcpp::layers
