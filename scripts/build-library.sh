#!/bin/sh
# Builds the shared and the static library as they are shipped, in target/release: optimised at link time, and without
# this machine's paths in the messages of assertions. Arguments go to `cargo rustc`, such as --no-default-features.
#
# One command for all who build them (make, CMake, pip), as cargo starts anew where flags differ.
set -eu
cd "$(dirname "$0")/.."

# The folders that hold the sources of the dependencies: cargo's, or `cargo vendor`'s.
host=$(rustc -vV | sed -n 's/^host: //p')
folders=$(cargo metadata --format-version 1 --locked --filter-platform "$host" |
  grep -o '"manifest_path":"[^"]*"' | cut -d '"' -f 4 | sed 's|/[^/]*/Cargo.toml$||' | LC_ALL=C sort -u)

rust=${RUSTFLAGS:-} c=${CFLAGS:-}
IFS='
'
for folder in $folders "$(rustc --print sysroot)/lib/rustlib/src"; do
  case $PWD/ in "$folder"/*) continue ;; esac # ours: cargo gives them relative to here
  case $folder in "$PWD"/*) continue ;; esac
  case $folder in *" "*) continue ;; esac   # no flag can name it
  rust="$rust --remap-path-prefix=$folder="
  c="$c -ffile-prefix-map=$folder/="
done
unset IFS

RUSTFLAGS=${rust# } CFLAGS=${c# } exec cargo rustc --release --locked --lib --crate-type cdylib,staticlib "$@"
