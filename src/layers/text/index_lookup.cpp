#include "src/layers/text/index_lookup.h"

#include <charconv>

namespace kcpp::layers {

template <class Key, class Options>
void IndexLookup<Key, Options>::fields(Fields& f) {
  Options& o = this->o_;
  f("invert", o.invert);
  f("max_tokens", o.max_tokens);
  f("num_oov_indices", o.num_oov_indices);
  f("oov_token", o.oov_token);
  f("mask_token", o.mask_token);
  f("output_mode", o.output_mode);
  f("sparse", o.sparse);
  f("pad_to_max_tokens", o.pad_to_max_tokens);
  if (!is_text) f.write("vocabulary_dtype", "int64");
  if (f.reading()) {
    f("idf_weights", o.idf_weights);
  } else {
    f.write("idf_weights", stored_idf_weights());
  }
  if (const Config* c = f.raw("vocabulary")) {
    check(
        !c->is_string(), "[", this->class_info().name,
        "] Requested the loading of a vocabulary file outside of the model archive. This carries a "
        "potential risk of loading arbitrary and sensitive files and thus it is disallowed. "
        "Vocabulary file: '",
        c->is_string() ? c->as_string() : std::string(), "'");
    read_list(*c, o.vocabulary, "vocabulary");
  } else {
    f.write("vocabulary", stored_vocabulary());
  }
  f("vocabulary_size", frozen_size_);
  f("oov_method", o.oov_method);
  salt_field(f, o.salt);
  if (const Config* c = f.raw("has_input_vocabulary")) from_config(*c, given_, "vocabulary");
  own_fields(f);
}

template <class Key, class Options>
void IndexLookup<Key, Options>::validate() {
  Options& o = this->o_;
  check(!o.max_tokens || *o.max_tokens > 1,
        "If set, `max_tokens` must be greater than 1. Received: max_tokens=",
        kcpp::to_config(o.max_tokens));
  check(!o.pad_to_max_tokens || o.max_tokens,
        "If pad_to_max_tokens is True, must set `max_tokens`. Received: max_tokens=None");
  check(o.num_oov_indices >= 0,
        "`num_oov_indices` must be greater than or equal to 0. Received: num_oov_indices=",
        o.num_oov_indices);
  check(o.num_oov_indices < 1 << 24,
        "`num_oov_indices` is out of range. Received: num_oov_indices=", o.num_oov_indices);
  check(o.oov_method == "floormod" || o.oov_method == "farmhash",
        "Unknown value for `oov_method` argument of ", this->class_info().name,
        ". Allowed values are: ('floormod', 'farmhash'). Received: oov_method=", o.oov_method);
  check(
      is_text || !o.salt || o.oov_method == "farmhash",
      "`salt` can only be used when `oov_method='farmhash'`. Received: oov_method=", o.oov_method);
  check_salt(o.salt, "IndexLookup");
  if (o.output_mode == "binary") o.output_mode = "multi_hot";
  if (o.output_mode == "tf-idf") o.output_mode = "tf_idf";
  const std::string& mode = o.output_mode;
  check(mode == "int" || mode == "one_hot" || mode == "multi_hot" || mode == "count" ||
            mode == "tf_idf",
        "Unknown value for `output_mode` argument of ", this->class_info().name,
        ". Allowed values are: ('int', 'one_hot', 'multi_hot', 'count', 'tf_idf'). Received: "
        "output_mode=",
        mode);
  check(!o.invert || mode == "int",
        "`output_mode` must be `'int'` when `invert` is true. Received: output_mode=", mode);
  check(!o.sparse || mode != "int",
        "`sparse` may only be true if `output_mode` is `'one_hot'`, `'multi_hot'`, `'count'` or "
        "`'tf_idf'`. Received: sparse=",
        o.sparse, " and output_mode=", mode);
  check(!o.idf_weights.defined() || mode == "tf_idf",
        "`idf_weights` should only be set if `output_mode` is `'tf_idf'`. Received: idf_weights=",
        kcpp::to_config(o.idf_weights), " and output_mode=", mode);
  if (!o.vocabulary) return;
  given_ = true;
  check(mode != "tf_idf" || o.idf_weights.defined(),
        "When specifying the `vocabulary` argument, in TF-IDF output mode, the `idf_weights` "
        "argument must also be provided.");
  set_vocabulary(*o.vocabulary, o.idf_weights);
}

template <class Key, class Options>
std::vector<TensorSpec> IndexLookup<Key, Options>::compute_output_spec(const Tensors& inputs,
                                                                       CallContext&) {
  const Shape& in = inputs[0].shape();
  if (o().output_mode == "int") return {{in, DType::int64}};
  Shape out = in;
  if (out.rank() && (o().output_mode != "one_hot" || (out.rank() > 1 && out.back() == 1)))
    out.pop_back();
  out.push_back(o().pad_to_max_tokens ? *o().max_tokens : frozen_size_.value_or(Shape::unknown));
  return {{out, floatx()}};
}

template <class Key, class Options>
int64_t IndexLookup<Key, Options>::depth() const {
  if (o().pad_to_max_tokens) return *o().max_tokens;
  check<RuntimeError>(
      frozen_size_.has_value(), "When using `output_mode=", o().output_mode,
      "` and `pad_to_max_tokens=False`, you must set the layer's vocabulary before calling it. "
      "Either pass a `vocabulary` argument to the layer, or call `adapt` with some sample data.");
  return *frozen_size_;
}

template <class Key, class Options>
Tensor IndexLookup<Key, Options>::call(const Tensor& inputs, CallContext&) {
  if (o().invert) return invert(inputs);
  const Tensor x = is_text ? inputs : ops::cast(inputs, DType::int64);
  check<TypeError>(x.dtype() == dtype_for<Key>::dtype, "[Layer '", this->name(),
                   "'] the input must hold strings. Received: dtype=", x.dtype());
  const auto values = x.template data<Key>();
  const Tensor found = Tensor::from(find(values.data(), values.size()), x.shape());
  const std::string& mode = o().output_mode;
  if (mode == "int") return found;
  // The general way makes a row as long as the vocabulary for every word.
  if ((x.rank() == 1 || x.rank() == 2) && mode != "one_hot") {
    const Tensor rows = encode(documents_of(x));
    return x.rank() == 1 ? ops::squeeze(rows, 0) : rows;
  }
  return weigh(encode_categories(found, mode == "tf_idf" ? "count" : mode, depth(), DType::int64));
}

// --- looking up ----------------------------------------------------------------------------------

template <class Key, class Options>
int64_t IndexLookup<Key, Options>::oov_index(const Key& token) const {
  const int64_t count = o().num_oov_indices;
  check(count > 0,
        "When `num_oov_indices=0` all inputs should be in vocabulary, found OOV values [",
        token_text(token), "], consider setting `num_oov_indices=1`.");
  if (count == 1) return oov_start();
  if constexpr (!is_text) {
    if (o().oov_method != "farmhash") return oov_start() + ((token % count) + count) % count;
  }
  return oov_start() + hash_bin(token_text(token), count, o().salt);
}

template <class Key, class Options>
std::vector<int64_t> IndexLookup<Key, Options>::find(const Key* tokens, size_t count) const {
  std::vector<int64_t> out(count);
  for (size_t i = 0; i < count; ++i) {
    if (o().mask_token && tokens[i] == *o().mask_token) {
      out[i] = o().output_mode == "int" ? 0 : never;
      continue;
    }
    const int64_t place = vocabulary_.find(tokens[i]);
    out[i] = place < 0 ? oov_index(tokens[i]) : token_start() + place;
  }
  return out;
}

template <class Key, class Options>
Tensor IndexLookup<Key, Options>::invert(const Tensor& inputs) const {
  const std::vector<int64_t> indices = inputs.to_vector<int64_t>();
  check(o().oov_token.has_value() || indices.empty(), "[Layer '", this->name(),
        "'] `oov_token` must be set when `invert` is true.");
  std::vector<Key> out;
  for (int64_t i : indices) {
    const int64_t place = i - token_start();
    const bool known = place >= 0 && place < vocabulary_.size();
    out.push_back(i == 0 && o().mask_token ? *o().mask_token
                  : known                  ? vocabulary_.tokens()[static_cast<size_t>(place)]
                                           : *o().oov_token);
  }
  return Tensor::from(out, inputs.shape());
}

template <class Key, class Options>
Documents<Key> IndexLookup<Key, Options>::documents_of(const Tensor& x) {
  const auto values = x.template data<Key>();
  const int64_t rows = x.rank() >= 2 ? x.dim(0) : 1;
  const size_t width = rows ? values.size() / static_cast<size_t>(rows) : 0;
  Documents<Key> out;
  for (size_t row = 0; row < static_cast<size_t>(rows); ++row)
    out.emplace_back(values.begin() + static_cast<std::ptrdiff_t>(row * width),
                     values.begin() + static_cast<std::ptrdiff_t>((row + 1) * width));
  return out;
}

template <class Key, class Options>
Tensor IndexLookup<Key, Options>::encode(const Documents<Key>& documents) const {
  const int64_t width = depth(), rows = static_cast<int64_t>(documents.size());
  Tensor counts = Tensor::zeros({rows, width}, DType::int64);
  int64_t* at = counts.mutable_data<int64_t>().data();
  for (const std::vector<Key>& document : documents) {
    for (int64_t i : find(document.data(), document.size())) {
      if (i < width) at[i] = o().output_mode == "multi_hot" ? 1 : at[i] + 1;
    }
    at += width;
  }
  return weigh(counts);
}

template <class Key, class Options>
Tensor IndexLookup<Key, Options>::weigh(const Tensor& counts) const {
  if (o().output_mode != "tf_idf") return counts;
  check(idf_.defined(), "When `output_mode` is `'tf_idf'`, `idf_weights` must be provided.");
  return ops::cast(counts, idf_.dtype()) * idf_.value();
}

// --- the vocabulary ------------------------------------------------------------------------------

template <class Key, class Options>
std::vector<Key> IndexLookup<Key, Options>::special_tokens() const {
  std::vector<Key> out;
  if (oov_start()) out.push_back(*o().mask_token);
  out.insert(out.end(), static_cast<size_t>(o().num_oov_indices), o().oov_token.value_or(Key()));
  return out;
}

template <class Key, class Options>
std::vector<Key> IndexLookup<Key, Options>::vocabulary(bool special) const {
  std::vector<Key> out = special ? special_tokens() : std::vector<Key>();
  out.insert(out.end(), vocabulary_.tokens().begin(), vocabulary_.tokens().end());
  return out;
}

template <class Key, class Options>
void IndexLookup<Key, Options>::set_vocabulary(const std::vector<Key>& given,
                                               const Numbers& idf_weights) {
  if (o().output_mode == "tf_idf") {
    check(idf_weights.defined(), "`idf_weights` must be set if output_mode is 'tf_idf'.");
  } else {
    check(!idf_weights.defined(),
          "`idf_weights` should only be set if output_mode is `'tf_idf'`. Received: output_mode=",
          o().output_mode, " and idf_weights=", kcpp::to_config(idf_weights));
  }
  check(!given.empty(), "Cannot set an empty vocabulary. Received: vocabulary=[]");
  const std::vector<Key> special = special_tokens();
  const bool found =
      given.size() >= special.size() && std::equal(special.begin(), special.end(), given.begin());
  Vocabulary<Key> fresh(std::vector<Key>(
      given.begin() + static_cast<std::ptrdiff_t>(found ? special.size() : 0), given.end()));
  const auto refuse_special = [&](const char* kind, const char* name, const Key& token) {
    const int64_t place = fresh.find(token);
    check(place < 0, "Found reserved ", kind,
          " token at unexpected location in `vocabulary`. Note that passed `vocabulary` does not "
          "need to include the OOV and mask tokens. Either remove all mask and OOV tokens, or "
          "include them only at the start of the vocabulary in precisely this order: ",
          kcpp::to_config(special), ". Received: ", name, "=", token_text(token),
          " at vocabulary index ", place + (found ? token_start() : 0));
  };
  if (o().mask_token) refuse_special("mask", "mask_token", *o().mask_token);
  if (o().oov_token && o().invert) refuse_special("OOV", "oov_token", *o().oov_token);
  const int64_t size = token_start() + fresh.size();
  check(!o().max_tokens || size <= *o().max_tokens,
        "Attempted to set a vocabulary larger than the maximum vocab size. Received vocabulary "
        "size is ",
        size, "; `max_tokens` is ", o().max_tokens.value_or(0), ".");
  if (o().output_mode == "tf_idf") set_weights_of(idf_weights, given.size(), found);
  vocabulary_ = std::move(fresh);
  record_size();
}

template <class Key, class Options>
void IndexLookup<Key, Options>::record_size() {
  const bool depends = o().output_mode != "int" && !o().pad_to_max_tokens;
  check<RuntimeError>(!depends || !frozen_size_ || *frozen_size_ == vocabulary_size(),
                      "When using `output_mode=", o().output_mode,
                      "` and `pad_to_max_tokens=False`, the vocabulary size cannot be changed "
                      "after the layer is called. Old vocab size is ",
                      frozen_size_.value_or(0), ", new vocab size is ", vocabulary_size());
  frozen_size_ = vocabulary_size();
}

template <class Key, class Options>
void IndexLookup<Key, Options>::set_weights_of(const Numbers& idf_weights, size_t tokens,
                                               bool special) {
  std::vector<double> weights = idf_weights.values();
  check(weights.size() == tokens && idf_weights.shape().rank() == 1,
        "`idf_weights` must be the same length as vocabulary. len(idf_weights) is ", weights.size(),
        "; len(vocabulary) is ", tokens);
  if (!special) {  // the special tokens weigh as much as the average
    double sum = 0;
    for (double w : weights) sum += w;
    weights.insert(weights.begin(), static_cast<size_t>(token_start()),
                   sum / static_cast<double>(tokens));
  }
  if (o().pad_to_max_tokens && static_cast<int64_t>(weights.size()) < *o().max_tokens) {
    check(*o().max_tokens < 1 << 28,
          "`max_tokens` is out of range. Received: max_tokens=", *o().max_tokens);
    weights.resize(static_cast<size_t>(*o().max_tokens), 0.0);
  }
  idf_ = Variable(Tensor::from(weights).astype(floatx()), {.trainable = false});
}

template <class Key, class Options>
void IndexLookup<Key, Options>::adapt(const std::vector<Documents<Key>>& batches) {
  check(!given_, "Cannot adapt layer '", this->name(),
        "' after setting a static vocabulary via `vocabulary` argument or `set_vocabulary()` "
        "method.");
  TokenCounts<Key> counts;
  for (const Documents<Key>& batch : batches) {
    for (const std::vector<Key>& document : batch) counts.add(document);
  }
  if (counts.empty()) return record_size();
  if (o().mask_token) counts.erase(*o().mask_token);
  if (o().oov_token) counts.erase(*o().oov_token);
  const int64_t most =
      o().max_tokens ? std::max<int64_t>(*o().max_tokens - token_start(), 0) : never;
  std::vector<Key> tokens = counts.most_frequent(static_cast<size_t>(most));
  if (o().output_mode == "tf_idf") {
    std::vector<double> weights;
    for (const Key& token : tokens) {
      weights.push_back(std::log(1 + static_cast<double>(counts.documents()) /
                                         static_cast<double>(1 + counts.documents_with(token))));
    }
    set_weights_of(Numbers(weights), tokens.size(), false);
  }
  vocabulary_ = Vocabulary<Key>(std::move(tokens));
  record_size();
}

template <class Key, class Options>
Config IndexLookup<Key, Options>::stored_vocabulary() const {
  const bool learned = InlineAssets::active() && !o().vocabulary && vocabulary_.size() > 0;
  return learned ? kcpp::to_config(vocabulary(true)) : list_config(o().vocabulary);
}

template <class Key, class Options>
Config IndexLookup<Key, Options>::stored_idf_weights() const {
  if (!InlineAssets::active() || o().vocabulary || !idf_.defined())
    return kcpp::to_config(o().idf_weights);
  std::vector<double> weights = idf_.value().template to_vector<double>();
  weights.resize(std::min(weights.size(), static_cast<size_t>(vocabulary_size())));
  return kcpp::to_config(weights);
}

// --- files ---------------------------------------------------------------------------------------

namespace {
constexpr const char* kFile = "vocabulary.txt";
constexpr const char* kWeights = "idf_weights";
}  // namespace

template <class Key, class Options>
std::vector<std::pair<std::string, std::string>> IndexLookup<Key, Options>::texts() const {
  if (o().vocabulary) return {};
  std::string lines;
  for (const Key& token : vocabulary(true)) lines += token_text(token) + "\n";
  if (!lines.empty()) lines.pop_back();
  return {{kFile, lines}};
}

template <class Key, class Options>
std::vector<std::string> IndexLookup<Key, Options>::text_names() const {
  return o().vocabulary ? std::vector<std::string>() : std::vector<std::string>{kFile};
}

template <class Key, class Options>
void IndexLookup<Key, Options>::set_text(const std::string&, const std::string& content) {
  std::vector<std::string> lines;
  for (size_t at = 0; at <= content.size();) {
    size_t end = std::min(content.find('\n', at), content.size());
    const size_t next = end + 1;
    if (end > at && content[end - 1] == '\r') --end;
    lines.push_back(content.substr(at, end - at));
    at = next;
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  std::vector<Key> tokens;
  for (const std::string& line : lines) {
    if constexpr (is_text) {
      tokens.push_back(line);
    } else {
      int64_t value = 0;
      const auto parsed = std::from_chars(line.data(), line.data() + line.size(), value);
      check(parsed.ec == std::errc() && parsed.ptr == line.data() + line.size(), "[Layer '",
            this->name(), "'] the vocabulary holds '", line, "', which is no whole number.");
      tokens.push_back(value);
    }
  }
  if (tokens.empty()) return;  // saved before it had any
  Numbers idf;
  if (o().output_mode == "tf_idf") {
    check(idf_.defined(), "[Layer '", this->name(), "'] the file has a vocabulary without ",
          kWeights, ".");
    std::vector<double> weights = idf_.value().to_vector<double>();
    // What pads up to max_tokens belongs to no token.
    if (weights.size() > tokens.size()) weights.resize(tokens.size());
    idf = Numbers(weights);
  }
  set_vocabulary(tokens, idf);
}

template <class Key, class Options>
std::vector<std::pair<std::string, Variable>> IndexLookup<Key, Options>::named_variables() const {
  if (!idf_.defined()) return {};
  return {{kWeights, idf_}};
}

template <class Key, class Options>
std::vector<std::string> IndexLookup<Key, Options>::variable_names() const {
  return o().output_mode == "tf_idf" ? std::vector<std::string>{kWeights}
                                     : std::vector<std::string>();
}

template <class Key, class Options>
Variable IndexLookup<Key, Options>::make_variable(const std::string& name, const Shape& shape) {
  check(shape.rank() == 1, "[Layer '", this->name(), "'] ", name,
        " must have one axis. Received: shape=", shape);
  if (!idf_.defined() || !(idf_.shape() == shape))
    idf_ = Variable(Tensor::zeros(shape, floatx()), {.trainable = false});
  return idf_;
}

template class IndexLookup<std::string, StringLookupOptions>;
template class IndexLookup<int64_t, IntegerLookupOptions>;

}  // namespace kcpp::layers
