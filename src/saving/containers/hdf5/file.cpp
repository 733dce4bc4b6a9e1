#include "src/saving/containers/hdf5/links.h"
#include "src/saving/containers/hdf5_reader.h"

namespace kcpp::hdf5 {
namespace {

constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";

/// Where the file begins: at 0, or behind a block of the user's of 512, 1024, 2048 ... bytes.
std::optional<uint64_t> find_superblock(const io::ByteSource& source) {
  for (uint64_t at = 0; source.contains(at, signature.size()); at = at == 0 ? 512 : at * 2) {
    char found[8];
    source.read(at, found, sizeof found);
    if (std::string_view(found, 8) == signature) return at;
  }
  return {};
}

/// Specification II.A.
void read_superblock(FileState& file) {
  constexpr std::string_view what = "its superblock is not valid";
  const Scope scope(static_cast<const FileState&>(file), "");
  const uint64_t size = std::min<uint64_t>(file.source->size(), 160);
  const Bytes bytes = scope.fetch(0, size, what);
  Cursor cursor(scope, bytes, what);
  cursor.expect(signature);
  const uint8_t version = cursor.u8();
  if (version > 3)
    scope.refused(text("its superblock is of version ", version, ". Expected 0 to 3"));
  if (version <= 1) cursor.skip(4);
  file.offset_size = cursor.u8();
  file.length_size = cursor.u8();
  const auto known = [](int s) { return s == 2 || s == 4 || s == 8; };
  cursor.require(known(file.offset_size) && known(file.length_size));
  uint64_t base = 0, end = 0;
  if (version <= 1) {
    cursor.skip(1 + 4 + 4 + (version == 1 ? 4 : 0));
    base = cursor.address();
    cursor.address();  // free space
    end = cursor.address();
    cursor.address();                                      // driver information
    cursor.skip(static_cast<uint64_t>(file.offset_size));  // the root's name
    file.root = cursor.address();
  } else {
    cursor.skip(1);
    base = cursor.address();
    cursor.address();  // extension
    end = cursor.address();
    file.root = cursor.address();
    cursor.skip(4);
    require_checksum(scope, View(bytes).first(bytes.size() - cursor.left()),
                     "its superblock has a wrong checksum");
  }
  // The source is a window that begins at the superblock: addresses count from there, but for the
  // end.
  if (base != undefined_address && end > base && end - base > file.source->size())
    throw IOError(text("'", file.source->name(), "' is truncated: it should have ", end,
                       " bytes, but has ", file.source->size(), "."));
}

}  // namespace

bool File::looks_like_hdf5(const io::ByteSource& source) {
  return find_superblock(source).has_value();
}

File File::open(const std::string& path, const io::Hdf5Limits& limits) {
  return open(io::open_file(path), limits);
}

File File::open(io::SourcePtr source, const io::Hdf5Limits& limits) {
  const auto start = find_superblock(*source);
  check<IOError>(start.has_value(), "'", source->name(), "' is not an HDF5 file.");
  auto state = std::make_shared<FileState>();
  state->limits = limits;
  const std::string name = source->name();
  const uint64_t size = source->size() - *start;
  state->source =
      *start == 0 ? std::move(source) : io::window(std::move(source), *start, size, name);
  read_superblock(*state);
  return File(std::move(state));
}

const std::string& File::name() const { return state_->source->name(); }

Group File::root() const {
  Group root(state_, "", {state_->root});
  if (!root.header_->is_group()) root.scope().damaged("its root is not a group");
  return root;
}

// --- objects
// ----------------------------------------------------------------------------------------

Object::Object(std::shared_ptr<const FileState> file, std::string path,
               std::vector<uint64_t> addresses)
    : file_(std::move(file)), path_(std::move(path)), addresses_(std::move(addresses)) {
  if (++file_->objects_opened > file_->limits.objects) scope().refused("its structure has no end");
  header_ = std::make_shared<ObjectHeader>(read_object_header(scope(), addresses_.back()));
}

Scope Object::scope() const { return {*file_, path_}; }

const std::string& Object::file_name() const { return file_->source->name(); }

std::vector<std::string> Object::attribute_names() const {
  std::vector<std::string> names;
  for (Attribute& attribute : attributes_of(scope(), *header_).attributes)
    names.push_back(std::move(attribute.name));
  return names;
}

bool Object::has_attribute(std::string_view name) const {
  for (const Attribute& attribute : attributes_of(scope(), *header_).attributes)
    if (attribute.name == name) return true;
  return false;
}

namespace {

template <class T>
Config number_at(View data, size_t i) {
  T value;
  std::memcpy(&value, data.data() + i * sizeof(T), sizeof(T));
  if constexpr (std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>) {
    return Config(static_cast<double>(static_cast<float>(value)));
  } else if constexpr (std::is_floating_point_v<T>) {
    return Config(static_cast<double>(value));
  } else if constexpr (std::is_same_v<T, uint64_t>) {
    return value > INT64_MAX ? Config(static_cast<double>(value))
                             : Config(static_cast<int64_t>(value));
  } else {
    return Config(static_cast<int64_t>(value));
  }
}

Config number_at(DType dtype, View data, size_t i) {
  switch (dtype) {
    case DType::bool_:
      return Config(data[i] != std::byte{0});
    case DType::uint8:
      return number_at<uint8_t>(data, i);
    case DType::uint16:
      return number_at<uint16_t>(data, i);
    case DType::uint32:
      return number_at<uint32_t>(data, i);
    case DType::uint64:
      return number_at<uint64_t>(data, i);
    case DType::int8:
      return number_at<int8_t>(data, i);
    case DType::int16:
      return number_at<int16_t>(data, i);
    case DType::int32:
      return number_at<int32_t>(data, i);
    case DType::int64:
      return number_at<int64_t>(data, i);
    case DType::float16:
      return number_at<float16>(data, i);
    case DType::bfloat16:
      return number_at<bfloat16>(data, i);
    case DType::float32:
      return number_at<float>(data, i);
    case DType::float64:
      return number_at<double>(data, i);
    case DType::string:
      break;
  }
  return {};
}

Config value_of(const Scope& scope, const Attribute& attribute) {
  const auto count = static_cast<uint64_t>(attribute.shape.size());
  Config::List values;
  if (attribute.type.kind == Datatype::Kind::other) {
    throw IOError(text("Cannot read the attribute '", attribute.name, "' of ", scope.label(),
                       ": it is ", attribute.type.description, "."));
  }
  if (attribute.type.kind == Datatype::Kind::number) {
    Bytes data(attribute.data.begin(), attribute.data.end());
    if (attribute.type.swapped)
      for (size_t i = 0; i < count; ++i)
        std::reverse(data.begin() + static_cast<ptrdiff_t>(i * attribute.type.size),
                     data.begin() + static_cast<ptrdiff_t>((i + 1) * attribute.type.size));
    for (size_t i = 0; i < count; ++i) values.push_back(number_at(attribute.type.dtype, data, i));
  } else {
    for (std::string& text : decode_strings(scope, attribute.type, attribute.data, count))
      values.emplace_back(std::move(text));
  }
  return attribute.shape.empty() ? std::move(values.front()) : Config(std::move(values));
}

}  // namespace

std::optional<Config> Object::find_attribute(std::string_view name) const {
  const Scope s = scope();
  const AttributeTable table = attributes_of(s, *header_);
  for (const Attribute& attribute : table.attributes)
    if (attribute.name == name) return value_of(s, attribute);
  return {};
}

Config Object::attribute(std::string_view name) const {
  auto value = find_attribute(name);
  check<IOError>(value.has_value(), scope().label(), " has no attribute '", name, "'.");
  return std::move(*value);
}

std::string Object::attribute_string(std::string_view name) const {
  Config value = attribute(name);
  if (value.is_list() && value.size() == 1)
    value = Config(value.as_list()[0]);  // an array of one text
  check<IOError>(value.is_string(), "The attribute '", name, "' of ", scope().label(),
                 " is not a text.");
  return value.as_string();
}

bool Object::has_attribute_strings(std::string_view name) const {
  return has_attribute(name) || has_attribute(std::string(name) + "0");
}

std::vector<std::string> Object::attribute_strings(std::string_view name) const {
  const Scope s = scope();
  const AttributeTable table = attributes_of(s, *header_);
  std::unordered_map<std::string_view, const Attribute*> by_name;
  for (const Attribute& attribute : table.attributes) by_name.emplace(attribute.name, &attribute);
  std::vector<std::string> out;
  const auto append = [&](std::string_view part) {
    const auto found = by_name.find(part);
    if (found == by_name.end()) return false;
    const Attribute& attribute = *found->second;
    // No names at all are an empty array of float64.
    if (attribute.shape.rank() > 0 && attribute.shape.size() == 0) return true;
    Config value = value_of(s, attribute);
    if (!value.is_list()) value = Config::list({value});
    for (const Config& text : value.as_list()) {
      check<IOError>(text.is_string(), "The attribute '", part, "' of ", s.label(),
                     " is not a list of texts.");
      out.push_back(text.as_string());
    }
    return true;
  };
  if (append(name)) return out;
  int parts = 0;
  while (append(text(name, parts))) ++parts;
  check<IOError>(parts > 0, s.label(), " has no attribute '", name, "'.");
  return out;
}

}  // namespace kcpp::hdf5
