/// The base of StringLookup and IntegerLookup (keras.layers' IndexLookup).
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include "kcpp/layers/lookup.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/layers/asset_holder.h"
#include "src/layers/encode_categories.h"
#include "src/layers/options_layer.h"
#include "src/layers/text/hash.h"
#include "src/layers/text/salt.h"
#include "src/layers/text/vocabulary.h"

namespace kcpp::layers {

/// Tokens of one sample each: texts have as many as they have.
template <class Key>
using Documents = std::vector<std::vector<Key>>;

template <class Key, class Options>
class IndexLookup : public OptionsLayer<Options>, public AssetHolder {
 public:
  static constexpr bool is_text = std::is_same_v<Key, std::string>;

  IndexLookup() { this->autocast_ = false; }
  explicit IndexLookup(Options o) : OptionsLayer<Options>(std::move(o)) { this->autocast_ = false; }

  void fields(Fields& f) override;
  void validate() override;
  Config get_build_config() const override { return Config::dict(); }
  void build_from_config(const Config&) override { this->set_built(); }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override;
  Tensor call(const Tensor& x, CallContext&) override;

  // --- the vocabulary ---------------------------------------------------------------------------
  /// With the special tokens in front, as Keras lists them.
  std::vector<Key> vocabulary(bool special) const;
  int64_t vocabulary_size() const { return token_start() + vocabulary_.size(); }
  void set_vocabulary(const std::vector<Key>& tokens, const Numbers& idf_weights);
  void adapt(const std::vector<Documents<Key>>& batches);
  /// Indices of tokens, in output mode "int" with the mask's index, else with what is never
  /// counted.
  std::vector<int64_t> find(const Key* tokens, size_t count) const;
  /// One row of counts for each document, as the output mode says (all but "int").
  Tensor encode(const Documents<Key>& documents) const;
  /// The rows of a tensor (batch, n), or the elements of (batch).
  static Documents<Key> documents_of(const Tensor& x);

  /// The vocabulary and its weights in a config: what was given, or all of it for formats that keep
  /// nothing beside the config.
  Config stored_vocabulary() const;
  Config stored_idf_weights() const;

  // --- files ------------------------------------------------------------------------------------
  std::vector<std::pair<std::string, std::string>> texts() const override;
  std::vector<std::string> text_names() const override;
  void set_text(const std::string& name, const std::string& content) override;
  std::vector<std::pair<std::string, Variable>> named_variables() const override;
  std::vector<std::string> variable_names() const override;
  Variable make_variable(const std::string& name, const Shape& shape) override;

 protected:
  /// The keys of a config that only one of the two classes has.
  virtual void own_fields(Fields& f) = 0;

 private:
  /// Indices beyond every depth: Keras's int64 maximum.
  static constexpr int64_t never = std::numeric_limits<int64_t>::max();

  const Options& o() const { return this->o_; }
  int64_t oov_start() const { return o().mask_token && o().output_mode == "int" ? 1 : 0; }
  int64_t token_start() const { return oov_start() + o().num_oov_indices; }
  int64_t depth() const;
  int64_t oov_index(const Key& token) const;
  Tensor weigh(const Tensor& counts) const;
  Tensor invert(const Tensor& x) const;
  void record_size();
  void set_weights_of(const Numbers& idf_weights, size_t tokens, bool special);
  std::vector<Key> special_tokens() const;

  Vocabulary<Key> vocabulary_;
  std::optional<int64_t> frozen_size_;  ///< of the vocabulary, once something depends on it
  bool given_ = false;                  ///< the vocabulary came with the options: no adapt
  Variable idf_;
};

using StringLookupBase = IndexLookup<std::string, StringLookupOptions>;
using IntegerLookupBase = IndexLookup<int64_t, IntegerLookupOptions>;
extern template class IndexLookup<std::string, StringLookupOptions>;
extern template class IndexLookup<int64_t, IntegerLookupOptions>;

class StringLookupImpl final : public StringLookupBase {
 public:
  using IndexLookup::IndexLookup;
  ClassInfo class_info() const override { return {"StringLookup", "keras.layers"}; }

 protected:
  void own_fields(Fields& f) override { f("encoding", o_.encoding); }
};

}  // namespace kcpp::layers
