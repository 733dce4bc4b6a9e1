#include "src/layers/text/hash.h"

#include <bit>
#include <cstring>
#include <utility>

namespace kcpp::layers {
namespace {

constexpr uint64_t k0 = 0xc3a5c85c97cb3127u, k1 = 0xb492b66fbe98f273u, k2 = 0x9ae16a3b2f90404fu;

/// Little-endian bytes as a number.
template <class T>
T fetch(const char* at) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(at[i])) << (8 * i));
  return value;
}
uint64_t fetch64(const char* at) { return fetch<uint64_t>(at); }
uint64_t fold(uint64_t v) { return v ^ (v >> 47); }

uint64_t mix(uint64_t u, uint64_t v, uint64_t mul) {
  const uint64_t a = fold((u ^ v) * mul);
  return fold((v ^ a) * mul) * mul;
}

uint64_t hash_to_16(const char* s, size_t n) {
  const uint64_t mul = k2 + n * 2;
  if (n >= 8) {
    const uint64_t a = fetch64(s) + k2, b = fetch64(s + n - 8);
    return mix(std::rotr(b, 37) * mul + a, (std::rotr(a, 25) + b) * mul, mul);
  }
  if (n >= 4) return mix(n + (uint64_t{fetch<uint32_t>(s)} << 3), fetch<uint32_t>(s + n - 4), mul);
  if (n == 0) return k2;
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(s[i]));
  };
  const uint32_t y = byte(0) + (byte(n / 2) << 8);
  const uint32_t z = static_cast<uint32_t>(n) + (byte(n - 1) << 2);
  return fold(y * k2 ^ z * k0) * k2;
}

uint64_t hash_to_32(const char* s, size_t n) {
  const uint64_t mul = k2 + n * 2;
  const uint64_t a = fetch64(s) * k1, b = fetch64(s + 8), c = fetch64(s + n - 8) * mul,
                 d = fetch64(s + n - 16) * k2;
  return mix(std::rotr(a + b, 43) + std::rotr(c, 30) + d, a + std::rotr(b + k2, 18) + c, mul);
}

uint64_t hash_to_64(const char* s, size_t n) {
  const uint64_t mul = k2 + n * 2;
  const uint64_t a = fetch64(s) * k2, b = fetch64(s + 8), c = fetch64(s + n - 8) * mul,
                 d = fetch64(s + n - 16) * k2;
  const uint64_t y = std::rotr(a + b, 43) + std::rotr(c, 30) + d;
  const uint64_t z = mix(y, a + std::rotr(b + k2, 18) + c, mul);
  const uint64_t e = fetch64(s + 16) * mul, f = fetch64(s + 24);
  const uint64_t g = (y + fetch64(s + n - 32)) * mul, h = (z + fetch64(s + n - 24)) * mul;
  return mix(std::rotr(e + f, 43) + std::rotr(g, 30) + h, e + std::rotr(f + a, 18) + g, mul);
}

using Pair = std::pair<uint64_t, uint64_t>;

/// 32 bytes into a state of two.
Pair absorb(const char* s, uint64_t a, uint64_t b) {
  const uint64_t z = fetch64(s + 24);
  a += fetch64(s);
  b = std::rotr(b + a + z, 21);
  const uint64_t c = a;
  a += fetch64(s + 8) + fetch64(s + 16);
  b += std::rotr(a, 44);
  return {a + z, b + c};
}

uint64_t hash_long(const char* s, size_t n) {
  constexpr uint64_t seed = 81;
  uint64_t x = seed * k2 + fetch64(s), y = seed * k1 + 113, z = fold(y * k2 + 113) * k2;
  Pair v, w;
  const char* end = s + (n - 1) / 64 * 64;
  const char* last = end + ((n - 1) & 63) - 63;
  const auto round = [&](uint64_t mul, uint64_t factor) {
    x = std::rotr(x + y + v.first + fetch64(s + 8), 37) * mul;
    y = std::rotr(y + v.second + fetch64(s + 48), 42) * mul;
    x ^= w.second * factor;
    y += v.first * factor + fetch64(s + 40);
    z = std::rotr(z + w.first, 33) * mul;
    v = absorb(s, v.second * mul, x + w.first);
    w = absorb(s + 32, z + w.second, y + fetch64(s + 16));
    std::swap(z, x);
  };
  for (; s != end; s += 64) round(k1, 1);
  const uint64_t mul = k1 + ((z & 0xff) << 1);
  s = last;
  w.first += (n - 1) & 63;
  v.first += w.first;
  w.first += v.first;
  round(mul, 9);
  return mix(mix(v.first, w.first, mul) + fold(y) * k0 + z, mix(v.second, w.second, mul) + x, mul);
}

}  // namespace

uint64_t farm_fingerprint(std::string_view text) {
  const char* s = text.data();
  const size_t n = text.size();
  if (n <= 16) return hash_to_16(s, n);
  if (n <= 32) return hash_to_32(s, n);
  return n <= 64 ? hash_to_64(s, n) : hash_long(s, n);
}

uint64_t sip_hash(std::string_view text, const std::array<uint64_t, 2>& key) {
  uint64_t v0 = key[0] ^ 0x736f6d6570736575u, v1 = key[1] ^ 0x646f72616e646f6du,
           v2 = key[0] ^ 0x6c7967656e657261u, v3 = key[1] ^ 0x7465646279746573u;
  const auto rounds = [&](int count) {
    for (int i = 0; i < count; ++i) {
      v0 += v1;
      v2 += v3;
      v1 = std::rotl(v1, 13) ^ v0;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 = std::rotl(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = std::rotl(v1, 17) ^ v2;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 = std::rotl(v2, 32);
    }
  };
  const auto word = [&](uint64_t m) {
    v3 ^= m;
    rounds(2);
    v0 ^= m;
  };
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) word(fetch64(text.data() + at));
  char rest[8] = {};
  std::memcpy(rest, text.data() + at, text.size() - at);
  rest[7] = static_cast<char>(text.size());
  word(fetch64(rest));
  v2 ^= 0xff;
  rounds(4);
  return v0 ^ v1 ^ v2 ^ v3;
}

uint64_t join_fingerprints(uint64_t first, uint64_t second) {
  constexpr uint64_t mul = 0xc6a4a7935bd1e995u;
  uint64_t result = first ^ mul;
  result ^= fold(second * mul) * mul;
  result *= mul;
  return fold(fold(result) * mul);
}

}  // namespace kcpp::layers
