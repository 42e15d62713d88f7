#!/usr/bin/env bash
# Builds the example programs of every language and compares what they print; `make test-examples`.
# Uses target/release/libondes.so and what the C and C++ tests have built, or the library of ONDES_LIBRARY.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/python-env.sh

echo "-- C and C++"
mkdir -p build
folder=build/c options=()
[ -z "${ONDES_LIBRARY:-}" ] || folder=build/examples options=(-DONDES_LIBRARY="$ONDES_LIBRARY")
cmake -S . -B "$folder" "${options[@]}" >"$folder.log" 2>&1 || { cat "$folder.log"; exit 1; }
programs=(info convert decode_folder random_crops play)
cmake --build "$folder" --parallel "$(nproc)" --target "${programs[@]}" "${programs[@]/#/cpp_}" >"$folder.log" 2>&1 ||
  { cat "$folder.log"; exit 1; }
languages=(c="$PWD/$folder/examples/c/" cpp="$PWD/$folder/examples/cpp/cpp_")

echo "-- Rust"
cargo build --quiet --locked --examples
languages+=(rust="${CARGO_TARGET_DIR:-$PWD/target}/debug/examples/")

echo "-- Python"
newest=$(newest_python)
python_env "test-${newest% *}" "${newest#* }" test
export ONDES_LIBRARY=${ONDES_LIBRARY:-$PWD/target/release/libondes.so} PYTHONPATH=$PWD/bindings/python/src
languages+=(python="'$PWD/build/python/test-${newest% *}/bin/python' '$PWD/examples/python/{}.py'")

echo "-- Go"
. scripts/go-env.sh
(cd examples/go && "$GO" build -o ../../build/go/bin/ ./...)
languages+=(go="$PWD/build/go/bin/")

python3 tests/examples/run.py "${languages[@]}"
# On a sound server: the devices of all languages are the same.
tests/devices/with_pulse.sh python3 tests/examples/devices.py "${languages[@]}"
