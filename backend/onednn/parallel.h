/// Parallel loops of own kernels.
///
/// A region always has num_threads() threads, also when fewer have work: teams of changing size
/// cost several microseconds each in GNU OpenMP. Small loops never enter a region.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

#include "backend/onednn/engine.h"

namespace kcpp::onednn {

/// In how many parts a loop over `n` elements is cut when a part should have at least `grain`.
inline int parts_of(int64_t n, int64_t grain) {
  if (n < 2 * grain) return 1;
  const int threads = num_threads();
  if (threads == 1 || omp_in_parallel()) return 1;
  return static_cast<int>(std::min<int64_t>(threads, n / grain));
}

/// The bounds of part `i` of `parts` of [0, n); inner bounds are multiples of `align`.
struct Range {
  int64_t begin, end;
};
inline Range part_range(int64_t n, int parts, int i, int64_t align = 16) {
  const int64_t step = (n / parts + align - 1) / align * align;
  const int64_t begin = std::min(n, step * i);
  return {begin, i + 1 == parts ? n : std::min(n, begin + step)};
}

/// body(part) for each part, one thread a part, denormals flushed.
template <class Body>
void run_parts(int parts, Body&& body) {
  if (parts == 1) {
    const FlushDenormals flush;
    body(0);
    return;
  }
#pragma omp parallel num_threads(num_threads())
  {
    const FlushDenormals flush;
    // The team may be smaller than asked for: the parts must all run, and stay the same parts.
    for (int i = omp_get_thread_num(); i < parts; i += omp_get_num_threads()) body(i);
  }
}

/// body(begin, end) over a partition of [0, n) that depends on n, grain and num_threads() only.
template <class Body>
void parallel_for(int64_t n, int64_t grain, Body&& body, int64_t align = 16) {
  const int parts = parts_of(n, grain);
  run_parts(parts, [&](int i) {
    const Range r = part_range(n, parts, i, align);
    if (r.begin < r.end) body(r.begin, r.end);
  });
}

}  // namespace kcpp::onednn
