#include "src/saving/containers/zip_reader.h"

#include <zlib.h>

#include <algorithm>

#include "src/saving/containers/inflate.h"
#include "src/saving/containers/little_endian.h"
#include "src/saving/containers/utf8.h"

namespace kcpp::zip {
namespace {

using io::load;

constexpr uint32_t local_signature = 0x04034b50, entry_signature = 0x02014b50,
                   end_signature = 0x06054b50, end64_signature = 0x06064b50,
                   locator64_signature = 0x07064b50;
constexpr size_t local_size = 30, entry_size = 46, end_size = 22, end64_size = 56,
                 locator64_size = 20;
constexpr uint16_t stored = 0, deflated = 8;

/// Why a member's name is refused, or nullptr.
const char* name_problem(std::string_view name) {
  if (name.empty()) return "has no name";
  if (!io::is_utf8(name)) return "has a name that is not valid UTF-8";
  if (name.find('\0') != name.npos) return "has a zero byte in its name";
  if (name.front() == '/') return "has an absolute path";
  if (name.find('\\') != name.npos) return "has a backslash in its name";
  if (name.size() > 1 && name[1] == ':') return "has a drive letter in its name";
  for (size_t at = 0; at <= name.size();) {
    const size_t slash = std::min(name.find('/', at), name.size());
    if (name.substr(at, slash - at) == "..") return "leaves the archive by '..'";
    at = slash + 1;
  }
  return nullptr;
}

/// The 64-bit values that stand in the extra field for 32-bit ones that are full of ones.
class Zip64Values {
 public:
  explicit Zip64Values(std::span<const std::byte> extra) {
    while (extra.size() >= 4) {
      const auto id = load<uint16_t>(extra), size = load<uint16_t>(extra, 2);
      if (!io::fits(extra, 4, size)) return;
      if (id == 1) values_ = extra.subspan(4, size);
      extra = extra.subspan(size_t{4} + size);
    }
  }
  bool take(uint64_t& value) {
    if (value != UINT32_MAX) return true;
    if (values_.size() < 8) return false;
    value = load<uint64_t>(values_);
    values_ = values_.subspan(8);
    return true;
  }

 private:
  std::span<const std::byte> values_;
};

}  // namespace

bool Reader::looks_like_zip(const io::ByteSource& source) {
  if (source.size() < end_size) return false;
  uint32_t signature = 0;
  source.read(0, &signature, sizeof signature);
  return signature == local_signature || signature == end_signature;
}

Reader Reader::open(io::SourcePtr source, const io::ZipLimits& limits) {
  Reader reader(std::move(source), limits);
  reader.read_directory();
  return reader;
}

void Reader::read_directory() {
  const std::string& name = source_->name();
  const uint64_t size = source_->size();
  check<IOError>(size >= end_size, "'", name, "' is not a zip archive: it has only ", size,
                 " bytes.");

  // The end record is the last thing in the file, but for a comment of up to 64 KB.
  const size_t tail_size =
      static_cast<size_t>(std::min<uint64_t>(size, end_size + 0xffff + locator64_size));
  std::vector<std::byte> tail(tail_size);
  source_->read(size - tail_size, tail.data(), tail_size);
  size_t at = tail_size - end_size + 1;
  bool found = false;
  while (at-- > 0 && !found) {
    found = load<uint32_t>(tail, at) == end_signature &&
            load<uint16_t>(tail, at + 20) == tail_size - at - end_size;
    if (found) break;
  }
  check<IOError>(found, "'", name,
                 "' is not a zip archive, or it is truncated: its directory was not found.");
  const std::span<const std::byte> end(tail.data() + at, end_size);
  uint64_t end_at = size - tail_size + at;
  uint64_t entries = load<uint16_t>(end, 10), directory_size = load<uint32_t>(end, 12),
           directory_at = load<uint32_t>(end, 16);
  bool one_part = load<uint16_t>(end, 4) == 0 && load<uint16_t>(end, 6) == 0 &&
                  load<uint16_t>(end, 8) == entries;

  if (at >= locator64_size && load<uint32_t>(tail, at - locator64_size) == locator64_signature) {
    const auto end64_at = load<uint64_t>(tail, at - locator64_size + 8);
    check<IOError>(
        end_at - locator64_size >= end64_size && end64_at == end_at - locator64_size - end64_size,
        "'", name, "' is a damaged zip archive: its zip64 record is not where it should be.");
    std::byte record[end64_size];
    source_->read(end64_at, record, end64_size);
    check<IOError>(load<uint32_t>(record) == end64_signature, "'", name,
                   "' is a damaged zip archive: its zip64 record is not where it should be.");
    one_part = load<uint32_t>(record, 16) == 0 && load<uint32_t>(record, 20) == 0 &&
               load<uint64_t>(record, 24) == load<uint64_t>(record, 32);
    entries = load<uint64_t>(record, 32);
    directory_size = load<uint64_t>(record, 40);
    directory_at = load<uint64_t>(record, 48);
    end_at = end64_at;
  }
  check<IOError>(one_part, "'", name,
                 "' is refused: it is one part of a zip archive in several parts.");
  check<IOError>(directory_at <= end_at && directory_size == end_at - directory_at, "'", name,
                 "' is a damaged zip archive: its directory is not where it should be.");
  check<IOError>(entries <= limits_.members && entries <= directory_size / entry_size, "'", name,
                 "' is refused: it declares ", entries, " members.");
  check<IOError>(directory_size <= entries * (entry_size + limits_.name_bytes + 0x1ffff), "'", name,
                 "' is a damaged zip archive: its directory is too large.");

  std::vector<std::byte> directory(directory_size);
  source_->read(directory_at, directory.data(), directory.size());
  std::span<const std::byte> rest(directory);
  for (uint64_t i = 0; i < entries; ++i) read_entry(rest, directory_at);
  check<IOError>(rest.empty(), "'", name,
                 "' is a damaged zip archive: its directory has another length than declared.");
  check_layout(directory_at);
}

void Reader::read_entry(std::span<const std::byte>& rest, uint64_t directory_at) {
  const std::string& archive = source_->name();
  check<IOError>(rest.size() >= entry_size && load<uint32_t>(rest) == entry_signature, "'", archive,
                 "' is a damaged zip archive: an entry of its directory is not valid.");
  const auto made_by = load<uint16_t>(rest, 4), flags = load<uint16_t>(rest, 8);
  const size_t name_size = load<uint16_t>(rest, 28), extra_size = load<uint16_t>(rest, 30),
               comment_size = load<uint16_t>(rest, 32);
  check<IOError>(io::fits(rest, entry_size, name_size + extra_size + comment_size), "'", archive,
                 "' is a damaged zip archive: an entry of its directory is cut off.");
  const std::string name(reinterpret_cast<const char*>(rest.data()) + entry_size, name_size);
  check<IOError>(name_size <= limits_.name_bytes, "'", archive,
                 "' is refused: a member's name has ", name_size, " bytes.");
  if (const char* problem = name_problem(name)) {
    std::string shown;
    for (const char c : name)
      shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f || (c & 0x80) ? '?' : c;
    throw IOError(text("'", archive, "' is refused: its member '", shown, "' ", problem, "."));
  }
  check<IOError>((flags & 0x2041) == 0, "'", archive, "' is refused: its member '", name,
                 "' is encrypted.");

  Member member;
  member.method = load<uint16_t>(rest, 10);
  member.crc = load<uint32_t>(rest, 16);
  member.stored = load<uint32_t>(rest, 20);
  member.size = load<uint32_t>(rest, 24);
  member.header = load<uint32_t>(rest, 42);
  member.order = members_.size();
  Zip64Values wide(rest.subspan(entry_size + name_size, extra_size));
  check<IOError>(wide.take(member.size) && wide.take(member.stored) && wide.take(member.header),
                 "'", archive, "' is a damaged zip archive: the sizes of its member '", name,
                 "' are missing.");
  check<IOError>(load<uint16_t>(rest, 34) == 0, "'", archive,
                 "' is refused: it is one part of a zip archive in several parts.");
  // The upper half of the external attributes is the mode on the system that made the archive.
  const uint32_t kind = (load<uint32_t>(rest, 38) >> 16) & 0170000;
  check<IOError>(made_by >> 8 != 3 || kind == 0 || kind == 0100000 || kind == 0040000, "'", archive,
                 "' is refused: its member '", name, "' is a link or a special file.");
  check<IOError>(member.method == stored || member.method == deflated, "'", archive,
                 "' is refused: its member '", name, "' is compressed by method ", member.method,
                 ". Expected stored or deflated.");
  check<IOError>(member.method != stored || member.stored == member.size, "'", archive,
                 "' is a damaged zip archive: its member '", name,
                 "' is stored, but has two sizes.");

  // The local header repeats name and method; readers that trust one or the other must see the
  // same.
  check<IOError>(
      member.header <= directory_at && directory_at - member.header >= local_size + name_size, "'",
      archive, "' is a damaged zip archive: its member '", name, "' lies outside of it.");
  std::vector<std::byte> local(local_size + name_size);
  source_->read(member.header, local.data(), local.size());
  check<IOError>(load<uint32_t>(local) == local_signature &&
                     load<uint16_t>(local, 8) == member.method &&
                     load<uint16_t>(local, 26) == name_size &&
                     std::memcmp(local.data() + local_size, name.data(), name_size) == 0,
                 "'", archive, "' is a damaged zip archive: the header of its member '", name,
                 "' does not fit to the directory.");
  member.data = member.header + local_size + name_size + load<uint16_t>(local, 28);
  check<IOError>(member.data <= directory_at && member.stored <= directory_at - member.data, "'",
                 archive, "' is a damaged zip archive: its member '", name,
                 "' lies outside of it.");

  if (name.back() == '/') {
    check<IOError>(member.size == 0, "'", archive, "' is refused: its folder '", name,
                   "' holds data.");
    folders_.emplace_back(name, member);
  } else {
    check<IOError>(members_.emplace(name, member).second, "'", archive,
                   "' is refused: its member '", name, "' stands there twice.");
  }
  rest = rest.subspan(entry_size + name_size + extra_size + comment_size);
}

void Reader::check_layout(uint64_t directory_at) const {
  std::vector<std::pair<const std::string*, const Member*>> all;
  for (const auto& [name, member] : members_) all.emplace_back(&name, &member);
  for (const auto& [name, member] : folders_) all.emplace_back(&name, &member);
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.second->header < b.second->header; });
  const std::string& archive = source_->name();
  check<IOError>(all.empty() || all[0].second->header == 0, "'", archive,
                 "' is refused: something stands in front of the zip archive.");
  uint64_t inflated = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    const Member& member = *all[i].second;
    const uint64_t next = i + 1 < all.size() ? all[i + 1].second->header : directory_at;
    check<IOError>(member.data + member.stored <= next, "'", archive, "' is refused: its member '",
                   *all[i].first, "' overlaps another one.");
    if (member.method == stored) continue;
    check<IOError>(member.size <= UINT64_MAX / 2 - inflated, "'", archive,
                   "' is refused: its member '", *all[i].first, "' declares ", member.size,
                   " bytes.");
    inflated += member.size;
    check<IOError>(inflated <= limits_.free_bytes || inflated / limits_.ratio <= source_->size(),
                   "'", archive, "' is refused: it has ", source_->size(),
                   " bytes and would inflate to more than ", inflated, " (a decompression bomb).");
  }
}

std::vector<std::string> Reader::names() const {
  std::vector<std::string> names(members_.size());
  for (const auto& [name, member] : members_) names[member.order] = name;
  return names;
}

const Reader::Member& Reader::find(std::string_view name) const {
  const auto found = members_.find(name);
  check<IOError>(found != members_.end(), "'", source_->name(), "' has no member '", name, "'.");
  return found->second;
}

std::string Reader::label(std::string_view member) const {
  return kcpp::text(source_->name(), "/", member);
}

std::vector<std::byte> Reader::read(std::string_view name) const {
  const Member& member = find(name);
  std::vector<std::byte> bytes;
  const auto data = io::window(source_, member.data, member.stored, label(name));
  if (member.method == stored) {
    bytes = io::read_all(*data, member.stored);
  } else {
    bytes = io::inflate_all(data, io::Wrapper::raw, member.size);
    check<IOError>(bytes.size() == member.size, "'", label(name), "' is damaged: it inflates to ",
                   bytes.size(), " bytes, but declares ", member.size, ".");
  }
  uLong crc = crc32(0, nullptr, 0);
  for (size_t at = 0; at < bytes.size();) {
    const size_t n = std::min<size_t>(bytes.size() - at, 1u << 30);
    crc = crc32(crc, reinterpret_cast<const Bytef*>(bytes.data() + at), static_cast<uInt>(n));
    at += n;
  }
  check<IOError>(crc == member.crc, "'", label(name), "' is damaged: its checksum is wrong.");
  return bytes;
}

std::string Reader::read_text(std::string_view name) const {
  const auto bytes = read(name);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

io::SourcePtr Reader::source(std::string_view name) const {
  const Member& member = find(name);
  if (member.method == stored) return io::window(source_, member.data, member.stored, label(name));
  return io::own_bytes(read(name), label(name));
}

}  // namespace kcpp::zip
