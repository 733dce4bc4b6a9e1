#!/usr/bin/env bash
# Installs what is missing, builds kcpp and runs the example quickstart: a small CNN that learns
# Fashion-MNIST, with Keras's progress bar, and saves the model.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake/dependencies.sh --no-tests
cmake --preset dev -DKCPP_BUILD_TESTS=OFF -B build/quickstart
cmake --build build/quickstart --parallel --target example_quickstart
exec build/quickstart/examples/quickstart "$@"
