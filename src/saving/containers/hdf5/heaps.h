/// The three heaps of the format: names, strings of varying length, and dense links and attributes.
#pragma once

#include <unordered_map>

#include "src/saving/containers/hdf5/scope.h"

namespace kcpp::hdf5 {

/// The local heap holds the names of an old group's links (Specification III.D).
class LocalHeap {
 public:
  LocalHeap(const Scope& scope, uint64_t address);
  /// The text up to the next zero byte.
  std::string_view text_at(uint64_t offset) const;

 private:
  const Scope& scope_;
  Bytes data_;
};

/// Global heaps hold strings of varying length (Specification III.E). Collections are read once.
class GlobalHeaps {
 public:
  explicit GlobalHeaps(const Scope& scope) : scope_(scope) {}
  /// Object `index` of the collection at `address`.
  View object(uint64_t address, uint32_t index);

 private:
  struct Collection {
    Bytes bytes;
    std::unordered_map<uint32_t, View> objects;
  };
  const Collection& collection(uint64_t address);

  const Scope& scope_;
  std::unordered_map<uint64_t, Collection> collections_;
};

/// A fractal heap holds the links or attributes of a new-style object that has many (Specification
/// III.G).
class FractalHeap {
 public:
  FractalHeap(const Scope& scope, uint64_t address);
  /// The object of a heap ID.
  Bytes object(View id) const;

 private:
  struct Place {
    uint64_t address = 0, size = 0;
  };
  Bytes managed_object(uint64_t offset, uint64_t size) const;
  Bytes huge_object(View id) const;
  Place find_block(uint64_t offset, uint64_t& block_offset) const;
  uint64_t row_size(uint32_t row) const { return start_size_ << (row > 1 ? row - 1 : 0); }

  const Scope& scope_;
  uint16_t id_size_ = 0, width_ = 0, heap_bits_ = 0, root_rows_ = 0;
  uint64_t start_size_ = 0, max_direct_ = 0, root_ = 0, huge_tree_ = 0;
  int offset_bytes_ = 0, length_bytes_ = 0;
};

}  // namespace kcpp::hdf5
