#!/usr/bin/env bash
# `make dist`: what a release consists of, in build/dist: the libraries for machines like this one, the sources of the
# last commit, and SHA256SUMS. The same libraries and commit give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
. packaging/version.sh

for tool in xz cmake; do
  command -v $tool >/dev/null || { echo "$tool is missing: install it and run this again." >&2; exit 1; }
done

dist=$root/build/dist
system=linux-$(uname -m)
name=ondes-$version-$system
rm -rf "$dist"
mkdir -p "$dist"

PREFIX=$dist/$name LIBDIR=lib packaging/install.sh install >"$dist/log"
rm "$dist/$name/share/doc/ondes/installed-files.txt" # nobody uninstalls a folder
glibc=$(objdump -T "$dist/$name/lib/libondes.so" | grep -o 'GLIBC_2[0-9.]*' | sort -Vu | tail -n 1)
sed "s/@version@/$version/; s/@system@/$system/; s/@major@/${version%%.*}/; s/@glibc@/${glibc#GLIBC_}/" \
  packaging/dist-README.md >"$dist/$name/README.md"
cp CHANGELOG.md "$dist/$name/"

cd "$dist"
tar --create --sort=name --mtime="@$packaged_at" --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw "$name" |
  xz --threads=1 >"$name.tar.xz"
if git -C "$root" archive --format=tar --prefix="ondes-$version/" -o "$dist/sources.tar" HEAD 2>>log; then
  xz --threads=1 <sources.tar >"ondes-$version.tar.xz"
  rm sources.tar
  git -C "$root" diff --quiet HEAD || echo "== dist: changes that are not committed are in the libraries and not in the sources"
else
  echo "== dist: this is no git repository, from which the sources would be taken"
fi
rm -r "$name" log
sha256sum ./*.tar.xz | sed 's| \./| |' >SHA256SUMS
for file in *; do echo "== dist: build/dist/$file, $(stat -c %s "$file") bytes"; done
