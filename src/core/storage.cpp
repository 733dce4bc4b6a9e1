/// The caching pool: freed blocks wait in size classes for the next tensor of their size, so that a
/// training step in its steady state never asks the system. Classes are eighths of a power of two:
/// at most 12.5 % is wasted.
#include "kcpp/core/storage.h"

#include <array>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "kcpp/core/error.h"

namespace kcpp {
namespace {

constexpr size_t alignment = 64;
constexpr size_t smallest = 64;
constexpr int classes = 64 * 8;

struct SizeClass {
  int index;
  size_t bytes;
};

SizeClass class_of(size_t bytes) {
  if (bytes < smallest) bytes = smallest;
  const int log2 = std::bit_width(bytes - 1);  // 2^(log2-1) < bytes <= 2^log2
  const size_t step = log2 > 9 ? size_t{1} << (log2 - 4) : alignment;
  const size_t rounded = (bytes + step - 1) / step * step;
  return {log2 * 8 + static_cast<int>((rounded - 1) >> (log2 > 9 ? log2 - 4 : 6)) % 8, rounded};
}

/// From the system; null when it has none. Large blocks ask for huge pages: weights and activations
/// are read from end to end, and the processor's table of small pages covers a few megabytes only.
void* allocate_from_system(size_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr size_t huge_page = size_t{2} << 20;
  if (bytes >= huge_page) {
    void* data = std::aligned_alloc(huge_page, (bytes + huge_page - 1) / huge_page * huge_page);
    if (data) madvise(data, bytes / huge_page * huge_page, MADV_HUGEPAGE);  // a wish: may fail
    return data;
  }
#endif
  return std::aligned_alloc(alignment, bytes);
}

}  // namespace

class MemoryPool {
 public:
  /// Never destroyed: tensors in static storage may outlive everything else.
  static MemoryPool& instance() {
    static MemoryPool* pool = new MemoryPool;
    return *pool;
  }

  Storage* allocate(size_t bytes) {
    const SizeClass c = class_of(bytes);
    {
      std::lock_guard lock(mutex_);
      stats_.in_use += c.bytes;
      if (stats_.in_use > stats_.peak) stats_.peak = stats_.in_use;
      auto& free = free_[static_cast<size_t>(c.index)];
      if (!free.empty()) {
        Storage* storage = free.back();
        free.pop_back();
        stats_.cached -= c.bytes;
        storage->id_ = Storage::next_id();
        storage->version_.store(0, std::memory_order_relaxed);
        return storage;
      }
      ++stats_.system_allocations;
    }
    void* data = allocate_from_system(c.bytes);
    if (!data) {
      clear();
      data = allocate_from_system(c.bytes);
    }
    if (!data) {
      std::lock_guard lock(mutex_);
      stats_.in_use -= c.bytes;
      throw RuntimeError(text("Out of memory: a tensor of ", bytes, " bytes cannot be allocated."));
    }
    return new Storage(
        data, c.bytes, [](Storage* s) { MemoryPool::instance().recycle(s); }, nullptr);
  }

  void recycle(Storage* storage) {
    const SizeClass c = class_of(storage->bytes());
    std::lock_guard lock(mutex_);
    stats_.in_use -= c.bytes;
    stats_.cached += c.bytes;
    free_[static_cast<size_t>(c.index)].push_back(storage);
  }

  void clear() {
    std::lock_guard lock(mutex_);
    for (auto& free : free_) {
      for (Storage* storage : free) {
        std::free(storage->data());
        delete storage;
      }
      free.clear();
    }
    stats_.cached = 0;
  }

  MemoryStats stats() {
    std::lock_guard lock(mutex_);
    return stats_;
  }

 private:
  std::mutex mutex_;
  std::array<std::vector<Storage*>, classes> free_;
  MemoryStats stats_;
};

uint64_t Storage::next_id() {
  static std::atomic<uint64_t> counter{0};
  return counter.fetch_add(1, std::memory_order_relaxed) + 1;
}

StoragePtr allocate_host(size_t bytes) {
  return StoragePtr(MemoryPool::instance().allocate(bytes));
}

StoragePtr borrow_host(void* data, size_t bytes, std::function<void()> release) {
  auto* context = release ? new std::function<void()>(std::move(release)) : nullptr;
  return StoragePtr(new Storage(
      data, bytes,
      [](Storage* s) {
        if (auto* f = static_cast<std::function<void()>*>(s->context())) {
          (*f)();
          delete f;
        }
        delete s;
      },
      context, /*borrowed=*/true));
}

void clear_memory_pool() { MemoryPool::instance().clear(); }
MemoryStats memory_stats() { return MemoryPool::instance().stats(); }

}  // namespace kcpp
