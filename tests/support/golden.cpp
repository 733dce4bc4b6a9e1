#include "tests/support/golden.h"

#include <unistd.h>

#include <map>
#include <mutex>

#include "src/data/npz.h"
#include "src/saving/containers/json.h"

namespace kcpp::test {

struct GoldenFile::Arrays {
  npz::File file;
};

std::string GoldenFile::path(std::string_view file) {
  return std::string(KCPP_SOURCE_DIR) + "/tests/golden/" + std::string(file);
}

bool GoldenFile::exists(std::string_view family) {
  return ::access(path(text(family, ".json")).c_str(), R_OK) == 0;
}

const GoldenFile& GoldenFile::get(std::string_view family) {
  static std::mutex mutex;
  static std::map<std::string, GoldenFile, std::less<>> files;
  const std::lock_guard lock(mutex);
  auto found = files.find(family);
  if (found == files.end()) found = files.try_emplace(std::string(family), family).first;
  return found->second;
}

GoldenFile::GoldenFile(std::string_view family) {
  const std::string json = path(text(family, ".json")), npz = path(text(family, ".npz"));
  const auto bytes = io::read_all(*io::open_file(json), 1u << 28);
  config_ = io::parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, json);
  if (::access(npz.c_str(), R_OK) == 0)
    arrays_.reset(new Arrays{npz::File::open(io::open_file(npz))});
}

GoldenFile::~GoldenFile() = default;

bool GoldenFile::has_array(std::string_view key) const { return arrays_ && arrays_->file.has(key); }

Tensor GoldenFile::array(std::string_view key) const {
  check<IOError>(arrays_ != nullptr, "The golden family has no .npz file.");
  return arrays_->file.read(key);
}

Tensor GoldenFile::array(const Config& key) const {
  return key.is_null() ? Tensor() : array(key.as_string("key of an array"));
}

Tensors GoldenFile::arrays(const Config& keys) const {
  Tensors out;
  if (!keys.is_list()) return {array(keys)};
  for (const Config& key : keys.as_list()) out.push_back(array(key));
  return out;
}

}  // namespace kcpp::test
