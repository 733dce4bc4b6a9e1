#!/usr/bin/env bash
# Installs what kcpp's build, tests and examples need, on Debian 12 or newer and its relatives.
#
#   cmake/dependencies.sh              install what is missing
#   cmake/dependencies.sh --no-tests   only what the library, the program and the examples need
#
# Packages come from apt (as root, or by sudo). oneDNN 3.2 comes from PyPI's wheels, because Debian 12
# has 2.6, whose API is another one; it is unpacked, without root, into $KCPP_DEPS (default:
# ~/.cache/kcpp/deps), where CMake looks by itself. A second run finds everything and does nothing.
set -euo pipefail

say() { printf 'dependencies: %s\n' "$*"; }
fail() { printf 'dependencies: %s\n' "$*" >&2; exit 1; }

packages=(
  g++ cmake ninja-build ccache pkg-config
  libxtensor-dev libxtensor-blas-dev libopenblas-dev zlib1g-dev libcli11-dev librandom123-dev
  dataset-fashion-mnist
)
# Tests: the framework, the linters that gate, the fuzzers, and what the optional headers adapt.
test_packages=(catch2 clang-format clang-tidy clang libclang-rt-dev libeigen3-dev libomp-dev git)
[ "${1:-}" = "--no-tests" ] || packages+=("${test_packages[@]}")

deps=${KCPP_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/kcpp/deps}
onednn=$deps/onednn-3.2
wheels=(onednn-cpu-gomp==2023.2.0 onednn-devel-cpu-gomp==2023.2.0)

need_onednn=yes
[ -e "$onednn/lib/cmake/dnnl/dnnl-config.cmake" ] && need_onednn=no
if [ "$need_onednn" = yes ]; then
  [ "$(uname -m)" = x86_64 ] || { need_onednn=no; say "no oneDNN wheel for $(uname -m): install oneDNN 3 yourself, or build without it"; }
fi
[ "$need_onednn" = yes ] && packages+=(python3-pip unzip)

# --- apt ------------------------------------------------------------------------------------------
command -v dpkg-query >/dev/null || fail "this is no Debian; install these yourself: ${packages[*]}"
missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "needs root to install: apt-get install ${missing[*]}"
    root=(sudo)
  fi
  say "installing ${missing[*]}"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# --- oneDNN ---------------------------------------------------------------------------------------
if [ "$need_onednn" = yes ]; then
  say "unpacking oneDNN 3.2 (${wheels[*]}) into $onednn"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --dest "$work" "${wheels[@]}"
  for wheel in "$work"/*.whl; do unzip -q "$wheel" -d "$work/unpacked"; done
  mkdir -p "$work/prefix"
  for data in "$work"/unpacked/*.data/data; do cp -r "$data/." "$work/prefix"; done
  # A wheel cannot hold links: it has libdnnl.so three times.
  ln -sf libdnnl.so.3.2 "$work/prefix/lib/libdnnl.so.3"
  ln -sf libdnnl.so.3 "$work/prefix/lib/libdnnl.so"
  mkdir -p "$deps"
  # Into place in one step, so that an interrupted or a parallel run never leaves half of it.
  staged=$(mktemp -d "$deps/.onednn-XXXXXX")
  chmod 755 "$staged"
  cp -r "$work/prefix/." "$staged"
  mv -T "$staged" "$onednn" 2>/dev/null || { rm -rf "$staged"; [ -e "$onednn/lib/libdnnl.so" ]; }
fi
say "everything is there"
