/// Seeds: SeedGenerator (keras.random.SeedGenerator), the argument `seed`, and set_random_seed.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kcpp/core/variable.h"

namespace kcpp {

struct RandomKey;

/// A stream of random numbers: a state [seed, counter] (int64, as in Keras on TensorFlow), counted
/// up by every draw. The state is saved with a model. A shared object: layers hold it by
/// shared_ptr.
class KCPP_API SeedGenerator {
 public:
  /// Without a seed: one from make_default_seed.
  explicit SeedGenerator(std::optional<int64_t> seed = {}, std::string name = {});

  /// The key of the next draw; counts the state up. Safe from several threads.
  RandomKey next();
  /// Starts over from a seed.
  void reset(int64_t seed);
  /// shape (2,), int64, not trainable, named "seed_generator_state".
  const Variable& state() const { return state_; }
  /// What the constructor got.
  std::optional<int64_t> seed() const { return seed_; }
  const std::string& name() const { return name_; }

 private:
  std::optional<int64_t> seed_;
  std::string name_;
  Variable state_;
};

/// keras.utils.set_random_seed: restarts the global generator and the default seeds of layers and
/// initializers.
KCPP_API void set_random_seed(int64_t seed);

namespace random {

using kcpp::SeedGenerator;

/// `seed`: none (the global generator), a number (the same result every time), or a SeedGenerator.
class KCPP_API Seed {
 public:
  Seed() = default;
  Seed(std::nullopt_t) {}
  Seed(int seed) : number_(seed) {}
  Seed(int64_t seed) : number_(seed) {}
  Seed(std::optional<int64_t> seed) : number_(seed) {}
  Seed(SeedGenerator& generator) : generator_(&generator) {}
  Seed(const std::shared_ptr<SeedGenerator>& generator) : generator_(generator.get()) {}

  /// keras.random's draw_seed: the key of one draw.
  RandomKey draw() const;

 private:
  std::optional<int64_t> number_;
  SeedGenerator* generator_ = nullptr;
};

/// The generator behind draws without a seed.
KCPP_API SeedGenerator& global_seed_generator();
/// A fresh seed in [1, 1e9], for whoever was given none; reproducible after set_random_seed.
KCPP_API int64_t make_default_seed();

}  // namespace random
}  // namespace kcpp
