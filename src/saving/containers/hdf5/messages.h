/// The messages of an object's header: datatype, dataspace, layout, filters, links, attributes.
#pragma once

#include <array>
#include <deque>
#include <optional>

#include "kcpp/core/dtype.h"
#include "kcpp/core/shape.h"
#include "src/saving/containers/hdf5/scope.h"

namespace kcpp::hdf5 {

enum class MessageType : uint16_t {
  dataspace = 0x01,
  link_info = 0x02,
  datatype = 0x03,
  old_fill_value = 0x04,
  fill_value = 0x05,
  link = 0x06,
  external_files = 0x07,
  layout = 0x08,
  filters = 0x0b,
  attribute = 0x0c,
  continuation = 0x10,
  symbol_table = 0x11,
  attribute_info = 0x15,
};

struct Message {
  MessageType type;
  uint8_t flags;
  View data;
  bool is_shared() const { return flags & 2; }
};

/// All messages of an object.
struct ObjectHeader {
  std::deque<Bytes> blocks;  ///< what the messages point into
  std::vector<Message> messages;
  const Message* find(MessageType type) const;
  bool is_group() const { return find(MessageType::symbol_table) || find(MessageType::link_info); }
  bool is_dataset() const { return find(MessageType::layout) != nullptr; }
};
/// Specification IV.A.1.
ObjectHeader read_object_header(const Scope& scope, uint64_t address);

/// What one element is.
struct Datatype {
  enum class Kind { number, fixed_string, vlen_string, other };
  Kind kind = Kind::other;
  size_t size = 0;               ///< bytes in the file
  DType dtype = DType::float32;  ///< of a number
  bool swapped = false;          ///< big-endian
  bool space_padded = false;     ///< of a string
  std::string_view description = "of an unknown kind";
};
/// `data` of a datatype message or within another message; `shared`: it points to a named datatype.
Datatype parse_datatype(const Scope& scope, View data, bool shared);

/// How many elements: a scalar has shape (), no elements at all (a null dataspace) is shape (0,).
Shape parse_dataspace(const Scope& scope, View data);
/// Number of elements times bytes of one, checked for overflow.
uint64_t bytes_of(const Scope& scope, const Shape& shape, size_t element_size);

struct Filter {
  static constexpr uint16_t deflate = 1, shuffle = 2, fletcher32 = 3, lzf = 32000;
  uint16_t id = 0;
  uint32_t first_value = 0;  ///< shuffle: bytes of an element
};
std::vector<Filter> parse_filters(const Scope& scope, View data);

enum class ChunkIndex { btree1, single, implicit, fixed_array, extensible_array, btree2 };

/// Where a dataset's elements are.
struct Layout {
  enum class Kind { compact, contiguous, chunked };
  Kind kind = Kind::contiguous;
  View compact;
  uint64_t address = undefined_address;
  uint64_t size = 0;  ///< contiguous: bytes stored (0: not said); single chunk: bytes stored
  ChunkIndex index = ChunkIndex::btree1;
  std::vector<uint64_t> chunk;          ///< elements a dimension
  uint64_t element_size = 0;            ///< as the layout says it
  bool whole_edge_chunks_only = false;  ///< chunks over the edge are stored without filters
  uint32_t filter_mask = 0;             ///< of the single chunk
};
Layout parse_layout(const Scope& scope, View data);
/// The value of elements that were never written; empty: zero.
Bytes parse_fill_value(const Scope& scope, const ObjectHeader& header);

struct Link {
  enum class Kind { hard, soft, external, other };
  std::string name;
  Kind kind = Kind::hard;
  uint64_t address = undefined_address;
  std::optional<int64_t> order;  ///< of creation, where the file keeps it
};
Link parse_link(const Scope& scope, View data);

struct Attribute {
  std::string name;
  Datatype type;
  Shape shape;
  View data;
};
Attribute parse_attribute(const Scope& scope, View data);

}  // namespace kcpp::hdf5
