#include "src/core/pattern.h"

#include <cctype>
#include <optional>

#include "kcpp/core/error.h"

namespace kcpp {
namespace {

using Program = Pattern::Program;
using Kind = Pattern::Instruction::Kind;
using Bytes = std::bitset<256>;

constexpr size_t longest_program = 4000;
constexpr int deepest_group = 100;

Program operator+(Program a, const Program& b) {
  check(a.size() + b.size() <= longest_program, "The regular expression is too long.");
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

int length(const Program& p) { return static_cast<int>(p.size()); }
Program split(int first, int second) { return {{Kind::split, first, second}}; }
Program jump(int to) { return {{Kind::jump, to}}; }

Program maybe(const Program& p) { return split(1, length(p) + 1) + p; }
Program any_number(const Program& p) { return split(1, length(p) + 2) + p + jump(-length(p) - 1); }

class Parser {
 public:
  explicit Parser(std::string_view pattern) : rest_(pattern), whole_(pattern) {
    check(pattern.size() <= longest_program, "The regular expression is too long.");
  }

  Program parse() {
    Program out = alternatives();
    if (!rest_.empty()) fail("unbalanced parenthesis");
    return out;
  }

 private:
  [[noreturn]] void fail(std::string_view why) const {
    throw ValueError(text("Cannot read the regular expression '", whole_, "': ", why, "."));
  }
  bool next_is(char c) const { return !rest_.empty() && rest_[0] == c; }
  bool accept(std::string_view s) {
    if (!rest_.starts_with(s)) return false;
    rest_.remove_prefix(s.size());
    return true;
  }
  char take() {
    if (rest_.empty()) fail("it ends too early");
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }

  Program alternatives() {
    Program out = sequence();
    while (accept("|")) {
      const Program other = sequence();
      out = split(1, length(out) + 2) + out + jump(length(other) + 1) + other;
    }
    return out;
  }

  Program sequence() {
    Program out;
    while (!rest_.empty() && !next_is('|') && !next_is(')'))
      out = std::move(out) + repeated(item());
    return out;
  }

  Program item() {
    if (accept("(")) return group();
    if (accept("^")) return {{Kind::begin}};
    if (accept("$")) return {{Kind::end}};
    if (accept("[")) return {{Kind::one_of, 0, 0, set()}};
    if (accept(".")) return {{Kind::one_of, 0, 0, ~Bytes().set('\n')}};
    const char c = take();
    if (c == '*' || c == '+' || c == '?') fail("nothing to repeat");
    return {{Kind::one_of, 0, 0, c == '\\' ? escaped() : one(c)}};
  }

  Program group() {
    if (++depth_ > deepest_group) fail("its groups are nested too deeply");
    if (accept("?P<")) {
      while (take() != '>') {
      }
    } else if (!accept("?:") && next_is('?')) {
      fail("unknown extension");
    }
    Program out = alternatives();
    if (!accept(")")) fail("missing )");
    --depth_;
    return out;
  }

  Program repeated(Program p) {
    while (true) {
      if (accept("*")) {
        p = any_number(p);
      } else if (accept("+")) {
        p = p + split(-length(p), 1);
      } else if (accept("?")) {
        p = maybe(p);
      } else if (!next_is('{') || !count(p)) {
        return p;
      }
      accept("?");  // which match is found first does not matter
    }
  }

  /// {3}, {3,} or {3,5}; anything else is no repetition.
  bool count(Program& p) {
    const std::string_view before = rest_;
    accept("{");
    const std::optional<size_t> least = number();
    const bool range = accept(",");
    const std::optional<size_t> most = range ? number() : least;
    if (!accept("}") || (!least && !most)) {
      rest_ = before.substr(1);
      p = p + Program{{Kind::one_of, 0, 0, one('{')}};
      return true;
    }
    if (most && *most < least.value_or(0)) fail("min repeat greater than max repeat");
    Program out;
    for (size_t i = 0; i < least.value_or(0); ++i) out = std::move(out) + p;
    if (!most) out = std::move(out) + any_number(p);
    // Each of the rest, or on to the end behind all of them.
    for (size_t left = most ? *most - least.value_or(0) : 0; left > 0; --left)
      out = std::move(out) + split(1, static_cast<int>(left) * (length(p) + 1)) + p;
    p = std::move(out);
    return true;
  }

  std::optional<size_t> number() {
    std::optional<size_t> out;
    while (!rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_[0])) != 0) {
      out = out.value_or(0) * 10 + static_cast<size_t>(take() - '0');
      if (*out > longest_program) fail("it repeats too often");
    }
    return out;
  }

  static Bytes one(char c) { return Bytes().set(static_cast<unsigned char>(c)); }

  static Bytes those(int (*is)(int)) {
    Bytes out;
    for (int c = 0; c < 128; ++c) out[static_cast<size_t>(c)] = is(c) != 0;
    return out;
  }

  Bytes escaped() {
    const char c = take();
    switch (c) {
      case 'd':
        return those(std::isdigit);
      case 'D':
        return ~those(std::isdigit);
      case 's':
        return those(std::isspace);
      case 'S':
        return ~those(std::isspace);
      case 'w':
        return those(std::isalnum) | one('_');
      case 'W':
        return ~(those(std::isalnum) | one('_'));
      case 'n':
        return one('\n');
      case 't':
        return one('\t');
      default:
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) fail(text("bad escape \\", c));
        return one(c);
    }
  }

  Bytes set() {
    const bool negated = accept("^");
    Bytes out;
    bool first = true;
    while (first || !next_is(']')) {
      first = false;
      const char low = take();
      if (low == '\\') {
        out |= escaped();
      } else if (rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']') {
        take();
        const auto from = static_cast<unsigned char>(low), to = static_cast<unsigned char>(take());
        if (to < from) fail("bad character range");
        for (size_t c = from; c <= to; ++c) out.set(c);
      } else {
        out |= one(low);
      }
    }
    accept("]");
    return negated ? ~out : out;
  }

  std::string_view rest_, whole_;
  int depth_ = 0;
};

}  // namespace

Pattern::Pattern(std::string_view pattern) : program_(Parser(pattern).parse()) {}

bool Pattern::run(std::string_view text, bool anywhere) const {
  // All places of the program that the text up to here can have led to, side by side.
  std::vector<size_t> now, next, reached(program_.size() + 1, SIZE_MAX), open;
  bool matched = false;
  const auto enter = [&](size_t place, size_t at, std::vector<size_t>& places) {
    open.push_back(place);
    while (!open.empty()) {
      const size_t i = open.back();
      open.pop_back();
      if (reached[i] == at) continue;
      reached[i] = at;
      if (i == program_.size()) {
        matched = anywhere || at == text.size();
        continue;
      }
      const Instruction& step = program_[i];
      const auto go = [&](int by) {
        open.push_back(static_cast<size_t>(static_cast<int>(i) + by));
      };
      if (step.kind == Instruction::Kind::one_of) places.push_back(i);
      if (step.kind == Instruction::Kind::begin && at == 0) go(1);
      if (step.kind == Instruction::Kind::end && at == text.size()) go(1);
      if (step.kind == Instruction::Kind::jump) go(step.first);
      if (step.kind == Instruction::Kind::split) go(step.first), go(step.second);
    }
  };
  for (size_t at = 0; at <= text.size() && !matched; ++at) {
    if (at > 0) {
      next.clear();
      for (const size_t i : now) {
        if (program_[i].bytes[static_cast<unsigned char>(text[at - 1])]) enter(i + 1, at, next);
      }
      now.swap(next);
    }
    if (anywhere || at == 0) enter(0, at, now);
  }
  return matched;
}

}  // namespace kcpp
