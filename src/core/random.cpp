#include "kcpp/core/random.h"

#include <mutex>
#include <random>

#include "kcpp/backend.h"
#include "kcpp/core/symbolic.h"

namespace kcpp {
namespace {

/// What is behind draws without a seed.
struct Global {
  std::mutex mutex;
  std::mt19937_64 seeds{std::random_device{}()};
  std::shared_ptr<SeedGenerator> generator;
  int64_t global_seed = 0;  ///< of the generator to come; 0: none set
};
Global& global() {
  static Global g;
  return g;
}

/// One lock for all states: a draw holds it for a few nanoseconds.
std::mutex state_mutex;

int64_t next_default_seed(Global& g) {
  return 1 + static_cast<int64_t>(g.seeds() % 1'000'000'000u);
}

Tensor state_of(int64_t seed, int64_t counter) {
  const int64_t values[] = {seed, counter};
  return Tensor::from(std::span<const int64_t>(values), {2});
}

}  // namespace

SeedGenerator::SeedGenerator(std::optional<int64_t> seed, std::string name)
    : seed_(seed),
      name_(name.empty() ? symbolic::auto_name("SeedGenerator") : std::move(name)),
      state_(state_of(seed ? *seed : random::make_default_seed(), 0),
             {.dtype = DType::int64, .trainable = false, .name = "seed_generator_state"}) {}

RandomKey SeedGenerator::next() {
  std::lock_guard lock(state_mutex);
  auto state = state_.mutable_value().mutable_data<int64_t>();
  const RandomKey key{static_cast<uint64_t>(state[0]), static_cast<uint64_t>(state[1])};
  ++state[1];
  return key;
}

void SeedGenerator::reset(int64_t seed) {
  std::lock_guard lock(state_mutex);
  state_.assign(state_of(seed, 0));
}

void set_random_seed(int64_t seed) {
  Global& g = global();
  std::lock_guard lock(g.mutex);
  g.seeds.seed(static_cast<uint64_t>(seed));
  g.global_seed = next_default_seed(g);
  if (g.generator) g.generator->reset(g.global_seed);
}

namespace random {

RandomKey Seed::draw() const {
  if (generator_) return generator_->next();
  if (number_) return {static_cast<uint64_t>(*number_), 0};
  return global_seed_generator().next();
}

SeedGenerator& global_seed_generator() {
  Global& g = global();
  std::lock_guard lock(g.mutex);
  if (!g.generator) {
    const int64_t seed = g.global_seed ? g.global_seed : next_default_seed(g);
    g.generator = std::make_shared<SeedGenerator>(seed, "global_seed_generator");
  }
  return *g.generator;
}

int64_t make_default_seed() {
  Global& g = global();
  std::lock_guard lock(g.mutex);
  return next_default_seed(g);
}

}  // namespace random
}  // namespace kcpp
