#include "backend/onednn/engine.h"

#include <omp.h>

#include <array>

#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/primitive_cache.h"
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace kcpp::onednn {
namespace {

// Flush-to-zero and denormals-are-zero.
constexpr unsigned flush_bits = 0x8040;

unsigned control_word() {
#if defined(__x86_64__)
  return _mm_getcsr();
#else
  return flush_bits;
#endif
}

void set_control_word(unsigned word) {
#if defined(__x86_64__)
  _mm_setcsr(word);
#else
  (void)word;
#endif
}

/// oneDNN's own parallel regions run on the OpenMP workers of the calling thread, where we have no
/// hook: the workers are put into flushing mode when the team is first used or has grown.
void prepare_workers(int threads) {
  static thread_local int prepared = 1;
  if (threads <= prepared || omp_in_parallel()) return;
#pragma omp parallel num_threads(threads)
  {
    if (omp_get_thread_num() != 0) set_control_word(control_word() | flush_bits);
  }
  prepared = threads;
}

}  // namespace

dnnl::engine& engine() {
  static dnnl::engine* e = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *e;
}

dnnl::stream& stream() {
  static thread_local dnnl::stream s(engine());
  return s;
}

FlushDenormals::FlushDenormals() {
  saved_ = control_word();
  changed_ = (saved_ & flush_bits) != flush_bits;
  if (changed_) set_control_word(saved_ | flush_bits);
}

FlushDenormals::~FlushDenormals() {
  // Only the mode: the exception flags that were raised meanwhile stay raised.
  if (changed_) set_control_word((control_word() & ~flush_bits) | (saved_ & flush_bits));
}

LibraryScope::LibraryScope() {
  const int threads = num_threads();
  const int current = omp_get_max_threads();
  if (current != threads) {
    saved_threads_ = current;
    omp_set_num_threads(threads);
  }
  prepare_workers(threads);
}

LibraryScope::~LibraryScope() {
  if (saved_threads_ > 0) omp_set_num_threads(saved_threads_);
}

void* scratch(int slot, size_t bytes) {
  static thread_local std::array<StoragePtr, 6> arenas;
  StoragePtr& arena = arenas[static_cast<size_t>(slot)];
  if (!arena || arena->bytes() < bytes) {
    arena = nullptr;  // give the old block back before asking for the larger one
    arena = allocate_host(bytes);
  }
  return arena->data();
}

std::vector<std::string> held_implementations() {
  return PrimitiveCache::of_thread().implementations();
}
void clear_held_primitives() { PrimitiveCache::of_thread().clear(); }

}  // namespace kcpp::onednn

namespace kcpp {

inference::KernelProvider::Saved OneDnnBackend::enter(int threads, bool library) const noexcept {
  using namespace onednn;
  Saved saved;
  saved.control = control_word();
  if ((saved.control & flush_bits) != flush_bits) set_control_word(saved.control | flush_bits);
  if (library) {
    const int current = omp_get_max_threads();
    if (current != threads) {
      saved.threads = current;
      omp_set_num_threads(threads);
    }
  }
  return saved;
}

void OneDnnBackend::leave(const Saved& saved) const noexcept {
  using namespace onednn;
  // Only the mode: the exception flags that were raised meanwhile stay raised.
  if ((saved.control & flush_bits) != flush_bits)
    set_control_word((control_word() & ~flush_bits) | (saved.control & flush_bits));
  if (saved.threads > 0) omp_set_num_threads(saved.threads);
}

}  // namespace kcpp
