/// Weights in the layouts of every older Keras: what tf.keras 2.15 makes of them, kcpp must too
/// (tests/golden/generate/gen_legacy_weights.py).
#include <catch2/catch_all.hpp>

#include "kcpp/layers.h"
#include "kcpp/models/sequential.h"
#include "kcpp/saving.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

double largest_difference(const Tensor& a, const Tensor& b) {
  double out = 0;
  for (int64_t i = 0; i < a.shape().size(); ++i)
    out = std::max(out, std::abs(static_cast<double>(a.data<float>()[i]) - b.data<float>()[i]));
  return out;
}

TEST_CASE("weights of older layouts become those of Keras 3", "[saving][legacy][golden]") {
  const GoldenFile& golden = GoldenFile::get("legacy_weights");
  for (const Config& c : golden.cases()) {
    INFO(c.at("name").as_string());
    Model model = model_from_json(c.at("model_json").to_json());
    LoadReport report;
    load_weights(model, GoldenFile::path("files_legacy_weights/" + c.at("file").as_string()),
                 {.report = &report});
    const Tensors expected = golden.arrays(c.at("weights"));
    const Variables weights = model.weights();
    REQUIRE(weights.size() == expected.size());
    for (size_t i = 0; i < weights.size(); ++i) {
      INFO(weights[i].path());
      REQUIRE(weights[i].shape() == expected[i].shape());
      CHECK(largest_difference(weights[i].value(), expected[i]) <= 1e-7);
    }
  }
}

TEST_CASE("weights that do not fit are refused in Keras's words, and nothing is changed",
          "[saving][legacy]") {
  const std::string file = GoldenFile::path("files_legacy_weights/lstm_dense_k1.h5");
  const auto all_ones = [](const Model& model) {
    for (Variable v : model.weights()) v.assign(Tensor::full(v.shape(), 1, v.dtype()));
  };
  const auto is_unchanged = [](const Model& model) {
    for (const Variable& v : model.weights())
      for (int64_t i = 0; i < v.shape().size(); ++i)
        if (v.value().data<float>()[i] != 1) return false;
    return true;
  };
  Sequential fewer({layers::Input({5, 3}), layers::LSTM(2), layers::Dense(2)});
  all_ones(fewer);
  CHECK_THROWS_WITH(load_weights(fewer, file),
                    Catch::Matchers::ContainsSubstring("Model expected 2 layers, found 3 saved"));
  Sequential wider({layers::Input({5, 3}), layers::LSTM(2, {.return_sequences = true}),
                    layers::LSTM(3), layers::Dense(4)});
  all_ones(wider);
  CHECK_THROWS_WITH(
      load_weights(wider, file),
      Catch::Matchers::ContainsSubstring("Shape mismatch in layer #2") &&
          Catch::Matchers::ContainsSubstring(
              "Weight expects shape (3, 4). Received saved weight with shape (3, 2)"));
  CHECK(is_unchanged(wider));
  LoadReport report;
  load_weights(wider, file, {.skip_mismatch = true, .report = &report});
  CHECK(report.to_string().find("Skipping loading weights for layer #2") != std::string::npos);
  CHECK_FALSE(is_unchanged(wider));
  // By name: layers that the file lacks are left, those that the model lacks are noted.
  Sequential other({layers::Input({5, 3}), layers::LSTM(2, {.name = "lstm_1"}),
                    layers::Dense(7, {.name = "mine"})});
  all_ones(other);
  report.notes.clear();
  load_weights(other, file, {.by_name = true, .report = &report});
  CHECK(other.layers()[0].weights()[0].value().data<float>()[0] != 1);
  CHECK(other.layers()[1].weights()[0].value().data<float>()[0] == 1);
  CHECK(report.to_string().find("No weights for layer 'mine'") != std::string::npos);
  CHECK(report.to_string().find("no layer 'dense_1'") != std::string::npos);
  CHECK_THROWS_WITH(
      load_weights(other, GoldenFile::path("files_legacy_weights/modern.weights.h5"),
                   {.by_name = true}),
      Catch::Matchers::ContainsSubstring("`by_name` only supports loading legacy '.h5'"));
  CHECK_THROWS_WITH(
      load_weights(other, GoldenFile::path("files_legacy_weights/keras0.h5"), {.by_name = true}),
      Catch::Matchers::ContainsSubstring("does not support name-based"));
}

TEST_CASE("a GRU says which of the two it is", "[saving][legacy]") {
  Sequential before({layers::Input({5, 3}), layers::GRU(2, {.reset_after = false})});
  CHECK_THROWS_WITH(
      load_weights(before, GoldenFile::path("files_legacy_weights/cudnn_gru.h5")),
      Catch::Matchers::ContainsSubstring("CuDNNGRU is not compatible with GRU(reset_after=False)"));
  Sequential after({layers::Input({5, 3}), layers::GRU(2)});
  CHECK_THROWS_WITH(load_weights(after, GoldenFile::path("files_legacy_weights/gru9.h5")),
                    Catch::Matchers::ContainsSubstring(
                        "GRU(reset_after=False) is not compatible with GRU(reset_after=True)"));
}

}  // namespace
}  // namespace kcpp::test
