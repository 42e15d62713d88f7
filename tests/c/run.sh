#!/usr/bin/env bash
# Every C test: as it is and under valgrind, then with AddressSanitizer and
# UndefinedBehaviorSanitizer on the C side. Arguments go to cmake, such as
# -DONDES_CARGO_FLAGS="--config;profile.release.lto=false".
#
# With ONDES_DEEP=1 also with AddressSanitizer in all of the Rust code, whose
# build takes some minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."

run() { # folder, cmake arguments
  local folder=$1
  shift
  cmake -S . -B "$folder" "$@" >"$folder.log" 2>&1 || { cat "$folder.log"; return 1; }
  cmake --build "$folder" --parallel "$(nproc)" --target c_programs
  ctest --test-dir "$folder" -LE cpp --output-on-failure --parallel 2
}

mkdir -p build
run build/c -DONDES_VALGRIND=ON "$@"
run build/c-sanitized -DONDES_SANITIZE=address,undefined "$@"

if [ -n "${ONDES_DEEP:-}" ]; then
  # The stable compiler has sanitizers, but asks to be told that they may change.
  target=$(rustc -vV | sed -n 's/^host: //p')
  RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR=build/rust-sanitized \
    cargo rustc --quiet --locked --lib --crate-type staticlib --target "$target"
  run build/c-rust-sanitized -DONDES_SANITIZE=address \
    -DONDES_LIBRARY="$PWD/build/rust-sanitized/$target/debug/libondes.a" "$@"
fi
