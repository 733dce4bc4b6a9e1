#!/usr/bin/env bash
# Style checks, run by ctest:  tests/lint.sh format | tidy BUILD_FOLDER
#   format  every tracked source is as clang-format wants it (tests/lint.sh fix makes it so)
#   tidy    clang-tidy (.clang-tidy) on the public headers, by way of the umbrella, and on src/core;
#           a bounded set, so that it is affordable on every run
# Exit code 77: the tool or the git repository is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
git rev-parse --git-dir >/dev/null 2>&1 || exit 77

# Tracked files and new ones that git does not ignore, without those that were deleted.
sources() {
  git ls-files -z --cached --others --exclude-standard -- "$@" |
    while IFS= read -r -d '' file; do [ ! -f "$file" ] || printf '%s\0' "$file"; done
}

case "${1:-}" in
  format | fix)
    command -v clang-format >/dev/null || exit 77
    mode=(--dry-run -Werror --ferror-limit=3)
    [ "$1" = fix ] && mode=(-i)
    sources '*.h' '*.hpp' '*.cpp' '*.cu' '*.cuh' |
      xargs -0 -r -n 20 -P "$(nproc)" clang-format "${mode[@]}"
    ;;
  tidy)
    command -v clang-tidy >/dev/null && [ -e "${2:?build folder}/compile_commands.json" ] || exit 77
    # The check of the umbrella header (ctest headers) is a unit that includes every public header.
    files=()
    [ ! -e "$2/headers/kcpp/kcpp.h.cpp" ] || files+=("$2/headers/kcpp/kcpp.h.cpp")
    while IFS= read -r -d '' file; do files+=("$file"); done < <(sources 'src/core/*.cpp')
    # The compile commands may be g++'s, some of whose warnings clang does not know. On stderr it
    # counts the warnings that it did not show.
    printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "$2" --quiet \
      --header-filter="$PWD/(include|src)/.*" --extra-arg=-Wno-unknown-warning-option \
      2> >(grep -v 'warnings\? generated' >&2)
    ;;
  *)
    echo "usage: tests/lint.sh format|fix|tidy BUILD_FOLDER" >&2
    exit 2
    ;;
esac
