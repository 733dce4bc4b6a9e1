/// Hashing and HashedCrossing.
#include "kcpp/layers/hashing.h"

#include "kcpp/ops/shape.h"
#include "src/layers/encode_categories.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"
#include "src/layers/text/salt.h"

namespace kcpp::layers {
namespace {

using MaskValue = std::optional<std::variant<int64_t, std::string>>;

/// Without a dtype of its own, a layer of indices has int64.
bool wants_integers(bool given, const std::string& mode, DType dtype) {
  return !given && mode == "int" && !is_integer(dtype);
}

class HashingImpl final : public OptionsLayer<HashingOptions> {
 public:
  HashingImpl() = default;
  HashingImpl(int64_t bins, HashingOptions o) : OptionsLayer(std::move(o)), bins_(bins) {}
  ClassInfo class_info() const override { return {"Hashing", "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("num_bins", bins_);
    salt_field(f, o_.salt);
    if (!f.reading()) {
      f.write("mask_value", mask_config(o_.mask_value));
    } else if (const Config* c = f.raw("mask_value"); c && !c->is_null()) {
      if (c->is_string()) {
        o_.mask_value = c->as_string();
      } else {
        o_.mask_value = c->as_int("mask_value");
      }
    }
    f("output_mode", o_.output_mode);
    f("sparse", o_.sparse);
  }
  std::vector<std::string> set_config(const Config& config) override {
    const Config* dtype = config.find("dtype");
    dtype_given_ = dtype && !dtype->is_null();
    return OptionsLayer::set_config(config);
  }
  void validate() override {
    check(bins_ > 0,
          "The `num_bins` for `Hashing` cannot be `None` or non-positive values. Received: "
          "num_bins=",
          bins_, ".");
    const std::string& mode = o_.output_mode;
    check(mode == "int" || mode == "one_hot" || mode == "multi_hot" || mode == "count",
          "Invalid value for argument `output_mode`. Expected one of ('int', 'one_hot', "
          "'multi_hot', 'count'). Received: output_mode=",
          mode);
    if (wants_integers(dtype_given_, mode, compute_dtype())) set_dtype_policy(DTypePolicy("int64"));
    check(mode != "int" || compute_dtype() == DType::int32 || compute_dtype() == DType::int64,
          "When `output_mode=\"int\"`, `dtype` should be an integer type, 'int32' or 'in64'. "
          "Received: dtype=",
          compute_dtype());
    check(!o_.sparse || mode != "int",
          "`sparse` may only be true if `output_mode` is `\"one_hot\"`, `\"multi_hot\"`, or "
          "`\"count\"`. Received: sparse=",
          o_.sparse, " and output_mode=", mode);
    check_salt(o_.salt, "Hashing");
    autocast_ = false;
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    Shape s = inputs[0].shape();
    if (o_.output_mode != "int") {
      if (s.rank()) s.pop_back();
      s.push_back(bins_);
    }
    return {{s, variable_dtype()}};
  }
  Tensor call(const Tensor& inputs, CallContext&) override {
    const bool column = o_.output_mode == "one_hot" && inputs.rank() && inputs.dim(-1) == 1;
    Shape shape = inputs.shape();
    if (column) shape.pop_back();
    return encode_categories(Tensor::from(bins_of(inputs), shape), o_.output_mode, bins_,
                             variable_dtype());
  }

 private:
  static Config mask_config(const MaskValue& mask) {
    if (!mask) return {};
    if (const auto* text = std::get_if<std::string>(&*mask)) return *text;
    return std::get<int64_t>(*mask);
  }
  std::vector<int64_t> bins_of(const Tensor& x) const {
    std::vector<int64_t> out;
    // Bin 0 belongs to the masked value, unless it is the only one.
    const bool masks = o_.mask_value && bins_ > 1;
    const auto bin = [&](const std::string& text, bool masked) {
      if (masks && masked) return int64_t{0};
      return hash_bin(text, bins_ - (masks ? 1 : 0), o_.salt) + (masks ? 1 : 0);
    };
    if (x.dtype() == DType::string) {
      const auto* mask = masks ? std::get_if<std::string>(&*o_.mask_value) : nullptr;
      for (const std::string& text : x.data<std::string>())
        out.push_back(bin(text, mask && text == *mask));
    } else {
      const auto* mask = masks ? std::get_if<int64_t>(&*o_.mask_value) : nullptr;
      const std::vector<double> exact = x.to_vector<double>();
      const std::vector<int64_t> whole = x.to_vector<int64_t>();
      for (size_t i = 0; i < whole.size(); ++i) {
        const bool same = is_floating(x.dtype()) ? mask && exact[i] == static_cast<double>(*mask)
                                                 : mask && whole[i] == *mask;
        out.push_back(bin(std::to_string(whole[i]), same));
      }
    }
    return out;
  }
  int64_t bins_ = 0;
  bool dtype_given_ = false;
};

class HashedCrossingImpl final : public OptionsLayer<HashedCrossingOptions> {
 public:
  HashedCrossingImpl() { takes_list_ = true; }
  HashedCrossingImpl(int64_t bins, HashedCrossingOptions o)
      : OptionsLayer(std::move(o)), bins_(bins) {
    takes_list_ = true;
  }
  ClassInfo class_info() const override { return {"HashedCrossing", "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("num_bins", bins_);
    f("output_mode", o_.output_mode);
    f("sparse", o_.sparse);
  }
  /// Keras writes neither `trainable` nor a dtype policy here.
  Config get_config() const override {
    return Config::dict({{"num_bins", bins_},
                         {"output_mode", o_.output_mode},
                         {"sparse", o_.sparse},
                         {"name", name()},
                         {"dtype", std::string(name_of(variable_dtype()))}});
  }
  std::vector<std::string> set_config(const Config& config) override {
    const Config* dtype = config.find("dtype");
    dtype_given_ = dtype && !dtype->is_null();
    return OptionsLayer::set_config(config);
  }
  void validate() override {
    check(bins_ > 0, "`num_bins` must be positive. Received: num_bins=", bins_);
    check(o_.output_mode == "int" || o_.output_mode == "one_hot",
          "Unknown value for `output_mode` argument of HashedCrossing. Allowed values are: ('int', "
          "'one_hot'). Received: output_mode=",
          o_.output_mode);
    if (wants_integers(dtype_given_, o_.output_mode, compute_dtype()))
      set_dtype_policy(DTypePolicy("int64"));
    autocast_ = false;
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    check_inputs(inputs);
    Shape s = inputs[0].shape();
    if (o_.output_mode == "one_hot") {
      if (s.rank() > 1) s.pop_back();
      s.push_back(bins_);
    }
    return {{s, variable_dtype()}};
  }
  Tensors call_list(const Tensors& inputs, CallContext&) override {
    check_inputs(inputs);
    std::vector<uint64_t> crossed(static_cast<size_t>(inputs[0].size()), 0xDECAFCAFFEu);
    for (const Tensor& x : inputs) {
      const std::vector<uint64_t> keys = fingerprints(x);
      for (size_t i = 0; i < crossed.size(); ++i)
        crossed[i] = join_fingerprints(crossed[i], keys[i]);
    }
    std::vector<int64_t> bins;
    for (uint64_t v : crossed)
      bins.push_back(static_cast<int64_t>(v % static_cast<uint64_t>(bins_)));
    return {encode_categories(Tensor::from(bins, inputs[0].shape()), o_.output_mode, bins_,
                              variable_dtype())};
  }

 private:
  void check_inputs(const Tensors& inputs) const {
    check(inputs.size() >= 2,
          "`HashedCrossing` should be called on at least two inputs. Received: ", inputs.size(),
          " inputs");
    const Shape& first = inputs[0].shape();
    for (const Tensor& x : inputs) {
      const Shape& s = x.shape();
      check(s.rank() < 2 || (s.rank() == 2 && s.back() == 1),
            "All `HashedCrossing` inputs should have shape `()`, `(batch_size)` or `(batch_size, "
            "1)`. Received: shape=",
            s);
      check(s.rank() == first.rank() && (s.rank() == 0 || s[0] == first[0] ||
                                         s[0] == Shape::unknown || first[0] == Shape::unknown),
            "All `HashedCrossing` inputs should have equal shape. Received: shapes ", first,
            " and ", s);
      check(is_integer(x.dtype()) || x.dtype() == DType::string,
            "All `HashedCrossing` inputs should have an integer or string dtype. Received: dtype=",
            x.dtype());
    }
  }
  static std::vector<uint64_t> fingerprints(const Tensor& x) {
    std::vector<uint64_t> out;
    if (x.dtype() == DType::string) {
      for (const std::string& text : x.data<std::string>()) out.push_back(farm_fingerprint(text));
    } else {
      for (int64_t v : x.to_vector<int64_t>()) out.push_back(static_cast<uint64_t>(v));
    }
    return out;
  }
  int64_t bins_ = 0;
  bool dtype_given_ = false;
};

}  // namespace

Hashing::Hashing(int64_t num_bins, HashingOptions o)
    : Layer(make_layer<HashingImpl>(num_bins, std::move(o))) {}
HashedCrossing::HashedCrossing(int64_t num_bins, HashedCrossingOptions o)
    : Layer(make_layer<HashedCrossingImpl>(num_bins, std::move(o))) {}

std::shared_ptr<Object> makers::hashing() { return make_object<HashingImpl>(); }
std::shared_ptr<Object> makers::hashed_crossing() { return make_object<HashedCrossingImpl>(); }

}  // namespace kcpp::layers
