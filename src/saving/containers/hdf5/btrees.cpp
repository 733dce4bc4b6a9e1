#include "src/saving/containers/hdf5/btrees.h"

#include <bit>

namespace kcpp::hdf5 {
namespace {

constexpr std::string_view what = "a B-tree is not valid";

struct Tree1 {
  const Scope& scope;
  uint8_t type;
  size_t key_size;
  const std::function<void(View, uint64_t)>& visit;

  /// `level` of the node: one less than its parent's, so a tree that refers to itself is found out.
  void node(uint64_t address, int expected_level) const {
    const size_t address_size = static_cast<size_t>(scope.file().offset_size);
    const size_t prefix = 8 + 2 * address_size;
    const Bytes head = scope.fetch(address, prefix, what);
    Cursor start(scope, head, what);
    start.expect("TREE");
    start.require(start.u8() == type);
    const int level = start.u8();
    start.require(expected_level < 0 || level == expected_level);
    const size_t count = start.u16();
    const Bytes body = scope.fetch(address + prefix, count * (key_size + address_size), what);
    Cursor cursor(scope, body, what);
    for (size_t i = 0; i < count; ++i) {
      const View key = cursor.bytes(key_size);
      const uint64_t child = cursor.address();
      if (level == 0)
        visit(key, child);
      else
        node(child, level - 1);
    }
  }
};

/// Bytes that hold any number up to `value`.
int bytes_for(uint64_t value) { return value == 0 ? 1 : (std::bit_width(value) - 1) / 8 + 1; }

struct Tree2 {
  const Scope& scope;
  uint8_t type;
  const std::function<void(View)>& visit;
  uint32_t node_size = 0;
  uint16_t record_size = 0;
  uint64_t most_records_in_leaf = 0;

  struct Level {
    int count_bytes = 0;  ///< of a child's number of records
    int total_bytes = 0;  ///< of the number of records below a child
  };
  std::vector<Level> levels;  ///< of nodes of depth 1, 2 ...

  void read(uint64_t address) {
    const size_t size =
        22 + static_cast<size_t>(scope.file().offset_size + scope.file().length_size);
    const Bytes head = scope.fetch(address, size, what);
    require_checksum(scope, head, "a B-tree has a wrong checksum");
    Cursor cursor(scope, head, what);
    cursor.expect("BTHD");
    cursor.require(cursor.u8() == 0 && cursor.u8() == type);
    node_size = cursor.u32();
    record_size = cursor.u16();
    const int depth = cursor.u16();
    cursor.skip(2);
    const uint64_t root = cursor.address();
    const uint64_t count = cursor.u16();
    cursor.require(record_size > 0 && node_size > 10 && node_size <= (1u << 24) && depth <= 32);
    measure(depth);
    if (root != undefined_address) node(root, count, depth);
  }

  void measure(int depth) {
    most_records_in_leaf = (node_size - 10) / record_size;
    const int count_bytes = bytes_for(most_records_in_leaf);
    uint64_t below = most_records_in_leaf;  // records below a child
    int total_bytes = 0;
    for (int d = 1; d <= depth; ++d) {
      levels.push_back({count_bytes, total_bytes});
      const uint64_t pointer =
          static_cast<uint64_t>(scope.file().offset_size + count_bytes + total_bytes);
      scope.require(node_size > 10 + pointer, what);
      const uint64_t most = (node_size - 10 - pointer) / (record_size + pointer);
      if (__builtin_mul_overflow(most + 1, below, &below) ||
          __builtin_add_overflow(below, most, &below))
        below = UINT64_MAX;
      total_bytes = bytes_for(below);
    }
  }

  void node(uint64_t address, uint64_t count, int depth) const {
    const Bytes bytes = node_bytes(address, count, depth);
    require_checksum(scope, bytes, "a B-tree has a wrong checksum");
    Cursor cursor(scope, bytes, what);
    cursor.expect(depth == 0 ? "BTLF" : "BTIN");
    cursor.require(cursor.u8() == 0 && cursor.u8() == type);
    const View records = cursor.bytes(count * record_size);
    for (uint64_t i = 0; i <= count; ++i) {
      if (depth > 0) {
        const Level& level = levels[static_cast<size_t>(depth) - 1];
        const uint64_t child = cursor.address();
        const uint64_t child_count = cursor.integer(level.count_bytes);
        if (level.total_bytes > 0) cursor.skip(static_cast<uint64_t>(level.total_bytes));
        node(child, child_count, depth - 1);
      }
      if (i < count) visit(records.subspan(i * record_size, record_size));
    }
  }

  /// A node's bytes up to and with its checksum, which follows the last thing in it.
  Bytes node_bytes(uint64_t address, uint64_t count, int depth) const {
    uint64_t size = 6 + count * record_size + 4;
    if (depth > 0) {
      const Level& level = levels[static_cast<size_t>(depth) - 1];
      size += (count + 1) * static_cast<uint64_t>(scope.file().offset_size + level.count_bytes +
                                                  level.total_bytes);
    }
    scope.require(count <= 0xffff && size <= node_size, what);
    return scope.fetch(address, size, what);
  }
};

}  // namespace

void visit_btree1(const Scope& scope, uint64_t address, uint8_t type, size_t key_size,
                  const std::function<void(View, uint64_t)>& visit) {
  Tree1{scope, type, key_size, visit}.node(address, -1);
}

void visit_btree2(const Scope& scope, uint64_t address, uint8_t type,
                  const std::function<void(View)>& visit) {
  Tree2{scope, type, visit, 0, 0, 0, {}}.read(address);
}

}  // namespace kcpp::hdf5
