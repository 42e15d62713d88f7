#!/bin/sh
# Ctrl-C ends a recording whose file is whole: record_interrupted.sh RECORD INFO
set -eu
rm -f interrupted.wav
"$1" --device null interrupted.wav &
recorder=$!
# Before there is a file, the program may not listen to the signal yet.
until [ -e interrupted.wav ]; do
  kill -0 $recorder
  sleep 0.1
done
sleep 0.3 # that there is something in it is likely, and not needed
kill -INT $recorder
wait $recorder
"$2" interrupted.wav
