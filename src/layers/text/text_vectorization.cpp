#include "kcpp/layers/text_vectorization.h"

#include "src/layers/makers.h"
#include "src/layers/text/index_lookup.h"
#include "src/layers/text/tokenizer.h"

namespace kcpp::layers {
namespace {

using Texts = Documents<std::string>;

class TextVectorizationImpl final : public OptionsLayer<TextVectorizationOptions>,
                                    public AssetHolder {
 public:
  using OptionsLayer::OptionsLayer;
  ClassInfo class_info() const override { return {"TextVectorization", "keras.layers"}; }

  void fields(Fields& f) override {
    f("max_tokens", o_.max_tokens);
    word_field(f, "standardize", o_.standardize);
    word_field(f, "split", o_.split);
    f("ngrams", o_.ngrams);
    f("output_mode", o_.output_mode);
    f("output_sequence_length", o_.output_sequence_length);
    f("pad_to_max_tokens", o_.pad_to_max_tokens);
    f("sparse", o_.sparse);
    f("ragged", o_.ragged);
    if (const Config* c = f.raw("vocabulary"); c && c->is_string()) {
      given_vocabulary_ = *c;  // refused by the lookup layer
    } else if (c) {
      read_list(*c, o_.vocabulary, "vocabulary");
    } else {
      f.write("vocabulary", lookup().stored_vocabulary());
    }
    if (f.reading()) {
      f("idf_weights", o_.idf_weights);
    } else {
      f.write("idf_weights", lookup().stored_idf_weights());
    }
    f("encoding", o_.encoding);
    if (f.reading()) {
      if (const Config* c = f.raw("vocabulary_size")) stored_size_ = *c;
      if (const Config* c = f.raw("has_input_vocabulary")) stored_given_ = *c;
    } else {
      f.write("vocabulary_size", lookup().vocabulary_size());
    }
  }
  void validate() override {
    const auto one_of = [&](const char* name, const std::optional<std::string>& value,
                            std::initializer_list<const char*> allowed) {
      std::string list;
      bool found = !value;
      for (const char* word : allowed) {
        found |= value && *value == word;
        list += text(list.empty() ? "" : ", ", "'", word, "'");
      }
      check(found, "Unknown value for `", name,
            "` argument of TextVectorization. Allowed values are: (", list, "). Received: ", name,
            "=", value.value_or(""));
    };
    one_of("standardize", o_.standardize,
           {"lower_and_strip_punctuation", "lower", "strip_punctuation"});
    one_of("split", o_.split, {"whitespace", "character"});
    if (o_.output_mode == "binary") o_.output_mode = "multi_hot";
    if (o_.output_mode == "tf-idf") o_.output_mode = "tf_idf";
    check(o_.output_mode == "int" || !o_.output_sequence_length,
          "`output_sequence_length` must not be set if `output_mode` is not 'int'. Received "
          "output_sequence_length=",
          o_.output_sequence_length.value_or(0), ".");
    check(!o_.output_sequence_length ||
              (*o_.output_sequence_length >= 0 && *o_.output_sequence_length < 1 << 28),
          "`output_sequence_length` is out of range. Received: output_sequence_length=",
          o_.output_sequence_length.value_or(0));
    check(!o_.ragged || o_.output_mode == "int",
          "`ragged` must not be true if `output_mode` is `'int'`. Received: ragged=", o_.ragged,
          " and output_mode=", o_.output_mode);
    find_widths();
    autocast_ = false;
    if (!lookup_) {
      make_lookup();
      track("_lookup_layer", lookup_);
    }
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs,
                                              CallContext& context) override {
    Shape s = inputs[0].shape();
    if (o_.output_mode == "int") {
      const int64_t batch = s.rank() ? s[0] : 1;
      return {{{batch, o_.output_sequence_length.value_or(Shape::unknown)}, DType::int64}};
    }
    // As in Keras, (batch, 1) texts keep their axis here, which the result does not have.
    if (o_.split) {
      s.push_back(Shape::unknown);
    } else if (s.rank() <= 1) {
      s.push_back(1);
    }
    return lookup_->compute_output_spec({Tensor::symbolic(s, DType::string)}, context);
  }
  Tensor call(const Tensor& inputs, CallContext&) override {
    check<TypeError>(inputs.dtype() == DType::string, "[Layer '", name(),
                     "'] the input must hold strings. Received: dtype=", inputs.dtype());
    if (!splits()) return call_words(inputs);
    const Texts texts = words_of(inputs);
    if (o_.output_mode != "int") return lookup().encode(texts);
    size_t length = 0;
    for (const auto& words : texts) length = std::max(length, words.size());
    if (o_.output_sequence_length) length = static_cast<size_t>(*o_.output_sequence_length);
    Tensor out = Tensor::zeros({static_cast<int64_t>(texts.size()), static_cast<int64_t>(length)},
                               DType::int64);
    int64_t* row = out.mutable_data<int64_t>().data();
    for (const auto& words : texts) {
      const std::vector<int64_t> found =
          lookup().find(words.data(), std::min(words.size(), length));
      std::copy(found.begin(), found.end(), row);
      row += length;
    }
    return out;
  }

  StringLookupBase& lookup() const { return dynamic_cast<StringLookupBase&>(*lookup_); }
  void adapt(const Tensors& batches) {
    std::vector<Texts> all;
    for (const Tensor& batch : batches)
      all.push_back(words_of(batch.rank() == 1 ? ops::expand_dims(batch, -1) : batch));
    lookup().adapt(all);
  }

  std::vector<std::pair<std::string, std::string>> texts() const override {
    return lookup().texts();
  }
  std::vector<std::string> text_names() const override { return lookup().text_names(); }
  void set_text(const std::string& name, const std::string& content) override {
    lookup().set_text(name, content);
  }
  std::vector<std::pair<std::string, Variable>> named_variables() const override {
    return lookup().named_variables();
  }
  std::vector<std::string> variable_names() const override { return lookup().variable_names(); }
  Variable make_variable(const std::string& name, const Shape& shape) override {
    return lookup().make_variable(name, shape);
  }

 private:
  /// A word or null; what else Keras writes there is a function of Python.
  static void word_field(Fields& f, const char* name, std::optional<std::string>& word) {
    if (const Config* c = f.raw(name)) {
      check(c->is_null() || c->is_string(), "`", name,
            "` of a TextVectorization is a function of Python, which is never run. Received: ", *c);
      from_config(*c, word, name);
    } else if (!f.reading()) {
      f(name, word);
    }
  }
  void find_widths() {
    widths_.clear();
    if (o_.ngrams.is_none()) return;
    const auto in_range = [&](int64_t n) {
      check(n > 0 && n <= 1 << 16,
            "`ngrams` must be None, an integer, or a tuple of integers. Received: ngrams=",
            kcpp::to_config(o_.ngrams));
    };
    for (int64_t n : o_.ngrams.values()) in_range(n);
    if (o_.ngrams.is_number()) {
      for (int64_t n = 1; n <= o_.ngrams.values()[0]; ++n) widths_.push_back(n);
    } else {
      widths_.assign(o_.ngrams.values().begin(), o_.ngrams.values().end());
    }
  }
  void make_lookup() {
    Config config =
        Config::dict({{"max_tokens", kcpp::to_config(o_.max_tokens)},
                      {"vocabulary", given_vocabulary_.is_null() ? list_config(o_.vocabulary)
                                                                 : given_vocabulary_},
                      {"idf_weights", to_config(o_.idf_weights)},
                      {"pad_to_max_tokens", o_.pad_to_max_tokens},
                      {"mask_token", ""},
                      {"output_mode", o_.output_mode},
                      {"sparse", o_.sparse},
                      {"encoding", o_.encoding},
                      {"vocabulary_size", stored_size_}});
    if (!stored_given_.is_null()) config.set("has_input_vocabulary", stored_given_);
    auto impl = std::make_shared<StringLookupImpl>();
    impl->set_config(config);
    lookup_ = Layer(std::move(impl));
  }
  /// The number of words of a text is its own.
  bool splits() const { return o_.split || !widths_.empty(); }

  Texts words_of(const Tensor& inputs) const {
    check(!o_.split || inputs.rank() <= 1 || inputs.dim(-1) == 1,
          "When using `TextVectorization` to tokenize strings, the input rank must be 1 or the "
          "last shape dimension must be 1. Received: inputs.shape=",
          inputs.shape(), " with rank=", inputs.rank());
    check(inputs.rank() <= 2, "[Layer '", name(),
          "'] expected texts of shape (batch) or (batch, 1). Received: shape=", inputs.shape());
    Texts out;
    if (o_.split) {
      for (const std::string& t : inputs.data<std::string>())
        out.push_back(split_text(standardized(t, o_.standardize), o_.split));
    } else {
      out = StringLookupBase::documents_of(inputs);
      for (auto& words : out) {
        for (std::string& word : words) word = standardized(std::move(word), o_.standardize);
      }
    }
    if (!widths_.empty()) {
      for (auto& words : out) words = ngrams_of(words, widths_);
    }
    return out;
  }
  /// Texts that are words already: the output has the input's shape, but for a set length.
  Tensor call_words(const Tensor& inputs) {
    std::vector<std::string> words;
    for (const std::string& t : inputs.data<std::string>())
      words.push_back(standardized(t, o_.standardize));
    CallContext context;
    const Tensor found = lookup_->call(Tensor::from(words, inputs.shape()), context);
    if (o_.output_mode != "int" || !o_.output_sequence_length || found.rank() == 0) return found;
    const int64_t length = *o_.output_sequence_length, width = found.dim(-1);
    std::vector<ops::PadWidth::Pair> pad(static_cast<size_t>(found.rank()), {0, 0});
    pad.back().second = std::max<int64_t>(length - width, 0);
    const Tensor padded = ops::pad(found, pad);
    return width <= length ? padded : ops::split(padded, {length}, -1)[0];
  }

  std::vector<int64_t> widths_;
  Layer lookup_;
  Config given_vocabulary_, stored_size_, stored_given_;
};

TextVectorizationImpl& impl_of(const Layer& layer) {
  return dynamic_cast<TextVectorizationImpl&>(*layer);
}

}  // namespace

TextVectorization::TextVectorization(TextVectorizationOptions o)
    : Layer(make_layer<TextVectorizationImpl>(std::move(o))) {}
void TextVectorization::adapt(const Tensor& data) const { adapt(Tensors{data}); }
void TextVectorization::adapt(const Tensors& batches) const { impl_of(*this).adapt(batches); }
std::vector<std::string> TextVectorization::get_vocabulary(bool include_special_tokens) const {
  return impl_of(*this).lookup().vocabulary(include_special_tokens);
}
int64_t TextVectorization::vocabulary_size() const {
  return impl_of(*this).lookup().vocabulary_size();
}
void TextVectorization::set_vocabulary(const std::vector<std::string>& vocabulary,
                                       const Numbers& idf_weights) const {
  impl_of(*this).lookup().set_vocabulary(vocabulary, idf_weights);
}

std::shared_ptr<Object> makers::text_vectorization() {
  return make_object<TextVectorizationImpl>();
}

}  // namespace kcpp::layers
