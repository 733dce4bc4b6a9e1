/// How element i of a random tensor draws its bits. Every backend follows this page, so that the
/// same RandomKey gives the same numbers on every device and for any number of threads.
///
// clang-format off
/// Generator: Philox4x32-10 (Salmon et al. 2011, Random123). Key: the two halves of RandomKey::seed.
/// Counter: words 0, 1 = the block number, words 2, 3 = RandomKey::offset; low half first. A block
/// yields four 32-bit words w0..w3.
///
///   32-bit draw of element i      word i % 4 of block i / 4
///   64-bit draw of element i      words 2 (i % 2) (low) and 2 (i % 2) + 1 (high) of block i / 2
///   uniform, float32 and smaller  u = (32-bit draw >> 8) 2^-24
///   uniform, float64              u = (64-bit draw >> 11) 2^-53
///                                 both: low + u (high - low), the product rounded before the sum
///                                 (no fused multiply-add); at most the number before `high`
///   normal, float32 and smaller   elements 2j and 2j + 1 share the 64-bit draw j: a = its low word,
///                                 b = its high word; u1 = (a + 1) 2^-32, u2 = b 2^-32; Box-Muller:
///                                 r = sqrt(-2 ln u1); r cos(2 pi u2) and r sin(2 pi u2)
///   normal, float64               elements 2j and 2j + 1 share block j: a, b = its 64-bit halves
///                                 >> 11; u1 = (a + 1) 2^-53, u2 = b 2^-53
///   truncated normal              the first attempt t = 0, 1, .. whose normal of element i lies
///                                 within two deviations; attempt t adds t 2^48 to the block numbers
///   integers                      low + (64-bit draw (high - low)) >> 64
///   dropout, any dtype            kept when the float32 uniform u >= rate, that is when
///                                 (32-bit draw >> 8) >= ceil(rate 2^24)
// clang-format on
#pragma once

#include <Random123/philox.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

#include "kcpp/backend.h"

namespace kcpp::philox {

using Block = std::array<uint32_t, 4>;

inline Block block(RandomKey key, uint64_t number) {
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<uint32_t>(number), static_cast<uint32_t>(number >> 32),
       static_cast<uint32_t>(key.offset), static_cast<uint32_t>(key.offset >> 32)}};
  const r123::Philox4x32::key_type seed = {
      {static_cast<uint32_t>(key.seed), static_cast<uint32_t>(key.seed >> 32)}};
  const auto words = r123::Philox4x32()(counter, seed);
  return {words[0], words[1], words[2], words[3]};
}

/// First block of attempt t of a rejection loop.
inline uint64_t attempt(uint64_t t) { return t << 48; }

/// The word at 2 * half (low) and the next one (high).
inline uint64_t half(const Block& b, int half) {
  return static_cast<uint64_t>(b[2 * half]) | static_cast<uint64_t>(b[2 * half + 1]) << 32;
}

// From bits to numbers in [0, 1).
inline float uniform24(uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }
inline double uniform53(uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

/// The threshold t of dropout: an element is kept when (word >> 8) >= t.
inline uint32_t dropout_threshold(double rate) {
  return static_cast<uint32_t>(std::ceil(rate * 0x1p24));
}

/// Two independent standard normal numbers from u1 in (0, 1] and u2 in [0, 1).
inline std::pair<double, double> box_muller(double u1, double u2) {
  const double r = std::sqrt(-2.0 * std::log(u1));
  const double angle = 2.0 * std::numbers::pi * u2;
  return {r * std::cos(angle), r * std::sin(angle)};
}
inline std::pair<double, double> normal32(uint64_t bits) {
  return box_muller((static_cast<double>(bits & 0xffffffffu) + 1.0) * 0x1p-32,
                    static_cast<double>(bits >> 32) * 0x1p-32);
}
inline std::pair<double, double> normal64(const Block& b) {
  return box_muller((static_cast<double>(half(b, 0) >> 11) + 1.0) * 0x1p-53, uniform53(half(b, 1)));
}

}  // namespace kcpp::philox
