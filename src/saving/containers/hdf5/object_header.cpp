#include "src/saving/containers/hdf5/messages.h"

namespace kcpp::hdf5 {
namespace {

constexpr std::string_view what = "an object's header is not valid";

struct Block {
  uint64_t address, size;
};

/// Collects the messages of one block; continuations go to the queue.
class HeaderReader {
 public:
  explicit HeaderReader(const Scope& scope) : scope_(scope) {}

  ObjectHeader read(uint64_t address) {
    scope_.require(address != undefined_address, what);
    const Bytes start = scope_.fetch(address, 8, what);
    if (std::memcmp(start.data(), "OHDR", 4) == 0) {
      read_version2(address);
    } else {
      scope_.require(start[0] == std::byte{1}, what);
      read_version1(address);
    }
    return std::move(header_);
  }

 private:
  void read_version1(uint64_t address) {
    const Bytes prefix = scope_.fetch(address, 16, what);
    queue_.push_back({address + 16, io::load<uint32_t>(prefix, 8)});
    while (!queue_.empty()) {
      Cursor cursor(scope_, take_block(), what);
      while (cursor.left() >= 8) {
        const uint16_t type = cursor.u16(), size = cursor.u16();
        const uint8_t flags = cursor.u8();
        cursor.skip(3);
        add(type, flags, cursor.bytes(size));
      }
    }
  }

  void read_version2(uint64_t address) {
    // Everything before the messages takes at most 34 bytes.
    const uint64_t most = std::min<uint64_t>(34, scope_.file().source->size() - address);
    const Bytes prefix = scope_.fetch(address, most, what);
    Cursor start(scope_, prefix, what);
    start.expect("OHDR");
    start.require(start.u8() == 2);
    const uint8_t flags = start.u8();
    if (flags & 0x20) start.skip(16);  // times
    if (flags & 0x10) start.skip(4);   // when attributes become dense
    const uint64_t size = start.integer(1 << (flags & 3));
    const bool ordered = flags & 4;
    const uint64_t prefix_size = prefix.size() - start.left();
    scope_.require(size <= scope_.file().limits.header_bytes, what);
    queue_.push_back({address, prefix_size + size + 4});
    uint64_t skip = prefix_size;
    while (!queue_.empty()) {
      const View block = take_block();
      require_checksum(scope_, block, "an object's header has a wrong checksum");
      Cursor cursor(scope_, block.first(block.size() - 4), what);
      if (header_.blocks.size() > 1)
        cursor.expect("OCHK");
      else
        cursor.skip(skip);
      const size_t message_prefix = ordered ? 6 : 4;
      while (cursor.left() >= message_prefix) {
        const uint8_t type = cursor.u8();
        const uint16_t message_size = cursor.u16();
        const uint8_t message_flags = cursor.u8();
        if (ordered) cursor.skip(2);
        add(type, message_flags, cursor.bytes(message_size));
      }
    }
  }

  View take_block() {
    const Block block = queue_.front();
    queue_.pop_front();
    scope_.require(block.size >= 4, what);
    total_ += block.size + 16;
    // A continuation that leads back into the header ends here, too.
    if (block.size > scope_.file().limits.header_bytes ||
        total_ > scope_.file().limits.header_bytes)
      scope_.refused("an object's header is too large");
    header_.blocks.push_back(scope_.fetch(block.address, block.size, what));
    return header_.blocks.back();
  }

  void add(uint16_t type, uint8_t flags, View data) {
    if (static_cast<MessageType>(type) == MessageType::continuation) {
      Cursor cursor(scope_, data, what);
      const uint64_t address = cursor.address();
      queue_.push_back({address, cursor.length()});
    } else {
      header_.messages.push_back({static_cast<MessageType>(type), flags, data});
    }
  }

  const Scope& scope_;
  ObjectHeader header_;
  std::deque<Block> queue_;
  uint64_t total_ = 0;
};

}  // namespace

const Message* ObjectHeader::find(MessageType type) const {
  for (const Message& message : messages)
    if (message.type == type) return &message;
  return nullptr;
}

ObjectHeader read_object_header(const Scope& scope, uint64_t address) {
  return HeaderReader(scope).read(address);
}

}  // namespace kcpp::hdf5
