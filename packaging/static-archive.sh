#!/bin/sh
# static-archive.sh FROM TO: makes a static library that exports ondes_* alone out of the one that cargo built.
#
# Cargo's has thousands of global symbols: those of the C codecs, which would clash with a program's own libopus or be
# taken in their place, and of Rust's runtime. Here all are linked into one object, what no function of ours reaches is
# left out, and the rest is made local. Rust's bitcode goes too: binutils with another LLVM's plugin fail on it.
set -eu
from=$1 to=$2
ld=${LD:-ld} objcopy=${OBJCOPY:-objcopy} ar=${AR:-ar}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${READELF:-readelf}" -sW "$from" | awk '$5 == "GLOBAL" && $7 != "UND" && $8 ~ /^ondes_/ { print "--undefined=" $8 }' >"$work/roots"
"$ld" -r --gc-sections --force-group-allocation "@$work/roots" -o "$work/all.o" "$from"
"$objcopy" --wildcard --keep-global-symbol='ondes_*' --strip-unneeded --remove-section=.comment --remove-section='.llvm*' \
  "$work/all.o" "$work/ondes.o"
mkdir -p "$(dirname "$to")"
rm -f "$to"
"$ar" crsD "$to" "$work/ondes.o"
