#include "src/data/npy.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "kcpp/data_files.h"
#include "src/saving/containers/atomic_file.h"
#include "src/saving/containers/little_endian.h"
#include "src/saving/containers/utf8.h"

// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
namespace kcpp::npy {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr uint32_t header_limit = 1 << 16;

struct Header {
  std::string descr;
  bool fortran_order = false;
  Shape shape;
};

/// Reads the header: a Python dict of three entries whose values are a string, a bool and a tuple.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Header parse() {
    Header header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!take('}')) {
      const std::string key = parse_string();
      expect(':');
      if (key == "descr") {
        descr = true;
        skip_space();
        if (!text_.empty() && text_.front() == '[')
          throw IOError(text("Cannot read '", name_, "': its elements are records."));
        header.descr = parse_string();
      } else if (key == "fortran_order") {
        order = true;
        header.fortran_order = parse_bool();
      } else if (key == "shape") {
        shape = true;
        header.shape = parse_shape();
      } else {
        fail();
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    if (!descr || !order || !shape) fail();
    return header;
  }

 private:
  [[noreturn]] void fail() const {
    throw IOError(kcpp::text("'", name_, "' is damaged: its .npy header is not valid."));
  }
  void skip_space() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n'))
      text_.remove_prefix(1);
  }
  bool take(char c) {
    skip_space();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail();
  }
  bool take_word(std::string_view word) {
    skip_space();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  std::string parse_string() {
    const char quote = take('\'') ? '\'' : '"';
    if (quote == '"') expect('"');
    const size_t end = text_.find(quote);
    if (end == text_.npos) fail();
    std::string value(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return value;
  }
  bool parse_bool() {
    if (take_word("True")) return true;
    if (!take_word("False")) fail();
    return false;
  }
  Shape parse_shape() {
    Shape shape;
    expect('(');
    while (!take(')')) {
      skip_space();
      int64_t dim = -1;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), dim);
      if (error != std::errc() || dim < 0) fail();
      text_.remove_prefix(static_cast<size_t>(end - text_.data()));
      take_word("L");  // files of Python 2
      check<IOError>(shape.rank() < Shape::max_rank, "Cannot read '", name_, "': it has more than ",
                     Shape::max_rank, " dimensions.");
      shape.push_back(dim);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }

  std::string_view text_;
  const std::string& name_;
};

/// What a descr such as "<f4" means.
struct Element {
  DType dtype = DType::float32;
  size_t bytes = 0;  ///< in the file
  bool swapped = false;
  char text = 0;  ///< 'U' or 'S'
};

Element element_of(const std::string& descr, const std::string& name) {
  const auto refuse = [&]() -> Element {
    throw IOError(
        text("Cannot read '", name, "': its dtype '", descr, "' is not one that kcpp has",
             descr.find('O') != descr.npos ? " (pickled objects are never loaded)." : "."));
  };
  if (descr.size() < 2) return refuse();
  const char order = descr[0], kind = descr[1];
  size_t bytes = 0;
  const char* end = descr.data() + descr.size();
  const auto parsed = std::from_chars(descr.data() + 2, end, bytes);
  if (parsed.ec != std::errc() || parsed.ptr != end || !std::strchr("<>|=", order)) return refuse();
  Element element{DType::string, bytes, order == '>', 0};
  if (kind == 'U' || kind == 'S') {
    if (bytes > (1u << 24)) return refuse();
    element.text = kind;
    if (kind == 'U') element.bytes *= 4;
    return element;
  }
  struct Known {
    char kind;
    size_t bytes;
    DType dtype;
  };
  static constexpr Known known[] = {
      {'b', 1, DType::bool_},   {'u', 1, DType::uint8},   {'u', 2, DType::uint16},
      {'u', 4, DType::uint32},  {'u', 8, DType::uint64},  {'i', 1, DType::int8},
      {'i', 2, DType::int16},   {'i', 4, DType::int32},   {'i', 8, DType::int64},
      {'f', 2, DType::float16}, {'f', 4, DType::float32}, {'f', 8, DType::float64},
      {'V', 2, DType::bfloat16}};  // ml_dtypes.bfloat16 is saved as two raw bytes
  for (const Known& k : known) {
    if (k.kind == kind && k.bytes == bytes) {
      element.dtype = k.dtype;
      return element;
    }
  }
  return refuse();
}

void swap_bytes(std::byte* data, size_t count, size_t width) {
  for (size_t i = 0; i < count; ++i) std::reverse(data + i * width, data + (i + 1) * width);
}

std::string decode_text(std::span<const std::byte> bytes, const Element& element,
                        const std::string& name) {
  std::string out;
  if (element.text == 'S') {
    out.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  } else {
    for (size_t i = 0; i < bytes.size(); i += 4) {
      auto code = io::load<uint32_t>(bytes, i);
      if (element.swapped) code = __builtin_bswap32(code);
      check<IOError>(code <= 0x10ffff && (code < 0xd800 || code > 0xdfff), "'", name,
                     "' is damaged: a string holds an invalid character.");
      io::append_utf8(out, code);
    }
  }
  out.resize(out.find_last_not_of('\0') + 1);  // npos + 1 == 0
  return out;
}

/// Turns elements from Fortran's order to C's. `width` is the size of an element.
void to_c_order(std::byte* data, const Shape& shape, size_t width) {
  const size_t count = static_cast<size_t>(shape.size());
  if (count == 0 || width == 0 || shape.rank() < 2) return;
  const std::vector<std::byte> source(data, data + count * width);
  std::vector<int64_t> index(static_cast<size_t>(shape.rank()), 0);
  std::vector<size_t> stride(index.size(), width);
  for (size_t i = 1; i < stride.size(); ++i)
    stride[i] = stride[i - 1] * static_cast<size_t>(shape[static_cast<int>(i) - 1]);
  size_t from = 0;
  for (size_t i = 0; i < count; ++i) {
    std::memcpy(data + i * width, source.data() + from, width);
    for (size_t d = index.size(); d-- > 0;) {
      from += stride[d];
      if (++index[d] < shape[static_cast<int>(d)]) break;
      from -= stride[d] * static_cast<size_t>(index[d]);
      index[d] = 0;
    }
  }
}

Tensor read_text(const io::ByteSource& source, uint64_t at, const Header& header,
                 const Element& element, uint64_t count) {
  // In C order, as the strings go straight into their places.
  std::vector<std::byte> bytes(count * element.bytes);
  source.read(at, bytes.data(), bytes.size());
  if (header.fortran_order) to_c_order(bytes.data(), header.shape, element.bytes);
  std::vector<std::string> values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = decode_text(std::span(bytes).subspan(i * element.bytes, element.bytes), element,
                            source.name());
  return Tensor::from(values, header.shape);
}

std::string descr_of(DType dtype) {
  switch (dtype) {
    case DType::bool_:
      return "|b1";
    case DType::uint8:
      return "|u1";
    case DType::int8:
      return "|i1";
    case DType::bfloat16:
      return "<V2";
    default: {
      const char kind = is_floating(dtype) ? 'f' : name_of(dtype).front() == 'u' ? 'u' : 'i';
      return text("<", kind, size_of(dtype));
    }
  }
}

/// Strings as UTF-32, all of the length of the longest.
std::pair<std::string, std::string> encode_texts(std::span<const std::string> values) {
  size_t longest = 1;
  std::vector<std::u32string> decoded;
  for (const std::string& value : values) {
    std::u32string codes;
    for (size_t at = 0; at < value.size();) {
      const int32_t code = io::next_utf8(value, at);
      check(code >= 0, "Cannot write a string that is not valid UTF-8 as .npy.");
      codes += static_cast<char32_t>(code);
    }
    longest = std::max(longest, codes.size());
    decoded.push_back(std::move(codes));
  }
  std::string bytes;
  for (auto& codes : decoded) {
    codes.resize(longest);
    bytes.append(reinterpret_cast<const char*>(codes.data()), longest * 4);
  }
  return {text("<U", longest), std::move(bytes)};
}

std::string header_text(const std::string& descr, const Shape& shape) {
  std::string dict =
      text("{'descr': '", descr, "', 'fortran_order': False, 'shape': ", shape, ", }");
  if (shape.rank() > 0) {
    // NumPy leaves room for the first dimension to grow to 21 digits.
    const size_t digits = text(shape[0]).size();
    dict.append(21 - digits, ' ');
  }
  const size_t before = magic.size() + 4 + dict.size() + 1;
  dict.append(64 - before % 64, ' ');
  std::string out(magic);
  out += '\x01';
  out += '\0';
  io::append<uint16_t>(out, static_cast<uint16_t>(dict.size() + 1));
  return out + dict + '\n';
}

}  // namespace

Tensor read(const io::ByteSource& source) {
  const std::string& name = source.name();
  std::byte start[12];
  check<IOError>(source.size() >= 10, "'", name, "' is not an .npy file: it has only ",
                 source.size(), " bytes.");
  source.read(0, start, 10);
  check<IOError>(std::memcmp(start, magic.data(), magic.size()) == 0, "'", name,
                 "' is not an .npy file.");
  const int version = static_cast<int>(start[6]);
  check<IOError>(version >= 1 && version <= 3, "Cannot read '", name, "': it is of version ",
                 version, " of the .npy format. Expected 1, 2 or 3.");
  const uint64_t header_at = version == 1 ? 10 : 12;
  source.read(0, start, header_at);
  const uint32_t header_size =
      version == 1 ? io::load<uint16_t>(start, 8) : io::load<uint32_t>(start, 8);
  check<IOError>(header_size <= header_limit, "'", name, "' is refused: its header has ",
                 header_size, " bytes.");
  std::string header_bytes(header_size, '\0');
  source.read(header_at, header_bytes.data(), header_size);
  const Header header = HeaderParser(header_bytes, name).parse();
  const Element element = element_of(header.descr, name);

  // Before anything of the declared size is allocated: are the bytes there?
  const uint64_t at = header_at + header_size, stored = source.size() - at;
  uint64_t count = 1;
  bool empty = false;
  for (const int64_t dim : header.shape) {
    empty = empty || dim == 0;
    check<IOError>(
        !__builtin_mul_overflow(count, std::max<uint64_t>(static_cast<uint64_t>(dim), 1), &count) &&
            count <= INT64_MAX,
        "'", name, "' is refused: its shape ", header.shape, " is too large.");
  }
  if (empty) count = 0;
  // A string of no characters takes no bytes in the file, but does in memory.
  check<IOError>(count <= stored / std::max<size_t>(element.bytes, 1), "'", name,
                 "' is truncated or damaged: shape ", header.shape, " of dtype '", header.descr,
                 "' needs more than the ", stored, " bytes that it has.");
  if (element.text) return read_text(source, at, header, element, count);

  Tensor tensor = Tensor::empty(header.shape, element.dtype);
  auto* data = static_cast<std::byte*>(tensor.mutable_raw());
  source.read(at, data, count * element.bytes);
  if (element.swapped) swap_bytes(data, count, element.bytes);
  if (header.fortran_order) to_c_order(data, header.shape, element.bytes);
  if (element.dtype == DType::bool_)  // a bool that is neither 0 nor 1 must not exist
    for (size_t i = 0; i < count; ++i) data[i] = std::byte{data[i] != std::byte{0}};
  return tensor;
}

void write(io::ByteSink& out, const Tensor& tensor) {
  check(tensor.defined() && !tensor.is_symbolic(),
        "Cannot write a symbolic or undefined tensor as .npy.");
  if (tensor.dtype() == DType::string) {
    const auto [descr, bytes] = encode_texts(tensor.data<std::string>());
    out.write(header_text(descr, tensor.shape()));
    out.write(bytes);
  } else {
    out.write(header_text(descr_of(tensor.dtype()), tensor.shape()));
    out.write(tensor.raw(), tensor.bytes());
  }
}

}  // namespace kcpp::npy

namespace kcpp {

Tensor load_npy(const std::string& path) { return npy::read(*io::open_file(path)); }

void save_npy(const std::string& path, const Tensor& tensor) {
  io::AtomicFile file(path);
  npy::write(file, tensor);
  file.commit();
}

}  // namespace kcpp
