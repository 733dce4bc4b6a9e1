#include "src/saving/containers/zip_writer.h"

#include <zlib.h>

#include <algorithm>

#include "kcpp/core/error.h"
#include "src/saving/containers/little_endian.h"

namespace kcpp::zip {
namespace {

using io::append;

constexpr uint16_t version = 20, version64 = 45;
constexpr uint16_t date_1980_01_01 = (1 << 5) | 1;
/// A size that would not fit into 32 bits together with what zipfile keeps in reserve.
constexpr uint64_t zip64_limit = 0x7fffffff;

uint32_t add_to_crc(uint32_t crc, const void* data, size_t count) {
  const auto* from = static_cast<const Bytef*>(data);
  while (count > 0) {
    const size_t n = std::min<size_t>(count, 1u << 30);
    crc = static_cast<uint32_t>(crc32(crc, from, static_cast<uInt>(n)));
    from += n;
    count -= n;
  }
  return crc;
}

/// Passes a member's bytes on and keeps their checksum, so what was written cannot be changed.
class MemberSink final : public io::ByteSink {
 public:
  explicit MemberSink(io::ByteSink& out) : out_(out) {}
  uint32_t crc() const { return crc_; }
  void patch(uint64_t, std::string_view) override {
    throw RuntimeError("A member of a zip archive cannot be patched while it is written.");
  }

 protected:
  void put(const void* data, size_t count) override {
    crc_ = add_to_crc(crc_, data, count);
    out_.write(data, count);
  }

 private:
  io::ByteSink& out_;
  uint32_t crc_ = 0;
};

/// Flags: bit 11 says that the name is UTF-8; Python sets it only when the name is not ASCII.
uint16_t flags_of(std::string_view name) {
  return std::any_of(name.begin(), name.end(), [](char c) { return c & 0x80; }) ? 0x800 : 0;
}

}  // namespace

void Writer::begin(Member& member) {
  member.header = out_.position();
  std::string header;
  append<uint32_t>(header, 0x04034b50);
  append<uint16_t>(header, member.wide ? version64 : version);
  append<uint16_t>(header, flags_of(member.name));
  append<uint16_t>(header, 0);  // stored
  append<uint16_t>(header, 0);  // time
  append<uint16_t>(header, date_1980_01_01);
  append<uint32_t>(header, member.crc);
  append<uint32_t>(header, member.wide ? UINT32_MAX : static_cast<uint32_t>(member.size));
  append<uint32_t>(header, member.wide ? UINT32_MAX : static_cast<uint32_t>(member.size));
  append<uint16_t>(header, static_cast<uint16_t>(member.name.size()));
  append<uint16_t>(header, member.wide ? 20 : 0);
  header += member.name;
  if (member.wide) {
    append<uint16_t>(header, 1);
    append<uint16_t>(header, 16);
    append<uint64_t>(header, member.size);
    append<uint64_t>(header, member.size);
  }
  out_.write(header);
}

void Writer::add(std::string_view name, std::string_view bytes) {
  Member member{std::string(name), 0, bytes.size(), add_to_crc(0, bytes.data(), bytes.size()),
                bytes.size() > zip64_limit};
  begin(member);
  out_.write(bytes);
  members_.push_back(std::move(member));
}

void Writer::add(std::string_view name, const std::function<void(io::ByteSink&)>& produce) {
  // The size is not known yet: leave room for a large one, as numpy.savez does (force_zip64).
  Member member{std::string(name), 0, 0, 0, true};
  begin(member);
  MemberSink sink(out_);
  produce(sink);
  member.size = sink.position();
  member.crc = sink.crc();
  std::string fields;
  append<uint32_t>(fields, member.crc);
  out_.patch(member.header + 14, fields);
  std::string sizes;
  append<uint64_t>(sizes, member.size);
  append<uint64_t>(sizes, member.size);
  out_.patch(member.header + 30 + member.name.size() + 4, sizes);
  members_.push_back(std::move(member));
}

void Writer::finish() {
  const uint64_t directory_at = out_.position();
  for (const Member& member : members_) {
    const bool large = member.size > zip64_limit, far = member.header > zip64_limit;
    std::string extra;
    if (large || far) {
      append<uint16_t>(extra, 1);
      append<uint16_t>(extra, (large ? 16 : 0) + (far ? 8 : 0));
      if (large) append<uint64_t>(extra, member.size), append<uint64_t>(extra, member.size);
      if (far) append<uint64_t>(extra, member.header);
    }
    const uint16_t needed = member.wide || large || far ? version64 : version;
    std::string entry;
    append<uint32_t>(entry, 0x02014b50);
    append<uint16_t>(entry, (3 << 8) | needed);  // made on Unix
    append<uint16_t>(entry, needed);
    append<uint16_t>(entry, flags_of(member.name));
    append<uint16_t>(entry, 0);
    append<uint16_t>(entry, 0);
    append<uint16_t>(entry, date_1980_01_01);
    append<uint32_t>(entry, member.crc);
    append<uint32_t>(entry, large ? UINT32_MAX : static_cast<uint32_t>(member.size));
    append<uint32_t>(entry, large ? UINT32_MAX : static_cast<uint32_t>(member.size));
    append<uint16_t>(entry, static_cast<uint16_t>(member.name.size()));
    append<uint16_t>(entry, static_cast<uint16_t>(extra.size()));
    append<uint16_t>(entry, 0);  // comment
    append<uint16_t>(entry, 0);  // disk
    append<uint16_t>(entry, 0);  // internal attributes
    append<uint32_t>(entry, 0600u << 16);
    append<uint32_t>(entry, far ? UINT32_MAX : static_cast<uint32_t>(member.header));
    out_.write(entry + member.name + extra);
  }
  const uint64_t end_at = out_.position(), size = end_at - directory_at, count = members_.size();
  std::string end;
  if (count > 0xffff || size > zip64_limit || directory_at > zip64_limit) {
    append<uint32_t>(end, 0x06064b50);
    append<uint64_t>(end, 44);
    append<uint16_t>(end, version64);
    append<uint16_t>(end, version64);
    append<uint32_t>(end, 0);
    append<uint32_t>(end, 0);
    append<uint64_t>(end, count);
    append<uint64_t>(end, count);
    append<uint64_t>(end, size);
    append<uint64_t>(end, directory_at);
    append<uint32_t>(end, 0x07064b50);
    append<uint32_t>(end, 0);
    append<uint64_t>(end, end_at);
    append<uint32_t>(end, 1);
  }
  append<uint32_t>(end, 0x06054b50);
  append<uint16_t>(end, 0);
  append<uint16_t>(end, 0);
  append<uint16_t>(end, static_cast<uint16_t>(std::min<uint64_t>(count, 0xffff)));
  append<uint16_t>(end, static_cast<uint16_t>(std::min<uint64_t>(count, 0xffff)));
  append<uint32_t>(end, static_cast<uint32_t>(std::min<uint64_t>(size, UINT32_MAX)));
  append<uint32_t>(end, static_cast<uint32_t>(std::min<uint64_t>(directory_at, UINT32_MAX)));
  append<uint16_t>(end, 0);
  out_.write(end);
}

}  // namespace kcpp::zip
