/// Models inside of models that are compiled by themselves (src/saving/nested_models.h).
#include <catch2/catch_all.hpp>

#include "kcpp/kcpp.h"
#include "src/saving/containers/json.h"
#include "tests/support/files.h"

namespace kcpp::test {
namespace {

const Tensor x{{0.1, 0.7, -0.4}, {0.9, -0.2, 0.3}, {-0.8, 0.5, 0.6}, {0.2, 0.4, -0.9}};
const Tensor y{{0.5}, {-0.5}, {1.0}, {0.0}};

/// A model that is trained by itself, as a layer of one that is trained on its own, too.
struct Pair {
  Sequential inner{{layers::Input({3}), layers::Dense(1, {.activation = "tanh"})},
                   {.name = "critic"}};
  Model outer;

  Pair() {
    inner.compile({.optimizer = optimizers::Adam({.learning_rate = 0.1}), .loss = "mse"});
    inner.fit(x, y, {.epochs = 2, .verbose = "0"});
    const Tensor in = layers::Input({3});
    outer = Model(in, layers::Dense(1)(inner(in)));
    outer.compile({.optimizer = "sgd", .loss = "mae"});
  }
};

Model critic_of(const Model& outer) {
  for (const Layer& layer : outer.layers()) {
    if (layer.name() == "critic") return Model(std::dynamic_pointer_cast<ModelImpl>(layer.impl()));
  }
  throw ValueError("there is no critic");
}

std::vector<double> losses(const Model& model) {
  return model.fit(x, y, {.epochs = 3, .verbose = "0", .shuffle = false})["loss"];
}

TEST_CASE("a nested model goes on training by itself after a load", "[saving]") {
  set_random_seed(5);
  const Pair pair;
  const TemporaryFolder folder;
  pair.outer.save(folder / "m.keras");
  const Model loaded = load_model(folder / "m.keras");
  const Model critic = critic_of(loaded);
  REQUIRE(critic.compiled());
  CHECK(loaded.compile_options().optimizer->class_info().name == "SGD");
  CHECK(critic.compile_options().optimizer->class_info().name == "Adam");
  const std::vector<double> got = losses(critic), want = losses(pair.inner);
  for (size_t i = 0; i < want.size(); ++i) CHECK(got[i] == Catch::Approx(want[i]).epsilon(1e-6));
}

TEST_CASE("what is not compiled says so in a .keras, and its optimizer takes no memory",
          "[saving]") {
  const Pair pair;
  Config json = io::parse_json(pair.outer.to_json());
  const auto entry = [&]() -> Config& { return json.find("config")->find("layers")->as_list()[1]; };
  CHECK(entry().at("compile_config").at("loss") == Config("mse"));
  const Model again = model_from_json(json.to_json());
  CHECK(again.compiled());
  REQUIRE(critic_of(again).compiled());
  CHECK_FALSE(critic_of(again).optimizer()->built());

  const TemporaryFolder folder;
  pair.outer.save(folder / "plain.keras", {.include_optimizer = false});
  const Model plain = load_model(folder / "plain.keras");
  CHECK_FALSE(plain.compiled());
  CHECK_FALSE(critic_of(plain).compiled());
  CHECK(io::parse_json(plain.to_json()).at("compile_config").size() == 0);
}

}  // namespace
}  // namespace kcpp::test
