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

  /// The packed copy of this version, or null.
  StoragePtr find(const Storage& storage, const void* plain, const dnnl::memory::desc& wanted) {
    std::lock_guard lock(mutex_);
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      if (it->storage_id != storage.id() || it->plain != plain || it->wanted != wanted) continue;
      entries_.splice(entries_.begin(), entries_, it);
      if (it->version == storage.version()) return it->packed;
      bytes_ -= it->packed->bytes();
      entries_.erase(it);
      break;
    }
    return nullptr;
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

const void* WeightsLayout::packed(const Tensor& weights, StoragePtr& holder) {
  const void* data = weights.raw();
  if (plain == wanted) return data;
  const Storage& storage = *weights.impl()->storage;
  const uint64_t version = storage.version();
  // Borrowed memory may change without a word: it is packed anew each time.
  if (!storage.borrowed()) holder = Cache::instance().find(storage, data, wanted);
  if (!holder) {
    holder = allocate_host(wanted.get_size());
    if (from_ < 0) {
      const dnnl::reorder::primitive_desc desc(engine(), plain, engine(), wanted,
                                               user_scratchpad());
      from_ = reorder_.argument(DNNL_ARG_FROM, plain);
      to_ = reorder_.argument(DNNL_ARG_TO, wanted);
      reorder_.set_primitive(dnnl::reorder(desc), desc.scratchpad_desc());
    }
    reorder_.bind(from_, data);
    reorder_.bind(to_, holder->data());
    reorder_.run();
    if (!storage.borrowed()) Cache::instance().put({storage.id(), data, version, wanted, holder});
  }
  return holder->data();
}

}  // namespace kcpp::onednn
