#!/usr/bin/env bash
# Libraries with features left out, each used by features.c, which knows what they must refuse. One has no feature at
# all; the other two share all of them, so that each feature is in one library and missing in another.
#
# They are not optimised, which halves the time that they take to build; what they depend on is that of `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/../.."

check() { # cargo's features, and what they come to
  local folder
  folder=build/features/${1:-none}
  echo "-- features: ${2:-none}"
  cargo rustc --quiet --locked --lib --crate-type cdylib --config profile.dev.opt-level=0 \
    --no-default-features --features "$1"
  mkdir -p "$folder"
  cp "${CARGO_TARGET_DIR:-target}/debug/libondes.so" "$folder/libondes.so.0"
  # The interface is the same as ever.
  nm --dynamic --defined-only --format=posix "$folder/libondes.so.0" | cut -d ' ' -f 1 | grep '^ondes_' | LC_ALL=C sort |
    diff tests/abi/symbols.txt -
  cc -std=gnu99 -Wall -Wextra -Werror -Iinclude tests/c/features.c "$folder/libondes.so.0" -lm \
    -Wl,-rpath,"\$ORIGIN" -o "$folder/features"
  (cd "$folder" && ./features "$2" ../../../tests/data/*/*_known_100003.*)
}

check "" ""
check libopus,lame encoders,libopus,lame
check devices,libflac,vorbis encoders,devices,libflac,vorbis
