#!/usr/bin/env bash
# `make install` and `make uninstall`: builds, installs or removes, and says what is where and how to use it.
#
#   PREFIX   where to (default: ~/.local; for root /usr/local)
#   LIBDIR   where in it the libraries go (default: lib, or what the system has)
#   DESTDIR  a folder that stands for the root of the system, for packagers
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "$*" >&2
  exit 1
}

command=$1
default=$HOME/.local
[ "$(id -u)" != 0 ] || default=/usr/local
prefix=${PREFIX:-$default}
prefix=${prefix/#\~\//$HOME/} # make's shell may have left it
[[ $prefix = /* ]] || prefix=$PWD/$prefix # as typed: from here
[ "$prefix" = / ] || prefix=${prefix%/}
destdir=${DESTDIR:-}
[ -z "$destdir" ] || [[ $destdir = /* ]] || destdir=$PWD/$destdir
record=share/doc/ondes/installed-files.txt

# Without a trace: the files of the record, and the folders that are empty then.
remove() {
  local file folders=()
  while IFS= read -r file; do
    rm -f "$destdir$prefix/$file"
    folders+=("$(dirname "$file")")
  done <"$destdir$prefix/$record.now"
  rm -f "$destdir$prefix/$record.now"
  (cd "$destdir$prefix" && printf '%s\n' "${folders[@]}" | sort -ru | xargs -d '\n' rmdir -p --ignore-fail-on-non-empty 2>/dev/null) || true
}

writable() { # the folder, or the nearest one above it that exists
  local folder=$1
  until [ -e "$folder" ]; do folder=$(dirname "$folder"); done
  [ -w "$folder" ]
}

if [ "$command" = uninstall ]; then
  [ -e "$destdir$prefix/$record" ] ||
    fail "ondes was not installed in $destdir$prefix by make install: there is no $record in it. Name the PREFIX it was installed with."
  writable "$destdir$prefix/$record" || fail "You may not change $destdir$prefix: run this with the rights of who installed it, such as by sudo."
  mv "$destdir$prefix/$record" "$destdir$prefix/$record.now"
  remove
  echo "== removed ondes from $destdir$prefix"
  exit
fi

command -v cmake >/dev/null || fail "cmake is missing, 3.22 or later: install it (Debian: apt-get install cmake), or see docs/INSTALL.md for doing without."
echo "== building the library (the first time takes some minutes)"
build=build/install
mkdir -p $build
libdir=()
[ -z "${LIBDIR:-}" ] || libdir=("-DCMAKE_INSTALL_LIBDIR=${LIBDIR#"$prefix"/}")
# Without a word of CMake's, unless it has something to say. What an earlier call chose is forgotten.
cmake -S . -B $build -U'CMAKE_INSTALL_*' -DCMAKE_INSTALL_PREFIX="$prefix" -DONDES_BUILD_TESTS=OFF -DONDES_BUILD_EXAMPLES=OFF "${libdir[@]}" \
  >$build/configure.log || fail "CMake stopped, for the reason above; $PWD/$build/configure.log has the rest."
cmake --build $build >$build/build.log || { cat $build/build.log; exit 1; }

writable "$destdir$prefix" ||
  fail "You may not write to $destdir$prefix. The library is built: install it with \`sudo cmake --install $PWD/$build\`, or choose a PREFIX of your own."
if [ -e "$destdir$prefix/$record" ]; then # another version's files may have other names
  mv "$destdir$prefix/$record" "$destdir$prefix/$record.now"
  remove
fi
DESTDIR=$destdir cmake --install $build >$build/install.log

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
pc=$(grep -m 1 '/ondes\.pc$' "$destdir$prefix/$record")
lib=$prefix/$(dirname "$(dirname "$pc")")
echo "== installed ondes $version in $destdir$prefix:"
sed 's/^/   /' "$destdir$prefix/$record"
[ -z "$destdir" ] || exit 0

# Only what has to be done here is said.
say() { printf '   %-58s # %s\n' "$1" "$2"; }
quoted() { printf '%q' "$1"; }
echo "== to use it:"
if ! pkg-config --exists "ondes = ${version%%-*}" 2>/dev/null; then
  say "export PKG_CONFIG_PATH=$(quoted "$lib/pkgconfig")" "pkg-config finds it"
fi
say 'cc program.c $(pkg-config --cflags --libs ondes)' "or ondes-static: all of it inside the program"
say "cmake -DCMAKE_PREFIX_PATH=$(quoted "$prefix") …" "find_package(ondes) finds it, and makes the targets"
say "" "ondes::ondes, ondes::static, ondes::cpp, ondes::cpp_static"
if ! { PATH=$PATH:/sbin:/usr/sbin; ldconfig -p 2>/dev/null | grep -qF "=> $lib/libondes.so"; }; then
  case $lib in
    /lib* | /usr/lib* | /usr/local/lib*) say "sudo ldconfig" "once: programs find the shared library" ;;
    *) say "export LD_LIBRARY_PATH=$(quoted "$lib")" "programs find the shared library" ;;
  esac
fi
