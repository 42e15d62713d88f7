#!/usr/bin/env bash
# The examples on a real sound server, to be run by with_pulse.sh: what `play` plays
# is in the file of `record`, which Ctrl-C ends, sample for sample.
#
#   tests/devices/with_pulse.sh tests/devices/play_and_record.sh PLAY RECORD CONVERT FILE
set -euo pipefail
play=$1 record=$2 convert=$3 file=$4

"$play" --list | grep -q '^pulse:wide  *Wide (default)'
"$convert" --rate 48000 "$file" expected.wav
rm -f recorded.wav
# A job in the background of a script ignores interrupts, unless it has its own process group.
set -m
"$record" --device pulse:wide.monitor recorded.wav &
recorder=$!
grows_beyond() { # bytes: what the file gets to is what was recorded by then
  until [ "$(stat -c %s recorded.wav 2>/dev/null || echo 0)" -gt "$1" ]; do
    kill -0 $recorder || { echo "the recording ended by itself" >&2; exit 1; }
    sleep 0.1
  done
}
grows_beyond 4096
"$play" "$file"
grows_beyond $(($(stat -c %s recorded.wav) + 200000)) # half a second and more
kill -INT $recorder
wait $recorder
python3 - <<'PY'
import wave

def frames(path):
    with wave.open(path) as file:
        return file.readframes(file.getnframes())

expected, recorded = frames("expected.wav"), frames("recorded.wav")
assert len(expected) > 10000 and expected in recorded, "what was played was not recorded"
print(len(expected) // 4, "frames played,", len(recorded) // 4, "recorded")
PY
