// The cache of weights in oneDNN's layouts, shared by all threads.
#include <list>
#include <map>
#include <mutex>
#include <tuple>

#include "backend/onednn/convolution.h"

namespace kcpp::onednn {
namespace {

/// Bytes of packed copies that are kept; the least recently used go first.
constexpr size_t capacity = size_t{512} << 20;

struct ReorderPrimitive : Prepared {
  int from = 0, to = 0;
};

struct Entry {
  uint64_t storage_id;
  const void* plain;
  uint64_t version;
  dnnl::memory::desc wanted;
  StoragePtr packed;
};

class Cache {
 public:
  static Cache& instance() {
    static Cache* cache = new Cache;
    return *cache;
  }

  /// The packed copy, and whether it has to be filled.
  std::pair<StoragePtr, bool> find(const Storage& storage, const void* plain,
                                   const dnnl::memory::desc& wanted) {
    std::lock_guard lock(mutex_);
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      if (it->storage_id != storage.id() || it->plain != plain || it->wanted != wanted) continue;
      entries_.splice(entries_.begin(), entries_, it);
      if (it->version == storage.version()) return {it->packed, false};
      bytes_ -= it->packed->bytes();
      entries_.erase(it);
      break;
    }
    return {nullptr, true};
  }

  void put(Entry entry) {
    std::lock_guard lock(mutex_);
    bytes_ += entry.packed->bytes();
    entries_.push_front(std::move(entry));
    while (bytes_ > capacity || entries_.size() > 512) {
      bytes_ -= entries_.back().packed->bytes();
      entries_.pop_back();
    }
  }

 private:
  std::mutex mutex_;
  std::list<Entry> entries_;
  size_t bytes_ = 0;
};

}  // namespace

PackedWeights::PackedWeights(const Tensor& weights, const dnnl::memory::desc& plain,
                             const dnnl::memory::desc& wanted)
    : data_(weights.raw()) {
  if (plain == wanted) return;
  const Storage& storage = *weights.impl()->storage;
  const uint64_t version = storage.version();
  auto [packed, missing] = Cache::instance().find(storage, data_, wanted);
  if (missing) {
    packed = allocate_host(wanted.get_size());
    const LibraryScope scope;
    dnnl::memory from(plain, engine(), const_cast<void*>(data_));
    dnnl::memory to(wanted, engine(), packed->data());
    dnnl::reorder(from, to).execute(stream(), from, to);
    Cache::instance().put({storage.id(), data_, version, wanted, packed});
  }
  packed_ = packed;
  data_ = packed_->data();
}

}  // namespace kcpp::onednn
