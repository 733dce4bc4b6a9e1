/// Layers of text and categories against tests/golden/text.json.
#include <catch2/catch_all.hpp>

#include "kcpp/layers.h"
#include "kcpp/saving.h"
#include "src/layers/asset_holder.h"
#include "src/layers/text/hash.h"
#include "tests/support/closeness.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

using namespace layers;

/// {"shape", "strings"} or {"array"}.
Tensor held(const GoldenFile& golden, const Config& c) {
  if (const Config* key = c.find("array")) return golden.array(*key);
  Shape shape;
  std::vector<std::string> strings;
  from_config(c.at("shape"), shape, "shape");
  for (const Config& s : c.at("strings").as_list()) strings.push_back(s.as_string());
  return Tensor::from(strings, shape);
}

std::string apart(const Tensor& actual, const Tensor& expected) {
  if (expected.dtype() != DType::string) return difference(actual, expected, 1e-6);
  if (!(actual.shape() == expected.shape())) return text("shape ", actual.shape());
  return actual.to_vector<std::string>() == expected.to_vector<std::string>()
             ? ""
             : text("strings ", actual.to_string());
}

void adapt(const Layer& layer, const Tensor& data) {
  const std::string name = layer->class_info().name;
  if (name == "TextVectorization") static_cast<const TextVectorization&>(layer).adapt(data);
  if (name == "StringLookup") static_cast<const StringLookup&>(layer).adapt(data);
  if (name == "IntegerLookup") static_cast<const IntegerLookup&>(layer).adapt(data);
}
Config vocabulary(const Layer& layer) {
  Config out = Config::list();
  if (layer->class_info().name == "IntegerLookup") {
    for (int64_t v : static_cast<const IntegerLookup&>(layer).get_vocabulary()) out.push_back(v);
  } else if (layer->class_info().name == "StringLookup") {
    for (const auto& v : static_cast<const StringLookup&>(layer).get_vocabulary()) out.push_back(v);
  } else {
    for (const auto& v : static_cast<const TextVectorization&>(layer).get_vocabulary())
      out.push_back(v);
  }
  return out;
}

TEST_CASE("text layers give Keras's indices", "[layers][text]") {
  const GoldenFile& golden = GoldenFile::get("text");
  for (const Config& c : golden.cases()) {
    if (c.find("file")) continue;
    INFO(c.at("name").as_string() << " " << c.at("layer").to_json());
    try {
      // A layer that learned its words is made without them.
      Config config = c.at("layer");
      const Config& data = c.at("adapt");
      if (!data.is_null()) config.find("config")->set("vocabulary_size", nullptr);
      const Layer layer = layer_from_config(config);
      if (!data.is_null()) adapt(layer, held(golden, data));
      Tensors inputs;
      for (const Config& in : c.at("inputs").as_list()) inputs.push_back(held(golden, in));
      const Tensor output = layer(inputs), expected = held(golden, c.at("output"));
      CHECK(apart(output, expected) == "");
      CHECK(output.dtype() == expected.dtype());
      if (!c.at("vocabulary").is_null()) CHECK(vocabulary(layer) == c.at("vocabulary"));
      Config written = layer->serialize();
      if (!c.at("layer").find("build_config")) written.erase("build_config");
      CHECK(written == c.at("layer"));
    } catch (const std::exception& e) {
      FAIL_CHECK("threw: " << e.what());
    }
  }
}

TEST_CASE("text layers know their output's shape", "[layers][text]") {
  const GoldenFile& golden = GoldenFile::get("text");
  for (const Config& c : golden.cases()) {
    if (c.find("file") || c.at("spec").is_null()) continue;
    INFO(c.at("name").as_string());
    const Layer layer = layer_from_config(c.at("layer"));
    Tensors inputs;
    for (const Config& in : c.at("inputs").as_list()) {
      const Tensor x = held(golden, in);
      Shape shape = x.shape();
      shape[0] = Shape::unknown;
      inputs.push_back(Tensor::symbolic(shape, x.dtype()));
    }
    const Tensor y = layer(inputs);
    Shape expected;
    from_config(c.at("spec").at("shape"), expected, "shape");
    CHECK(y.shape() == expected);
    CHECK(name_of(y.dtype()) == c.at("spec").at("dtype").as_string());
  }
}

TEST_CASE("models with vocabularies load, predict and are written back", "[layers][text][saving]") {
  const GoldenFile& golden = GoldenFile::get("text");
  const TemporaryFolder folder;
  for (const Config& c : golden.cases()) {
    if (!c.find("file")) continue;
    INFO(c.at("name").as_string());
    Tensors inputs;
    for (const Config& in : c.at("inputs").as_list()) inputs.push_back(held(golden, in));
    const auto check = [&](const std::string& path) {
      const Model model = load_model(path);
      const Tensors outputs = model.predict_all(inputs);
      const Config::List& expected = c.at("outputs").as_list();
      REQUIRE(outputs.size() == expected.size());
      for (size_t i = 0; i < outputs.size(); ++i)
        CHECK(apart(outputs[i], held(golden, expected[i])) == "");
      return model;
    };
    const std::string copy = folder / "copy.keras", old = folder / "copy.h5";
    const Model model = check(GoldenFile::path(c.at("file").as_string()));
    model.save(copy);
    check(copy);
    model.save(old);  // which has no place for vocabularies but the config
    check(old);
  }
}

TEST_CASE("a path in a config is never opened", "[layers][text]") {
  const StringLookup lookup({.vocabulary = {{"a"}}});
  Config config = lookup->serialize();
  config.find("config")->set("vocabulary", "/etc/passwd");
  CHECK_THROWS_WITH(layer_from_config(config),
                    Catch::Matchers::ContainsSubstring("outside of the model archive"));
  const TextVectorization vectorize({.vocabulary = {{"a"}}});
  config = vectorize->serialize();
  config.find("config")->set("vocabulary", "/etc/passwd");
  CHECK_THROWS_WITH(layer_from_config(config),
                    Catch::Matchers::ContainsSubstring("outside of the model archive"));
}

TEST_CASE("text layers name what is wrong", "[layers][text]") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH(StringLookup({.vocabulary = {{"a", "b", "a"}}}),
                    ContainsSubstring("at least one repeated term"));
  CHECK_THROWS_WITH(StringLookup({.vocabulary = {{"a", "m"}}, .output_mode = "tf_idf"}),
                    ContainsSubstring("`idf_weights` argument must also be provided"));
  CHECK_THROWS_WITH(StringLookup({.num_oov_indices = 0, .vocabulary = {{"a"}}})(
                        Tensor::from(std::vector<std::string>{"b"}, {1})),
                    ContainsSubstring("found OOV values [b]"));
  CHECK_THROWS_WITH(
      StringLookup({.output_mode = "count"})(Tensor::from(std::vector<std::string>{"b"}, {1})),
      ContainsSubstring("you must set the layer's vocabulary before calling it"));
  CHECK_THROWS_WITH(StringLookup()(Tensor({1.0, 2.0})), ContainsSubstring("must hold strings"));
  CHECK_THROWS_WITH(Hashing(0), ContainsSubstring("non-positive values"));
  CHECK_THROWS_WITH(HashedCrossing(3)({Tensor({1})}), ContainsSubstring("at least two inputs"));
  CHECK_THROWS_WITH(TextVectorization({.split = "words"}),
                    ContainsSubstring("Unknown value for `split`"));
  CHECK_THROWS_WITH(TextVectorization({.vocabulary = {{"a"}}})
                        .adapt(Tensor::from(std::vector<std::string>{"b"}, {1})),
                    ContainsSubstring("after setting a static vocabulary"));
}

TEST_CASE("hashes are those of FarmHash and SipHash", "[layers][text]") {
  CHECK(farm_fingerprint("") == 0x9ae16a3b2f90404fu);
  // The reference vector of SipHash-2-4's authors: bytes 0 to 14 under the key of bytes 0 to 15.
  std::string bytes;
  for (int i = 0; i < 15; ++i) bytes += static_cast<char>(i);
  CHECK(sip_hash(bytes, {0x0706050403020100u, 0x0f0e0d0c0b0a0908u}) == 0xa129ca6149be45e5u);
}

}  // namespace
}  // namespace kcpp::test
