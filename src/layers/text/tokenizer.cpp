#include "src/layers/text/tokenizer.h"

#include <algorithm>
#include <string_view>

namespace kcpp::layers {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Length of the UTF-8 character at `at`; 0 when the bytes there are none.
size_t character_length(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() - at < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

std::string standardized(std::string text, const std::optional<std::string>& how) {
  if (!how) return text;
  if (how->starts_with("lower")) {
    for (char& c : text) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
  }
  if (how->ends_with("strip_punctuation")) {
    constexpr std::string_view punctuation = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'";
    std::erase_if(text, [&](char c) { return punctuation.find(c) != punctuation.npos; });
  }
  return text;
}

std::vector<std::string> split_text(const std::string& text,
                                    const std::optional<std::string>& split) {
  std::vector<std::string> out;
  if (!split) return {text};
  if (*split == "character") {
    for (size_t at = 0; at < text.size();) {
      const size_t length = character_length(text, at);
      // TensorFlow puts the replacement character in the place of what is no UTF-8.
      out.push_back(length ? text.substr(at, length) : "\xef\xbf\xbd");
      at += std::max<size_t>(length, 1);
    }
    return out;
  }
  for (size_t at = 0; at < text.size();) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    const size_t begin = at;
    while (at < text.size() && !is_space(text[at])) ++at;
    out.push_back(text.substr(begin, at - begin));
  }
  return out;
}

std::vector<std::string> ngrams_of(const std::vector<std::string>& words,
                                   const std::vector<int64_t>& widths) {
  std::vector<std::string> out;
  for (int64_t width : widths) {
    const auto n = static_cast<size_t>(width);
    for (size_t first = 0; first + n <= words.size(); ++first) {
      std::string joined = words[first];
      for (size_t i = 1; i < n; ++i) joined += " " + words[first + i];
      out.push_back(std::move(joined));
    }
  }
  return out;
}

}  // namespace kcpp::layers
