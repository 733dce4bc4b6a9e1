/// A serialized NodeDef of TensorFlow, read into what protobuf's own JSON of it would be. Only the
/// fields that matter: op, and attributes that are numbers, texts, types and lists of integers.
#include <cstring>
#include <string_view>

#include "src/saving/legacy/tf_functions.h"

namespace kcpp::saving {
namespace {

/// Fields of a protobuf message, one after the other.
class Message {
 public:
  explicit Message(std::string_view bytes) : rest_(bytes) {}

  bool next() {
    if (rest_.empty()) return false;
    const uint64_t tag = varint();
    field = static_cast<int>(tag >> 3);
    switch (tag & 7) {
      case 0:
        number = varint();
        break;
      case 1:
        bytes = take(8);
        break;
      case 2:
        bytes = take(varint());
        break;
      case 5:
        bytes = take(4);
        break;
      default:
        damaged();
    }
    return true;
  }

  int field = 0;
  uint64_t number = 0;
  std::string_view bytes;

 private:
  [[noreturn]] static void damaged() {
    throw ValueError("The `node_def` of a TensorFlowOpLayer is damaged.");
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (!(byte & 0x80)) return value;
    }
    damaged();
  }
  std::string_view take(uint64_t count) {
    if (count > rest_.size()) damaged();
    const std::string_view out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }

  std::string_view rest_;
};

std::string base64(std::string_view s) {
  static constexpr char letters[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < s.size(); i += 3) {
    unsigned bits = 0;
    for (size_t k = 0; k < 3; ++k)
      bits = (bits << 8) | (i + k < s.size() ? static_cast<unsigned char>(s[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k)
      out += k <= s.size() - i ? letters[(bits >> (18 - 6 * k)) & 63] : '=';
  }
  return out;
}

/// DataType's numbers.
std::string type_name(uint64_t type) {
  static constexpr const char* names[] = {"DT_INVALID",   "DT_FLOAT", "DT_DOUBLE", "DT_INT32",
                                          "DT_UINT8",     "DT_INT16", "DT_INT8",   "DT_STRING",
                                          "DT_COMPLEX64", "DT_INT64", "DT_BOOL"};
  if (type == 14) return "DT_BFLOAT16";
  if (type == 19) return "DT_HALF";
  return type < std::size(names) ? names[type] : "DT_" + std::to_string(type);
}

Config list_value(std::string_view bytes) {
  Config integers = Config::list();
  for (Message m(bytes); m.next();) {
    if (m.field != 3) continue;
    if (m.bytes.empty()) {
      integers.push_back(static_cast<int64_t>(m.number));
      continue;
    }
    // Packed: only small, non-negative numbers and -1 occur in strides and sizes.
    std::string tagged;
    for (char c : m.bytes) tagged += c;
    size_t at = 0;
    while (at < tagged.size()) {
      uint64_t value = 0;
      for (int shift = 0; at < tagged.size() && shift < 64; shift += 7) {
        const auto byte = static_cast<unsigned char>(tagged[at++]);
        value |= static_cast<uint64_t>(byte & 0x7f) << shift;
        if (!(byte & 0x80)) break;
      }
      integers.push_back(static_cast<int64_t>(value));
    }
  }
  return Config::dict({{"i", std::move(integers)}});
}

/// AttrValue: 1 list, 2 s, 3 i, 4 f, 5 b, 6 type.
Config attribute_value(std::string_view bytes) {
  Config out = Config::dict();
  for (Message m(bytes); m.next();) {
    if (m.field == 1) out.set("list", list_value(m.bytes));
    if (m.field == 2) out.set("s", base64(m.bytes));
    if (m.field == 3) out.set("i", static_cast<int64_t>(m.number));
    if (m.field == 5) out.set("b", m.number != 0);
    if (m.field == 6) out.set("type", type_name(m.number));
    if (m.field == 4 && m.bytes.size() == 4) {
      float f;
      std::memcpy(&f, m.bytes.data(), 4);
      out.set("f", static_cast<double>(f));
    }
  }
  return out;
}

}  // namespace

/// The text holds bytes that Python decoded as UTF-8 (a NodeDef of numbers and names always is).
Config parse_node_def(const std::string& bytes) {
  Config out = Config::dict({{"attr", Config::dict()}});
  for (Message m(bytes); m.next();) {
    if (m.field == 2) out.set("op", std::string(m.bytes));
    if (m.field != 5) continue;
    std::string key;
    Config value = Config::dict();
    for (Message entry(m.bytes); entry.next();) {
      if (entry.field == 1) key = std::string(entry.bytes);
      if (entry.field == 2) value = attribute_value(entry.bytes);
    }
    out.find("attr")->set(key, std::move(value));
  }
  check(out.find("op") != nullptr, "The `node_def` of a TensorFlowOpLayer names no operation.");
  return out;
}

}  // namespace kcpp::saving
