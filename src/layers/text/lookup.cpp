/// StringLookup and IntegerLookup.
#include "kcpp/layers/lookup.h"

#include "src/layers/makers.h"
#include "src/layers/text/index_lookup.h"

namespace kcpp::layers {
namespace {

class IntegerLookupImpl final : public IntegerLookupBase {
 public:
  using IndexLookup::IndexLookup;
  ClassInfo class_info() const override { return {"IntegerLookup", "keras.layers"}; }

 protected:
  void own_fields(Fields&) override {}
};

/// Batches as they are adapted to: (n) is n documents of one token, as in Keras.
template <class Base, class Key>
void adapt_to(Base& lookup, const Tensors& batches) {
  std::vector<Documents<Key>> all;
  for (const Tensor& batch : batches) {
    const Tensor x = Base::is_text ? batch : ops::cast(batch, DType::int64);
    all.push_back(Base::documents_of(x.rank() == 1 ? ops::expand_dims(x, -1) : x));
  }
  lookup.adapt(all);
}

StringLookupBase& text_impl(const Layer& layer) { return dynamic_cast<StringLookupBase&>(*layer); }
IntegerLookupBase& integer_impl(const Layer& layer) {
  return dynamic_cast<IntegerLookupBase&>(*layer);
}

}  // namespace

StringLookup::StringLookup(StringLookupOptions o)
    : Layer(make_layer<StringLookupImpl>(std::move(o))) {}
void StringLookup::adapt(const Tensor& data) const { adapt(Tensors{data}); }
void StringLookup::adapt(const Tensors& batches) const {
  adapt_to<StringLookupBase, std::string>(text_impl(*this), batches);
}
std::vector<std::string> StringLookup::get_vocabulary(bool include_special_tokens) const {
  return text_impl(*this).vocabulary(include_special_tokens);
}
int64_t StringLookup::vocabulary_size() const { return text_impl(*this).vocabulary_size(); }
void StringLookup::set_vocabulary(const std::vector<std::string>& vocabulary,
                                  const Numbers& idf_weights) const {
  text_impl(*this).set_vocabulary(vocabulary, idf_weights);
}

IntegerLookup::IntegerLookup(IntegerLookupOptions o)
    : Layer(make_layer<IntegerLookupImpl>(std::move(o))) {}
void IntegerLookup::adapt(const Tensor& data) const { adapt(Tensors{data}); }
void IntegerLookup::adapt(const Tensors& batches) const {
  adapt_to<IntegerLookupBase, int64_t>(integer_impl(*this), batches);
}
std::vector<int64_t> IntegerLookup::get_vocabulary(bool include_special_tokens) const {
  return integer_impl(*this).vocabulary(include_special_tokens);
}
int64_t IntegerLookup::vocabulary_size() const { return integer_impl(*this).vocabulary_size(); }
void IntegerLookup::set_vocabulary(const std::vector<int64_t>& vocabulary,
                                   const Numbers& idf_weights) const {
  integer_impl(*this).set_vocabulary(vocabulary, idf_weights);
}

std::shared_ptr<Object> makers::string_lookup() { return make_object<StringLookupImpl>(); }
std::shared_ptr<Object> makers::integer_lookup() { return make_object<IntegerLookupImpl>(); }

}  // namespace kcpp::layers
