/// AtomicFile: a file that appears under its name only when it is complete.
#pragma once

#include <string>
#include <vector>

#include "src/saving/containers/byte_sink.h"

namespace kcpp::io {

/// Writes into a temporary file beside the target; `commit` flushes it to the disk and renames it.
/// Without `commit` (an exception, a full disk) the temporary file is removed, and what stood under
/// the name before is untouched. A symbolic link is followed, an existing file's mode is kept.
/// Errors are IOErrors that name the path and say what the system said.
class KCPP_API AtomicFile final : public ByteSink {
 public:
  explicit AtomicFile(const std::string& path);
  ~AtomicFile() override;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void patch(uint64_t at, std::string_view bytes) override;
  void commit();

 protected:
  void put(const void* data, size_t count) override;

 private:
  void flush();
  void write_at(uint64_t at, const char* data, size_t count);
  [[noreturn]] void fail() const;

  std::string path_;    // as the user wrote it
  std::string target_;  // with links followed
  std::string temporary_;
  int fd_ = -1;
  std::vector<char> buffer_;
  uint64_t flushed_ = 0;
};

/// Writes a small file in one go.
KCPP_API void write_file(const std::string& path, std::string_view bytes);

}  // namespace kcpp::io
