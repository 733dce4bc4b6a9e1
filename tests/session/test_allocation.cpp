/// A session's call asks nobody for memory.
#include <atomic>
#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <new>

#include "tests/session/support.h"

namespace {
std::atomic<bool> counting{false};
std::atomic<long> allocations{0};
void* counted(std::size_t bytes, std::size_t alignment) {
  if (counting.load(std::memory_order_relaxed)) ++allocations;
  void* p = alignment > alignof(std::max_align_t)
                ? std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment)
                : std::malloc(bytes ? bytes : 1);
  if (!p) throw std::bad_alloc();
  return p;
}
}  // namespace

// Sanitizers count by themselves, and want their own functions.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void* operator new(std::size_t n) { return counted(n, 1); }
void* operator new[](std::size_t n) { return counted(n, 1); }
void* operator new(std::size_t n, std::align_val_t a) {
  return counted(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, std::align_val_t a) {
  return counted(n, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
#endif

namespace kcpp::test {
namespace {

using namespace layers;

long allocations_of(const Model& model, const SessionOptions& options) {
  Session s = model.session(options);
  const Tensors x = random_inputs(s);
  Tensors out;
  std::vector<InputData> in;
  std::vector<OutputData> to;
  for (const Tensor& t : x) in.emplace_back(t);
  for (const TensorSpec& spec : s.outputs()) {
    out.push_back(Tensor::empty(spec.shape, spec.dtype));
    to.emplace_back(std::span<float>(out.back().mutable_data<float>()));
  }
  const std::span<const InputData> inputs(in);
  const std::span<const OutputData> outputs(to);
  s.run(inputs, outputs);  // OpenMP makes its team with the first call
  const uint64_t pool = memory_stats().system_allocations;
  allocations = 0;
  counting = true;
  bool ok = true;
  for (int i = 0; i < 3; ++i) ok &= s.run(inputs, outputs);
  counting = false;
  CHECK(ok);
  CHECK(memory_stats().system_allocations == pool);
  return allocations;
}

}  // namespace

TEST_CASE("a session's call allocates nothing", "[session]") {
  if (backend().name() == "reference") return;  // runs through eager kernels
  const Tensor image = Input({20, 20, 3});
  Tensor h = ReLU()(BatchNormalization()(Conv2D(8, 3, {.strides = 2, .padding = "same"})(image)));
  h = Add()({h, Conv2D(8, 1)(DepthwiseConv2D(3, {.padding = "same"})(h))});
  h = Concatenate()({h, AveragePooling2D(3, {.strides = 1, .padding = "same"})(h)});
  const Model cnn(
      image, Dense(5, {.activation = "softmax"})(GlobalAveragePooling2D()(MaxPooling2D(2)(h))));
  const Tensor ids = Input({12}, {.dtype = DType::int32});
  Tensor t = Embedding(20, 16)(ids);
  t = LayerNormalization()(t + MultiHeadAttention(2, 8)({t, t}));
  t = LayerNormalization()(t + Dense(16)(Dense(32, {.activation = "gelu"})(t)));
  const Model transformer(ids, Dense(3)(GlobalAveragePooling1D()(t)));
  const Sequential recurrent({Input({9, 5}), Bidirectional(LSTM(6, {.return_sequences = true})),
                              GRU(4, {.return_sequences = true}), SimpleRNN(3), Dense(2)});
  const Sequential mlp({Input({10}), Rescaling(0.5), Dense(64, {.activation = "relu"}), Dense(2)});
  for (int threads : {1, 2}) {
    CAPTURE(threads);
    for (const Model& model : {cnn, transformer, Model(recurrent), Model(mlp)})
      CHECK(allocations_of(model, {.batch_size = 3, .threads = threads}) == 0);
  }
  const Sequential steps({Input({Shape::unknown, 3}), Conv1D(4, 3, {.padding = "causal"}),
                          LSTM(4, {.return_sequences = true})});
  CHECK(allocations_of(steps, {.streaming = true}) == 0);
}

}  // namespace kcpp::test
