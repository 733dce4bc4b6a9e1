/// Writing of zip archives with stored members, byte for byte as Python's zipfile does.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/saving/containers/byte_sink.h"

namespace kcpp::zip {

/// Members are stored, not deflated, as Keras and numpy.savez do, and dated 1980-01-01, so that
/// equal contents give equal files.
///
///     io::AtomicFile file("model.keras");
///     zip::Writer archive(file);
///     archive.add("config.json", config.to_json());
///     archive.add("model.weights.h5", [&](io::ByteSink& out) { weights.write_to(out); });
///     archive.finish();
///     file.commit();
class KCPP_API Writer {
 public:
  explicit Writer(io::ByteSink& out) : out_(out) {}

  void add(std::string_view name, std::string_view bytes);
  /// A member that `produce` writes piece by piece; it is never held in memory as a whole.
  void add(std::string_view name, const std::function<void(io::ByteSink&)>& produce);
  /// Writes the directory. Nothing can be added any more.
  void finish();

 private:
  struct Member {
    std::string name;
    uint64_t header, size;
    uint32_t crc;
    bool wide;
  };
  void begin(Member& member);
  io::ByteSink& out_;
  std::vector<Member> members_;
};

}  // namespace kcpp::zip
