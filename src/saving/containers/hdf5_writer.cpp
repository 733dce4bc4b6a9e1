#include "src/saving/containers/hdf5_writer.h"

#include <algorithm>

#include "src/saving/containers/hdf5/writer_node.h"
#include "src/saving/containers/little_endian.h"

namespace kcpp::hdf5 {

using detail::WriterAttribute;
using detail::WriterNode;
using io::append;

namespace detail {
namespace {

/// Class and version, class bits, size: how every datatype begins.
std::string type_head(int type_class, uint32_t bits, uint32_t size) {
  std::string out;
  append<uint8_t>(out, static_cast<uint8_t>(0x10 | type_class));
  out.append(reinterpret_cast<const char*>(&bits), 3);
  append<uint32_t>(out, size);
  return out;
}

std::string integer_type(uint32_t size, bool is_signed) {
  std::string out = type_head(0, is_signed ? 8 : 0, size);
  append<uint16_t>(out, 0);
  append<uint16_t>(out, static_cast<uint16_t>(size * 8));
  return out;
}

std::string floating_type(uint32_t size, int exponent, int mantissa, uint32_t bias) {
  std::string out = type_head(1, 0x20u | (size * 8 - 1) << 8, size);
  append<uint16_t>(out, 0);
  append<uint16_t>(out, static_cast<uint16_t>(size * 8));
  append<uint8_t>(out, static_cast<uint8_t>(mantissa));
  append<uint8_t>(out, static_cast<uint8_t>(exponent));
  append<uint8_t>(out, 0);
  append<uint8_t>(out, static_cast<uint8_t>(mantissa));
  append<uint32_t>(out, bias);
  return out;
}

}  // namespace

std::string encode_type(DType dtype) {
  switch (dtype) {
    case DType::bool_:  // h5py's: an enumeration over int8
      return type_head(8, 2, 1) + integer_type(1, true) +
             std::string("FALSE\0\0\0TRUE\0\0\0\0\0\1", 18);
    case DType::uint8:
      return integer_type(1, false);
    case DType::uint16:
      return integer_type(2, false);
    case DType::uint32:
      return integer_type(4, false);
    case DType::uint64:
      return integer_type(8, false);
    case DType::int8:
      return integer_type(1, true);
    case DType::int16:
      return integer_type(2, true);
    case DType::int32:
      return integer_type(4, true);
    case DType::int64:
      return integer_type(8, true);
    case DType::float16:
      return floating_type(2, 5, 10, 15);
    case DType::bfloat16:
      return type_head(5, 0, 2);  // opaque
    case DType::float32:
      return floating_type(4, 8, 23, 127);
    case DType::float64:
      return floating_type(8, 11, 52, 1023);
    case DType::string:
      break;
  }
  throw TypeError("A tensor of dtype string cannot be written to HDF5.");
}

std::string encode_text_type(bool utf8) {
  return type_head(9, utf8 ? 0x101 : 0x001, 16) + integer_type(1, false);
}

std::string encode_fixed_text_type(uint32_t size) { return type_head(3, 1, size); }

std::string encode_space(const std::vector<int64_t>& dims) {
  std::string out;
  append<uint8_t>(out, 1);
  append<uint8_t>(out, static_cast<uint8_t>(dims.size()));
  append<uint8_t>(out, dims.empty() ? 0 : 1);  // the largest dimensions are given, too
  out.append(5, '\0');
  for (int repeat = 0; repeat < 2; ++repeat)
    for (const int64_t dim : dims) append<int64_t>(out, dim);
  return out;
}

}  // namespace detail

namespace {

constexpr size_t attribute_limit = 64512;  // Keras's HDF5_OBJECT_HEADER_LIMIT

void set(WriterNode& node, WriterAttribute attribute) {
  check(!attribute.name.empty() && attribute.name.find('\0') == std::string::npos &&
            attribute.name.size() < 4096,
        "An attribute cannot have the name '", attribute.name, "'.");
  for (WriterAttribute& old : node.attributes) {
    if (old.name == attribute.name) {
      old = std::move(attribute);
      return;
    }
  }
  node.attributes.push_back(std::move(attribute));
}

template <class T>
void set_scalar(WriterNode& node, std::string_view name, DType dtype, T value) {
  set(node, {std::string(name), detail::encode_type(dtype), detail::encode_space({}),
             std::string(reinterpret_cast<const char*>(&value), sizeof value)});
}

void set_text(WriterNode& node, std::string_view name, std::string_view text, bool utf8) {
  check(text.find('\0') == text.npos, "The attribute '", name, "' holds a zero byte.");
  set(node, {std::string(name),
             detail::encode_text_type(utf8),
             detail::encode_space({}),
             {},
             {std::string(text)}});
}

/// Calls `f` with each component of a path.
template <class F>
void for_each_name(std::string_view path, F f) {
  for (size_t at = 0; at < path.size();) {
    const size_t slash = std::min(path.find('/', at), path.size());
    if (slash > at) f(path.substr(at, slash - at));
    at = slash + 1;
  }
}

WriterNode& make_child(WriterNode& parent, std::string_view name) {
  check(parent.is_group, "Cannot write '", name, "' into '", parent.path, "': it is a dataset.");
  check(name.find('\0') == name.npos && name.size() < 4096,
        "An HDF5 object cannot have a name with a zero byte or of ", name.size(), " bytes.");
  auto& child = parent.children[std::string(name)];
  if (!child) {
    child = std::make_unique<WriterNode>();
    child->path = parent.path.empty() ? std::string(name) : text(parent.path, "/", name);
  }
  return *child;
}

}  // namespace

void ObjectWriter::attribute(std::string_view name, std::string_view text) {
  set_text(*node_, name, text, true);
}
void ObjectWriter::attribute_bytes(std::string_view name, std::string_view text) {
  set_text(*node_, name, text, false);
}
void ObjectWriter::attribute(std::string_view name, bool value) {
  set_scalar(*node_, name, DType::bool_, value);
}
void ObjectWriter::attribute(std::string_view name, int64_t value) {
  set_scalar(*node_, name, DType::int64, value);
}
void ObjectWriter::attribute(std::string_view name, double value) {
  set_scalar(*node_, name, DType::float64, value);
}

void ObjectWriter::attribute_strings(std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) {
    set(*node_,
        {std::string(name), detail::encode_type(DType::float64), detail::encode_space({0})});
    return;
  }
  size_t longest = 1;
  for (const std::string& t : texts) {
    check<RuntimeError>(
        t.size() <= attribute_limit,
        "The following attributes cannot be saved to HDF5 file because they are larger than ",
        attribute_limit, " bytes: ", t.substr(0, 100));
    longest = std::max(longest, t.size());
  }
  const auto put = [&](const std::string& part_name, size_t first, size_t last) {
    std::string data;
    size_t width = longest;  // numpy keeps the width of the whole array in its parts
    for (size_t i = first; i < last; ++i) {
      data += texts[i];
      data.append(width - texts[i].size(), '\0');
    }
    set(*node_, {part_name, detail::encode_fixed_text_type(static_cast<uint32_t>(width)),
                 detail::encode_space({static_cast<int64_t>(last - first)}), std::move(data)});
  };
  // A list that is not split goes to h5py as it is, which keeps each text at its own length.
  if (texts.size() * longest <= attribute_limit && texts.size() * 16 <= attribute_limit) {
    for (const std::string& t : texts)
      check(t.find('\0') == t.npos, "The attribute '", name, "' holds a zero byte.");
    set(*node_, {std::string(name),
                 detail::encode_text_type(false),
                 detail::encode_space({static_cast<int64_t>(texts.size())}),
                 {},
                 texts});
    return;
  }
  // np.array_split: the first (count % parts) parts have one more than the others.
  const size_t count = texts.size();
  size_t parts = 1;
  while ((count / parts + (count % parts != 0)) * longest > attribute_limit) ++parts;
  if (parts == 1) return put(std::string(name), 0, count);
  for (size_t p = 0, first = 0; p < parts; ++p) {
    const size_t last = first + count / parts + (p < count % parts ? 1 : 0);
    put(text(name, p), first, last);
    first = last;
  }
}

GroupWriter GroupWriter::group(std::string_view path) {
  WriterNode* node = node_;
  for_each_name(path, [&](std::string_view name) { node = &make_child(*node, name); });
  check(node->is_group, "Cannot make the group '", node->path,
        "': a dataset of that name exists already.");
  return GroupWriter(node);
}

ObjectWriter GroupWriter::dataset(std::string_view path, const Tensor& tensor) {
  check(tensor.defined() && !tensor.is_symbolic(),
        "Cannot write a symbolic or undefined tensor as '", path, "'.");
  detail::encode_type(tensor.dtype());  // throws for what HDF5 does not take
  check(!exists(path), "Cannot write the dataset '", path, "' into '", node_->path,
        "': name already exists.");
  WriterNode* node = node_;
  for_each_name(path, [&](std::string_view name) { node = &make_child(*node, name); });
  node->is_group = false;
  node->tensor = tensor;
  return ObjectWriter(node);
}

bool GroupWriter::exists(std::string_view path) const {
  const WriterNode* node = node_;
  for_each_name(path, [&](std::string_view name) {
    if (!node) return;
    const auto found = node->children.find(name);
    node = found == node->children.end() ? nullptr : found->second.get();
  });
  return node != nullptr;
}

FileWriter::FileWriter() : root_(std::make_unique<WriterNode>()) {}
FileWriter::~FileWriter() = default;
FileWriter::FileWriter(FileWriter&&) noexcept = default;
FileWriter& FileWriter::operator=(FileWriter&&) noexcept = default;

GroupWriter FileWriter::root() { return GroupWriter(root_.get()); }

}  // namespace kcpp::hdf5
