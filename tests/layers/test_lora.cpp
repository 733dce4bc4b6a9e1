/// LoRA beside its numbers: what is trained, what a file holds, what is refused.
#include <catch2/catch_all.hpp>
#include <filesystem>

#include "kcpp/layers.h"
#include "kcpp/models/sequential.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/saving.h"
#include "tests/support/closeness.h"

namespace kcpp::test {
namespace {

using namespace layers;
using Catch::Matchers::ContainsSubstring;

std::vector<std::string> names(const Variables& variables) {
  std::vector<std::string> out;
  for (const Variable& v : variables) out.push_back(v.name());
  return out;
}

TEST_CASE("LoRA freezes the kernel and learns two small matrices", "[layers][lora]") {
  const Dense dense(3);
  const Tensor x({{1.0, 2.0}, {3.0, 4.0}});
  const Tensor before = dense(x);
  dense.enable_lora(1, {.lora_alpha = 0.5});
  CHECK(names(dense.weights()) ==
        std::vector<std::string>{"kernel", "bias", "lora_kernel_a", "lora_kernel_b"});
  CHECK(names(dense.trainable_weights()) ==
        std::vector<std::string>{"bias", "lora_kernel_a", "lora_kernel_b"});
  CHECK(dense(x).to_vector<float>() == before.to_vector<float>());  // b begins at zeros

  const std::vector<Tensor> w = dense.get_weights();
  const Tensor a({{1.0f}, {-1.0f}}), b({{2.0f, 4.0f, 6.0f}});
  dense.set_weights({w[0], w[1], a, b});
  const Tensor expected = before + 0.5 * ops::matmul(ops::matmul(x, a), b);
  CHECK(difference(dense(x), expected, 1e-6) == "");
  CHECK(dense.get_config().at("lora_rank") == Config(1));
  CHECK(dense.get_config().at("lora_alpha") == Config(0.5));
}

TEST_CASE("files hold the kernel with its update", "[layers][lora]") {
  const std::string path = (std::filesystem::temp_directory_path() / "kcpp_lora.keras").string();
  const Sequential model({Input({2}), Dense(3, {.lora_rank = 2})});
  const Layer dense = model.layers().back();
  dense.set_weights(
      {Tensor::ones({2, 3}), Tensor::zeros({3}), Tensor::ones({2, 2}), Tensor::ones({2, 3})});
  const Tensor x({{1.0f, 2.0f}});
  const Tensor y = model(x);
  model.save(path);
  const Model loaded = load_model(path);
  std::filesystem::remove(path);
  const std::vector<Tensor> w = loaded.layers().back().get_weights();
  CHECK(w[0].to_vector<float>() == std::vector<float>(6, 3.0f));
  CHECK(w[2].to_vector<float>() == std::vector<float>(4, 0.0f));
  CHECK(w[3].to_vector<float>() == std::vector<float>(6, 0.0f));
  CHECK(loaded(x).to_vector<float>() == y.to_vector<float>());
}

TEST_CASE("LoRA is refused where Keras refuses it", "[layers][lora]") {
  const Dense unbuilt(3);
  CHECK_THROWS_WITH(unbuilt.enable_lora(1), "Cannot enable lora on a layer that isn't yet built.");
  const Dense twice(3);
  twice.build({-1, 2});
  twice.enable_lora(1);
  CHECK_THROWS_WITH(twice.enable_lora(1),
                    "lora is already enabled. This can only be done once per layer.");
  const Dense constrained(3, {.kernel_constraint = "non_neg"});
  constrained.build({-1, 2});
  CHECK_THROWS_WITH(constrained.enable_lora(1),
                    ContainsSubstring("Lora is incompatible with kernel constraints."));
  const Flatten flatten;
  CHECK_THROWS_AS(flatten.enable_lora(1), TypeError);
  CHECK_THROWS_AS(Dense(3, {.lora_rank = -1}).build({-1, 2}), ValueError);
}

}  // namespace
}  // namespace kcpp::test
