/// What all parts of the HDF5 reader share: the file, its limits, errors, and a cursor over bytes.
///
/// The format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html ("Specification"
/// in the comments of these files). The reader trusts nothing: every address is compared with the
/// file's size, every count with the bytes that must stand behind it, and all metadata that is
/// read, however often a hostile file refers to it, is charged to one budget per file.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/saving/containers/byte_source.h"
#include "src/saving/containers/limits.h"
#include "src/saving/containers/little_endian.h"

namespace kcpp::hdf5 {

using Bytes = std::vector<std::byte>;
using View = std::span<const std::byte>;

constexpr uint64_t undefined_address = std::numeric_limits<uint64_t>::max();

struct LinkTable;

/// An open file.
struct FileState {
  io::SourcePtr source;
  io::Hdf5Limits limits;
  int offset_size = 8;  ///< bytes of an address
  int length_size = 8;  ///< bytes of a length
  uint64_t root = 0;    ///< address of the root group's header

  mutable std::atomic<uint64_t> metadata_read{0};  ///< bytes, with something on top for each access
  mutable std::atomic<uint64_t> names_read{0};     ///< bytes of links' names
  mutable std::atomic<uint64_t> data_read{0};      ///< bytes of datasets read into new tensors
  mutable std::atomic<uint64_t> objects_opened{0};
  mutable std::mutex mutex;
  /// Links of the groups met so far, by address of the header.
  mutable std::map<uint64_t, std::shared_ptr<const LinkTable>> links;
};

/// A file and the object in it that is being read, for access and for errors.
class Scope {
 public:
  Scope(const FileState& file, std::string path) : file_(&file), path_(std::move(path)) {}
  Scope(const FileState&&, std::string) = delete;

  const FileState& file() const { return *file_; }
  const std::string& path() const { return path_; }

  /// "object 'a/b' of 'model.h5'".
  std::string label() const {
    return text("'", path_.empty() ? "/" : path_, "' in '", file_->source->name(), "'");
  }
  [[noreturn]] void damaged(std::string_view what) const {
    throw IOError(text("'", file_->source->name(), "' is damaged: ", what, " (at '",
                       path_.empty() ? "/" : path_, "')."));
  }
  [[noreturn]] void refused(std::string_view what) const {
    throw IOError(text("'", file_->source->name(), "' is refused: ", what, " (at '",
                       path_.empty() ? "/" : path_, "')."));
  }
  void require(bool ok, std::string_view what) const {
    if (!ok) [[unlikely]]
      damaged(what);
  }

  /// Metadata at an address. `what` is named when it lies outside of the file.
  Bytes fetch(uint64_t address, uint64_t count, std::string_view what) const {
    require(file_->source->contains(address, count), what);
    charge(count);
    Bytes bytes(count);
    file_->source->read(address, bytes.data(), count);
    return bytes;
  }
  /// Counts metadata work. A real file's metadata is read a few times over; a hostile one's for
  /// ever.
  void charge(uint64_t bytes) const {
    const uint64_t read = file_->metadata_read.fetch_add(bytes + 64) + bytes;
    if (read / 64 > file_->source->size() + (uint64_t{4} << 20)) [[unlikely]]
      refused("its structure refers to the same places again and again");
  }

 private:
  const FileState* file_;
  std::string path_;
};

/// Reads one value after the other from bytes; running out of them is damage.
class Cursor {
 public:
  Cursor(const Scope& scope, View bytes, std::string_view what)
      : scope_(scope), rest_(bytes), what_(what) {}

  uint8_t u8() { return take<uint8_t>(); }
  uint16_t u16() { return take<uint16_t>(); }
  uint32_t u32() { return take<uint32_t>(); }
  uint64_t u64() { return take<uint64_t>(); }
  /// An unsigned integer of `size` bytes, 1 to 8.
  uint64_t integer(int size) {
    const View from = bytes(static_cast<uint64_t>(size));
    uint64_t value = 0;
    std::memcpy(&value, from.data(), from.size());
    return value;
  }
  /// An address; all ones (of whatever size) is `undefined_address`.
  uint64_t address() {
    const int size = scope_.file().offset_size;
    const uint64_t value = integer(size);
    return size < 8 && value == (uint64_t{1} << (8 * size)) - 1 ? undefined_address : value;
  }
  uint64_t length() { return integer(scope_.file().length_size); }
  View bytes(uint64_t count) {
    scope_.require(count <= rest_.size(), what_);
    const View front = rest_.first(count);
    rest_ = rest_.subspan(count);
    return front;
  }
  void skip(uint64_t count) { bytes(count); }
  /// A signature such as "TREE".
  void expect(std::string_view signature) {
    const View found = bytes(signature.size());
    scope_.require(std::memcmp(found.data(), signature.data(), signature.size()) == 0, what_);
  }
  View rest() const { return rest_; }
  size_t left() const { return rest_.size(); }
  [[noreturn]] void fail() const { scope_.damaged(what_); }
  void require(bool ok) const { scope_.require(ok, what_); }

 private:
  template <class T>
  T take() {
    return io::load<T>(bytes(sizeof(T)));
  }

  const Scope& scope_;
  View rest_;
  std::string_view what_;
};

/// Jenkins's lookup3, the checksum of the format's newer structures.
uint32_t lookup3(View bytes);
/// Compares the last four bytes with the checksum of those before.
void require_checksum(const Scope& scope, View bytes, std::string_view what);

}  // namespace kcpp::hdf5
