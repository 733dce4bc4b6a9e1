/// The regular expressions of names, against what Python's `re` says.
#include <catch2/catch_all.hpp>
#include <string>

#include "kcpp/core/error.h"
#include "src/core/pattern.h"

namespace kcpp::test {
namespace {

TEST_CASE("patterns match as in Python", "[core]") {
  struct Case {
    const char* pattern;
    const char* text;
    bool full, part;
  };
  const Case cases[] = {
      {"encoder/.*", "encoder/dense/kernel", true, true},
      {"encoder/.*", "my/encoder/dense", false, true},
      {"", "", true, true},
      {"", "a", false, true},
      {"dense(_[0-9]+)?/(kernel|bias)", "dense_12/bias", true, true},
      {"dense(_[0-9]+)?/(kernel|bias)", "dense_/bias", false, false},
      {"a{2,3}", "aaa", true, true},
      {"a{2,3}", "aaaa", false, true},
      {"a{2}b{,2}c{1,}", "aabbc", true, true},
      {"a{x}", "a{x}", true, true},
      {"^b", "ab", false, false},
      {"b$", "ab", false, true},
      {"[^a-c]+", "dd-e", true, true},
      {"[^a-c]+", "abc", false, false},
      {"[]a]+", "]a]", true, true},
      {R"(\d+\.\w*\s)", "12.ab_ ", true, true},
      {R"([\d_-]+)", "3_-4", true, true},
      {"a|b|", "", true, true},
      {"(?:ab)*?c", "ababc", true, true},
      {"(?P<layer>conv)_1", "conv_1", true, true},
      {".", "\n", false, false},
  };
  for (const Case& c : cases) {
    INFO(c.pattern << " on " << c.text);
    const Pattern pattern(c.pattern);
    CHECK(pattern.full_match(c.text) == c.full);
    CHECK(pattern.search(c.text) == c.part);
  }
}

TEST_CASE("patterns that cannot be read are refused", "[core]") {
  for (const char* bad : {"(", ")", "*", "[a", "a{3,2}", "(?=a)", R"(\1)", R"(\)", "[b-a]"}) {
    INFO(bad);
    CHECK_THROWS_AS(Pattern(bad), ValueError);
  }
  CHECK_THROWS_AS(Pattern(std::string(1000, '(')), ValueError);
  CHECK_THROWS_AS(Pattern("((a{100}){100}){100}"), ValueError);
}

TEST_CASE("no pattern makes a match take long", "[core]") {
  const std::string text(3000, 'a');
  CHECK_FALSE(Pattern("(a*)*b").search(text));
  CHECK_FALSE(Pattern("(a|a?)+(a|a?)+b").full_match(text));
}

}  // namespace
}  // namespace kcpp::test
