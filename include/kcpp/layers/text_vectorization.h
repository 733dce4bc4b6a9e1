/// TextVectorization (keras.layers): texts to indices of words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/dims.h"

namespace kcpp::layers {

struct TextVectorizationOptions {
  std::optional<int64_t> max_tokens = {};
  /// Or "lower", "strip_punctuation", nothing.
  std::optional<std::string> standardize = "lower_and_strip_punctuation";
  std::optional<std::string> split = "whitespace";  ///< or "character", nothing
  Dims ngrams = {};                 ///< 2: words and pairs; `{1, 3}`: words and triples
  std::string output_mode = "int";  ///< or "one_hot", "multi_hot", "count", "tf_idf"
  std::optional<int64_t> output_sequence_length = {};  ///< padded with 0 or cut to
  bool pad_to_max_tokens = false;
  std::optional<std::vector<std::string>> vocabulary = {};  ///< instead of `adapt`
  Numbers idf_weights = {};                                 ///< with a vocabulary, for "tf_idf"
  bool sparse = false;                                      ///< only carried to files
  bool ragged = false;                                      ///< only carried to files
  std::string encoding = "utf-8";
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Texts (batch) or (batch, 1) to indices of their words, or to counts of them.
///
///     layers::TextVectorization vectorize({.output_sequence_length = 20});
///     vectorize.adapt(texts);
class KCPP_API TextVectorization : public Layer {
 public:
  explicit TextVectorization(TextVectorizationOptions options = {});
  /// Learns the vocabulary: the most frequent words of `data` first.
  void adapt(const Tensor& data) const;
  /// The same of several batches.
  void adapt(const Tensors& batches) const;
  std::vector<std::string> get_vocabulary(bool include_special_tokens = true) const;
  int64_t vocabulary_size() const;
  void set_vocabulary(const std::vector<std::string>& vocabulary,
                      const Numbers& idf_weights = {}) const;
};

}  // namespace kcpp::layers
