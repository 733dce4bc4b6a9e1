#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>

#include "src/saving/containers/json.h"

using namespace kcpp;
using Catch::Matchers::ContainsSubstring;
using io::parse_json;

TEST_CASE("JSON values are read as Python reads them") {
  CHECK(parse_json("null").is_null());
  CHECK(parse_json(" true ").as_bool());
  CHECK(parse_json("-12").as_int() == -12);
  CHECK(parse_json("9223372036854775807").as_int() == INT64_MAX);
  CHECK(parse_json("-9223372036854775808").as_int() == INT64_MIN);
  CHECK(parse_json("1.5e3").as_double() == 1500.0);
  CHECK(parse_json("0.1").as_double() == 0.1);
  CHECK_FALSE(parse_json("1.0").is_int());
  CHECK(std::isnan(parse_json("NaN").as_double()));
  CHECK(parse_json("Infinity").as_double() == INFINITY);
  CHECK(parse_json("-Infinity").as_double() == -INFINITY);
  CHECK(parse_json("1e999").as_double() == INFINITY);
  CHECK(parse_json("-1e999").as_double() == -INFINITY);
  CHECK(parse_json("1e-999").as_double() == 0.0);
  CHECK(parse_json(R"("a\"\\\/\b\f\n\r\tz")").as_string() == "a\"\\/\b\f\n\r\tz");
  CHECK(parse_json("\"\\u00e4\\u20ac\\ud83d\\ude00\"").as_string() == "\u00e4\u20ac\U0001F600");
  CHECK(parse_json("\xef\xbb\xbf[]").is_list());
}

TEST_CASE("JSON integers beyond 64 bits become floating numbers") {
  CHECK(parse_json("18446744073709551616").as_double() == 18446744073709551616.0);
  CHECK(parse_json("-9223372036854775809").as_double() == -9223372036854775808.0);
  CHECK(parse_json(std::string(400, '9')).as_double() == INFINITY);
}

TEST_CASE("JSON lists and dicts nest and keep their order") {
  const Config c = parse_json(R"({"b": [1, {"x": null}, []], "a": {}})");
  REQUIRE(c.size() == 2);
  CHECK(c.as_dict()[0].first == "b");
  CHECK(c.at("b").as_list()[1].at("x").is_null());
  CHECK(c.at("a").is_dict());
  CHECK(c.to_json() == R"({"b": [1, {"x": null}, []], "a": {}})");
}

TEST_CASE("JSON errors say what and where") {
  struct Case {
    const char* text;
    const char* problem;
  };
  const Case cases[] = {
      {"", "a value is missing at line 1, column 1"},
      {"[1,\n 2", "',' or ']' is expected at line 2, column 3"},
      {"{\"a\" 1}", "':' is expected"},
      {"{\"a\": 1,}", "a key in double quotes is expected"},
      {"{a: 1}", "a key in double quotes is expected"},
      {"{\"a\": 1 \"b\": 2}", "',' or '}' is expected"},
      {"{\"a\": 1, \"a\": 2}", "the key \"a\" stands there twice at line 1, column 10"},
      {"[1] 2", "there is text after the end"},
      {"tru", "a value is expected"},
      {"01", "may not begin with 0"},
      {"-", "a digit is expected"},
      {"1.", "a digit is expected after '.'"},
      {"1e", "a digit is expected in the exponent"},
      {"\"abc", "has no end"},
      {"\"a\nb\"", "a control character"},
      {"\"\\x\"", "an unknown escape"},
      {"\"\\u12\"", "cut off"},
      {"\"\\u12g4\"", "four hex digits"},
      {"\"\\ud800\"", "half a surrogate pair"},
      {"\"\\ud800\\u0041\"", "half a surrogate pair"},
      {"\"\xff\"", "not valid UTF-8"},
      {"\"\xc0\x80\"", "not valid UTF-8"},
      {"\"\xed\xa0\x80\"", "not valid UTF-8"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK_THROWS_WITH(
        parse_json(c.text, "config.json"),
        ContainsSubstring("config.json is not valid: ") && ContainsSubstring(c.problem));
    CHECK_THROWS_AS(parse_json(c.text), ValueError);
  }
}

TEST_CASE("JSON that would cost too much is refused") {
  CHECK_THROWS_WITH(parse_json(std::string(100000, '[')), ContainsSubstring("nested too deeply"));
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "{\"a\":";
  CHECK_THROWS_WITH(parse_json(deep), ContainsSubstring("nested too deeply"));
  CHECK_NOTHROW(parse_json(std::string(300, '[') + std::string(300, ']')));
  std::string wide = "[0";
  for (int i = 0; i < 100; ++i) wide += ",0";
  CHECK_THROWS_WITH(parse_json(wide + "]", "JSON", {.values = 50}),
                    ContainsSubstring("too many values"));
  CHECK_THROWS_WITH(parse_json(wide + "]", "JSON", {.bytes = 50}), ContainsSubstring("is refused"));
}

TEST_CASE("JSON finds a repeated key in a large dict in good time") {
  const auto dict_of = [](int size) {
    std::string text = "{\"k0\": 0";
    for (int i = 1; i < size; ++i) text += ", \"k" + std::to_string(i) + "\": 0";
    return text;
  };
  const kcpp::io::JsonLimits any_number{.squared_keys = SIZE_MAX};
  CHECK(parse_json(dict_of(100000) + "}", "JSON", any_number).size() == 100000);
  CHECK_THROWS_WITH(parse_json(dict_of(100000) + ", \"k77777\": 1}", "JSON", any_number),
                    ContainsSubstring("stands there twice"));
  // Searching one dict takes as long as it has keys, so all searches take the square of that.
  CHECK(parse_json(dict_of(20000) + "}").size() == 20000);
  CHECK_THROWS_WITH(parse_json(dict_of(20001) + "}"), ContainsSubstring("too many keys"));
  CHECK_THROWS_WITH(parse_json("[" + dict_of(15000) + "}, " + dict_of(15000) + "}]"),
                    ContainsSubstring("too many keys"));
}
