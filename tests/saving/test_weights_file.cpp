/// Sharded weights, the self-test of a file, folders, and what is no model at all.
#include <catch2/catch_all.hpp>
#include <cstring>
#include <filesystem>

#include "kcpp/layers.h"
#include "kcpp/models/sequential.h"
#include "kcpp/ops/math.h"
#include "kcpp/saving.h"
#include "tests/support/closeness.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

using Catch::Matchers::ContainsSubstring;

Sequential small_model() {
  Sequential model({layers::Input({4}), layers::Dense(6, {.activation = "relu"}),
                    layers::BatchNormalization(), layers::Dense(3)});
  model.compile({.optimizer = "adam", .loss = "mse"});
  return model;
}

void require_equal(const Variables& a, const Variables& b) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    INFO(a[i].path());
    const Tensor &x = a[i].value(), &y = b[i].value();
    REQUIRE(x.bytes() == y.bytes());
    CHECK(std::memcmp(x.raw(), y.raw(), x.bytes()) == 0);
  }
}

TEST_CASE("sharded weights are written and read again", "[saving][sharded]") {
  const TemporaryFolder folder;
  Sequential model = small_model();
  model.fit(Tensor::full({8, 4}, 0.5), Tensor::full({8, 3}, 0.25), {.verbose = "0"});
  const double gigabyte = 1024.0 * 1024 * 1024;
  save_weights(model, folder / "m.weights.json", {.max_shard_size = 120 / gigabyte});
  CHECK(std::filesystem::exists(folder / "m_00000.weights.h5"));
  CHECK(std::filesystem::exists(folder / "m_00003.weights.h5"));
  Sequential again = small_model();
  load_weights(again, folder / "m.weights.json");
  require_equal(model.weights(), again.weights());
  require_equal(model.optimizer()->variables(), again.optimizer()->variables());
  CHECK_THROWS_WITH(save_weights(model, folder / "n.weights.json",
                                 SaveWeightsOptions{.max_shard_size = 50 / gigabyte}),
                    ContainsSubstring("exceeds the maximum shard size 50.00 B"));
  CHECK_FALSE(std::filesystem::exists(folder / "n.weights.json"));
  // Names in the map are no way to other files.
  for (const char* name : {"../m_00000.weights.h5", "/etc/passwd", "other.weights.h5"}) {
    spill(folder / "m.weights.json",
          std::string(R"({"weight_map": {"/layers/dense/vars": ")") + name + "\"}}");
    CHECK_THROWS_WITH(load_weights(again, folder / "m.weights.json"),
                      ContainsSubstring("Only files beside it"));
  }
  CHECK_THROWS_WITH(load_model(folder / "m.weights.json"), ContainsSubstring("holds weights"));
  model.save(folder / "w.weights.json");
  CHECK(std::filesystem::exists(folder / "w_00000.weights.h5"));
}

/// Copies of the golden shards of that name, to be spoiled.
void copy_shards(const TemporaryFolder& folder, const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator(GoldenFile::path("files_sharded"))) {
    const std::string file = entry.path().filename().string();
    if (file.starts_with(name)) spill(folder / file, slurp(entry.path().string()));
  }
}

TEST_CASE("shards that Keras wrote are read", "[saving][sharded][golden]") {
  const GoldenFile& golden = GoldenFile::get("sharded");
  for (const Config& c : golden.cases()) {
    const std::string name = c.at("name").as_string();
    INFO(name);
    const std::string base = GoldenFile::path("files_sharded/" + name);
    Model model = load_model(base + ".json");
    load_weights(model, base + ".weights.json");
    const auto equal = [&](const Variables& variables, const char* key) {
      const Tensors expected = golden.arrays(c.at(key));
      REQUIRE(variables.size() == expected.size());
      for (size_t i = 0; i < variables.size(); ++i) {
        INFO(variables[i].path());
        CHECK(difference(ops::cast(variables[i].value(), expected[i].dtype()), expected[i], 0) ==
              "");
      }
    };
    equal(model.weights(), "weights");
    equal(model.optimizer()->variables(), "optimizer_variables");
    const Tensors y = model.predict_all({golden.array(c.at("x"))});
    const Tensors expected = golden.arrays(c.at("predictions"));
    CHECK(difference(y[0], expected[0], tolerance_for(DType::float32).output, 0.1) == "");
    CHECK(difference(ops::cast(y[1], DType::float32), expected[1],
                     tolerance_for(DType::bfloat16).output, 0.1) == "");
  }
}

TEST_CASE("maps of shards that lie are refused, and change nothing", "[saving][sharded][hostile]") {
  const TemporaryFolder folder;
  const std::string map = folder / "small.weights.json";
  const Model model = load_model(GoldenFile::path("files_sharded/small.json"));
  const Tensors before = model.get_weights();
  copy_shards(folder, "small");
  const std::string whole = slurp(map);
  const auto refused = [&](const std::string& json, const std::string& sentence) {
    INFO(json);
    spill(map, json);
    CHECK_THROWS_WITH(load_weights(model, map), ContainsSubstring(sentence));
    const Tensors after = model.get_weights();
    for (size_t i = 0; i < before.size(); ++i) CHECK(difference(after[i], before[i], 0) == "");
  };
  const auto of_dense = [](const std::string& files) {
    return R"({"metadata": {"total_size": 1e300}, "weight_map": {"/layers/dense/vars": )" + files +
           "}}";
  };

  for (const char* name :
       {"../small_00000.weights.h5", "/etc/passwd", "small_00000.weights.h5/../../x", "small.json",
        "small_0000a.weights.h5", R"(small_00000.weights.h5\u0000)", "..", ""})
    refused(of_dense(text('"', name, '"')), "Only files beside it");
  for (const char* files : {"3", "null", R"({"a": 1})", R"([["small_00000.weights.h5"]])"})
    refused(of_dense(files), "must hold names of files");
  refused(of_dense(R"("small_99999.weights.h5")"), "is not beside it");
  refused(R"({"weight_map": []})", "has no `weight_map`");
  // Shards that the variables do not lie in.
  refused(of_dense(R"("small_00005.weights.h5")"), "could not be loaded");
  refused(R"({"weight_map": {}})", "could not be loaded");
  refused(whole.substr(0, whole.size() / 2), "small.weights.json");

  const std::string shard = slurp(folder / "small_00002.weights.h5");
  spill(folder / "small_00002.weights.h5", shard.substr(0, shard.size() / 2));
  refused(whole, "small_00002.weights.h5");
  std::filesystem::remove(folder / "small_00002.weights.h5");
  refused(whole, "names the file 'small_00002.weights.h5'");
  spill(folder / "small_00002.weights.h5", shard);
  load_weights(model, map);
}

TEST_CASE("a file carries inputs and outputs, and a load replays them", "[saving][verify]") {
  const TemporaryFolder folder;
  const Sequential model = small_model();
  for (const char* name : {"m.keras", "m.h5"}) {
    INFO(name);
    model.save(folder / name, {.with_test_case = true});
    LoadReport report;
    const Model again = load_model(folder / name, {.report = &report, .verify = true});
    REQUIRE(report.largest_difference.has_value());
    CHECK(*report.largest_difference < 1e-6);
    require_equal(model.weights(), again.weights());
    model.save(folder / name);
    LoadReport without;
    load_model(folder / name, {.report = &without, .verify = true});
    CHECK_FALSE(without.largest_difference.has_value());
    CHECK_THAT(without.to_string(), ContainsSubstring("Nothing was verified"));
  }
  // Other weights under the same test case.
  model.save(folder / "m.h5", {.with_test_case = true});
  std::string bytes = slurp(folder / "m.h5");
  const Tensor& kernel = model.layers()[0].weights()[0].value();
  const size_t at = bytes.find(std::string(static_cast<const char*>(kernel.raw()), 16));
  REQUIRE(at != std::string::npos);
  const float other = 100;
  for (size_t i = 0; i < 6; ++i) std::memcpy(&bytes[at + 4 * i], &other, 4);
  spill(folder / "m.h5", bytes);
  CHECK_THROWS_WITH(load_model(folder / "m.h5", {.verify = true}),
                    ContainsSubstring("does not give the outputs that were stored with it"));
}

TEST_CASE("a test case is made for indices and open sizes, too", "[saving][verify]") {
  const TemporaryFolder folder;
  const Sequential words(
      {layers::Input({7}, {.dtype = DType::int32}), layers::Embedding(5, 3), layers::LSTM(2)});
  words.save(folder / "words.keras", {.with_test_case = true});
  const Sequential image({layers::Input({-1, -1, 3}), layers::Conv2D(2, 5, {.strides = 2}),
                          layers::Conv2D(2, 5, {.strides = 2}), layers::GlobalAveragePooling2D()});
  image.save(folder / "image.keras", {.with_test_case = true});
  for (const char* name : {"words.keras", "image.keras"}) {
    LoadReport report;
    load_model(folder / name, {.report = &report, .verify = true});
    CHECK(report.largest_difference.value_or(1) < 1e-6);
  }
}

TEST_CASE("what is no model of Keras says what it is", "[saving][refusals]") {
  const TemporaryFolder folder;
  const Sequential model = small_model();
  std::filesystem::create_directory(folder / "saved");
  spill(folder / "saved/saved_model.pb", "x");
  CHECK_THROWS_WITH(load_model(folder / "saved"), ContainsSubstring("SavedModel"));
  std::filesystem::create_directory(folder / "orbax");
  spill(folder / "orbax/_CHECKPOINT_METADATA", "{}");
  CHECK_THROWS_WITH(load_model(folder / "orbax"), ContainsSubstring("Orbax"));
  CHECK_THROWS_WITH(load_weights(model, folder / "orbax"), ContainsSubstring("Orbax"));
  CHECK_THROWS_WITH(load_model(folder.path()), ContainsSubstring("a directory"));
  spill(folder / "a.pkl", std::string("\x80\x04\x95\0\0", 5));
  CHECK_THROWS_WITH(load_model(folder / "a.pkl"), ContainsSubstring("pickle"));
  spill(folder / "a.npy", "\x93NUMPY\x01 and more");
  CHECK_THROWS_WITH(load_weights(model, folder / "a.npy"), ContainsSubstring("NumPy array"));
  spill(folder / "a.h5", "version https://git-lfs.github.com/spec/v1");
  CHECK_THROWS_WITH(load_model(folder / "a.h5"), ContainsSubstring("Git LFS"));
  spill(folder / "empty.h5", "");
  CHECK_THROWS_WITH(load_model(folder / "empty.h5"), ContainsSubstring("is empty"));
}

}  // namespace
}  // namespace kcpp::test
