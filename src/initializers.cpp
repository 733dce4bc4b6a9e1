/// The initializers of keras.initializers, their handle, and their table.
#include "kcpp/initializers.h"

#include <cmath>

#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/random.h"
#include "kcpp/ops/shape.h"
#include "src/initializers/makers.h"
#include "src/ops/op_arguments.h"
#include "src/tables.h"

namespace kcpp {
namespace {

constexpr const char* module_name = "keras.initializers";

struct ZerosImpl final : InitializerImpl {
  ClassInfo class_info() const override { return {"Zeros", module_name}; }
  Tensor make(const Shape& shape, DType dtype) override { return Tensor::zeros(shape, dtype); }
};

struct OnesImpl final : InitializerImpl {
  ClassInfo class_info() const override { return {"Ones", module_name}; }
  Tensor make(const Shape& shape, DType dtype) override { return Tensor::ones(shape, dtype); }
};

struct ConstantImpl final : InitializerImpl {
  Config value = 0.0;  ///< a number or an array, as Keras writes it
  ClassInfo class_info() const override { return {"Constant", module_name}; }
  void fields(Fields& f) override { f("value", value); }
  void validate() override {
    if (!value.is_number()) constant_ = ops::constant_from_config(value);
  }
  Tensor make(const Shape& shape, DType dtype) override {
    return value.is_number() ? Tensor::full(shape, value.as_double(), dtype)
                             : ops::full(shape, constant_, dtype);
  }

 private:
  Tensor constant_;
};

struct IdentityImpl final : InitializerImpl {
  double gain = 1.0;
  ClassInfo class_info() const override { return {"Identity", module_name}; }
  void fields(Fields& f) override {
    if (f.reading() || gain != 1.0)
      f("gain", gain);  // Keras forgets the gain when it writes; this reads in Keras too
  }
  Tensor make(const Shape& shape, DType dtype) override {
    check(shape.rank() == 2,
          "Identity matrix initializer can only be used for 2D matrices. Received: shape=", shape,
          " of rank ", shape.rank(), ".");
    return ops::eye(shape[0], shape[1], 0, dtype) * gain;
  }
};

/// Without a given seed it draws one when it is made, so that one object always gives the same
/// values.
struct RandomInitializer : InitializerImpl {
  std::optional<int64_t> seed;
  std::shared_ptr<SeedGenerator> generator;  ///< a file's seed: then every call draws others
  int64_t drawn = random::make_default_seed();
  random::Seed draw() const { return generator ? random::Seed(generator) : seed.value_or(drawn); }

 protected:
  /// The field `seed`: a number, none, or a SeedGenerator as Keras writes it.
  void seed_field(Fields& f) {
    if (!f.reading()) {
      f.write("seed", generator ? config_of(*generator) : to_config(seed));
    } else if (const Config* c = f.raw("seed"); c && c->is_dict()) {
      read_generator(*c);
    } else if (c) {
      from_config(*c, seed, "seed");
    }
  }

 private:
  static Config config_of(const SeedGenerator& generator) {
    return Config::dict({{"module", "keras.random"},
                         {"class_name", "SeedGenerator"},
                         {"config", Config::dict({{"seed", to_config(generator.seed())},
                                                  {"name", generator.name()}})},
                         {"registered_name", Config()}});
  }
  void read_generator(const Config& c) {
    const Config* name = c.find("class_name");
    check(name && *name == Config("SeedGenerator"),
          "`seed` argument should be an instance of `keras.random.SeedGenerator()` or an integer. "
          "Received: seed=",
          c);
    std::optional<int64_t> first;
    std::string own_name;
    Fields fields(c.at("config"), "SeedGenerator");
    fields("seed", first);
    fields("name", own_name);
    generator = std::make_shared<SeedGenerator>(first, own_name);
  }
};

struct RandomNormalImpl : RandomInitializer {
  double mean = 0.0, stddev = 0.05;
  ClassInfo class_info() const override { return {"RandomNormal", module_name}; }
  void fields(Fields& f) override {
    seed_field(f);
    f("mean", mean);
    f("stddev", stddev);
  }
  Tensor make(const Shape& shape, DType dtype) override {
    return random::normal(shape, mean, stddev, dtype, draw());
  }
};

struct TruncatedNormalImpl final : RandomNormalImpl {
  ClassInfo class_info() const override { return {"TruncatedNormal", module_name}; }
  Tensor make(const Shape& shape, DType dtype) override {
    return random::truncated_normal(shape, mean, stddev, dtype, draw());
  }
};

struct RandomUniformImpl final : RandomInitializer {
  double minval = -0.05, maxval = 0.05;
  ClassInfo class_info() const override { return {"RandomUniform", module_name}; }
  void fields(Fields& f) override {
    seed_field(f);
    f("minval", minval);
    f("maxval", maxval);
  }
  Tensor make(const Shape& shape, DType dtype) override {
    return random::uniform(shape, minval, maxval, dtype, draw());
  }
};

/// keras.src.initializers.random_initializers.compute_fans
std::pair<double, double> compute_fans(const Shape& shape, const Config& input_axes,
                                       const Config& output_axes) {
  if (input_axes.is_list() && output_axes.is_list()) {
    const auto product = [&](const Config& axes) {
      double units = 1;
      for (const Config& axis : axes.as_list())
        units *= static_cast<double>(shape.dim(static_cast<int>(axis.as_int("axis"))));
      return units;
    };
    return {product(input_axes), product(output_axes)};
  }
  if (shape.rank() < 1) return {1, 1};
  if (shape.rank() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double receptive_field = 1;
  for (int i = 0; i < shape.rank() - 2; ++i) receptive_field *= static_cast<double>(shape[i]);
  return {static_cast<double>(shape[shape.rank() - 2]) * receptive_field,
          static_cast<double>(shape.back()) * receptive_field};
}

struct VarianceScalingImpl : RandomInitializer {
  double scale = 1.0;
  std::string mode = "fan_in", distribution = "truncated_normal";
  Config input_axes, output_axes;
  ClassInfo class_info() const override { return {"VarianceScaling", module_name}; }
  void fields(Fields& f) override {
    seed_field(f);
    f("scale", scale);
    f("mode", mode);
    f("distribution", distribution);
    f("input_axes", input_axes);
    f("output_axes", output_axes);
  }
  void validate() override {
    check(scale > 0, "Argument `scale` must be positive float. Received: scale=", scale);
    check(mode == "fan_in" || mode == "fan_out" || mode == "fan_avg",
          "Invalid `mode` argument: ", mode,
          ". Please use one of the allowed_modes: {'fan_in', 'fan_out', 'fan_avg'}");
    check(distribution == "uniform" || distribution == "truncated_normal" ||
              distribution == "untruncated_normal" || distribution == "normal",
          "Invalid `distribution` argument: ", distribution,
          ". Please use one of the allowed_distributions: {'uniform', 'truncated_normal', "
          "'untruncated_normal'}");
    if (distribution == "normal") distribution = "truncated_normal";
  }
  Tensor make(const Shape& shape, DType dtype) override {
    const auto [fan_in, fan_out] = compute_fans(shape, input_axes, output_axes);
    const double fan = mode == "fan_in"    ? fan_in
                       : mode == "fan_out" ? fan_out
                                           : (fan_in + fan_out) / 2;
    const double variance = scale / std::max(1.0, fan);
    if (distribution == "truncated_normal") {
      // Cutting at two standard deviations narrows the distribution by this factor.
      return random::truncated_normal(shape, 0.0, std::sqrt(variance) / 0.87962566103423978, dtype,
                                      draw());
    }
    if (distribution == "untruncated_normal")
      return random::normal(shape, 0.0, std::sqrt(variance), dtype, draw());
    const double limit = std::sqrt(3.0 * variance);
    return random::uniform(shape, -limit, limit, dtype, draw());
  }
};

/// The named special cases: only the seed is a field.
struct NamedScaling : VarianceScalingImpl {
  NamedScaling(const char* name, double s, const char* m, const char* d) : name_(name) {
    scale = s;
    mode = m;
    distribution = d;
  }
  ClassInfo class_info() const override { return {name_, module_name}; }
  void fields(Fields& f) override {
    seed_field(f);
    f("input_axes", input_axes);
    f("output_axes", output_axes);
  }

 private:
  const char* name_;
};
struct GlorotUniformImpl final : NamedScaling {
  GlorotUniformImpl() : NamedScaling("GlorotUniform", 1, "fan_avg", "uniform") {}
};
struct GlorotNormalImpl final : NamedScaling {
  GlorotNormalImpl() : NamedScaling("GlorotNormal", 1, "fan_avg", "truncated_normal") {}
};
struct HeUniformImpl final : NamedScaling {
  HeUniformImpl() : NamedScaling("HeUniform", 2, "fan_in", "uniform") {}
};
struct HeNormalImpl final : NamedScaling {
  HeNormalImpl() : NamedScaling("HeNormal", 2, "fan_in", "truncated_normal") {}
};
struct LecunUniformImpl final : NamedScaling {
  LecunUniformImpl() : NamedScaling("LecunUniform", 1, "fan_in", "uniform") {}
};
struct LecunNormalImpl final : NamedScaling {
  LecunNormalImpl() : NamedScaling("LecunNormal", 1, "fan_in", "truncated_normal") {}
};

struct OrthogonalImpl final : RandomInitializer {
  double gain = 1.0;
  ClassInfo class_info() const override { return {"Orthogonal", module_name}; }
  void fields(Fields& f) override {
    seed_field(f);
    f("gain", gain);
  }
  Tensor make(const Shape& shape, DType dtype) override {
    check(shape.rank() >= 2,
          "The tensor to initialize must be at least two-dimensional. Received: shape=", shape,
          " of rank ", shape.rank(), ".");
    const int64_t columns = shape.back(), rows = columns ? shape.size() / columns : 0;
    const DType compute = dtype == DType::float64 ? dtype : DType::float32;
    const Tensor a = random::normal({std::max(rows, columns), std::min(rows, columns)}, 0.0, 1.0,
                                    compute, draw());
    const auto [q, r] = ops::qr(a);
    Tensor orthogonal = q * ops::sign(ops::diagonal(r));  // makes the decomposition unique
    if (rows < columns) orthogonal = ops::transpose(orthogonal);
    return (ops::reshape(orthogonal, shape) * gain).astype(dtype);
  }
};

struct FunctionInitializer final : InitializerImpl {
  std::function<Tensor(const Shape&, DType)> function;
  ClassInfo class_info() const override { return {"function"}; }
  Config get_config() const override {
    throw ValueError(
        "An initializer given as a lambda cannot be saved. Derive from InitializerImpl and "
        "register the class.");
  }
  Tensor make(const Shape& shape, DType dtype) override {
    Tensor out = function(shape, dtype);
    check(out.defined() && out.shape() == shape,
          "The initializer returned the wrong shape. Expected ", shape,
          ". Received: ", out.defined() ? out.shape() : Shape{});
    return out;
  }
};

constexpr Factory table[] = {
    {"Zeros", make_object<ZerosImpl>},
    {"Ones", make_object<OnesImpl>},
    {"Constant", make_object<ConstantImpl>},
    {"Identity", make_object<IdentityImpl>},
    {"RandomNormal", make_object<RandomNormalImpl>},
    {"TruncatedNormal", make_object<TruncatedNormalImpl>},
    {"RandomUniform", make_object<RandomUniformImpl>},
    {"VarianceScaling", make_object<VarianceScalingImpl>},
    {"GlorotUniform", make_object<GlorotUniformImpl>},
    {"GlorotNormal", make_object<GlorotNormalImpl>},
    {"HeUniform", make_object<HeUniformImpl>},
    {"HeNormal", make_object<HeNormalImpl>},
    {"LecunUniform", make_object<LecunUniformImpl>},
    {"LecunNormal", make_object<LecunNormalImpl>},
    {"Orthogonal", make_object<OrthogonalImpl>},
    {"STFT", makers::stft_initializer},
};

constexpr Alias alias_table[] = {
    {"zero", "Zeros"},
    {"one", "Ones"},
    {"uniform", "RandomUniform"},
    {"normal", "RandomNormal"},
    {"identity_initializer", "Identity"},
    {"orthogonal_initializer", "Orthogonal"},
    {"stft_initializer", "STFT"},
};

template <class Impl, class Set>
Initializer built(Set&& set) {
  auto impl = std::make_shared<Impl>();
  set(*impl);
  impl->check_fields();
  return Initializer(std::shared_ptr<InitializerImpl>(std::move(impl)));
}
template <class Impl>
Initializer seeded(const initializers::SeedOptions& o) {
  return built<Impl>([&](Impl& i) { i.seed = o.seed; });
}

}  // namespace

std::span<const Factory> tables::initializers() { return table; }
std::span<const Alias> tables::initializer_aliases() { return alias_table; }

Initializer::Initializer(const char* name) : Initializer(std::string(name)) {}
Initializer::Initializer(const std::string& name) {
  from_config(Config(name), *this, "initializer");
}
Initializer::Initializer(std::function<Tensor(const Shape&, DType)> function) {
  auto impl = std::make_shared<FunctionInitializer>();
  impl->function = std::move(function);
  impl_ = std::move(impl);
}
Config to_config(const Initializer& v) { return serialize(v.impl().get()); }
void from_config(const Config& c, Initializer& v, std::string_view) {
  v = Initializer(
      std::dynamic_pointer_cast<InitializerImpl>(deserialize(ObjectKind::initializer, c)));
}

namespace initializers {

Zeros::Zeros() : Initializer(built<ZerosImpl>([](auto&) {})) {}
Ones::Ones() : Initializer(built<OnesImpl>([](auto&) {})) {}
Constant::Constant(double value)
    : Initializer(built<ConstantImpl>([&](auto& i) { i.value = value; })) {}
Identity::Identity(double gain)
    : Initializer(built<IdentityImpl>([&](auto& i) { i.gain = gain; })) {}
RandomNormal::RandomNormal(RandomNormalOptions o)
    : Initializer(built<RandomNormalImpl>(
          [&](auto& i) { i.mean = o.mean, i.stddev = o.stddev, i.seed = o.seed; })) {}
TruncatedNormal::TruncatedNormal(RandomNormalOptions o)
    : Initializer(built<TruncatedNormalImpl>(
          [&](auto& i) { i.mean = o.mean, i.stddev = o.stddev, i.seed = o.seed; })) {}
RandomUniform::RandomUniform(RandomUniformOptions o)
    : Initializer(built<RandomUniformImpl>(
          [&](auto& i) { i.minval = o.minval, i.maxval = o.maxval, i.seed = o.seed; })) {}
VarianceScaling::VarianceScaling(VarianceScalingOptions o)
    : Initializer(built<VarianceScalingImpl>([&](auto& i) {
        i.scale = o.scale, i.mode = o.mode, i.distribution = o.distribution, i.seed = o.seed;
      })) {}
GlorotUniform::GlorotUniform(SeedOptions o) : Initializer(seeded<GlorotUniformImpl>(o)) {}
GlorotNormal::GlorotNormal(SeedOptions o) : Initializer(seeded<GlorotNormalImpl>(o)) {}
HeUniform::HeUniform(SeedOptions o) : Initializer(seeded<HeUniformImpl>(o)) {}
HeNormal::HeNormal(SeedOptions o) : Initializer(seeded<HeNormalImpl>(o)) {}
LecunUniform::LecunUniform(SeedOptions o) : Initializer(seeded<LecunUniformImpl>(o)) {}
LecunNormal::LecunNormal(SeedOptions o) : Initializer(seeded<LecunNormalImpl>(o)) {}
Orthogonal::Orthogonal(OrthogonalOptions o)
    : Initializer(built<OrthogonalImpl>([&](auto& i) { i.gain = o.gain, i.seed = o.seed; })) {}

}  // namespace initializers
}  // namespace kcpp
