/// Tokens and their indices.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "kcpp/core/error.h"
#include "kcpp/core/object.h"

namespace kcpp::layers {

/// A token's part of an error message or a vocabulary file.
inline std::string token_text(const std::string& token) { return token; }
inline std::string token_text(int64_t token) { return std::to_string(token); }

/// A list in a config that may be null: a vocabulary, a salt.
template <class T>
Config list_config(const std::optional<std::vector<T>>& list) {
  return list ? kcpp::to_config(*list) : Config();
}
template <class T>
void read_list(const Config& c, std::optional<std::vector<T>>& list, std::string_view what) {
  if (c.is_null()) {
    list.reset();
  } else {
    kcpp::from_config(c, list.emplace(), what);
  }
}

/// The tokens of a lookup layer without the special ones, in the order of their indices.
template <class Key>
class Vocabulary {
 public:
  Vocabulary() = default;
  explicit Vocabulary(std::vector<Key> tokens) : tokens_(std::move(tokens)) {
    std::string repeated;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (!index_.emplace(tokens_[i], static_cast<int64_t>(i)).second)
        repeated += (repeated.empty() ? "'" : ", '") + token_text(tokens_[i]) + "'";
    }
    check(repeated.empty(),
          "The passed vocabulary has at least one repeated term. Please uniquify your dataset. The "
          "repeated terms are: [",
          repeated, "]");
  }

  const std::vector<Key>& tokens() const { return tokens_; }
  int64_t size() const { return static_cast<int64_t>(tokens_.size()); }
  /// The place of a token, or -1.
  int64_t find(const Key& token) const {
    const auto it = index_.find(token);
    return it == index_.end() ? -1 : it->second;
  }

 private:
  std::vector<Key> tokens_;
  std::unordered_map<Key, int64_t> index_;
};

/// How often tokens were seen by `adapt`, and in how many documents.
template <class Key>
class TokenCounts {
 public:
  /// One document more.
  void add(const std::vector<Key>& document) {
    ++documents_;
    std::unordered_map<Key, bool> seen;
    for (const Key& token : document) {
      Count& count = counts_[token];
      ++count.total;
      if (seen.emplace(token, true).second) ++count.documents;
    }
  }
  void erase(const Key& token) { counts_.erase(token); }
  bool empty() const { return counts_.empty(); }
  int64_t documents() const { return documents_; }
  int64_t documents_with(const Key& token) const { return counts_.at(token).documents; }
  /// The most frequent tokens, at most `most` of them; ties: the greater token first.
  std::vector<Key> most_frequent(size_t most) const {
    std::vector<std::pair<int64_t, Key>> order;
    for (const auto& [token, count] : counts_) order.emplace_back(count.total, token);
    std::sort(order.begin(), order.end(), std::greater<>());
    order.resize(std::min(order.size(), most));
    std::vector<Key> tokens;
    for (auto& [total, token] : order) tokens.push_back(std::move(token));
    return tokens;
  }

 private:
  struct Count {
    int64_t total = 0, documents = 0;
  };
  std::unordered_map<Key, Count> counts_;
  int64_t documents_ = 0;
};

}  // namespace kcpp::layers
