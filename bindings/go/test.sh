#!/usr/bin/env bash
# Every test of the Go package: format, vet, the tests as they are, under the race detector, and with every check of what is
# handed to C and a collection at every call; the other ways to link; and a program of a module of its own.
#
# Uses target/release/libondes.so, or the library of ONDES_LIBRARY.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/go-env.sh
echo "-- $("$GO" version)"
cd bindings/go

echo "-- gofmt, vet"
unformatted=$("$("$GO" env GOROOT)/bin/gofmt" -l . ../../examples/{go,quickstart} ../../docs/site)
[ -z "$unformatted" ] || { echo "not as gofmt has it: $unformatted" >&2; exit 1; }
"$GO" vet ./...
"$GO" vet -tags ondes_gc ./...
if command -v staticcheck >/dev/null; then staticcheck ./...; fi

echo "-- tests"
"$GO" test -count=1 ./...
echo "-- tests under the race detector"
"$GO" test -count=1 -race ./...
echo "-- tests with a collection at every call and checks of every pointer"
GOEXPERIMENT=cgocheck2 "$GO" test -count=1 -tags ondes_gc ./...

echo "-- examples"
(cd ../../examples/go && "$GO" vet ./... && "$GO" build -o ../../build/go/bin/ ./...)

# A module of a user's own, which has the package by a replace directive, and by a workspace; the library by flags.
echo "-- a program elsewhere"
elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
cat >"$elsewhere/main.go" <<'GO'
package main

import (
	"fmt"

	"ondes"
)

func main() {
	audio, err := ondes.Load[float32]("speech.wav", ondes.ReadOptions{Mono: true})
	if err != nil {
		panic(err)
	}
	fmt.Println(audio.Frames(), "frames at", audio.Rate, "Hz")
}
GO
cp ../../tests/data/wav/s16_mono_speech_16k.wav "$elsewhere/speech.wav"
package=$PWD include=$(realpath ../../include) lib=$(realpath ../../build/go/lib)
expected='16007 frames at 16000 Hz'
check() {
  [ "$1" = "$expected" ] || { echo "$2: $1, not $expected" >&2; exit 1; }
}
cd "$elsewhere"
printf 'module elsewhere\n\ngo 1.24\n\nrequire ondes v0.0.0\n\nreplace ondes => "%s"\n' "$package" >go.mod
check "$("$GO" run .)" "with a replace directive and pkg-config"
flags=(env CGO_CFLAGS="'-I$include'" CGO_LDFLAGS="'-L$lib' '-Wl,-rpath,$lib'" PKG_CONFIG=/no/such/program)
check "$("${flags[@]}" "$GO" run -tags ondes_flags .)" "with flags"
printf 'module elsewhere\n\ngo 1.24\n' >go.mod
printf 'go 1.24\n\nuse .\nuse "%s"\n' "$package" >go.work
check "$(GOWORK=$elsewhere/go.work GOFLAGS= "$GO" run .)" "with a workspace"
# Statically, where the archive lies beside the library: the program needs no other file of ondes.
archive=$(dirname "$(realpath "$lib/libondes.so")")/libondes.a
if [ -e "$archive" ]; then
  ln -sf "$archive" "$lib/libondes.a"
  CGO_CFLAGS="'-I$include'" CGO_LDFLAGS="'-L$lib'" GOWORK=$elsewhere/go.work GOFLAGS= "$GO" build -tags ondes_static,ondes_flags -o static .
  check "$(env -u LD_LIBRARY_PATH ./static)" "linked statically"
  ! readelf -d static | grep -q libondes || { echo "the static program needs the shared library" >&2; exit 1; }
fi
echo "-- all passed"
