#!/usr/bin/env bash
# The wheel, in build/python/dist: for any Linux with glibc 2.17 or later; `make wheel`.
#
# `make build` compiled all code and optimised it at link time into libondes.a. That machine code
# is linked again here, by Zig's linker against glibc 2.17's symbols: what the tests and benchmarks
# run is what is shipped, and the second build takes seconds. Code that needs a newer glibc is an error here.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/python-env.sh

most=6000000 # bytes of the wheel
glibc=2.17
machine=$(uname -m)
static=${CARGO_TARGET_DIR:-target}/release/libondes.a
shared=build/python/link/libondes.so
dist=build/python/dist

newest=$(newest_python)
python_env wheel "${newest#* }" wheel
env=build/python/wheel/bin
echo "== wheel: linking $static for glibc $glibc"
mkdir -p build/python/link
soname=$(sed -n 's/^version = "\([0-9]*\)\..*/libondes.so.\1/p' Cargo.toml | head -n 1)
printf '{ global: ondes_*; local: *; };\n' >build/python/link/exports.map
ZIG_GLOBAL_CACHE_DIR=$PWD/build/python/zig ZIG_LOCAL_CACHE_DIR=$PWD/build/python/zig \
  "$env/python" -m ziglang cc -target "$machine-linux-gnu.$glibc" -shared -o $shared -s \
  -Wl,-soname,"$soname" -Wl,--version-script=build/python/link/exports.map -Wl,--gc-sections -Wl,-z,defs -Wl,-z,relro,-z,now \
  -Wl,--whole-archive "$static" -Wl,--no-whole-archive "$(cc -print-file-name=libgcc_s.so.1)" -lm -lpthread -ldl -lrt -lc

rm -rf $dist
ONDES_BUILD_LIBRARY=$PWD/$shared ONDES_BUILD_PLATFORM=manylinux_${glibc/./_}_$machine \
  "$env/python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir $dist bindings/python

wheel=$(echo $dist/*.whl)
"$env/auditwheel" show "$wheel" | tr "\n" " " | grep "consistent with the following platform tag: \"manylinux_${glibc/./_}_$machine\"" >/dev/null ||
  { "$env/auditwheel" show "$wheel"; exit 1; }
others=$(nm -D --defined-only $shared | awk '$3 !~ /^ondes_/ { print $3 }')
[ -z "$others" ] || { echo "the library exports more than ondes_*:" $others; exit 1; }
needed=$(readelf -d $shared | sed -n 's/.*NEEDED.*\[\(.*\)\].*/\1/p' | grep -Ev '^(libc|libm|libdl|libpthread|librt|libgcc_s|ld-linux.*)\.so\.[0-9]+$' || true)
[ -z "$needed" ] || { echo "the library needs more than the C library:" $needed; exit 1; }
bytes=$(stat -c %s "$wheel")
[ "$bytes" -le $most ] || { echo "$wheel has $bytes bytes, more than $most"; exit 1; }
echo "== wheel: $wheel, $bytes bytes"
