#include "kcpp/layers/dropout.h"

#include <cmath>

#include "kcpp/ops/random.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

/// The seed, and the generator that Keras makes as soon as there is anything to draw.
template <class Options>
class RandomLayer : public OptionsLayer<Options> {
 public:
  RandomLayer() { this->set_built(); }
  RandomLayer(double rate, Options o) : OptionsLayer<Options>(std::move(o)), rate_(rate) {
    this->set_built();
  }

  void validate() override {
    check(rate_ >= 0 && rate_ <= 1, "Invalid value received for argument `", rate_name(),
          "`. Expected a float value between 0 and 1. Received: ", rate_name(), "=", rate_);
    if (rate_ > 0 && !generator_)
      generator_ = this->add_seed_generator("seed_generator", this->seed());
    this->supports_masking_ = true;
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    return {spec_of(inputs[0])};
  }
  Tensor call(const Tensor& x, CallContext& context) override {
    return context.training && rate_ > 0 ? act(x) : x;
  }

 protected:
  virtual const char* rate_name() const { return "rate"; }
  virtual Tensor act(const Tensor& x) = 0;

  double rate_ = 0;
  std::shared_ptr<SeedGenerator> generator_;
};

class DropoutImpl : public RandomLayer<DropoutOptions> {
 public:
  using RandomLayer::RandomLayer;
  ClassInfo class_info() const override { return {"Dropout", "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("rate", rate_);
    seed_field(f);
    f("noise_shape", o_.noise_shape);
  }
  void validate() override {
    RandomLayer::validate();
    if (!o_.noise_shape) return;
    for (int i = 0; i < o_.noise_shape->rank(); ++i) {
      const int64_t dim = (*o_.noise_shape)[i];
      check(dim > 0 || dim == Shape::unknown,
            "Invalid value received for argument `noise_shape`. Expected all dimensions to be "
            "positive "
            "integers or None. Received negative or zero value at index ",
            i, ": ", dim);
    }
  }

 protected:
  Tensor act(const Tensor& x) override {
    return random::dropout(x, rate_, o_.noise_shape, generator_);
  }
};

class AlphaDropoutImpl final : public DropoutImpl {
 public:
  using DropoutImpl::DropoutImpl;
  ClassInfo class_info() const override { return {"AlphaDropout", "keras.layers"}; }

 protected:
  // Dropped elements get selu's limit -scale alpha; then a x + b restores mean and variance.
  Tensor act(const Tensor& x) override {
    constexpr double alpha_p = -1.6732632423543772 * 1.0507009873554805;
    Shape shape = o_.noise_shape.value_or(x.shape());
    for (int i = 0; i < shape.rank(); ++i) {
      if (shape[i] == Shape::unknown) shape[i] = x.dim(i);
    }
    const Tensor kept = ops::cast(
        ops::greater_equal(random::uniform(shape, 0, 1, {}, generator_), rate_), x.dtype());
    const double a = 1 / std::sqrt((1 - rate_) * (1 + rate_ * alpha_p * alpha_p));
    return (x * kept + (1.0 - kept) * alpha_p) * a - a * alpha_p * rate_;
  }
};

template <int Rank>
class SpatialDropoutImpl final : public RandomLayer<SpatialDropoutOptions> {
 public:
  using RandomLayer::RandomLayer;
  ClassInfo class_info() const override {
    return {text("SpatialDropout", Rank, "D"), "keras.layers"};
  }
  void fields(Fields& f) override {
    f.required("rate", rate_);
    seed_field(f);
    if (Rank > 1) f("data_format", o_.data_format);
  }
  /// Keras writes neither `trainable` nor a dtype policy here.
  Config get_config() const override {
    const Config all = RandomLayer::get_config();
    Config out = Config::dict({{"rate", rate_},
                               {"seed", all.at("seed")},
                               {"name", name()},
                               {"dtype", std::string(name_of(variable_dtype()))}});
    if (Rank > 1) out.set("data_format", all.at("data_format"));
    return out;
  }
  void validate() override {
    RandomLayer::validate();
    channels_first_ = resolve_data_format() && Rank > 1;
    input_spec_ = {{.ndim = Rank + 2}};
  }

 protected:
  Tensor act(const Tensor& x) override {
    Shape noise = Shape::filled(Rank + 2, 1);
    noise[0] = x.dim(0);
    const int channels = channels_first_ ? 1 : Rank + 1;
    noise[channels] = x.dim(channels);
    return random::dropout(x, rate_, noise, generator_);
  }

 private:
  bool channels_first_ = false;
};

class GaussianNoiseImpl final : public RandomLayer<NoiseOptions> {
 public:
  using RandomLayer::RandomLayer;
  ClassInfo class_info() const override { return {"GaussianNoise", "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("stddev", rate_);
    seed_field(f);
  }

 protected:
  const char* rate_name() const override { return "stddev"; }
  Tensor act(const Tensor& x) override {
    return x + random::normal(x.shape(), 0, rate_, compute_dtype(), generator_);
  }
};

class GaussianDropoutImpl final : public RandomLayer<NoiseOptions> {
 public:
  using RandomLayer::RandomLayer;
  ClassInfo class_info() const override { return {"GaussianDropout", "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("rate", rate_);
    seed_field(f);
  }

 protected:
  Tensor act(const Tensor& x) override {
    return x * random::normal(x.shape(), 1, std::sqrt(rate_ / (1 - rate_)), compute_dtype(),
                              generator_);
  }
};

}  // namespace

Dropout::Dropout(double rate, DropoutOptions o)
    : Layer(make_layer<DropoutImpl>(rate, std::move(o))) {}
AlphaDropout::AlphaDropout(double rate, DropoutOptions o)
    : Layer(make_layer<AlphaDropoutImpl>(rate, std::move(o))) {}
SpatialDropout1D::SpatialDropout1D(double rate, SpatialDropoutOptions o)
    : Layer(make_layer<SpatialDropoutImpl<1>>(rate, std::move(o))) {}
SpatialDropout2D::SpatialDropout2D(double rate, SpatialDropoutOptions o)
    : Layer(make_layer<SpatialDropoutImpl<2>>(rate, std::move(o))) {}
SpatialDropout3D::SpatialDropout3D(double rate, SpatialDropoutOptions o)
    : Layer(make_layer<SpatialDropoutImpl<3>>(rate, std::move(o))) {}
GaussianNoise::GaussianNoise(double stddev, NoiseOptions o)
    : Layer(make_layer<GaussianNoiseImpl>(stddev, std::move(o))) {}
GaussianDropout::GaussianDropout(double rate, NoiseOptions o)
    : Layer(make_layer<GaussianDropoutImpl>(rate, std::move(o))) {}

std::shared_ptr<Object> makers::dropout() { return make_object<DropoutImpl>(); }
std::shared_ptr<Object> makers::alpha_dropout() { return make_object<AlphaDropoutImpl>(); }
std::shared_ptr<Object> makers::spatial_dropout1d() { return make_object<SpatialDropoutImpl<1>>(); }
std::shared_ptr<Object> makers::spatial_dropout2d() { return make_object<SpatialDropoutImpl<2>>(); }
std::shared_ptr<Object> makers::spatial_dropout3d() { return make_object<SpatialDropoutImpl<3>>(); }
std::shared_ptr<Object> makers::gaussian_noise() { return make_object<GaussianNoiseImpl>(); }
std::shared_ptr<Object> makers::gaussian_dropout() { return make_object<GaussianDropoutImpl>(); }

}  // namespace kcpp::layers
