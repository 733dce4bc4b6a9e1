#include "src/saving/containers/hdf5/messages.h"

#include <algorithm>

namespace kcpp::hdf5 {
namespace {

constexpr std::string_view bad_type = "a datatype is not valid";

std::string_view describe(int type_class) {
  static constexpr std::string_view names[] = {"an integer of unusual size",
                                               "a floating number of unusual form",
                                               "a time",
                                               "a string",
                                               "a bit field",
                                               "opaque bytes",
                                               "a record",
                                               "a reference",
                                               "an enumeration",
                                               "a list of varying length",
                                               "an array"};
  return type_class < 11 ? names[type_class] : "of an unknown kind";
}

std::optional<DType> integer_dtype(size_t size, bool is_signed) {
  switch (size) {
    case 1:
      return is_signed ? DType::int8 : DType::uint8;
    case 2:
      return is_signed ? DType::int16 : DType::uint16;
    case 4:
      return is_signed ? DType::int32 : DType::uint32;
    case 8:
      return is_signed ? DType::int64 : DType::uint64;
    default:
      return {};
  }
}

Datatype number(Datatype type, std::optional<DType> dtype) {
  if (dtype) {
    type.kind = Datatype::Kind::number;
    type.dtype = *dtype;
  }
  return type;
}

/// h5py's bool is an enumeration of FALSE = 0 and TRUE = 1 over int8.
bool is_bool(Cursor members, uint32_t count, int version) {
  if (count != 2) return false;
  for (const std::string_view name :
       {std::string_view("FALSE\0", 6), std::string_view("TRUE\0", 5)}) {
    const View found = members.left() >= name.size() ? members.bytes(name.size()) : View{};
    if (found.empty() || std::memcmp(found.data(), name.data(), name.size()) != 0) return false;
    const size_t padding = version < 3 ? (8 - name.size() % 8) % 8 : 0;
    if (members.left() < padding) return false;
    members.skip(padding);
  }
  return members.left() >= 2 && members.u8() == 0 && members.u8() == 1;
}

Datatype parse_type(const Scope& scope, View data, int depth) {
  scope.require(depth < 4, bad_type);
  Cursor cursor(scope, data, bad_type);
  const uint8_t first = cursor.u8();
  const int type_class = first & 0x0f, version = first >> 4;
  cursor.require(version >= 1 && version <= 5);
  const auto bits = static_cast<uint32_t>(cursor.integer(3));
  Datatype type;
  type.size = cursor.u32();
  type.description = describe(type_class);
  type.swapped = bits & 1;
  cursor.require(type.size > 0);
  switch (type_class) {
    case 0: {  // integer
      const uint16_t offset = cursor.u16(), precision = cursor.u16();
      if (offset != 0 || precision != type.size * 8) return type;
      return number(type, integer_dtype(type.size, bits & 8));
    }
    case 1: {  // floating number: only the IEEE forms and bfloat16
      cursor.skip(2);
      const uint16_t precision = cursor.u16();
      const int exponent_at = cursor.u8(), exponent = cursor.u8(), mantissa_at = cursor.u8(),
                mantissa = cursor.u8();
      const uint32_t bias = cursor.u32();
      if (bits & 0x40 || mantissa_at != 0 || precision != type.size * 8) return type;
      struct Form {
        size_t size;
        int exponent_at, exponent, mantissa;
        uint32_t bias;
        DType dtype;
      };
      static constexpr Form forms[] = {{2, 10, 5, 10, 15, DType::float16},
                                       {2, 7, 8, 7, 127, DType::bfloat16},
                                       {4, 23, 8, 23, 127, DType::float32},
                                       {8, 52, 11, 52, 1023, DType::float64}};
      for (const Form& f : forms)
        if (f.size == type.size && f.exponent_at == exponent_at && f.exponent == exponent &&
            f.mantissa == mantissa && f.bias == bias)
          return number(type, f.dtype);
      return type;
    }
    case 3:  // string of fixed length
      type.kind = Datatype::Kind::fixed_string;
      type.space_padded = (bits & 0x0f) == 2;
      return type;
    case 5:  // opaque: NumPy's bfloat16, which HDF5 does not know
      type.swapped = false;
      return type.size == 2 ? number(type, DType::bfloat16) : type;
    case 8: {  // enumeration: of its base type
      const Datatype base = parse_type(scope, cursor.rest(), depth + 1);
      if (base.kind != Datatype::Kind::number || base.size != type.size || is_floating(base.dtype))
        return type;
      type.swapped = base.swapped;
      cursor.skip(12);  // the base, an integer
      return number(type, base.size == 1 && is_bool(cursor, bits & 0xffff, version) ? DType::bool_
                                                                                    : base.dtype);
    }
    case 9:  // varying length: only strings
      if ((bits & 0x0f) != 1) return type;
      type.kind = Datatype::Kind::vlen_string;
      type.space_padded = ((bits >> 4) & 0x0f) == 2;
      cursor.require(type.size == static_cast<size_t>(scope.file().offset_size) + 8);
      return type;
    default:
      return type;
  }
}

}  // namespace

Datatype parse_datatype(const Scope& scope, View data, bool shared) {
  if (!shared) return parse_type(scope, data, 0);
  // A named datatype: the message holds the address of the object that has it (Specification
  // IV.A.2).
  Cursor cursor(scope, data, bad_type);
  const uint8_t version = cursor.u8(), kind = cursor.u8();
  cursor.require(version >= 1 && version <= 3);
  if (version == 3 && kind != 2) scope.refused("a datatype lies in a shared message heap");
  if (version == 1) cursor.skip(6);
  const ObjectHeader header = read_object_header(scope, cursor.address());
  const Message* message = header.find(MessageType::datatype);
  cursor.require(message && !message->is_shared());
  return parse_type(scope, message->data, 0);
}

Shape parse_dataspace(const Scope& scope, View data) {
  constexpr std::string_view what = "a dataspace is not valid";
  Cursor cursor(scope, data, what);
  const uint8_t version = cursor.u8(), rank = cursor.u8(), flags = cursor.u8();
  cursor.require(version == 1 || version == 2);
  (void)flags;  // bit 0: the largest dimensions follow; they do not matter to a reader
  if (version == 1) {
    cursor.skip(5);
  } else if (cursor.u8() == 2) {
    return {0};  // null: no elements
  }
  if (rank > Shape::max_rank) scope.refused("an array has more than 8 dimensions");
  Shape shape;
  for (int i = 0; i < rank; ++i) {
    const uint64_t dim = cursor.length();
    cursor.require(dim <= static_cast<uint64_t>(INT64_MAX));
    shape.push_back(static_cast<int64_t>(dim));
  }
  return shape;
}

uint64_t bytes_of(const Scope& scope, const Shape& shape, size_t element_size) {
  uint64_t bytes = element_size;
  bool empty = false;
  for (const int64_t dim : shape) {
    empty = empty || dim == 0;
    if (__builtin_mul_overflow(bytes, std::max<uint64_t>(static_cast<uint64_t>(dim), 1), &bytes) ||
        bytes > INT64_MAX)
      scope.refused(text("the shape ", shape, " is too large"));
  }
  return empty ? 0 : bytes;
}

std::vector<Filter> parse_filters(const Scope& scope, View data) {
  constexpr std::string_view what = "a filter pipeline is not valid";
  Cursor cursor(scope, data, what);
  const uint8_t version = cursor.u8(), count = cursor.u8();
  cursor.require((version == 1 || version == 2) && count <= 32);
  if (version == 1) cursor.skip(6);
  std::vector<Filter> filters(count);
  for (Filter& filter : filters) {
    filter.id = cursor.u16();
    uint16_t name_size = version == 1 || filter.id >= 256 ? cursor.u16() : 0;
    cursor.skip(2);  // flags
    const uint16_t values = cursor.u16();
    if (version == 1) name_size = static_cast<uint16_t>((name_size + 7) & ~7);
    cursor.skip(name_size);
    const View first = cursor.rest();
    cursor.skip(uint64_t{4} * values);
    if (values > 0) filter.first_value = io::load<uint32_t>(first);
    if (version == 1 && values % 2) cursor.skip(4);
    if ((filter.id < Filter::deflate || filter.id > Filter::fletcher32) && filter.id != Filter::lzf)
      scope.refused(text("its data are compressed by filter ", filter.id,
                         ". Expected gzip, lzf, shuffle or fletcher32"));
  }
  return filters;
}

namespace {

void parse_chunked4(Cursor& cursor, Layout& layout) {
  const uint8_t flags = cursor.u8(), rank = cursor.u8(), width = cursor.u8();
  cursor.require(rank >= 1 && rank <= Shape::max_rank + 1 && width >= 1 && width <= 8);
  for (int i = 0; i < rank; ++i) layout.chunk.push_back(cursor.integer(width));
  layout.element_size = layout.chunk.back();
  layout.chunk.pop_back();
  layout.whole_edge_chunks_only = flags & 1;
  switch (cursor.u8()) {
    case 1:
      layout.index = ChunkIndex::single;
      if (flags & 2) {
        layout.size = cursor.length();
        layout.filter_mask = cursor.u32();
      }
      break;
    case 2:
      layout.index = ChunkIndex::implicit;
      break;
    case 3:
      layout.index = ChunkIndex::fixed_array;
      cursor.skip(1);
      break;
    case 4:
      layout.index = ChunkIndex::extensible_array;
      cursor.skip(5);
      break;
    case 5:
      layout.index = ChunkIndex::btree2;
      cursor.skip(6);
      break;
    default:
      cursor.fail();
  }
  layout.address = cursor.address();
}

}  // namespace

Layout parse_layout(const Scope& scope, View data) {
  constexpr std::string_view what = "a data layout is not valid";
  Cursor cursor(scope, data, what);
  Layout layout;
  const uint8_t version = cursor.u8();
  cursor.require(version >= 1 && version <= 4);
  uint8_t kind = 0, rank = 0;
  if (version <= 2) {
    rank = cursor.u8();
    kind = cursor.u8();
    cursor.skip(5);
    if (kind != 0) layout.address = cursor.address();
  } else {
    kind = cursor.u8();
  }
  if (kind == 3) scope.refused("it is a virtual dataset, made of other files");
  cursor.require(kind <= 2);
  layout.kind = static_cast<Layout::Kind>(kind);
  if (layout.kind == Layout::Kind::chunked && version == 4) {
    parse_chunked4(cursor, layout);
    return layout;
  }
  if (version <= 2) {
    cursor.require(rank <= Shape::max_rank + 1);
    std::vector<uint64_t> dims;
    for (int i = 0; i < rank; ++i) dims.push_back(cursor.u32());
    if (layout.kind == Layout::Kind::compact) layout.compact = cursor.bytes(cursor.u32());
    if (layout.kind == Layout::Kind::chunked) {
      cursor.require(!dims.empty());
      layout.element_size = dims.back();
      dims.pop_back();
      layout.chunk = std::move(dims);
    }
    return layout;
  }
  switch (layout.kind) {
    case Layout::Kind::compact:
      layout.compact = cursor.bytes(cursor.u16());
      break;
    case Layout::Kind::contiguous:
      layout.address = cursor.address();
      layout.size = cursor.length();
      break;
    case Layout::Kind::chunked:
      rank = cursor.u8();
      cursor.require(rank >= 1 && rank <= Shape::max_rank + 1);
      layout.address = cursor.address();
      for (int i = 0; i < rank; ++i) layout.chunk.push_back(cursor.u32());
      layout.element_size = layout.chunk.back();
      layout.chunk.pop_back();
      break;
  }
  return layout;
}

Bytes parse_fill_value(const Scope& scope, const ObjectHeader& header) {
  constexpr std::string_view what = "a fill value is not valid";
  View value;
  if (const Message* message = header.find(MessageType::fill_value)) {
    Cursor cursor(scope, message->data, what);
    const uint8_t version = cursor.u8();
    cursor.require(version >= 1 && version <= 3);
    if (version == 3) {
      if (cursor.u8() & 0x20) value = cursor.bytes(cursor.u32());
    } else {
      cursor.skip(2);
      const bool defined = cursor.u8();
      if (version == 1 || defined) value = cursor.bytes(cursor.u32());
    }
  } else if (const Message* old = header.find(MessageType::old_fill_value)) {
    Cursor cursor(scope, old->data, what);
    value = cursor.bytes(cursor.u32());
  }
  return {value.begin(), value.end()};
}

Link parse_link(const Scope& scope, View data) {
  constexpr std::string_view what = "a link is not valid";
  Cursor cursor(scope, data, what);
  cursor.require(cursor.u8() == 1);
  const uint8_t flags = cursor.u8();
  const uint8_t kind = flags & 8 ? cursor.u8() : 0;
  Link link;
  if (flags & 4) link.order = static_cast<int64_t>(cursor.u64());
  if (flags & 16) cursor.skip(1);  // ASCII or UTF-8
  const uint64_t size = cursor.integer(1 << (flags & 3));
  cursor.require(size > 0 && size <= scope.file().limits.name_bytes);
  const View name = cursor.bytes(size);
  link.name.assign(reinterpret_cast<const char*>(name.data()), name.size());
  link.kind = kind == 0    ? Link::Kind::hard
              : kind == 1  ? Link::Kind::soft
              : kind == 64 ? Link::Kind::external
                           : Link::Kind::other;
  if (kind == 0) link.address = cursor.address();
  return link;
}

Attribute parse_attribute(const Scope& scope, View data) {
  constexpr std::string_view what = "an attribute is not valid";
  Cursor cursor(scope, data, what);
  const uint8_t version = cursor.u8(), flags = cursor.u8();
  cursor.require(version >= 1 && version <= 3);
  const uint16_t name_size = cursor.u16(), type_size = cursor.u16(), space_size = cursor.u16();
  if (version == 3) cursor.skip(1);  // the name is ASCII or UTF-8
  const auto part = [&](uint16_t size) {
    const View bytes = cursor.bytes(size);
    if (version == 1) cursor.skip((8 - size % 8) % 8);
    return bytes;
  };
  Attribute attribute;
  const View name = part(name_size);
  cursor.require(name_size > 0 && name_size <= scope.file().limits.name_bytes &&
                 name.back() == std::byte{0});
  attribute.name = reinterpret_cast<const char*>(name.data());
  const View type = part(type_size), space = part(space_size);
  attribute.type = parse_datatype(scope, type, version > 1 && flags & 1);
  if (version > 1 && flags & 2) scope.refused("an attribute's dataspace lies elsewhere");
  attribute.shape = parse_dataspace(scope, space);
  attribute.data = cursor.bytes(bytes_of(scope, attribute.shape, attribute.type.size));
  return attribute;
}

}  // namespace kcpp::hdf5
