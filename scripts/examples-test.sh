#!/usr/bin/env bash
# Builds the example programs of every language and compares what they print; `make test-examples`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/python-env.sh
lib=$PWD/target/release

echo "-- C and C++"
mkdir -p build
cmake -S . -B build/c >build/c.log 2>&1 || { cat build/c.log; exit 1; }
programs=(info convert decode_folder random_crops play)
cmake --build build/c --parallel "$(nproc)" --target "${programs[@]}" "${programs[@]/#/cpp_}" >build/c.log 2>&1 ||
  { cat build/c.log; exit 1; }
languages=(c="$PWD/build/c/examples/c/" cpp="$PWD/build/c/examples/cpp/cpp_")

echo "-- Rust"
cargo build --quiet --locked --examples
languages+=(rust="$PWD/target/debug/examples/")

echo "-- Python"
newest=$(newest_python)
python_env "test-${newest% *}" "${newest#* }" test
export ONDES_LIBRARY=$lib/libondes.so PYTHONPATH=$PWD/bindings/python/src
languages+=(python="$PWD/build/python/test-${newest% *}/bin/python $PWD/examples/python/{}.py")

if [ -e examples/go/go.mod ]; then
  echo "-- Go"
  . scripts/go-env.sh
  (cd examples/go && "$GO" build -o ../../build/go/bin/ ./...)
  languages+=(go="$PWD/build/go/bin/")
fi

python3 tests/examples/run.py "${languages[@]}"
# On a sound server: the devices of all languages are the same.
tests/devices/with_pulse.sh python3 tests/examples/devices.py "${languages[@]}"
