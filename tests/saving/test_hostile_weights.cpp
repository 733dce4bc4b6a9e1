/// Files whose config asks for much and whose weights give little: refused before it costs memory.
#include <sys/resource.h>

#include <catch2/catch_all.hpp>

#include "kcpp/layers.h"
#include "kcpp/models/sequential.h"
#include "kcpp/saving.h"
#include "src/saving/containers/byte_sink.h"
#include "src/saving/containers/hdf5_writer.h"
#include "src/saving/containers/json.h"
#include "src/saving/containers/zip_reader.h"
#include "src/saving/containers/zip_writer.h"
#include "tests/saving/hostile.h"
#include "tests/support/files.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Megabytes of memory that the process has had at most.
int64_t peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

std::string keras_file(const Model& model) {
  const TemporaryFolder folder;
  model.save(folder / "m.keras");
  return slurp(folder / "m.keras");
}

/// The archive with one member replaced, or left out when `content` is null.
std::string with_member(const std::string& archive, const std::string& member,
                        const std::string* content) {
  const std::vector<std::byte> bytes = bytes_of(archive);
  const zip::Reader reader = zip::Reader::open(io::view_bytes(bytes, "m.keras"));
  io::MemorySink sink;
  zip::Writer writer(sink);
  for (const std::string& name : reader.names()) {
    if (name != member) writer.add(name, reader.read_text(name));
  }
  if (content) writer.add(member, *content);
  writer.finish();
  return {reinterpret_cast<const char*>(sink.bytes().data()), sink.bytes().size()};
}

std::string config_of(const std::string& archive) {
  const std::vector<std::byte> bytes = bytes_of(archive);
  return zip::Reader::open(io::view_bytes(bytes, "m.keras")).read_text("config.json");
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

/// A whole-model .h5 with this config and no weights.
std::string h5_file(const std::string& model_config) {
  hdf5::FileWriter file;
  hdf5::GroupWriter root = file.root();
  root.attribute("model_config", model_config);
  root.attribute("keras_version", "3.15.1");
  root.attribute("backend", "tensorflow");
  root.group("model_weights").attribute_strings("layer_names", {"dense"});
  io::MemorySink sink;
  file.write_to(sink);
  return {reinterpret_cast<const char*>(sink.bytes().data()), sink.bytes().size()};
}

/// The sentence, or "accepted"; within little time and memory.
std::string fate(const std::string& bytes) {
  const MemoryLimit limit;
  const std::vector<std::byte> b = bytes_of(bytes);
  const int64_t before = peak_megabytes();
  const Outcome outcome = attempt([&] { load_model(b, {}, "hostile.file"); });
  CHECK(outcome.wrong == "");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(peak_megabytes() - before < 200);
#endif
  return outcome.accepted ? "accepted" : outcome.sentence;
}

}  // namespace

TEST_CASE("weights that the file cannot hold are not allocated on the config's word") {
  const Sequential model({layers::Input({10}), layers::Dense(7, {.name = "dense"})});
  const std::string good = keras_file(model), config = config_of(good);
  CHECK(fate(good) == "accepted");
  for (const char* units :
       {"50000000", "1000000000", "1000000000000", "4611686018427387904", "9223372036854775807"}) {
    INFO(units);
    const std::string huge = replaced(config, "\"units\": 7", text("\"units\": ", units));
    for (const std::string& sentence :
         {fate(with_member(good, "config.json", &huge)), fate(h5_file(huge)),
          fate(huge)}) {  // the last one is JSON: no weights at all
      CHECK_THAT(sentence, ContainsSubstring("hostile.file"));
      CHECK_THAT(sentence, ContainsSubstring("too large") || ContainsSubstring("exceeds"));
    }
  }
  // Below the limit only the reading would cost memory, and it never begins.
  const std::string large = replaced(config, "\"units\": 7", "\"units\": 6000000");
  CHECK_THAT(fate(with_member(good, "config.json", &large)), ContainsSubstring("(10, 6000000)"));
  CHECK_THAT(fate(h5_file(large)), ContainsSubstring("hostile.file"));
  // Many layers are counted together.
  std::vector<Config> layers;
  for (int i = 0; i < 1000; ++i)
    layers.push_back(layer_entry("Dense", Config::dict({{"name", text("d", i)}, {"units", 1000}})));
  CHECK_THAT(fate(h5_file(sequential_of({1000}, layers).to_json())),
             ContainsSubstring("too large"));
}

TEST_CASE("initializers that take hours do not run while a file is loaded") {
  // The QR of an 8000 x 8000 matrix.
  const Config recurrent =
      layer_entry("SimpleRNN", Config::dict({{"name", "dense"}, {"units", 8000}}));
  CHECK_THAT(fate(h5_file(sequential_of({2, 3}, {recurrent}).to_json())),
             ContainsSubstring("hostile.file"));
}

TEST_CASE("products of sizes that overflow are refused") {
  const auto refused = [](const std::string& class_name, Config config, const Shape& input) {
    config.set("name", "dense");
    INFO(class_name);
    CHECK(fate(sequential_of(input, {layer_entry(class_name, std::move(config))}).to_json()) !=
          "accepted");
  };
  const int64_t big = int64_t{1} << 33, large = 2000000000;
  refused("Conv2D", Config::dict({{"filters", big}, {"kernel_size", Config::list({3, 3})}}),
          {8, 8, 1});
  refused("Conv2D",
          Config::dict(
              {{"filters", 8}, {"kernel_size", Config::list({large, large})}, {"padding", "same"}}),
          {8, 8, 3});
  refused("Embedding", Config::dict({{"input_dim", big}, {"output_dim", big}}), {4});
  refused("LSTM", Config::dict({{"units", big}}), {4, 4});
  refused("GRU", Config::dict({{"units", INT64_MAX}}), {4, 4});
  refused("MultiHeadAttention", Config::dict({{"num_heads", big}, {"key_dim", big}}), {4, 4});
  refused("EinsumDense",
          Config::dict({{"equation", "ab,bc->ac"}, {"output_shape", Config::list({big * 1000})}}),
          {4});
  refused("SeparableConv2D",
          Config::dict(
              {{"filters", 1}, {"kernel_size", Config::list({3, 3})}, {"depth_multiplier", big}}),
          {8, 8, 4});
}

TEST_CASE("members that are missing, of another kind, or too many") {
  const Sequential model({layers::Input({10}), layers::Dense(7, {.name = "dense"})});
  const std::string good = keras_file(model), empty, text = "no HDF5 at all";
  CHECK_THAT(fate(with_member(good, "model.weights.h5", nullptr)),
             ContainsSubstring("model.weights.h5"));
  CHECK_THAT(fate(with_member(good, "config.json", nullptr)), ContainsSubstring("config.json"));
  CHECK_THAT(fate(with_member(good, "model.weights.h5", &empty)), ContainsSubstring("HDF5"));
  CHECK_THAT(fate(with_member(good, "model.weights.h5", &text)), ContainsSubstring("HDF5"));
  CHECK_THAT(fate(with_member(good, "config.json", &text)), ContainsSubstring("config.json"));
  CHECK(fate(with_member(good, "metadata.json", nullptr)) == "accepted");
  CHECK(fate(with_member(good, "assets/evil.txt", &text)) == "accepted");
}

TEST_CASE("a compile config costs the compile config only, and neither memory nor time") {
  const auto metric = [](const std::string& class_name, const std::string& key,
                         const Config& value) {
    return Config::dict({{"class_name", class_name}, {"config", Config::dict({{key, value}})}});
  };
  for (const Config& value : absurd_values()) {
    for (const Config& m :
         {metric("AUC", "num_thresholds", value), metric("AUC", "thresholds", value),
          metric("MeanIoU", "num_classes", value), metric("TopKCategoricalAccuracy", "k", value),
          metric("Precision", "thresholds", value), metric("F1Score", "threshold", value),
          metric("FBetaScore", "beta", value), metric("PrecisionAtRecall", "num_thresholds", value),
          value}) {
      for (const char* where :
           {"metrics", "loss", "optimizer", "weighted_metrics", "loss_weights"}) {
        Config model =
            sequential_of({3}, {layer_entry("Dense", Config::dict({{"name", "d"}, {"units", 2}}))});
        Config compile = Config::dict({{"optimizer", "adam"}, {"loss", "mse"}});
        compile.set(where, where == std::string("metrics") ? Config::list({m}) : m);
        model.set("compile_config", compile);
        INFO(compile.to_json().substr(0, 300));
        CHECK(fate(model.to_json()) == "accepted");
      }
    }
  }
}
