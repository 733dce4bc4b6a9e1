/// What the fuzz targets do with their input: read all of it, as a loader would.
///
/// Each target takes any bytes and may end in a kcpp::Error, never in anything else. With clang and
/// -DKCPP_FUZZ=ON (preset `fuzz`) each is a libFuzzer program:
///
///     build/fuzz/fuzz_hdf5 -max_total_time=3600 -rss_limit_mb=1024 CORPUS tests/golden/files_hdf5
///
/// Without it, test_fuzz replays the golden files and some thousand mutations of them.
#pragma once

#include <cstddef>
#include <span>

namespace kcpp::test {

void fuzz_hdf5(std::span<const std::byte> input);
void fuzz_zip(std::span<const std::byte> input);
void fuzz_json(std::span<const std::byte> input);
void fuzz_npz(std::span<const std::byte> input);
/// IDX files (plain and gzipped) and CSV.
void fuzz_table(std::span<const std::byte> input);
/// load_model of whatever it is: zip, HDF5 or JSON; config, weights, compile config.
void fuzz_model(std::span<const std::byte> input);

}  // namespace kcpp::test

/// In each fuzz_NAME.cpp: libFuzzer's entry.
#ifdef KCPP_FUZZ
#include <cstdint>
#define KCPP_FUZZ_TARGET(function)                                          \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { \
    function(std::as_bytes(std::span(data, size)));                         \
    return 0;                                                               \
  }
#else
#define KCPP_FUZZ_TARGET(function)
#endif
