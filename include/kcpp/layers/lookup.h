/// Layers that turn words and numbers into indices (keras.layers): StringLookup, IntegerLookup.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kcpp/layers/hashing.h"
#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

struct StringLookupOptions {
  std::optional<int64_t> max_tokens = {};
  int64_t num_oov_indices = 1;  ///< indices of words out of the vocabulary
  std::optional<std::string> mask_token = {};
  std::optional<std::string> oov_token = "[UNK]";
  std::optional<std::vector<std::string>> vocabulary = {};  ///< instead of `adapt`
  Numbers idf_weights = {};                                 ///< with a vocabulary, for "tf_idf"
  bool invert = false;                                      ///< indices to words
  std::string output_mode = "int";  ///< or "one_hot", "multi_hot", "count", "tf_idf"
  bool pad_to_max_tokens = false;
  bool sparse = false;  ///< only carried to files: kcpp's tensors are dense
  std::string encoding = "utf-8";
  std::string name = {};
  std::optional<Salt> salt = {};        ///< of the hash that chooses among several oov indices
  std::string oov_method = "floormod";  ///< or "farmhash"
  DTypePolicy dtype = {};               ///< only carried to files
  bool trainable = true;
};
/// Words to indices, by a vocabulary.
///
///     layers::StringLookup lookup({.vocabulary = {{"cat", "dog"}}});
///     lookup(Tensor::from({"dog", "cow"}, {2}));   // 2, 0
class KCPP_API StringLookup : public Layer {
 public:
  explicit StringLookup(StringLookupOptions options = {});
  /// Learns the vocabulary: the most frequent words of `data` first.
  void adapt(const Tensor& data) const;
  /// The same of several batches.
  void adapt(const Tensors& batches) const;
  std::vector<std::string> get_vocabulary(bool include_special_tokens = true) const;
  int64_t vocabulary_size() const;
  void set_vocabulary(const std::vector<std::string>& vocabulary,
                      const Numbers& idf_weights = {}) const;
};

struct IntegerLookupOptions {
  std::optional<int64_t> max_tokens = {};
  int64_t num_oov_indices = 1;  ///< indices of numbers out of the vocabulary
  std::optional<int64_t> mask_token = {};
  std::optional<int64_t> oov_token = -1;
  std::optional<std::vector<int64_t>> vocabulary = {};  ///< instead of `adapt`
  Numbers idf_weights = {};                             ///< with a vocabulary, for "tf_idf"
  bool invert = false;                                  ///< indices to numbers
  std::string output_mode = "int";  ///< or "one_hot", "multi_hot", "count", "tf_idf"
  bool sparse = false;              ///< only carried to files
  bool pad_to_max_tokens = false;
  std::string oov_method = "floormod";  ///< which oov index; or "farmhash"
  std::optional<Salt> salt = {};        ///< for "farmhash"
  std::string name = {};
  DTypePolicy dtype = {};  ///< only carried to files
  bool trainable = true;
};
/// Whole numbers to indices, by a vocabulary.
class KCPP_API IntegerLookup : public Layer {
 public:
  explicit IntegerLookup(IntegerLookupOptions options = {});
  void adapt(const Tensor& data) const;
  void adapt(const Tensors& batches) const;
  std::vector<int64_t> get_vocabulary(bool include_special_tokens = true) const;
  int64_t vocabulary_size() const;
  void set_vocabulary(const std::vector<int64_t>& vocabulary,
                      const Numbers& idf_weights = {}) const;
};

}  // namespace kcpp::layers
