#!/usr/bin/env bash
# Installs the library, moves it elsewhere, builds programs with it in every way that docs/INSTALL.md has, and runs them.
# Reads what `make build` built, and the Debian packages and archives of `make deb` and `make dist`.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
here=$root/packaging/install-test
work=$root/build/install-test
rm -rf "$work"
mkdir -p "$work"
. packaging/version.sh
number=${version%%-*} # without what comes before a release
soname=libondes.so.${version%%.*}

step() { printf -- "-- %s\n" "$*"; }
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
quietly() { # the output of what fails
  "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "$*"; }
}
refused() { # expected words, command
  local words=$1
  shift
  if "$@" >"$work/log" 2>&1; then fail "not refused: $*"; fi
  tr -s '[:space:]' ' ' <"$work/log" | grep -qF -- "$words" || { cat "$work/log" >&2; fail "other words than '$words': $*"; }
}

# From the manifest of tests/data, and one that is not there.
files=(wav/s16.wav mp3/joint_96.mp3 opus/short_100.opus mp4/aac_mono_16k.m4a nowhere.wav)
expected="3001 frames, 44100 Hz, 2 channels
100003 frames, 44100 Hz, 2 channels
100 frames, 48000 Hz, 2 channels
48007 frames, 16000 Hz, 1 channels
nowhere.wav: cannot open: No such file or directory (os error 2)"
runs() { # the program, and what it is to link: shared or static
  local got needs=static
  got=$(cd tests/data && "$1" "${files[@]}") || fail "$1 ended with $?"
  diff <(echo "$expected") <(echo "$got") >&2 || fail "$1 said something else"
  readelf -d "$1" | grep -qF "[$soname]" && needs=shared
  [ $needs = "$2" ] || fail "$1 links the $needs library"
}

clean() { # prefix: nothing of this machine is in it, and nothing but ondes_* comes out of it
  local path lib others
  for path in "$root" "${CARGO_HOME:-$HOME/.cargo}" "$(rustc --print sysroot)" "$HOME"; do
    # Where a path begins: /src is not meant to be the middle of some-crate/src.
    [ "$path" = / ] || ! LC_ALL=C grep -rlaP -- "(?<![\w./-])\Q$path/\E" "$1" >&2 || fail "$path is in these files"
  done
  lib=$(dirname "$(find "$1" -name libondes.a)")
  others=$(nm -g --defined-only "$lib/libondes.a" | awk 'NF == 3 { print $3 }' | LC_ALL=C sort | diff - tests/abi/symbols.txt) ||
    fail "libondes.a exports other symbols:" $others
  others=$(nm -D --defined-only "$lib/libondes.so" | awk '{ print $3 }' | LC_ALL=C sort | diff - tests/abi/symbols.txt) ||
    fail "libondes.so exports other symbols:" $others
  [ "$(readelf -d "$lib/libondes.so" | grep -E 'SONAME|RPATH|RUNPATH' | sed 's/.*\[//')" = "$soname]" ] ||
    fail "libondes.so has another SONAME, or a path to look for libraries in"
  [ "$(readlink "$lib/libondes.so" "$lib/$soname" | xargs)" = "libondes.so.$number libondes.so.$number" ] ||
    fail "the links of the shared library lead elsewhere"
  [ "$(uname -m)" != x86_64 ] || [ "$(stat -Lc %s "$lib/libondes.so")" -le 5000000 ] ||
    fail "libondes.so has $(stat -Lc %s "$lib/libondes.so") bytes, and 5 MB are promised: make size tells what is in it"
  ! readelf -SW "$lib/libondes.a" "$lib/libondes.so" | grep -F .debug_ || fail "there is debug information"
}

step "make install, moved"
quietly make install PREFIX="$work/first"
quietly mv "$work/first" "$work/moved"
prefix=$work/moved
lib=$prefix/lib
clean "$prefix"

# What pkg-config says, which quotes what a shell would split.
flags() { eval "flags=($(pkg-config "$@"))"; }

step "pkg-config: C and C++, shared and static"
export PKG_CONFIG_PATH=$lib/pkgconfig
warnings="-Wall -Wextra -Werror -pedantic"
flags --cflags --libs ondes
quietly cc $warnings -std=c99 "$here/program.c" -o "$work/c_shared" "${flags[@]}"
quietly c++ $warnings -std=c++17 "$here/program.cpp" -o "$work/cpp_shared" "${flags[@]}"
flags --cflags --libs ondes-static
quietly cc $warnings -std=c99 "$here/program.c" -o "$work/c_static" "${flags[@]}"
quietly clang++ $warnings -std=c++17 "$here/program.cpp" -o "$work/cpp_static" "${flags[@]}"
flags --cflags --libs --static ondes
quietly cc $warnings -std=c99 -static "$here/program.c" -o "$work/c_alone" "${flags[@]}"
LD_LIBRARY_PATH=$lib runs "$work/c_shared" shared
LD_LIBRARY_PATH=$lib runs "$work/cpp_shared" shared
runs "$work/c_static" static
runs "$work/c_alone" static
runs "$work/cpp_static" static
! readelf -d "$work/c_alone" | grep -q NEEDED || fail "c_alone needs libraries"
[ "$(pkg-config --modversion ondes ondes-static | xargs)" = "$number $number" ] || fail "pkg-config tells another version"

step "find_package: C and C++, shared and static"
finds() { # build folder, more for cmake
  cmake -S "$here/find_package" -B "$1" -DCMAKE_PREFIX_PATH="$prefix" -Dwanted_version="${number%.*}" "${@:2}"
}
quietly finds "$work/finds"
quietly cmake --build "$work/finds" --parallel 2
for program in c_shared c_static cpp_shared cpp_static; do runs "$work/finds/$program" ${program#*_}; done
refused 'with requested version "99.0"' finds "$work/finds99" -Dwanted_version=99.0
refused "ondes has no component midi" finds "$work/finds_midi" -Dwanted_components=midi
quietly mv "$lib/libondes.a" "$work/libondes.a" # as where only the shared library is
refused "ondes has no component static" finds "$work/finds_static"
quietly mv "$work/libondes.a" "$lib/libondes.a"

step "Go, shared and static"
(
  . scripts/go-env.sh
  export PKG_CONFIG_PATH=$lib/pkgconfig
  mkdir "$work/go"
  cp "$here/program.go" "$work/go/main.go"
  cd "$work/go"
  printf 'module user\n\ngo 1.24\n\nrequire ondes v0.0.0\n\nreplace ondes => "%s"\n' "$root/bindings/go" >go.mod
  quietly "$GO" build -o go_shared .
  quietly "$GO" build -tags ondes_static -o go_static .
)
LD_LIBRARY_PATH=$lib runs "$work/go/go_shared" shared
runs "$work/go/go_static" static

step "add_subdirectory and FetchContent"
for fetch in OFF ON; do
  folder=$work/inside_$fetch
  quietly cmake -S "$here/subdirectory" -B "$folder" -DONDES_SOURCE="$root" -DWITH_FETCHCONTENT=$fetch \
    -DONDES_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}" -DONDES_INSTALL=$fetch -DCMAKE_INSTALL_PREFIX="$folder/prefix"
  quietly cmake --build "$folder"
  runs "$folder/c_shared" shared
  runs "$folder/cpp_static" static
  ctest --test-dir "$folder" -N | grep -q 'Total Tests: 0' || fail "ondes adds tests to other projects"
  quietly cmake --install "$folder"
done
LD_LIBRARY_PATH=$work/inside_ON/prefix/lib runs "$work/inside_ON/prefix/bin/c_shared" shared
[ "$(ls "$work/inside_OFF/prefix")" = bin ] || fail "ondes installs itself with other projects"

step "what is missing is said"
configure() { cmake -S . -B "$work/configured" -DONDES_BUILD_TESTS=OFF -DONDES_BUILD_EXAMPLES=OFF "$@"; }
mkdir "$work/old" "$work/without"
printf '#!/bin/sh\necho cargo 1.63.0\n' >"$work/old/cargo"
chmod +x "$work/old/cargo"
for tool in cc as ld ar ranlib strip make sh env uname; do ln -s "$(command -v $tool)" "$work/without/$tool"; done
refused "cargo was not found: install Rust 1." env -u CARGO_HOME HOME=/nowhere PATH="$work/without" \
  "$(command -v cmake)" -S . -B "$work/no_cargo" -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF -DONDES_BUILD_TESTS=OFF -DONDES_BUILD_EXAMPLES=OFF
refused "says: cargo 1.63.0" configure -DONDES_CARGO="$work/old/cargo"
rm -r "$work/configured"
refused "needs Rust's name of it" configure -DONDES_CARGO="$(command -v cargo)" -DCMAKE_SYSTEM_NAME=Linux
rm -r "$work/configured"
for option in ENCODERS DEVICES C_CODE; do # every name is one that cargo knows
  configure -DONDES_CARGO="$(command -v cargo)" -DONDES_ENCODERS=ON -DONDES_DEVICES=ON -DONDES_C_CODE=ON -DONDES_$option=OFF >"$work/log"
  features=$(sed -n 's/.*ondes: features: //p' "$work/log")
  [ -n "$features" ] || fail "ONDES_$option=OFF leaves nothing out"
  quietly cargo metadata --quiet --format-version 1 --locked --no-deps --no-default-features --features "$features"
done

step "make uninstall"
quietly make uninstall PREFIX="$prefix"
[ -z "$(ls "$prefix")" ] || fail "make uninstall left something"
refused "was not installed in" make uninstall PREFIX="$prefix"

step "Debian packages"
system=$work/debian
mkdir -p "$system"/var/lib/dpkg/{info,updates}
touch "$system/var/lib/dpkg/status"
packages() { # what dpkg does on a system, in a folder and without root
  PATH=$PATH:/usr/sbin:/sbin dpkg --root="$system" --force-not-root --force-depends --log=/dev/null "$@"
}
quietly packages --install build/deb/*.deb
clean "$system/usr"
lib=$(dirname "$system"/usr/lib/*/libondes.so)
dpkg-deb --field build/deb/libondes[0-9]*.deb Depends | grep -E '^libc6 \(>= 2[^)]*\), libgcc-s1 \(' >/dev/null || fail "libondes0 depends on other packages"
export PKG_CONFIG_LIBDIR=$lib/pkgconfig
unset PKG_CONFIG_PATH
[ "$(pkg-config --cflags --libs ondes | xargs)" = -londes ] || fail "the packages need more flags than -londes"
export PKG_CONFIG_SYSROOT_DIR=$system PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
flags --cflags --libs ondes
quietly cc "$here/program.c" -o "$work/deb_shared" "${flags[@]}"
flags --cflags --libs ondes-static
quietly c++ -std=c++17 "$here/program.cpp" -o "$work/deb_static" "${flags[@]}"
LD_LIBRARY_PATH=$lib runs "$work/deb_shared" shared
runs "$work/deb_static" static
prefix=$system/usr
quietly finds "$work/finds_deb"
quietly cmake --build "$work/finds_deb" --target c_shared c_static
for program in c_shared c_static; do runs "$work/finds_deb/$program" ${program#*_}; done
quietly packages --purge libondes-dev libondes0
[ ! -e "$system/usr" ] || fail "the packages leave something: $(find "$system/usr")"

step "archives"
cp -r build/dist "$work/dist"
quietly packaging/dist.sh # again, and the same
quietly diff "$work/dist/SHA256SUMS" build/dist/SHA256SUMS
(cd "$work/dist" && quietly sha256sum --check --strict SHA256SUMS)
quietly tar -C "$work" -xf "$work"/dist/ondes-*-linux-*.tar.xz
prefix=$(echo "$work"/ondes-*-linux-*)
clean "$prefix"
unset "${!PKG_CONFIG_@}"
for file in README.md CHANGELOG.md share/doc/ondes/{LICENSE-MIT,LICENSE-APACHE,THIRD-PARTY.txt}; do
  [ -s "$prefix/$file" ] || fail "the archive has no $file"
done
! grep -n '@' "$prefix/README.md" >&2 || fail "the archive's README is not filled in"
# As its README says.
(cd "$prefix" && cp "$here/program.c" . && sed -n '/^```sh/,/^```/p' README.md | grep -v '^```' >try.sh && quietly sh -e try.sh)
runs "$prefix/program" static
sources=$(find "$work/dist" -name 'ondes-*.tar.xz' ! -name '*-linux-*')
[ -z "$sources" ] || diff <(git ls-tree -r --name-only HEAD) <(tar -tf "$sources" | grep -v '/$' | cut -d / -f 2-) >&2 ||
  fail "the sources are not those of the commit"
echo "test-install: all is well"
