/// Storage: a reference-counted block of memory that tensors share, served by a caching pool.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "kcpp/core/export.h"

namespace kcpp {

/// A block of host memory, 64-byte aligned when it comes from the pool. Held by StoragePtr.
class KCPP_API Storage {
 public:
  using Deleter = void (*)(Storage*);

  Storage(void* data, size_t bytes, Deleter deleter, void* context, bool borrowed = false)
      : data_(data), bytes_(bytes), deleter_(deleter), context_(context), borrowed_(borrowed) {}
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  void* context() const { return context_; }
  /// Counts writes: caches of derived data (packed weights) compare it to know that they are stale.
  uint64_t version() const { return version_.load(std::memory_order_relaxed); }
  void bump_version() { version_.fetch_add(1, std::memory_order_relaxed); }
  /// Unique over the life of the process; an address can be used again, an id cannot.
  uint64_t id() const { return id_; }

  void retain() { refs_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) deleter_(this);
  }
  /// Somebody else's memory, which may change without a word: nothing derived from it can be kept.
  bool borrowed() const { return borrowed_; }
  /// One holder, and the memory is ours: it may be written to. Borrowed memory never may.
  bool unique() const { return !borrowed_ && refs_.load(std::memory_order_acquire) == 1; }

 private:
  friend class MemoryPool;
  static uint64_t next_id();

  void* data_;
  size_t bytes_;
  Deleter deleter_;
  void* context_;
  bool borrowed_;
  std::atomic<uint32_t> refs_{0};
  std::atomic<uint64_t> version_{0};
  uint64_t id_ = next_id();
};

/// Intrusive pointer for the reference-counted types of core (Storage, TensorImpl, autodiff::Node).
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  explicit Ref(T* p) : p_(p) {
    if (p_) p_->retain();
  }
  Ref(const Ref& o) : Ref(o.p_) {}
  Ref(Ref&& o) noexcept : p_(o.p_) { o.p_ = nullptr; }
  Ref& operator=(Ref o) noexcept {
    std::swap(p_, o.p_);
    return *this;
  }
  ~Ref() {
    if (p_) p_->release();
  }
  T* get() const { return p_; }
  T* operator->() const { return p_; }
  T& operator*() const { return *p_; }
  explicit operator bool() const { return p_ != nullptr; }
  friend bool operator==(const Ref& a, const Ref& b) { return a.p_ == b.p_; }

 private:
  T* p_ = nullptr;
};

using StoragePtr = Ref<Storage>;

/// A block from the caching pool, 64-byte aligned, not cleared.
KCPP_API StoragePtr allocate_host(size_t bytes);
/// A block that somebody else owns; `release` runs when the last tensor lets go (may be empty).
KCPP_API StoragePtr borrow_host(void* data, size_t bytes, std::function<void()> release = {});

/// Gives cached blocks back to the system.
KCPP_API void clear_memory_pool();
struct MemoryStats {
  size_t in_use = 0;                ///< bytes held by live tensors
  size_t cached = 0;                ///< bytes kept for reuse
  size_t peak = 0;                  ///< highest in_use so far
  uint64_t system_allocations = 0;  ///< times the pool had to ask the system
};
KCPP_API MemoryStats memory_stats();

}  // namespace kcpp
