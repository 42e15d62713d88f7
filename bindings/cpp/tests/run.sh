#!/usr/bin/env bash
# Every C++ test and example, beside the C ones in their folders: with GCC as C++17, with AddressSanitizer
# and UndefinedBehaviorSanitizer as C++17 too, and with Clang as C++20. Arguments go to cmake.
set -euo pipefail
cd "$(dirname "$0")/../../.."

run() { # folder, cmake arguments
  local folder=$1
  shift
  echo "-- $folder"
  cmake -S . -B "$folder" "$@" >"$folder.log" 2>&1 || { cat "$folder.log"; return 1; }
  cmake --build "$folder" --parallel "$(nproc)" --target cpp_programs
  ctest --test-dir "$folder" -L cpp --output-on-failure --parallel 2
}

mkdir -p build
run build/c "$@"
run build/c-sanitized -DONDES_SANITIZE=address,undefined "$@"
run build/cpp-clang -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_CXX_STANDARD=20 "$@"
