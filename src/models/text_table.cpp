#include "src/models/text_table.h"

#include <algorithm>
#include <cmath>

namespace kcpp {
namespace {

/// Characters, not bytes: continuation bytes of UTF-8 do not count.
int length_of(const std::string& s) {
  return static_cast<int>(
      std::count_if(s.begin(), s.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string prefix_of(const std::string& s, int characters, std::string& rest) {
  size_t at = 0;
  for (int n = 0; at < s.size(); ++at) {
    if ((s[at] & 0xc0) != 0x80 && n++ == characters) break;
  }
  rest = s.substr(at);
  return s.substr(0, at);
}

std::string strip_right(std::string s) {
  while (!s.empty() && s.back() == ' ') s.pop_back();
  return s;
}

/// Breaks between words; a word that fits on no line is cut off with an ellipsis, as rich does.
std::vector<std::string> wrap(const std::string& text, int width) {
  std::vector<std::string> lines{""};
  size_t at = 0;
  while (at < text.size()) {
    size_t end = text.find(' ', text.find_first_not_of(' ', at));
    end = end == std::string::npos ? text.size() : text.find_first_not_of(' ', end);
    if (end == std::string::npos) end = text.size();
    std::string word = text.substr(at, end - at);
    at = end;
    const int word_length = length_of(strip_right(word));
    if (length_of(lines.back()) + word_length <= width) {
      lines.back() += word;
    } else if (word_length > width) {
      if (!lines.back().empty()) lines.emplace_back();
      std::string rest;
      lines.back() = prefix_of(word, std::max(width - 1, 0), rest) + "…";
    } else {
      lines.push_back(word);
    }
  }
  for (std::string& line : lines) line = strip_right(line);
  return lines;
}

std::string repeat(const char* s, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += s;
  return out;
}

std::string aligned(const std::string& text, int width, TextTable::Align align) {
  const int room = std::max(0, width - length_of(text));
  const int left = align == TextTable::Align::left    ? 0
                   : align == TextTable::Align::right ? room
                                                      : room / 2;
  return std::string(static_cast<size_t>(left), ' ') + text +
         std::string(static_cast<size_t>(room - left), ' ');
}

}  // namespace

TextTable::TextTable(std::vector<Column> columns, int total_width) : columns_(std::move(columns)) {
  const int count = static_cast<int>(columns_.size());
  int sum = 0;
  for (const Column& c : columns_) {
    widths_.push_back(c.width + 2);
    sum += widths_.back();
  }
  // What is too much is taken from all columns alike (rich's ratio_reduce; halves round to even).
  int remaining = std::max(0, sum - (total_width - count - 1));
  for (int i = 0; i < count; ++i) {
    const int taken =
        static_cast<int>(std::nearbyint(static_cast<double>(remaining) / (count - i)));
    widths_[static_cast<size_t>(i)] -= taken;
    remaining -= taken;
  }
}

std::string TextTable::render() const {
  const auto border = [&](const char* left, const char* line, const char* middle,
                          const char* right) {
    std::string out = left;
    for (size_t i = 0; i < widths_.size(); ++i) out += (i ? middle : "") + repeat(line, widths_[i]);
    return out + right + "\n";
  };
  const auto row = [&](const std::vector<std::string>& cells, const char* bar) {
    std::vector<std::vector<std::string>> lines;
    size_t height = 1;
    for (size_t i = 0; i < widths_.size(); ++i) {
      lines.push_back(wrap(i < cells.size() ? cells[i] : "", widths_[i] - 2));
      height = std::max(height, lines.back().size());
    }
    std::string out;
    for (size_t l = 0; l < height; ++l) {
      for (size_t i = 0; i < widths_.size(); ++i) {
        out += std::string(bar) + " " +
               aligned(l < lines[i].size() ? lines[i][l] : "", widths_[i] - 2, columns_[i].align) +
               " ";
      }
      out += std::string(bar) + "\n";
    }
    return out;
  };
  std::vector<std::string> headers;
  for (const Column& c : columns_) headers.push_back(c.header);
  std::string out = border("┏", "━", "┳", "┓") + row(headers, "┃") + border("┡", "━", "╇", "┩");
  for (size_t r = 0; r < rows_.size(); ++r) {
    if (r) out += border("├", "─", "┼", "┤");
    out += row(rows_[r], "│");
  }
  return out + border("└", "─", "┴", "┘");
}

}  // namespace kcpp
