#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>

#include "kcpp/data_files.h"
#include "tests/support/files.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("CSV with a header") {
  const Csv csv = parse_csv("a, b ,c\n1,2.5,-3e2\n\n +4 ,5,6\r\n");
  CHECK(csv.columns == std::vector<std::string>{"a", "b", "c"});
  REQUIRE(csv.values.shape() == Shape{2, 3});
  CHECK(csv.values.to_vector<float>() == std::vector<float>{1, 2.5f, -300, 4, 5, 6});
  CHECK(csv.column("b").to_vector<float>() == std::vector<float>{2.5f, 5});
  CHECK(csv.column("b").shape() == Shape{2});
  CHECK(csv.select({"c", "a"}).to_vector<float>() == std::vector<float>{-300, 1, 6, 4});
  CHECK_THROWS_WITH(csv.column("d"),
                    ContainsSubstring("has no column 'd'. Available columns: [a, b, c]"));
}

TEST_CASE("CSV without a header, with another delimiter, of some columns") {
  const Csv plain = parse_csv("1;2\n3;4", {.header = false, .delimiter = ';'});
  CHECK(plain.columns == std::vector<std::string>{"0", "1"});
  CHECK(plain.values.to_vector<float>() == std::vector<float>{1, 2, 3, 4});
  const Csv some = parse_csv("name,x,y\nfoo,1,2\nbar,3,4\n", {.columns = {"y", "x"}});
  CHECK(some.values.to_vector<float>() == std::vector<float>{2, 1, 4, 3});
  CHECK_THROWS_WITH(parse_csv("a,b\n1,2\n", {.columns = {"z"}}, "t.csv"),
                    ContainsSubstring("'t.csv' has no column 'z'"));
}

TEST_CASE("CSV with quotes and missing values") {
  const Csv csv = parse_csv("\"a,1\",\"say \"\"b\"\"\",\"two\nlines\"\n\"1\",,NA\n?,2,3\n");
  CHECK(csv.columns == std::vector<std::string>{"a,1", "say \"b\"", "two\nlines"});
  CHECK(csv.values.at<float>(0, 0) == 1);
  CHECK(std::isnan(csv.values.at<float>(0, 1)));
  CHECK(std::isnan(csv.values.at<float>(0, 2)));
  CHECK(std::isnan(csv.values.at<float>(1, 0)));
  CHECK(parse_csv("a\n").values.shape() == Shape{0, 1});
}

TEST_CASE("CSV errors name line and column") {
  const auto refuse = [](const std::string& text, const std::string& problem) {
    INFO(text);
    CHECK_THROWS_WITH(parse_csv(text, {}, "t.csv"), ContainsSubstring(problem));
    CHECK_THROWS_AS(parse_csv(text), IOError);
  };
  refuse("a,b\n1,2\n\n3,x\n", "'t.csv', line 4, column 2: 'x' is not a number (column 'b').");
  refuse("a,b\n1,2,3\n", "'t.csv', line 2, column 3: the line has 3 fields. Expected 2.");
  refuse("a,b\n1\n", "the line has 1 fields. Expected 2");
  refuse("\"a\nb\",c\n1,1x\n", "line 3, column 2: '1x' is not a number");
  refuse("a\n\"1\n", "a quoted field has no end");
  refuse("a\n\"1\"2\n", "there is text behind the closing quote");
  refuse("a\n1e999\n", "'1e999' is out of range");
  refuse("a\n+-1\n", "is not a number");
  refuse("", "'t.csv' is empty");
  CHECK_THROWS_WITH(load_csv("/nowhere.csv"), ContainsSubstring("Cannot open '/nowhere.csv'"));
}

TEST_CASE("CSV from a file") {
  const TemporaryFolder folder;
  spill(folder / "t.csv", "\xef\xbb\xbfx,y\n1,2\n");
  CHECK(load_csv(folder / "t.csv").column("x").at<float>(0) == 1);
}
