/// Golden values: what real Keras computed, in tests/golden/<family>.json and .npz.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "kcpp/core/config.h"
#include "kcpp/core/tensor.h"

namespace kcpp::test {

/// One family of cases. The JSON is `{"keras": version, "cases": [...]}`; where a case has an
/// array, it has the key of that array in the npz.
///
///     const GoldenFile& golden = GoldenFile::get("activations");
///     for (const Config& c : golden.cases()) {
///       INFO(c.to_json());
///       Tensor x = golden.array(c.at("x"));
class GoldenFile {
 public:
  /// The file of a family, read once; throws IOError when it is missing.
  static const GoldenFile& get(std::string_view family);
  /// tests/golden/<family>.json and .npz exist.
  static bool exists(std::string_view family);
  /// Path of a file in tests/golden.
  static std::string path(std::string_view file);

  explicit GoldenFile(std::string_view family);
  ~GoldenFile();

  /// The whole JSON.
  const Config& config() const { return config_; }
  const Config::List& cases() const { return config_.at("cases").as_list("cases"); }
  bool has_array(std::string_view key) const;
  /// A fresh tensor with the array of that key; throws IOError when there is none.
  Tensor array(std::string_view key) const;
  Tensor array(const std::string& key) const { return array(std::string_view(key)); }
  Tensor array(const char* key) const { return array(std::string_view(key)); }
  /// The same for a key in the JSON; null gives an undefined tensor.
  Tensor array(const Config& key) const;
  /// A list of keys, or one.
  Tensors arrays(const Config& keys) const;

 private:
  struct Arrays;
  Config config_;
  std::unique_ptr<Arrays> arrays_;
};

}  // namespace kcpp::test
