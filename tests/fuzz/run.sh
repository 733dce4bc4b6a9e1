#!/usr/bin/env bash
# A run of every fuzz target with libFuzzer, as ctest's entry `fuzz` and by hand:
#
#   tests/fuzz/run.sh BUILD                  5 seconds each, with the library of that build folder
#   tests/fuzz/run.sh BUILD 3600 hdf5 model  an hour each of these two
#
# The readers of files are compiled by clang with its sanitizers and the fuzzer's instrumentation; the
# rest comes from BUILD's libkcpp.a as it is. (The preset `fuzz` instruments everything.) Seeds are the
# golden files; corpora and finds stay in BUILD/fuzz. Exit code 77: there is no clang, nothing ran.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "$1")
seconds=${2:-5}
targets=("${@:3}")
[ ${#targets[@]} -gt 0 ] || targets=(hdf5 zip json npz table model)
command -v clang++ >/dev/null || { echo "fuzz: skipped, there is no clang++"; exit 77; }
[ -e "$build/libkcpp.a" ] || { echo "fuzz: skipped, there is no libkcpp.a in $build"; exit 77; }

out=$build/fuzz
mkdir -p "$out"
ccache=$(command -v ccache || true)
sources=(src/data/npy.cpp src/data/npz.cpp src/data/idx.cpp src/data/csv.cpp
  src/models/node_reader.cpp src/models/functional_config.cpp src/models/sequential.cpp
  src/models/graph.cpp src/core/config.cpp src/core/object.cpp src/core/shape.cpp
  src/core/symbolic.cpp src/layers/load_scope.cpp tests/fuzz/targets.cpp)
mapfile -t -O ${#sources[@]} sources < <(find src/saving -name '*.cpp' | sort)
flags=(-std=gnu++20 -O1 -g1 -I. -Iinclude -DKCPP_FUZZ -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  -DKCPP_VERSION='"fuzz"' -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=vptr
  -fno-sanitize-recover=undefined)
object() { echo "$out/$(echo "$1" | tr / _).o"; }

compile() {
  local o
  o=$(object "$1")
  [ "$o" -nt "$1" ] && [ -z "$(find src include tests/fuzz -name '*.h' -newer "$o" -print -quit)" ] ||
    $ccache clang++ "${flags[@]}" -c "$1" -o "$o"
}
export -f compile object
export out ccache
flags_text=$(declare -p flags)
export flags_text
for t in "${targets[@]}"; do printf '%s\n' "tests/fuzz/fuzz_$t.cpp"; done |
  cat - <(printf '%s\n' "${sources[@]}") |
  xargs -P "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" -I{} bash -c \
    'eval "$flags_text"; compile {}' || { echo "fuzz: the targets do not compile"; exit 1; }

# What the library needs, as the build links it.
mapfile -t libraries < <(ninja -C "$build" -t commands test_fuzz | tail -1 | tr ' ' '\n' |
  grep -E '^(-Wl,-rpath|-l|/.*\.so)' | sort -u)
objects=()
for s in "${sources[@]}"; do objects+=("$(object "$s")"); done

seeds() {  # the folders of golden files for a target
  case $1 in
    hdf5) echo tests/golden/files_hdf5 tests/golden/files_keras ;;
    zip) echo tests/golden/files_npy tests/golden/files_keras ;;
    npz | table) echo tests/golden/files_npy ;;
    json) echo "$out/json" ;;
    model) echo tests/golden/files tests/golden/files_keras "$out/json" ;;
  esac
}
mkdir -p "$out/json"
for keras in tests/golden/files/*.keras; do
  unzip -p "$keras" config.json >"$out/json/$(basename "$keras").json" 2>/dev/null || true
done

status=0
for t in "${targets[@]}"; do
  clang++ -fsanitize=address,undefined,fuzzer -o "$out/fuzz_$t" \
    "$(object "tests/fuzz/fuzz_$t.cpp")" "${objects[@]}" "$build/libkcpp.a" "${libraries[@]}"
  mkdir -p "$out/corpus_$t"
  read -ra folders <<<"$(seeds "$t")"
  echo "fuzz: $t, $seconds seconds"
  # Allocations that the pool keeps are no leaks.
  if ! OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 KCPP_BACKEND=reference \
    ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
    "$out/fuzz_$t" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1500 -malloc_limit_mb=1200 \
    -max_len=65536 -detect_leaks=0 -print_final_stats=1 -artifact_prefix="$out/find_${t}_" \
    "$out/corpus_$t" "${folders[@]}" >"$out/$t.log" 2>&1; then
    status=1
    grep -E "ERROR|SUMMARY|runtime error|Test unit written" "$out/$t.log" || tail -5 "$out/$t.log"
  fi
  grep -E "stat::number_of_executed_units" "$out/$t.log" || true
done
exit $status
