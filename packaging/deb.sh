#!/usr/bin/env bash
# `make deb`: the Debian packages libondes0 and libondes-dev in build/deb, for the release of Debian that this runs on,
# examined by lintian. DEBFULLNAME and DEBEMAIL name who makes them.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
. packaging/version.sh

fail() {
  echo "$*" >&2
  exit 1
}
for tool in dpkg-gencontrol:dpkg-dev lintian:lintian cmake:cmake; do
  command -v "${tool%%:*}" >/dev/null || fail "${tool%%:*} is missing: apt-get install ${tool##*:}"
done

work=$root/build/deb
mkdir -p "$work"
find "$work" -mindepth 1 -maxdepth 1 ! -name cmake -exec rm -r {} +
cmake -S . -B "$work/cmake" -DCMAKE_INSTALL_PREFIX=/usr -DONDES_BUILD_TESTS=OFF -DONDES_BUILD_EXAMPLES=OFF >"$work/log"
cmake --build "$work/cmake" >>"$work/log" || { cat "$work/log"; exit 1; }

export SOURCE_DATE_EPOCH=$packaged_at
cp -r packaging/debian "$work/debian"
cd "$work"
maintainer="${DEBFULLNAME:-The ondes authors} <${DEBEMAIL:-ondes@packages.example.org}>"
sed -i "s/@maintainer@/$maintainer/" debian/control
release=${version/-/\~}-1 # 1.0.0-rc.1 comes before 1.0.0
cat >debian/changelog <<END
ondes ($release) unstable; urgency=medium

  * ondes $version: what has changed is in changelog.gz, beside this.

 -- $maintainer  $(date -uRd "@$SOURCE_DATE_EPOCH")
END

# What Debian has as /usr/share/common-licenses is not said again; all else is in THIRD-PARTY.txt.
{
  echo "ondes: read any audio file, exactly, and write it."
  echo
  echo "ondes is under the MIT licence, as follows, or the Apache License, version 2.0, which is in"
  echo "/usr/share/common-licenses/Apache-2.0, at your choice."
  echo
  sed 1,2d "$root/LICENSE-MIT"
  echo
  sed '/^-----/,$d' "$root/THIRD-PARTY.txt"
  echo "The copyright notices and licences of these packages are in /usr/share/doc/libondes0/THIRD-PARTY.txt.gz; the GNU"
  echo "Library General Public License, version 2, in /usr/share/common-licenses/LGPL-2, the GNU Lesser General Public"
  echo "License, version 3, in /usr/share/common-licenses/LGPL-3, and the Mozilla Public License in"
  echo "/usr/share/common-licenses/MPL-2.0."
} >debian/copyright

stage() { # package, component of CMake's
  local package=$1 folder=debian/$1 doc
  doc=$folder/usr/share/doc/$package
  DESTDIR=$PWD/$folder cmake --install cmake --component "$2" >>log
  rm -rf "$folder/usr/share/doc/ondes"
  install -Dm 644 debian/copyright "$doc/copyright"
  gzip -9n <debian/changelog >"$doc/changelog.Debian.gz"
  gzip -9n <"$root/CHANGELOG.md" >"$doc/changelog.gz"
  mkdir "$folder/DEBIAN"
}
stage libondes0 ondes_runtime
stage libondes-dev ondes_development
gzip -9n <"$root/THIRD-PARTY.txt" >debian/libondes0/usr/share/doc/libondes0/THIRD-PARTY.txt.gz
cp debian/libondes0.triggers debian/libondes0/DEBIAN/triggers

dpkg-gensymbols -plibondes0 -Pdebian/libondes0 -v"${version/-/\~}" >>log 2>&1
echo "libondes 0 libondes0 (>= ${version/-/\~})" >debian/libondes0/DEBIAN/shlibs
dpkg-shlibdeps -Tdebian/libondes0.substvars debian/libondes0/usr/lib/*/libondes.so.0
for package in libondes0 libondes-dev; do
  folder=debian/$package
  touch debian/$package.substvars
  dpkg-gencontrol -p$package -P$folder -Tdebian/$package.substvars
  (cd "$folder" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$folder/DEBIAN/md5sums"
  find "$folder" -type d -exec chmod 755 {} +
  find "$folder" -type f -exec chmod 644 {} +
  dpkg-deb --root-owner-group --build "$folder" . >>log
done

echo "== deb: lintian"
# These are no uploads to Debian, where somebody has asked for the package.
lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs --info ./*.deb
for package in *.deb; do echo "== deb: build/deb/$package, $(stat -c %s "$package") bytes"; done
