/// Discretization and CategoryEncoding.
#include <algorithm>
#include <cmath>

#include "kcpp/layers/normalization.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/layers/encode_categories.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

class CategoryEncodingImpl final : public OptionsLayer<CategoryEncodingOptions> {
 public:
  CategoryEncodingImpl() = default;
  CategoryEncodingImpl(int64_t tokens, CategoryEncodingOptions o)
      : OptionsLayer(std::move(o)), tokens_(tokens) {}
  ClassInfo class_info() const override { return {"CategoryEncoding", "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("num_tokens", tokens_);
    f("output_mode", o_.output_mode);
    if (f.reading()) f("sparse", o_.sparse);
  }
  void validate() override {
    if (o_.output_mode == "binary") o_.output_mode = "multi_hot";
    check(o_.output_mode == "count" || o_.output_mode == "one_hot" || o_.output_mode == "multi_hot",
          "Unknown arg for output_mode: ", o_.output_mode);
    check(tokens_ >= 1, "`num_tokens` must be >= 1. Received: num_tokens=", tokens_, ".");
    autocast_ = false;
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    Shape s = inputs[0].shape();
    if (s.rank() && (o_.output_mode != "one_hot" || (s.back() == 1 && s.rank() > 1))) s.pop_back();
    s.push_back(tokens_);
    return {{s, compute_dtype()}};
  }
  Tensor call(const Tensor& x, CallContext& context) override {
    Tensor weights = context.tensor("count_weights");
    check(
        !weights.defined() || o_.output_mode == "count",
        "`count_weights` is not used when `output_mode` is not `'count'`. Received `count_weights=",
        weights.defined() ? weights.shape() : Shape{}, "`.");
    if (weights.defined()) weights = ops::cast(weights, compute_dtype());
    if (o_.output_mode != "one_hot") check_range(x);
    return encode_categories(ops::cast(x, DType::int64), o_.output_mode, tokens_, variable_dtype(),
                             weights);
  }

 private:
  void check_range(const Tensor& x) const {
    if (x.is_symbolic() || x.size() == 0) return;
    const int64_t low = ops::min(x).item<int64_t>(), high = ops::max(x).item<int64_t>();
    check(low >= 0 && high < tokens_,
          "Input values must be in the range 0 <= values < num_tokens with num_tokens=", tokens_,
          ". Received values from ", low, " to ", high, ".");
  }
  int64_t tokens_ = 0;
};

// --- Discretization's quantile sketch (keras.layers.Discretization: summarize, compress_summary)
// -----

struct Summary {
  std::vector<float> bins, weights;
};

Summary summarize(std::vector<float> values, double epsilon) {
  std::sort(values.begin(), values.end());
  const double step = std::max(static_cast<double>(values.size()) * epsilon, 1.0);
  Summary out;
  for (size_t i = static_cast<size_t>(step - 1); i < values.size();
       i += static_cast<size_t>(step)) {
    out.bins.push_back(values[i]);
    out.weights.push_back(static_cast<float>(step));
  }
  return out;
}

double interpolate(double x, const std::vector<double>& xs, const std::vector<double>& ys) {
  if (x <= xs.front()) return ys.front();
  if (x >= xs.back()) return ys.back();
  const auto after = std::upper_bound(xs.begin(), xs.end(), x) - xs.begin();
  const double x0 = xs[after - 1], x1 = xs[after];
  return ys[after - 1] + (ys[after] - ys[after - 1]) * (x - x0) / (x1 - x0);
}

Summary compress(const Summary& s, double epsilon) {
  if (static_cast<double>(s.bins.size()) * epsilon < 1) return s;
  std::vector<double> cumulative, percents, bins(s.bins.begin(), s.bins.end());
  float sum = 0;
  for (float w : s.weights) cumulative.push_back(sum += w);
  for (double c : cumulative) percents.push_back(c / cumulative.back());
  Summary out;
  double before = 0;
  const int count = static_cast<int>(std::ceil(1.0 / epsilon));
  for (int i = 0; i < count; ++i) {
    const double p = epsilon + i * epsilon;
    out.bins.push_back(static_cast<float>(interpolate(p, percents, bins)));
    const double c = interpolate(p, percents, cumulative);
    out.weights.push_back(static_cast<float>(c - before));
    before = c;
  }
  return out;
}

class DiscretizationImpl final : public OptionsLayer<DiscretizationOptions> {
 public:
  using OptionsLayer::OptionsLayer;
  ClassInfo class_info() const override { return {"Discretization", "keras.layers"}; }
  void fields(Fields& f) override {
    f("bin_boundaries", o_.bin_boundaries);
    f("num_bins", o_.num_bins);
    f("epsilon", o_.epsilon);
    f("output_mode", o_.output_mode);
    f("sparse", o_.sparse);
  }
  /// Keras writes neither `trainable` nor a dtype policy here.
  Config get_config() const override {
    Config out = OptionsLayer::get_config();
    out.erase("trainable");
    out.set("dtype", std::string(name_of(variable_dtype())));
    return out;
  }
  void validate() override {
    const std::string& m = o_.output_mode;
    check(!o_.sparse || m != "int",
          "`sparse=True` may only be used if `output_mode` is `'one_hot'`, `'multi_hot'`, or "
          "`'count'`. Received: sparse=",
          o_.sparse, " and output_mode=", m);
    check(m == "int" || m == "one_hot" || m == "multi_hot" || m == "count",
          "Unknown value for `output_mode` argument of Discretization. Allowed "
          "values are: ('int', 'one_hot', 'multi_hot', 'count'). Received: output_mode=",
          m);
    check(!o_.num_bins || *o_.num_bins >= 0,
          "`num_bins` must be greater than or equal to 0. Received: `num_bins=",
          o_.num_bins.value_or(0), "`");
    check(o_.num_bins || o_.bin_boundaries.defined(),
          "You need to set either `num_bins` or `bin_boundaries`.");
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    const Shape& in = inputs[0].shape();
    if (o_.output_mode == "int") return {{in, DType::int32}};
    const int64_t depth =
        o_.bin_boundaries.defined() ? o_.bin_boundaries.shape().size() + 1 : *o_.num_bins;
    Shape out = in;
    if (o_.output_mode == "one_hot") {
      if (in.rank() > 1 && in.back() == 1) out.pop_back();
    } else if (in.rank() >= 2) {
      out.erase(1);
    } else {
      out = {};
    }
    out.push_back(depth);
    return {{out, compute_dtype()}};
  }
  Tensor call(const Tensor& x, CallContext&) override {
    check(o_.bin_boundaries.defined(),
          "You need to either pass the `bin_boundaries` argument at construction time or call "
          "`adapt(dataset)` "
          "before you can start using the `Discretization` layer.");
    const Tensor bins =
        o_.bin_boundaries.to_tensor(is_floating(x.dtype()) ? x.dtype() : DType::float32);
    const Tensor indices =
        ops::digitize(is_floating(x.dtype()) ? x : ops::cast(x, DType::float32), bins);
    return encode_categories(indices, o_.output_mode, o_.bin_boundaries.shape().size() + 1,
                             o_.output_mode == "int" ? DType::int32 : compute_dtype());
  }
  void adapt(const Tensor& data) {
    check(o_.num_bins.has_value(),
          "Cannot adapt a Discretization layer that has been initialized with `bin_boundaries`, "
          "use `num_bins` instead.");
    const Summary summary = compress(summarize(data.to_vector<float>(), o_.epsilon), o_.epsilon);
    const Summary bins = compress(summary, 1.0 / static_cast<double>(*o_.num_bins));
    o_.bin_boundaries = std::vector<double>(bins.bins.begin(), bins.bins.end() - 1);
  }
};

}  // namespace

Discretization::Discretization(DiscretizationOptions o)
    : Layer(make_layer<DiscretizationImpl>(std::move(o))) {
  check(!impl_->get_config().at("num_bins").is_int() ||
            impl_->get_config().at("bin_boundaries").is_null(),
        "Both `num_bins` and `bin_boundaries` should not be set.");
}
void Discretization::adapt(const Tensor& data) const {
  static_cast<DiscretizationImpl&>(*impl_).adapt(data);
}
CategoryEncoding::CategoryEncoding(int64_t tokens, CategoryEncodingOptions o)
    : Layer(make_layer<CategoryEncodingImpl>(tokens, std::move(o))) {}

std::shared_ptr<Object> makers::discretization() { return make_object<DiscretizationImpl>(); }
std::shared_ptr<Object> makers::category_encoding() { return make_object<CategoryEncodingImpl>(); }

}  // namespace kcpp::layers
