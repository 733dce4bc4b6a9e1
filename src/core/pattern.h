/// Regular expressions of names, in Python's notation. Those of a file come from nobody knows whom:
/// so the time of a match grows with the lengths of pattern and text alone, whatever they hold.
#pragma once

#include <bitset>
#include <string_view>
#include <vector>

namespace kcpp {

/// Literals, `.`, `[a-z]`, `\d \w \s`, groups, `|`, `* + ? {m,n}`, `^` and `$`. Throws ValueError
/// for what it cannot read; back references and looking around are no part of it.
class Pattern {
 public:
  explicit Pattern(std::string_view pattern);
  /// re.search: a part of the text matches.
  bool search(std::string_view text) const { return run(text, true); }
  /// re.fullmatch: the text as a whole matches.
  bool full_match(std::string_view text) const { return run(text, false); }

  /// A match takes at most this many steps a character of the text.
  size_t size() const { return program_.size(); }

  /// Places to go on from are relative, so that a part of a program can be copied.
  struct Instruction {
    enum class Kind { one_of, split, jump, begin, end } kind;
    int first = 0, second = 0;    ///< split, jump
    std::bitset<256> bytes = {};  ///< one_of
  };
  using Program = std::vector<Instruction>;

 private:
  bool run(std::string_view text, bool anywhere) const;

  Program program_;  ///< its end is a match
};

}  // namespace kcpp
