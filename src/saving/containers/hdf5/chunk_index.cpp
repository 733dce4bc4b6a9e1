#include <algorithm>
#include <bit>

#include "src/saving/containers/hdf5/btrees.h"
#include "src/saving/containers/hdf5/chunks.h"

namespace kcpp::hdf5 {
namespace {

constexpr std::string_view what = "an index of chunks is not valid";

class ChunkFinder {
 public:
  ChunkFinder(const Scope& scope, const ChunkedArray& array) : scope_(scope), array_(array) {
    const auto rank = static_cast<size_t>(array.shape.rank());
    scope.require(
        array.layout.chunk.size() == rank && array.layout.element_size == array.element_size,
        "the chunks do not fit to the array");
    chunk_bytes_ = array.element_size;
    for (size_t i = 0; i < rank; ++i) {
      const uint64_t dim = static_cast<uint64_t>(array.shape[static_cast<int>(i)]),
                     chunk = array.layout.chunk[i];
      scope.require(chunk > 0 && !__builtin_mul_overflow(chunk_bytes_, chunk, &chunk_bytes_),
                    "the chunks do not fit to the array");
      grid_.push_back(dim / chunk + (dim % chunk != 0));
      scope.require(!__builtin_mul_overflow(count_, grid_.back(), &count_),
                    "the chunks do not fit to the array");
    }
    if (chunk_bytes_ > scope.file().limits.chunk_bytes)
      scope.refused(text("its chunks have ", chunk_bytes_, " bytes"));
  }

  std::vector<Chunk> find() {
    if (array_.layout.address == undefined_address || count_ == 0)
      return {};  // nothing was ever written
    switch (array_.layout.index) {
      case ChunkIndex::btree1:
        find_in_btree1();
        break;
      case ChunkIndex::single:
        add(0, array_.layout.address, array_.filters.empty() ? chunk_bytes_ : array_.layout.size,
            array_.layout.filter_mask);
        break;
      case ChunkIndex::implicit:
        find_implicit();
        break;
      case ChunkIndex::fixed_array:
        find_in_fixed_array();
        break;
      case ChunkIndex::extensible_array:
        find_in_extensible_array();
        break;
      case ChunkIndex::btree2:
        find_in_btree2();
        break;
    }
    check_sizes();
    return std::move(chunks_);
  }

 private:
  void add(std::vector<uint64_t> at, uint64_t address, uint64_t size, uint32_t mask) {
    if (address == undefined_address) return;
    scope_.require(chunks_.size() < count_ && chunks_.size() < scope_.file().limits.objects,
                   "it has too many chunks");
    scope_.require(scope_.file().source->contains(address, size),
                   "a chunk lies outside of the file");
    for (size_t i = 0; i < at.size(); ++i)
      scope_.require(
          at[i] % array_.layout.chunk[i] == 0 && at[i] / array_.layout.chunk[i] < grid_[i],
          "a chunk lies outside of its array");
    chunks_.push_back({std::move(at), address, size, mask});
  }
  /// Chunk `number` of the grid, row-major.
  void add(uint64_t number, uint64_t address, uint64_t size, uint32_t mask) {
    std::vector<uint64_t> at(grid_.size());
    for (size_t i = grid_.size(); i-- > 0;) {
      at[i] = number % grid_[i] * array_.layout.chunk[i];
      number /= grid_[i];
    }
    add(std::move(at), address, size, mask);
  }

  void find_in_btree1() {
    const size_t rank = grid_.size();
    visit_btree1(scope_, array_.layout.address, 1, 8 + 8 * (rank + 1),
                 [&](View key, uint64_t child) {
                   Cursor cursor(scope_, key, what);
                   const uint32_t size = cursor.u32(), mask = cursor.u32();
                   std::vector<uint64_t> at(rank);
                   for (uint64_t& a : at) a = cursor.u64();
                   add(std::move(at), child, size, mask);
                 });
  }

  void find_implicit() {
    for (uint64_t i = 0; i < count_; ++i)
      add(i, array_.layout.address + i * chunk_bytes_, chunk_bytes_, 0);
  }

  void find_in_btree2() {
    const bool filtered = !array_.filters.empty();
    visit_btree2(scope_, array_.layout.address, filtered ? 11 : 10, [&](View record) {
      Cursor cursor(scope_, record, what);
      const uint64_t address = cursor.address();
      const size_t rank = grid_.size();
      uint64_t size = chunk_bytes_;
      uint32_t mask = 0;
      if (filtered) {
        cursor.require(cursor.left() > 4 + 8 * rank && cursor.left() <= 12 + 8 * rank);
        size = cursor.integer(static_cast<int>(cursor.left() - 4 - 8 * rank));
        mask = cursor.u32();
      }
      std::vector<uint64_t> at(rank);
      for (size_t i = 0; i < rank; ++i) {
        at[i] = cursor.u64();
        cursor.require(at[i] < grid_[i]);
        at[i] *= array_.layout.chunk[i];
      }
      add(std::move(at), address, size, mask);
    });
  }

  /// One entry of a fixed or extensible array.
  void add_element(Cursor& cursor, uint64_t number, size_t element_size) {
    const auto O = static_cast<size_t>(scope_.file().offset_size);
    const uint64_t address = cursor.address();
    uint64_t size = chunk_bytes_;
    uint32_t mask = 0;
    if (!array_.filters.empty()) {
      size = cursor.integer(static_cast<int>(element_size - O - 4));
      mask = cursor.u32();
    }
    if (number < count_) add(number, address, size, mask);
  }

  void require_element_size(size_t size, uint8_t client) {
    const auto O = static_cast<size_t>(scope_.file().offset_size);
    const bool filtered = !array_.filters.empty();
    scope_.require(
        client == (filtered ? 1 : 0) && (filtered ? size > O + 4 && size <= O + 12 : size == O),
        what);
  }

  /// Specification VII.C: a header, and a data block that is divided into pages when it is large.
  void find_in_fixed_array() {
    const auto O = static_cast<uint64_t>(scope_.file().offset_size),
               L = static_cast<uint64_t>(scope_.file().length_size);
    const Bytes head = scope_.fetch(array_.layout.address, 12 + L + O, what);
    require_checksum(scope_, head, "an index of chunks has a wrong checksum");
    Cursor cursor(scope_, head, what);
    cursor.expect("FAHD");
    cursor.require(cursor.u8() == 0);
    const uint8_t client = cursor.u8();
    const size_t element = cursor.u8();
    const uint8_t page_bits = cursor.u8();
    const uint64_t count = cursor.length(), block = cursor.address();
    require_element_size(element, client);
    cursor.require(page_bits < 32 && count <= count_);
    if (block == undefined_address) return;
    const uint64_t page = uint64_t{1} << page_bits;
    const uint64_t prefix = 6 + O;
    if (count <= page) {
      read_elements(block, prefix, 0, count, element, "FADB");
      return;
    }
    const uint64_t pages = count / page + (count % page != 0), bitmap_size = (pages + 7) / 8;
    const Bytes start = scope_.fetch(block, prefix + bitmap_size + 4, what);
    require_checksum(scope_, start, "an index of chunks has a wrong checksum");
    uint64_t at = block + prefix + bitmap_size + 4;
    for (uint64_t p = 0; p < pages; ++p) {
      const uint64_t entries = std::min(page, count - p * page);
      const bool present = (static_cast<uint8_t>(start[prefix + p / 8]) >> (7 - p % 8)) & 1;
      if (present) read_elements(at, 0, p * page, entries, element, "");
      at += page * element + 4;
    }
  }

  /// `count` elements behind a prefix, followed by a checksum.
  void read_elements(uint64_t address, uint64_t prefix, uint64_t first, uint64_t count,
                     size_t element, std::string_view signature) {
    scope_.require(count <= scope_.file().source->size() / element, what);
    const Bytes bytes = scope_.fetch(address, prefix + count * element + 4, what);
    require_checksum(scope_, bytes, "an index of chunks has a wrong checksum");
    Cursor cursor(scope_, bytes, what);
    cursor.expect(signature);
    cursor.skip(prefix - signature.size());
    for (uint64_t i = 0; i < count; ++i) add_element(cursor, first + i, element);
  }

  /// Specification VII.D: the first elements stand in an index block, which points to data blocks
  /// of growing size and, beyond those, to super blocks that point to data blocks.
  void find_in_extensible_array() {
    const auto O = static_cast<uint64_t>(scope_.file().offset_size),
               L = static_cast<uint64_t>(scope_.file().length_size);
    const Bytes head = scope_.fetch(array_.layout.address, 16 + 6 * L + O, what);
    require_checksum(scope_, head, "an index of chunks has a wrong checksum");
    Cursor cursor(scope_, head, what);
    cursor.expect("EAHD");
    cursor.require(cursor.u8() == 0);
    const uint8_t client = cursor.u8();
    ea_.element = cursor.u8();
    ea_.max_bits = cursor.u8();
    const uint8_t in_index = cursor.u8();
    const uint64_t block_least = cursor.u8(), pointers_least = cursor.u8();
    const uint8_t page_bits = cursor.u8();
    for (int i = 0; i < 4; ++i) cursor.length();
    cursor.length();
    cursor.length();
    const uint64_t index_block = cursor.address();
    require_element_size(ea_.element, client);
    cursor.require(ea_.max_bits > 0 && ea_.max_bits <= 64 && page_bits < 32 &&
                   std::has_single_bit(block_least) && std::has_single_bit(pointers_least) &&
                   pointers_least > 1);
    if (index_block == undefined_address) return;
    ea_.page = uint64_t{1} << page_bits;
    ea_.offset_bytes = (ea_.max_bits + 7) / 8u;

    // Super block s has 2^(s/2) data blocks of 2^((s+1)/2) times the least number of elements.
    const int supers = 1 + ea_.max_bits - (std::bit_width(block_least) - 1);
    const int direct_supers = 2 * (std::bit_width(pointers_least) - 1);
    cursor.require(supers > 0 && direct_supers <= supers + 1);
    const uint64_t direct_blocks = 2 * (pointers_least - 1);
    const uint64_t super_pointers = static_cast<uint64_t>(std::max(0, supers - direct_supers));
    const Bytes index = scope_.fetch(
        index_block, 6 + O + in_index * ea_.element + (direct_blocks + super_pointers) * O + 4,
        what);
    require_checksum(scope_, index, "an index of chunks has a wrong checksum");
    Cursor in(scope_, index, what);
    in.expect("EAIB");
    in.skip(2 + O);
    uint64_t number = 0;
    for (int i = 0; i < in_index; ++i) add_element(in, number++, ea_.element);
    uint64_t block = 0;
    for (int s = 0; s < direct_supers && block < direct_blocks; ++s) {
      const uint64_t blocks = uint64_t{1} << (s / 2), entries = block_least << ((s + 1) / 2);
      for (uint64_t b = 0; b < blocks && block < direct_blocks; ++b, ++block) {
        read_data_block(in.address(), number, entries, {}, 0);
        number += entries;
      }
    }
    for (int s = direct_supers; s < supers; ++s) {
      const uint64_t address = in.address();
      if (number >= count_) break;
      const uint64_t blocks = uint64_t{1} << (s / 2), entries = block_least << ((s + 1) / 2);
      read_super_block(address, number, blocks, entries);
      number += blocks * entries;
    }
  }

  void read_super_block(uint64_t address, uint64_t number, uint64_t blocks, uint64_t entries) {
    if (address == undefined_address) return;
    const auto O = static_cast<uint64_t>(scope_.file().offset_size);
    scope_.require(blocks <= scope_.file().source->size(), what);
    const uint64_t pages = entries > ea_.page ? entries / ea_.page : 0,
                   bitmap_size = (pages + 7) / 8;
    scope_.require(bitmap_size <= scope_.file().source->size() / blocks, what);
    const uint64_t prefix = 6 + O + ea_.offset_bytes;
    const Bytes bytes = scope_.fetch(address, prefix + blocks * (bitmap_size + O) + 4, what);
    require_checksum(scope_, bytes, "an index of chunks has a wrong checksum");
    Cursor cursor(scope_, bytes, what);
    cursor.expect("EASB");
    cursor.skip(prefix - 4);
    const View bitmaps = cursor.bytes(blocks * bitmap_size);
    for (uint64_t b = 0; b < blocks && number < count_; ++b, number += entries)
      read_data_block(cursor.address(), number, entries, bitmaps, b * pages);
  }

  /// `first_page`: where this block's pages begin in the bits that say which pages were written.
  void read_data_block(uint64_t address, uint64_t number, uint64_t entries, View bitmap,
                       uint64_t first_page) {
    if (address == undefined_address || number >= count_) return;
    const uint64_t prefix = 6 + static_cast<uint64_t>(scope_.file().offset_size) + ea_.offset_bytes;
    if (entries <= ea_.page) {
      read_elements(address, prefix, number, entries, ea_.element, "EADB");
      return;
    }
    uint64_t at = address + prefix + 4;
    for (uint64_t p = 0; p < entries / ea_.page && number < count_;
         ++p, number += ea_.page, at += ea_.page * ea_.element + 4) {
      const uint64_t bit = first_page + p;
      if (bit / 8 < bitmap.size() && (static_cast<uint8_t>(bitmap[bit / 8]) >> (7 - bit % 8)) & 1)
        read_elements(at, 0, number, ea_.page, ea_.element, "");
    }
  }

  /// What must be inflated is compared with what is stored: chunks may not share their bytes, and a
  /// chunk may not inflate more than deflate can.
  void check_sizes() const {
    const io::Hdf5Limits& limits = scope_.file().limits;
    uint64_t stored = 0, inflated = 0;
    for (const Chunk& chunk : chunks_) {
      stored += chunk.size;
      inflated += chunk_bytes_;
      if (array_.filters.empty())
        scope_.require(chunk.size == chunk_bytes_, "a chunk has another size than its shape");
      if (stored > scope_.file().source->size()) scope_.refused("its chunks share their bytes");
      if (inflated > limits.free_bytes && inflated / limits.ratio > stored)
        scope_.refused(text("its chunks store ", stored, " bytes and would inflate to more than ",
                            inflated, " (a decompression bomb)"));
    }
  }

  const Scope& scope_;
  const ChunkedArray& array_;
  std::vector<uint64_t> grid_;  ///< chunks a dimension
  uint64_t count_ = 1;          ///< chunks in all
  uint64_t chunk_bytes_ = 0;
  std::vector<Chunk> chunks_;
  struct {
    size_t element = 0;
    int max_bits = 0;
    uint64_t page = 0, offset_bytes = 0;
  } ea_;
};

}  // namespace

std::vector<Chunk> find_chunks(const Scope& scope, const ChunkedArray& array) {
  return ChunkFinder(scope, array).find();
}

}  // namespace kcpp::hdf5
