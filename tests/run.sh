#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all tests; ctest's summary comes last.
#   tests/run.sh             all tests
#   tests/run.sh -R layers   arguments go to ctest
# KCPP_PRESET=asan tests/run.sh runs another preset of CMakePresets.json (dev, shared, debug, asan, tsan).
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${KCPP_PRESET:-dev}
jobs=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}

cmake/dependencies.sh
cmake --preset "$preset"
cmake --build --preset "$preset" --parallel "$jobs"
exec ctest --preset "$preset" --parallel "$jobs" --no-tests=error "$@"
