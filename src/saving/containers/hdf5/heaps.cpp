#include "src/saving/containers/hdf5/heaps.h"

#include <bit>

#include "src/saving/containers/hdf5/btrees.h"

namespace kcpp::hdf5 {

LocalHeap::LocalHeap(const Scope& scope, uint64_t address) : scope_(scope) {
  constexpr std::string_view what = "the names of a group are not valid";
  const Bytes head = scope.fetch(address,
                                 8 + 2 * static_cast<uint64_t>(scope.file().length_size) +
                                     static_cast<uint64_t>(scope.file().offset_size),
                                 what);
  Cursor cursor(scope, head, what);
  cursor.expect("HEAP");
  cursor.require(cursor.u8() == 0);
  cursor.skip(3);
  const uint64_t size = cursor.length();
  cursor.length();  // the list of free places
  data_ = scope.fetch(cursor.address(), size, what);
}

std::string_view LocalHeap::text_at(uint64_t offset) const {
  scope_.require(offset < data_.size(), "the names of a group are not valid");
  const char* text = reinterpret_cast<const char*>(data_.data()) + offset;
  const size_t most = data_.size() - offset;
  const size_t size = ::strnlen(text, most);
  scope_.require(size < most, "the names of a group are not valid");
  return {text, size};
}

const GlobalHeaps::Collection& GlobalHeaps::collection(uint64_t address) {
  constexpr std::string_view what = "a heap of strings is not valid";
  const auto found = collections_.find(address);
  if (found != collections_.end()) return found->second;
  const uint64_t prefix = 8 + static_cast<uint64_t>(scope_.file().length_size);
  const Bytes head = scope_.fetch(address, prefix, what);
  Cursor start(scope_, head, what);
  start.expect("GCOL");
  start.require(start.u8() == 1);
  start.skip(3);
  const uint64_t size = start.length();
  start.require(size >= prefix);
  Collection& collection = collections_[address];
  collection.bytes = scope_.fetch(address, size, what);
  Cursor cursor(scope_, collection.bytes, what);
  cursor.skip(prefix);
  while (cursor.left() >= prefix) {
    const uint32_t index = cursor.u16();
    cursor.skip(6);
    const uint64_t bytes = cursor.length();
    if (index == 0) break;  // the free space behind the last object
    const View object = cursor.bytes(bytes);
    collection.objects.emplace(index, object);
    cursor.skip(std::min<uint64_t>((8 - bytes % 8) % 8, cursor.left()));
  }
  return collection;
}

View GlobalHeaps::object(uint64_t address, uint32_t index) {
  const Collection& from = collection(address);
  const auto found = from.objects.find(index);
  scope_.require(found != from.objects.end(), "a string that it refers to is missing");
  return found->second;
}

namespace {
constexpr std::string_view bad_heap = "a fractal heap is not valid";
}

FractalHeap::FractalHeap(const Scope& scope, uint64_t address) : scope_(scope) {
  const auto O = static_cast<uint64_t>(scope.file().offset_size),
             L = static_cast<uint64_t>(scope.file().length_size);
  const Bytes head = scope.fetch(address, 26 + 3 * O + 12 * L, bad_heap);
  require_checksum(scope, head, "a fractal heap has a wrong checksum");
  Cursor cursor(scope, head, bad_heap);
  cursor.expect("FRHP");
  cursor.require(cursor.u8() == 0);
  id_size_ = cursor.u16();
  if (cursor.u16() != 0) scope.refused("a fractal heap is compressed");
  cursor.skip(1);  // flags
  const uint32_t max_managed = cursor.u32();
  cursor.length();  // next ID of a huge object
  huge_tree_ = cursor.address();
  cursor.length();
  cursor.address();
  for (int i = 0; i < 8; ++i) cursor.length();
  width_ = cursor.u16();
  start_size_ = cursor.length();
  max_direct_ = cursor.length();
  heap_bits_ = cursor.u16();
  cursor.skip(2);
  root_ = cursor.address();
  root_rows_ = cursor.u16();
  cursor.require(id_size_ > 0 && id_size_ <= 4096 && std::has_single_bit(width_) &&
                 std::has_single_bit(start_size_) && std::has_single_bit(max_direct_) &&
                 start_size_ <= max_direct_ && max_direct_ <= (1u << 30) && heap_bits_ > 0 &&
                 heap_bits_ <= 64 && root_rows_ <= 64);
  offset_bytes_ = (heap_bits_ + 7) / 8;
  const int by_block = (std::bit_width(max_direct_) - 1 + 7) / 8;
  const int by_object = max_managed == 0 ? 1 : (std::bit_width(max_managed) - 1) / 8 + 1;
  length_bytes_ = std::max(1, std::min(by_block, by_object));
}

Bytes FractalHeap::object(View id) const {
  Cursor cursor(scope_, id, bad_heap);
  const uint8_t first = cursor.u8();
  cursor.require(first >> 6 == 0);
  switch ((first >> 4) & 3) {
    case 0: {
      const uint64_t offset = cursor.integer(offset_bytes_);
      return managed_object(offset, cursor.integer(length_bytes_));
    }
    case 1:
      return huge_object(cursor.rest());
    case 2: {  // tiny: the ID is the object
      const View bytes = cursor.bytes((first & 15) + 1u);
      return {bytes.begin(), bytes.end()};
    }
    default:
      cursor.fail();
  }
}

Bytes FractalHeap::managed_object(uint64_t offset, uint64_t size) const {
  uint64_t block_offset = 0;
  const Place block = find_block(offset, block_offset);
  const uint64_t within = offset - block_offset;
  scope_.require(within <= block.size && size <= block.size - within, bad_heap);
  const uint64_t prefix = 5 + static_cast<uint64_t>(scope_.file().offset_size + offset_bytes_);
  const Bytes head = scope_.fetch(block.address, prefix, bad_heap);
  Cursor cursor(scope_, head, bad_heap);
  cursor.expect("FHDB");
  return scope_.fetch(block.address + within, size, bad_heap);
}

/// The direct block that holds an offset of the heap. Rows of the doubling table: two of the
/// starting size, then each of twice the size of the one before.
FractalHeap::Place FractalHeap::find_block(uint64_t offset, uint64_t& block_offset) const {
  scope_.require(root_ != undefined_address, bad_heap);
  if (root_rows_ == 0) return {root_, start_size_};
  const int direct_rows = std::bit_width(max_direct_) - std::bit_width(start_size_) + 2;
  const uint64_t first_row = start_size_ * width_;  // bytes of row 0
  uint64_t address = root_, base = 0;
  uint32_t rows = root_rows_;
  for (int depth = 0; depth < 64; ++depth) {
    const uint64_t within = offset - base;
    const uint32_t row =
        within < first_row ? 0 : static_cast<uint32_t>(std::bit_width(within / first_row));
    scope_.require(row < rows && row < 64, bad_heap);
    const uint64_t row_offset = row == 0 ? 0 : first_row << (row - 1);
    const uint64_t size = row_size(row), column = (within - row_offset) / size;
    scope_.require(column < width_, bad_heap);
    const auto O = static_cast<uint64_t>(scope_.file().offset_size);
    const uint64_t prefix = 5 + O + static_cast<uint64_t>(offset_bytes_);
    const Bytes head = scope_.fetch(address, prefix, bad_heap);
    Cursor cursor(scope_, head, bad_heap);
    cursor.expect("FHIB");
    const Bytes entry =
        scope_.fetch(address + prefix + (uint64_t{row} * width_ + column) * O, O, bad_heap);
    Cursor pointer(scope_, entry, bad_heap);
    address = pointer.address();
    base += row_offset + column * size;
    if (row < static_cast<uint32_t>(direct_rows)) {
      block_offset = base;
      return {address, size};
    }
    // An indirect block that spans `size` bytes has as many rows as it takes to sum up to them.
    scope_.require(size >= first_row, bad_heap);
    rows = static_cast<uint32_t>(std::bit_width(size / first_row));
  }
  scope_.damaged(bad_heap);
}

Bytes FractalHeap::huge_object(View id) const {
  const auto O = static_cast<size_t>(scope_.file().offset_size),
             L = static_cast<size_t>(scope_.file().length_size);
  const auto fetch = [&](View place) {
    Cursor cursor(scope_, place, bad_heap);
    const uint64_t address = cursor.address();
    return scope_.fetch(address, cursor.length(), bad_heap);
  };
  if (id.size() >= O + L) return fetch(id);  // the ID has room for the place itself
  uint64_t wanted = 0;
  std::memcpy(&wanted, id.data(), std::min<size_t>(id.size(), L));
  Bytes found;
  bool any = false;
  visit_btree2(scope_, huge_tree_, 1, [&](View record) {
    scope_.require(record.size() == O + 2 * L, bad_heap);
    uint64_t key = 0;
    std::memcpy(&key, record.data() + O + L, L);
    if (key == wanted && !any) {
      any = true;
      found = fetch(record);
    }
  });
  scope_.require(any, bad_heap);
  return found;
}

}  // namespace kcpp::hdf5
