/// Reading of zip archives (.keras, .npz): members by exact name, in memory, nothing ever on disk.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/saving/containers/byte_source.h"
#include "src/saving/containers/limits.h"

namespace kcpp::zip {

/// An archive whose directory was read and checked. Methods are const and safe from many threads.
///
/// `open` refuses, with an IOError that names the member, what no Keras or NumPy file has and what
/// an attack needs: names that are absolute, leave the archive ("..", a backslash, a drive letter)
/// or stand there twice; symbolic links; encryption; members that overlap; archives in several
/// parts, with something before or behind them; and sizes that no data stand behind (zip bombs),
/// each member and all together.
///
///     auto archive = zip::Reader::open(io::open_file("model.keras"));
///     Config config = io::parse_json(archive.read_text("config.json"), "config.json");
///     hdf5::File weights = hdf5::File::open(archive.source("model.weights.h5"));
class KCPP_API Reader {
 public:
  static Reader open(io::SourcePtr source, const io::ZipLimits& limits = {});
  /// The bytes begin as a zip archive does.
  static bool looks_like_zip(const io::ByteSource& source);

  /// Names of the files in it, in the order of the archive. Folders are left out.
  std::vector<std::string> names() const;
  bool has(std::string_view name) const { return members_.find(name) != members_.end(); }
  /// Inflated size of a member.
  uint64_t size_of(std::string_view name) const { return find(name).size; }

  /// A member's bytes, checked against its CRC. Throws IOError when it is missing or damaged.
  std::vector<std::byte> read(std::string_view name) const;
  std::string read_text(std::string_view name) const;
  /// Random access to a member. A stored one is read in place; a deflated one is inflated into
  /// memory.
  io::SourcePtr source(std::string_view name) const;

 private:
  struct Member {
    uint64_t size = 0, stored = 0, header = 0, data = 0;
    uint32_t crc = 0;
    uint16_t method = 0;
    size_t order = 0;
  };
  Reader(io::SourcePtr source, const io::ZipLimits& limits)
      : source_(std::move(source)), limits_(limits) {}
  void read_directory();
  void read_entry(std::span<const std::byte>& rest, uint64_t directory_at);
  void check_layout(uint64_t directory_at) const;
  const Member& find(std::string_view name) const;
  std::string label(std::string_view member) const;

  io::SourcePtr source_;
  io::ZipLimits limits_;
  std::map<std::string, Member, std::less<>> members_;
  std::vector<std::pair<std::string, Member>> folders_;
};

}  // namespace kcpp::zip
