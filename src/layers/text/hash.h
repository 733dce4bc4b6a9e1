/// The hashes that TensorFlow's text ops, and so Keras's layers, put keys into bins with.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kcpp::layers {

/// FarmHash's Fingerprint64 (Google, 2014): the same on every machine.
uint64_t farm_fingerprint(std::string_view text);
/// SipHash-2-4 (Aumasson and Bernstein, 2012) with a key of two numbers.
uint64_t sip_hash(std::string_view text, const std::array<uint64_t, 2>& key);
/// Two fingerprints to one that depends on their order, as TensorFlow's FingerprintCat64.
uint64_t join_fingerprints(uint64_t first, uint64_t second);

}  // namespace kcpp::layers
