/// models/ beside keras.applications: config, names of the weights, numbers, files.
#include <catch2/catch_all.hpp>
#include <cmath>
#include <functional>
#include <map>

#include "kcpp/applications.h"
#include "kcpp/core/symbolic.h"
#include "kcpp/saving.h"
#include "src/saving/containers/json.h"
#include "tests/support/closeness.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

using namespace applications;

const std::map<std::string, std::function<Model()>>& architectures() {
  static const std::map<std::string, std::function<Model()>> out = {
      {"resnet50", [] { return ResNet50(); }},
      {"resnet50_small",
       [] {
         return ResNet50(
             {.input_shape = Shape{32, 32, 3}, .classes = 10, .classifier_activation = nullptr});
       }},
      {"resnet50_features",
       [] { return ResNet50({.include_top = false, .pooling = "max", .name = "features"}); }},
      {"resnet50v2", [] { return ResNet50V2(); }},
      {"resnet50v2_small",
       [] {
         return ResNet50V2(
             {.include_top = false, .input_shape = Shape{33, 40, 3}, .pooling = "avg"});
       }},
      {"resnet101", [] { return ResNet101({.include_top = false}); }},
      {"mobilenetv2", [] { return MobileNetV2(); }},
      {"mobilenetv2_small",
       [] {
         return MobileNetV2({.input_shape = Shape{32, 32, 3}, .alpha = 0.35, .classes = 10});
       }},
      {"mobilenetv2_odd",
       [] {
         return MobileNetV2({.input_shape = Shape{37, 50, 3},
                             .alpha = 0.5,
                             .include_top = false,
                             .pooling = "avg"});
       }},
      {"mobilenetv2_wide", [] { return MobileNetV2({.alpha = 1.4, .include_top = false}); }},
      {"resnet20", [] { return ResNet20(); }},
      {"transformer", [] { return Transformer(); }},
      {"transformer_small",
       [] {
         return Transformer({.vocabulary = 50,
                             .sequence_length = 12,
                             .features = 16,
                             .heads = 4,
                             .feed_forward = 32,
                             .layers = 2,
                             .classes = 3});
       }},
  };
  return out;
}

/// Element i of weight `number`, as gen_applications.py computes it.
double hashed(uint32_t i, uint32_t number) {
  uint32_t x = i + number * 2654435761U;
  x = (x ^ (x >> 16)) * 0x7FEB352DU;
  x = (x ^ (x >> 15)) * 0x846CA68BU;
  x ^= x >> 16;
  return static_cast<double>(x >> 8) * 0x1p-24;
}

Tensor weight_values(const Variable& v, uint32_t number) {
  const Shape& shape = v.shape();
  const bool scale = v.name() == "gamma" || v.name() == "moving_variance";
  const bool shift = v.name() == "beta" || v.name() == "bias" || v.name() == "moving_mean";
  double fan_in = 1;
  for (int d = 0; d + 1 < shape.rank(); ++d) fan_in *= static_cast<double>(shape[d]);
  const double limit = std::sqrt(1.5 / fan_in);
  std::vector<float> out(static_cast<size_t>(v.value().size()));
  for (uint32_t i = 0; i < out.size(); ++i) {
    const double u = hashed(i, number);
    out[i] = static_cast<float>(scale   ? 0.75 + 0.5 * u
                                : shift ? 0.2 * (u - 0.5)
                                        : (2 * u - 1) * limit);
  }
  return Tensor::from(out, shape);
}

void set_hashed_weights(const Model& model) {
  std::vector<Tensor> values;
  for (const Variable& v : model.weights())
    values.push_back(weight_values(v, static_cast<uint32_t>(values.size())));
  model.set_weights(values);
}

Config config_of(const GoldenFile& golden, const Config& c) {
  const std::vector<uint8_t> bytes = golden.array(c.at("config")).to_vector<uint8_t>();
  return io::parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// Without arguments that are null: Keras writes `mask: None` for each call that could take one.
Config without_null_arguments(Config c) {
  if (c.is_list()) {
    for (Config& item : c.as_list()) item = without_null_arguments(std::move(item));
  } else if (c.is_dict()) {
    for (auto& [key, value] : c.as_dict()) {
      value = without_null_arguments(std::move(value));
      if (key == "kwargs" && value.is_dict())
        std::erase_if(value.as_dict(),
                      [](const Config::Item& item) { return item.second.is_null(); });
    }
  }
  return c;
}

/// Where two configs first differ: readable where the whole texts are not.
std::string first_difference(const Config& a, const Config& b, const std::string& at = "") {
  if (a == b) return "";
  if (a.is_dict() && b.is_dict()) {
    for (const auto& [key, value] : b.as_dict()) {
      const Config* mine = a.find(key);
      if (!mine) return at + "/" + key + " is missing";
      if (!(*mine == value)) return first_difference(*mine, value, at + "/" + key);
    }
  }
  if (a.is_list() && b.is_list() && a.size() == b.size()) {
    for (size_t i = 0; i < a.size(); ++i) {
      if (!(a.as_list()[i] == b.as_list()[i]))
        return first_difference(a.as_list()[i], b.as_list()[i], at + "/" + std::to_string(i));
    }
  }
  return at + ": " + a.to_json().substr(0, 300) + " instead of " + b.to_json().substr(0, 300);
}

TEST_CASE("architectures have Keras's config, names and numbers") {
  const GoldenFile& golden = GoldenFile::get("applications");
  for (const Config& c : golden.cases()) {
    const std::string& name = c.at("name").as_string();
    if (name == "preprocess") continue;
    INFO(name);
    symbolic::reset_names();
    const Model model = architectures().at(name)();
    CHECK(first_difference(without_null_arguments(model.get_config()),
                           without_null_arguments(config_of(golden, c))) == "");
    CHECK(model.count_params() == c.at("params").as_int());
    if (!c.find("x")) continue;
    std::vector<std::string> names;
    for (const Variable& v : model.weights()) names.push_back(v.name());
    std::vector<std::string> expected;
    for (const Config& n : c.at("weight_names").as_list()) expected.push_back(n.as_string());
    CHECK(names == expected);
    set_hashed_weights(model);
    CHECK(difference(model.predict(golden.array(c.at("x"))), golden.array(c.at("y")), 3e-5) == "");
  }
}

TEST_CASE("names do not depend on what was made before where Keras has none of its own") {
  const Model first = ResNet20(), second = ResNet20();
  for (size_t i = 0; i < first.layers().size(); ++i)
    CHECK(first.layers()[i].name() == second.layers()[i].name());
}

TEST_CASE("a file of Keras with a layer of models/ loads after register_layers") {
  const GoldenFile& golden = GoldenFile::get("applications");
  register_layers();
  for (const Config& c : golden.cases()) {
    if (c.at("name").as_string() != "transformer_small") continue;
    const std::string path = GoldenFile::path("files_applications/transformer_small.keras");
    const Tensor x = golden.array(c.at("x")), y = golden.array(c.at("y"));
    CHECK(difference(load_model(path).predict(x), y, 3e-5) == "");
    const Model model = architectures().at("transformer_small")();
    model.load_weights(path);
    CHECK(difference(model.predict(x), y, 3e-5) == "");
  }
}

TEST_CASE("weights go through files, by order and by name") {
  TemporaryFolder folder;
  const std::string whole = folder / "net.h5", weights = folder / "net.weights.h5";
  const MobileNetV2Options small{
      .input_shape = Shape{32, 32, 3}, .alpha = 0.35, .include_top = false, .pooling = "avg"};
  const Model model = MobileNetV2(small);
  set_hashed_weights(model);
  model.save(whole);
  model.save_weights(weights);
  const Tensor x = Tensor::full({1, 32, 32, 3}, 0.25), y = model.predict(x);
  MobileNetV2Options with = small;
  with.weights = weights;
  CHECK(difference(MobileNetV2(with).predict(x), y, 0) == "");
  // The features of a classifier come from a file of the features: layers that the file lacks stay.
  MobileNetV2Options classifier = small;
  classifier.include_top = true;
  const Model top = MobileNetV2(classifier);
  load_weights(top, whole, {.by_name = true});
  for (const Layer& layer : model.layers()) {
    INFO(layer.name());
    if (layer.weights().empty()) continue;
    const std::vector<Tensor> expected = layer.get_weights(),
                              mine = top.get_layer(layer.name()).get_weights();
    REQUIRE(mine.size() == expected.size());
    for (size_t i = 0; i < mine.size(); ++i) CHECK(difference(mine[i], expected[i], 0) == "");
  }
}

TEST_CASE("preprocess_input") {
  const GoldenFile& golden = GoldenFile::get("applications");
  for (const Config& c : golden.cases()) {
    if (c.at("name").as_string() != "preprocess") continue;
    const Tensor x = golden.array(c.at("x"));
    CHECK(difference(resnet::preprocess_input(x), golden.array(c.at("caffe")), 1e-6) == "");
    CHECK(difference(mobilenet_v2::preprocess_input(x), golden.array(c.at("tf")), 1e-6) == "");
    CHECK(difference(resnet_v2::preprocess_input(x), golden.array(c.at("tf")), 1e-6) == "");
  }
}

TEST_CASE("architectures refuse what Keras refuses") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH(ResNet50({.weights = "imagenet"}), ContainsSubstring("never does"));
  CHECK_THROWS_WITH(ResNet50({.weights = "no/such.h5"}),
                    ContainsSubstring("path to the weights file to be loaded"));
  CHECK_THROWS_WITH(MobileNetV2({.input_shape = Shape{16, 64, 3}}),
                    ContainsSubstring("Input size must be at least 32x32"));
  CHECK_THROWS_WITH(MobileNetV2({.input_shape = Shape{-1, -1, 3}}),
                    ContainsSubstring("you should specify a static `input_shape`"));
  CHECK_THROWS_WITH(ResNet50({.input_shape = Shape{64, 64}}),
                    ContainsSubstring("tuple of three integers"));
  CHECK_THROWS_WITH(Transformer({.features = 10, .heads = 4}), ContainsSubstring("multiple"));
}

}  // namespace
}  // namespace kcpp::test
