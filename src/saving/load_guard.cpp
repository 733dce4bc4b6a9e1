#include "src/saving/load_guard.h"

#include <algorithm>
#include <filesystem>

namespace kcpp::saving {
namespace {

// What a config may ask for: so much in any case, and so much for each byte of the file that has
// the values (they may be compressed, or stored in half precision).
constexpr uint64_t free_bytes = uint64_t{256} << 20;
constexpr uint64_t ratio = 64;
// What a config may ask for without any values.
constexpr uint64_t unfilled_bytes = uint64_t{1} << 30;

}  // namespace

LoadScope scope_for(const std::string& file, uint64_t stored) {
  return {free_bytes + std::min(stored, UINT64_MAX / (2 * ratio)) * ratio,
          text(file, " has ", stored, " bytes, and that cannot be its values.")};
}

LoadScope scope_without_weights() {
  return {unfilled_bytes,
          text("a model without weights may have ", unfilled_bytes,
               " bytes of them. Give the file that holds them (`weights`) when you load it.")};
}

uint64_t stored_bytes(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const bool sharded = path.ends_with(".json"), folder = fs::is_directory(path, ignored);
  if (!sharded && !folder) {
    const uint64_t size = fs::file_size(path, ignored);
    return ignored ? 0 : size;
  }
  uint64_t sum = 0;
  const fs::path where = folder ? fs::path(path) : fs::absolute(path, ignored).parent_path();
  for (const auto& entry : fs::directory_iterator(where, ignored)) {
    if (!entry.path().string().ends_with(".h5")) continue;
    std::error_code unreadable;
    const uint64_t size = entry.file_size(unreadable);
    if (!unreadable) sum += size;
  }
  return sum;
}

std::string load_error(std::string what, const std::string& file) {
  constexpr size_t longest = 1500;
  if (what.size() > longest) {
    size_t head = longest / 2, tail = what.size() - longest / 2;
    const auto inside_character = [&](size_t i) { return (what[i] & 0xc0) == 0x80; };
    while (head > 0 && inside_character(head)) --head;
    while (tail < what.size() && inside_character(tail)) ++tail;
    what = what.substr(0, head) + " ... " + what.substr(tail);
  }
  for (char& c : what)
    if (c == '\n' || c == '\r') c = ' ';
  return what.find(file) != std::string::npos ? what : text("Cannot load ", file, ": ", what);
}

}  // namespace kcpp::saving
