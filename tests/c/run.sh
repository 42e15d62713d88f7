#!/usr/bin/env bash
# Every C test: as it is and under valgrind, then with AddressSanitizer and
# UndefinedBehaviorSanitizer on the C side. Arguments go to cmake, such as
# -DONDES_CARGO_FLAGS="--config;profile.release.lto=false".
set -euo pipefail
cd "$(dirname "$0")/../.."

run() { # folder, cmake arguments
  local folder=$1
  shift
  cmake -S . -B "$folder" "$@" >"$folder.log" 2>&1 || { cat "$folder.log"; return 1; }
  cmake --build "$folder" --parallel
  ctest --test-dir "$folder" --output-on-failure --parallel 2
}

mkdir -p build
run build/c -DONDES_VALGRIND=ON "$@"
run build/c-sanitized -DONDES_SANITIZE=address,undefined "$@"
