/// A training step in its steady state takes no memory from the system: tensors come from the pool,
/// and what the heap serves are small bookkeeping objects.
#include <atomic>
#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <new>

#include "kcpp/kcpp.h"

namespace {

std::atomic<uint64_t> heap_allocations{0};
std::atomic<size_t> largest_allocation{0};

void* counted(size_t bytes, size_t alignment = 0) {
  heap_allocations.fetch_add(1, std::memory_order_relaxed);
  size_t largest = largest_allocation.load(std::memory_order_relaxed);
  while (bytes > largest && !largest_allocation.compare_exchange_weak(largest, bytes)) {
  }
  void* p = alignment
                ? std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment)
                : std::malloc(bytes ? bytes : 1);
  if (!p) throw std::bad_alloc();
  return p;
}

}  // namespace

// The whole test program counts what operator new is asked for.
void* operator new(size_t bytes) { return counted(bytes); }
void* operator new[](size_t bytes) { return counted(bytes); }
void* operator new(size_t bytes, std::align_val_t a) {
  return counted(bytes, static_cast<size_t>(a));
}
void* operator new[](size_t bytes, std::align_val_t a) {
  return counted(bytes, static_cast<size_t>(a));
}
// std::stable_sort asks for its buffer without exceptions.
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return counted(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
void operator delete[](void* p, size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, size_t, std::align_val_t) noexcept { std::free(p); }

namespace kcpp::test {
namespace {

struct Counts {
  uint64_t system = 0;  ///< blocks that the pool asked the system for
  double heap = 0;      ///< calls of operator new a step
  size_t largest = 0;   ///< bytes of the largest of them
};

/// What the steps of the third epoch of a fit take.
Counts count_steps(const Model& model, const Tensor& x, const Tensor& y, int64_t batch_size) {
  Counts out;
  uint64_t system = 0, heap = 0;
  int64_t steps = 0;
  const auto begin = [&](int epoch, const Logs&) {
    if (epoch != 2) return;
    system = memory_stats().system_allocations;
    heap = heap_allocations;
    largest_allocation = 0;
  };
  const auto end = [&](int epoch, Logs&) {
    if (epoch != 2) return;
    out.system = memory_stats().system_allocations - system;
    steps = (x.dim(0) + batch_size - 1) / batch_size;
    out.heap = static_cast<double>(heap_allocations - heap) / static_cast<double>(steps);
    out.largest = largest_allocation;
  };
  model.fit(
      x, y,
      {.batch_size = batch_size,
       .epochs = 3,
       .verbose = "0",
       .callbacks = {callbacks::LambdaCallback({.on_epoch_begin = begin, .on_epoch_end = end})}});
  return out;
}

void check_counts(const char* what, const Counts& counts) {
  // Shown by `test_models "*memory*" -s`.
  INFO(what << ": " << counts.heap << " heap allocations a step, the largest of " << counts.largest
            << " bytes");
  CHECK(counts.system == 0);
  CHECK(counts.largest < 32768);  // no tensor of these nets' activations or weights is smaller
}

TEST_CASE("a steady training step takes no memory from the system") {
  set_random_seed(1);
  const auto loss = losses::SparseCategoricalCrossentropy({.from_logits = true});
  SECTION("an MLP") {
    const Tensor x = random::uniform({512, 96});
    const Tensor y = ops::cast(random::uniform({512}, 0, 10), DType::int32);
    const Sequential model({layers::Input({96}), layers::Dense(128, {.activation = "relu"}),
                            layers::Dense(128, {.activation = "relu"}), layers::Dense(10)});
    model.compile({.optimizer = "adam", .loss = loss, .metrics = {"accuracy"}});
    check_counts("MLP", count_steps(model, x, y, 100));  // with a smaller last batch
  }
  SECTION("a CNN with dropout and batch norm") {
    const Tensor x = random::uniform({96, 14, 14, 1});
    const Tensor y = ops::cast(random::uniform({96}, 0, 10), DType::int32);
    const Sequential model({layers::Input({14, 14, 1}), layers::Conv2D(16, 3), layers::ReLU(),
                            layers::BatchNormalization(), layers::Conv2D(16, 3),
                            layers::MaxPooling2D(2), layers::Dropout(0.25), layers::Flatten(),
                            layers::Dense(64, {.activation = "relu"}), layers::Dense(10)});
    model.compile(
        {.optimizer = optimizers::SGD({.learning_rate = 0.01, .momentum = 0.9}), .loss = loss});
    check_counts("CNN", count_steps(model, x, y, 32));
  }
  SECTION("recurrent and attention layers") {
    const Tensor x = random::uniform({64, 12, 24});
    const Tensor y = random::uniform({64, 3});
    const Tensor in = layers::Input({12, 24});
    Tensor h = layers::LSTM(32, {.return_sequences = true})(in);
    h = layers::LayerNormalization()(h + layers::MultiHeadAttention(4, 8)({h, h}));
    h = layers::GRU(32)(h);
    const Model model(in, layers::Dense(3)(h));
    model.compile({.optimizer = "rmsprop", .loss = "mse"});
    check_counts("RNN", count_steps(model, x, y, 16));
  }
}

}  // namespace
}  // namespace kcpp::test
