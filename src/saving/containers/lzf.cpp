#include "src/saving/containers/lzf.h"

#include <algorithm>

#include "kcpp/core/error.h"

namespace kcpp::io {

size_t lzf_into(std::span<const std::byte> in, std::span<std::byte> out, std::string_view what) {
  size_t from = 0, to = 0;
  const auto require = [&](bool ok) {
    check<IOError>(ok, what, " is damaged: its LZF data are not valid.");
  };
  const auto next = [&] {
    require(from < in.size());
    return std::to_integer<size_t>(in[from++]);
  };
  while (from < in.size()) {
    const size_t control = next();
    if (control < 32) {  // as many bytes as they are, and one
      const size_t count = control + 1;
      require(count <= in.size() - from && count <= out.size() - to);
      std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(from), count,
                  out.begin() + static_cast<std::ptrdiff_t>(to));
      from += count;
      to += count;
      continue;
    }
    // A piece of what was written: its length and how far back it lies.
    size_t count = control >> 5;
    if (count == 7) count += next();
    count += 2;
    const size_t back = ((control & 31) << 8 | next()) + 1;
    require(back <= to && count <= out.size() - to);
    for (size_t i = 0; i < count; ++i, ++to) out[to] = out[to - back];  // may overlap itself
  }
  return to;
}

}  // namespace kcpp::io
