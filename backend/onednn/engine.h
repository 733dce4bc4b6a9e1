/// What every kernel of the oneDNN backend runs in: the engine, a stream a thread, and the state of
/// the calling thread (denormals flushed, OpenMP's thread count) while a kernel works.
#pragma once

#include <cstddef>
#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>

#include "kcpp/backend.h"

namespace kcpp::onednn {

dnnl::engine& engine();
/// The stream of the calling thread. CPU streams execute at once: nothing has to be waited for.
dnnl::stream& stream();

/// Flushes denormals to zero on this thread until the end of the scope.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  unsigned saved_ = 0;
  bool changed_ = false;
};

/// Held while a oneDNN function runs: flushes denormals on the calling thread and on its OpenMP
/// workers, and makes oneDNN use num_threads() threads. Restores the caller's settings.
class LibraryScope {
 public:
  LibraryScope();
  ~LibraryScope();
  LibraryScope(const LibraryScope&) = delete;
  LibraryScope& operator=(const LibraryScope&) = delete;

 private:
  FlushDenormals flush_;
  int saved_threads_ = 0;
};

/// Scratch memory of the calling thread, at least `bytes`, 64-byte aligned; it stays valid until
/// the next call with the same slot. Slot 0 is the scratchpad of primitives, the others are free
/// for own kernels.
void* scratch(int slot, size_t bytes);
inline float* scratch_floats(int slot, int64_t count) {
  return static_cast<float*>(scratch(slot, static_cast<size_t>(count) * sizeof(float)));
}

inline const float* floats(const Tensor& t) { return static_cast<const float*>(t.raw()); }
inline float* floats_out(Tensor& t) { return static_cast<float*>(t.mutable_raw()); }

}  // namespace kcpp::onednn
