#!/usr/bin/env bash
# The main job, seen: a folder of real audio in every format, decoded in parallel from C.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p build
cc -O2 -Wall -Iinclude examples/c/decode_folder.c -o build/decode_folder \
   -Ltarget/release -londes -lm -Wl,-rpath,"$PWD/target/release"

# Six files are there to be refused (a format that changes in mid-stream, HE-AAC):
# the program says so for each and ends with 1, which is no failure of the demo.
echo "== demo: every file of tests/data as it is"
build/decode_folder tests/data/{wav,w64,aiff,au,caf,flac,mp1,mp2,mp3,ogg,opus,aac,mp4,mov,mkv} || [ $? = 1 ]
echo
echo "== demo: the same as 16 kHz mono, as speech models want it"
build/decode_folder --rate 16000 --mono tests/data/{wav,flac,mp3,ogg,opus,mp4} | tail -n 1 || true
