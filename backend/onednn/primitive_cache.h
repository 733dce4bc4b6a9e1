/// Primitives held with their memory objects, found by operation, shapes and attributes.
///
/// Making a primitive costs microseconds even when oneDNN has it in its own cache; running one that
/// is held costs a few pointer writes. Each thread has its own cache: memory objects carry the data
/// pointers of one call, so they cannot be shared.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <vector>

#include "backend/onednn/engine.h"
#include "kcpp/core/error.h"

namespace kcpp::onednn {

/// Everything that a primitive depends on, as a row of numbers.
class PrimitiveKey {
 public:
  explicit PrimitiveKey(int64_t operation) {
    add(operation);
    add(num_threads());
  }
  PrimitiveKey& add(int64_t value) {
    KCPP_ASSERT(size_ < static_cast<int>(words_.size()));
    words_[static_cast<size_t>(size_++)] = value;
    return *this;
  }
  PrimitiveKey& add(const Shape& shape) {
    add(shape.rank());
    for (int64_t d : shape) add(d);
    return *this;
  }
  friend bool operator==(const PrimitiveKey& a, const PrimitiveKey& b) {
    return a.size_ == b.size_ &&
           std::equal(a.words_.begin(), a.words_.begin() + a.size_, b.words_.begin());
  }
  size_t hash() const {
    uint64_t h = 0x9e3779b97f4a7c15u;
    for (int i = 0; i < size_; ++i) {
      h = (h ^ static_cast<uint64_t>(words_[static_cast<size_t>(i)])) * 0xff51afd7ed558ccdu;
      h ^= h >> 32;
    }
    return h;
  }

 private:
  std::array<int64_t, 48> words_;
  int size_ = 0;
};

/// A primitive and the memory objects of its arguments, whose data pointers are set for each run.
class Prepared {
 public:
  virtual ~Prepared() = default;

  /// Adds an argument; returns its place for `bind`.
  int argument(int id, const dnnl::memory::desc& desc) {
    memories_.emplace_back(desc, engine(), nullptr);
    arguments_.push_back({id, memories_.back().get()});
    return static_cast<int>(arguments_.size()) - 1;
  }
  void set_primitive(dnnl::primitive primitive, const dnnl::memory::desc& scratchpad) {
    primitive_ = std::move(primitive);
    scratchpad_bytes_ = scratchpad.get_size();
    if (scratchpad_bytes_ > 0) scratchpad_ = argument(DNNL_ARG_SCRATCHPAD, scratchpad);
  }
  void bind(int place, const void* data) {
    dnnl_memory_set_data_handle(arguments_[static_cast<size_t>(place)].memory,
                                const_cast<void*>(data));
  }
  /// Runs it inside a LibraryScope.
  void run() {
    if (scratchpad_bytes_ > 0) bind(scratchpad_, scratch(0, scratchpad_bytes_));
    dnnl::error::wrap_c_api(
        dnnl_primitive_execute(primitive_.get(), stream().get(),
                               static_cast<int>(arguments_.size()), arguments_.data()),
        "oneDNN could not execute a primitive");
  }
  /// "brgconv:avx512_core" and the like; "ref" is an implementation a hundred times slower.
  std::string implementation() const {
    const char* name = nullptr;
    dnnl_primitive_desc_query(primitive_.get_primitive_desc(), dnnl_query_impl_info_str, 0, &name);
    return name ? name : "";
  }

 private:
  dnnl::primitive primitive_;
  std::vector<dnnl::memory> memories_;
  std::vector<dnnl_exec_arg_t> arguments_;
  size_t scratchpad_bytes_ = 0;
  int scratchpad_ = -1;
};

/// The most recently used `capacity` primitives of one thread.
class PrimitiveCache {
 public:
  static constexpr size_t capacity = 512;

  static PrimitiveCache& of_thread() {
    static thread_local PrimitiveCache cache;
    return cache;
  }

  /// The primitive for `key`; `make` returns a unique_ptr<P> when there is none yet. One call
  /// site's keys (one operation number) must always use one P.
  template <class P, class Make>
  P& get(const PrimitiveKey& key, Make&& make) {
    if (auto found = entries_.find(key); found != entries_.end()) {
      order_.splice(order_.begin(), order_, found->second.place);
      return static_cast<P&>(*found->second.prepared);
    }
    std::unique_ptr<P> made;
    try {
      made = make();
    } catch (const dnnl::error& e) {  // sizes that no kernel takes
      throw RuntimeError(text("[onednn] ", e.message, " for these sizes."));
    }
    P& result = *made;
    if (entries_.size() >= capacity) {
      entries_.erase(order_.back());
      order_.pop_back();
    }
    order_.push_front(key);
    entries_.emplace(key, Entry{std::move(made), order_.begin()});
    return result;
  }
  size_t size() const { return entries_.size(); }
  std::vector<std::string> implementations() const {
    std::vector<std::string> names;
    for (const auto& [key, entry] : entries_) names.push_back(entry.prepared->implementation());
    return names;
  }
  void clear() {
    entries_.clear();
    order_.clear();
  }

 private:
  struct Hash {
    size_t operator()(const PrimitiveKey& k) const { return k.hash(); }
  };
  struct Entry {
    std::unique_ptr<Prepared> prepared;
    std::list<PrimitiveKey>::iterator place;
  };
  std::list<PrimitiveKey> order_;
  std::unordered_map<PrimitiveKey, Entry, Hash> entries_;
};

/// What the primitives that this thread holds are implemented by, for tests.
KCPP_API std::vector<std::string> held_implementations();
KCPP_API void clear_held_primitives();

/// The first number of a PrimitiveKey.
enum Operation : int64_t {
  op_matmul,
  op_conv,
  op_conv_grad_input,
  op_conv_grad_weights,
  op_pool,
  op_pool_grad,
  op_batch_norm,
  op_batch_norm_grad,
  op_layer_norm,
  op_layer_norm_grad,
  op_rnn,
  op_rnn_grad,
  op_reorder,
};

/// Attributes of a primitive whose scratchpad we provide.
inline dnnl::primitive_attr user_scratchpad() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

}  // namespace kcpp::onednn
