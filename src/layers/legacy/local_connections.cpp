#include "src/layers/legacy/local_connections.h"

#include <algorithm>
#include <functional>

namespace kcpp::layers::legacy {
namespace {

/// Calls f(position) for all positions from `begin` up to `end`.
void each_position(const Shape& begin, const Shape& end,
                   const std::function<void(const Shape&)>& f) {
  for (int d = 0; d < begin.rank(); ++d)
    if (begin[d] >= end[d]) return;
  Shape at = begin;
  while (true) {
    f(at);
    int d = at.rank() - 1;
    while (d >= 0 && ++at[d] == end[d]) at[d] = begin[d], --d;
    if (d < 0) return;
  }
}

int64_t flat_index(const Shape& position, const Shape& sizes, int64_t channel, int64_t channels,
                   bool channels_first) {
  int64_t spatial = 0;
  for (int d = 0; d < sizes.rank(); ++d) spatial = spatial * sizes[d] + position[d];
  return channels_first ? channel * sizes.size() + spatial : spatial * channels + channel;
}

}  // namespace

Shape local_output_shape(const LocalSizes& s) {
  Shape out;
  for (int d = 0; d < s.input.rank(); ++d) {
    const int64_t length = s.same ? s.input[d] : s.input[d] - s.kernel[d] + 1;
    out.push_back((length + s.strides[d] - 1) / s.strides[d]);
  }
  return out;
}

std::vector<std::pair<int64_t, int64_t>> local_connections(const LocalSizes& s) {
  std::vector<std::pair<int64_t, int64_t>> out;
  each_position(Shape::filled(s.output.rank(), 0), s.output, [&](const Shape& position) {
    Shape begin, end;
    for (int d = 0; d < position.rank(); ++d) {
      const int64_t left = s.kernel[d] / 2;
      const int64_t center = position[d] * s.strides[d] + (s.same ? 0 : left);
      begin.push_back(std::max<int64_t>(0, center - left));
      end.push_back(std::min(s.input[d], center + s.kernel[d] - left));
    }
    each_position(begin, end, [&](const Shape& from) {
      for (int64_t c = 0; c < s.channels; ++c)
        for (int64_t f = 0; f < s.filters; ++f)
          out.emplace_back(flat_index(position, s.output, f, s.filters, s.channels_first),
                           flat_index(from, s.input, c, s.channels, s.channels_first));
    });
  });
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace kcpp::layers::legacy
