// einops' rearrange.
#include <map>
#include <sstream>

#include "kcpp/ops/shape.h"
#include "src/ops/common.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// The groups of one side of a pattern: `b (h w) c` is {b}, {h, w}, {c}; `1` and `()` are empty
/// groups.
using Groups = std::vector<std::vector<std::string>>;

Groups parse(const std::string& side, const std::string& pattern) {
  std::string spaced;
  for (char c : side) spaced += c == '(' || c == ')' ? std::string{' ', c, ' '} : std::string{c};
  Groups groups;
  bool inside = false;
  std::istringstream words(spaced);
  for (std::string word; words >> word;) {
    if (word == "(") {
      check(!inside, "[rearrange] brackets cannot nest. Received: pattern='", pattern, "'");
      inside = true;
      groups.emplace_back();
    } else if (word == ")") {
      check(inside, "[rearrange] a bracket is not opened. Received: pattern='", pattern, "'");
      inside = false;
    } else {
      if (!inside) groups.emplace_back();
      if (word != "1") groups.back().push_back(word);
    }
  }
  check(!inside, "[rearrange] a bracket is not closed. Received: pattern='", pattern, "'");
  return groups;
}

}  // namespace

Tensor rearrange(const Tensor& tensor, const std::string& pattern,
                 const std::vector<std::pair<std::string, int64_t>>& axes_lengths) {
  check_defined(tensor, "rearrange");
  const size_t arrow = pattern.find("->");
  check(arrow != std::string::npos, "[rearrange] the pattern needs '->'. Received: pattern='",
        pattern, "'");
  const Groups from = parse(pattern.substr(0, arrow), pattern),
               to = parse(pattern.substr(arrow + 2), pattern);
  check(static_cast<int>(from.size()) == tensor.rank(), "[rearrange] the pattern has ", from.size(),
        " axes on its left side. Received: pattern='", pattern, "', shape=", tensor.shape());

  std::map<std::string, int64_t> lengths(axes_lengths.begin(), axes_lengths.end());
  std::map<std::string, int> places;
  Shape split;
  for (size_t i = 0; i < from.size(); ++i) {
    int64_t known = 1;
    std::string unknown;
    for (const std::string& name : from[i]) {
      if (lengths.count(name)) {
        known *= lengths[name];
      } else {
        check(unknown.empty(), "[rearrange] the lengths of '", unknown, "' and '", name,
              "' are not known. Received: pattern='", pattern, "'");
        unknown = name;
      }
    }
    const int64_t length = tensor.shape()[static_cast<int>(i)];
    if (!unknown.empty()) {
      check(length == -1 || (known > 0 && length % known == 0), "[rearrange] axis ", i,
            " of length ", length, " cannot be divided by ", known, ". Received: pattern='",
            pattern, "', shape=", tensor.shape());
      lengths[unknown] = length == -1 ? -1 : length / known;
    } else {
      check(length == -1 || length == known, "[rearrange] axis ", i, " has length ", length,
            ", not ", known, ". Received: pattern='", pattern, "'");
    }
    for (const std::string& name : from[i]) {
      check(places.try_emplace(name, split.rank()).second, "[rearrange] axis '", name,
            "' occurs twice. Received: pattern='", pattern, "'");
      split.push_back(lengths[name]);
    }
  }
  std::vector<int> order;
  Shape joined;
  for (const auto& group : to) {
    int64_t length = 1;
    for (const std::string& name : group) {
      check(places.count(name), "[rearrange] axis '", name,
            "' is not on the left side. Received: pattern='", pattern, "'");
      order.push_back(places[name]);
      length = length == -1 || lengths[name] == -1 ? -1 : length * lengths[name];
    }
    joined.push_back(length);
  }
  check(order.size() == places.size(),
        "[rearrange] every axis of the left side must stand on the right side, once. Received: "
        "pattern='",
        pattern, "'");
  Tensor y = split == tensor.shape() ? tensor : reshape(tensor, split);
  bool moves = false;
  for (size_t i = 0; i < order.size(); ++i) moves |= order[i] != static_cast<int>(i);
  if (moves) y = transpose(y, Axes(order));
  return joined == y.shape() ? y : reshape(y, joined);
}

}  // namespace kcpp::ops
