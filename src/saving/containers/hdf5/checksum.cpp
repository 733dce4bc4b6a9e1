#include <bit>

#include "src/saving/containers/hdf5/scope.h"

namespace kcpp::hdf5 {

// Bob Jenkins, http://burtleburtle.net/bob/c/lookup3.c (public domain), `hashlittle` with initval
// 0.
// clang-format off
uint32_t lookup3(View bytes) {
  uint32_t a = 0xdeadbeefu + static_cast<uint32_t>(bytes.size()), b = a, c = a;
  while (bytes.size() > 12) {
    a += io::load<uint32_t>(bytes, 0);
    b += io::load<uint32_t>(bytes, 4);
    c += io::load<uint32_t>(bytes, 8);
    a -= c; a ^= std::rotl(c, 4);  c += b;
    b -= a; b ^= std::rotl(a, 6);  a += c;
    c -= b; c ^= std::rotl(b, 8);  b += a;
    a -= c; a ^= std::rotl(c, 16); c += b;
    b -= a; b ^= std::rotl(a, 19); a += c;
    c -= b; c ^= std::rotl(b, 4);  b += a;
    bytes = bytes.subspan(12);
  }
  if (bytes.empty()) return c;
  std::byte tail[12] = {};
  std::memcpy(tail, bytes.data(), bytes.size());
  a += io::load<uint32_t>(tail, 0);
  b += io::load<uint32_t>(tail, 4);
  c += io::load<uint32_t>(tail, 8);
  c ^= b; c -= std::rotl(b, 14);
  a ^= c; a -= std::rotl(c, 11);
  b ^= a; b -= std::rotl(a, 25);
  c ^= b; c -= std::rotl(b, 16);
  a ^= c; a -= std::rotl(c, 4);
  b ^= a; b -= std::rotl(a, 14);
  c ^= b; c -= std::rotl(b, 24);
  return c;
}
// clang-format on

void require_checksum(const Scope& scope, View bytes, std::string_view what) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  (void)scope, (void)bytes, (void)what;  // a fuzzer must get past the checksums
#else
  scope.require(bytes.size() >= 4 && lookup3(bytes.first(bytes.size() - 4)) ==
                                         io::load<uint32_t>(bytes, bytes.size() - 4),
                what);
#endif
}

}  // namespace kcpp::hdf5
