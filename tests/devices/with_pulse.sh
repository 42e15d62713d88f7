#!/usr/bin/env bash
# Runs a command beside a PulseAudio server of its own: an ordinary process with
# its own socket and folder, which ends with the command.
#
#   tests/devices/with_pulse.sh COMMAND ARGUMENTS...
#
# It has the sinks "wide" (48 kHz, 2 channels, the default one) and "narrow"
# (44.1 kHz, 1 channel), whose monitors record what is played on them. They do
# not rewind: where a sink takes back what it has rendered, to let a new stream
# begin sooner, its monitor has a jump. The command finds the server's process in ONDES_PULSE_PID, and ALSA's devices
# "default", "mic" and "loud" play on it and record from it too.
set -euo pipefail
command -v pulseaudio >/dev/null || { echo "pulseaudio is missing: run scripts/setup.sh" >&2; exit 1; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/ondes-pulse.XXXXXX")
server=
end() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  wait
  rm -rf "$folder"
}
trap end EXIT

mkdir -p "$folder/run/pulse" "$folder/state"
chmod 700 "$folder/run" "$folder/run/pulse"
cat >"$folder/default.pa" <<'PA'
load-module module-native-protocol-unix auth-anonymous=1
load-module module-null-sink sink_name=wide rate=48000 channels=2 format=float32le norewinds=1 sink_properties=device.description=Wide
load-module module-null-sink sink_name=narrow rate=44100 channels=1 format=float32le norewinds=1 sink_properties=device.description=Narrow
set-default-sink wide
set-default-source wide.monitor
PA
cat >"$folder/asound.conf" <<'ALSA'
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse hint { show on description "Default (PulseAudio)" } }
pcm.mic { type pulse device wide.monitor hint { show on description "Some Microphone" } }
pcm.loud { type pulse device wide hint { show on description "Some Speakers" } }
ctl.!default { type pulse }
ALSA

export XDG_RUNTIME_DIR=$folder/run PULSE_RUNTIME_PATH=$folder/run/pulse PULSE_STATE_PATH=$folder/state
export PULSE_SERVER=unix:$folder/run/pulse/native ALSA_CONFIG_PATH=$folder/asound.conf
pulseaudio -n -F "$folder/default.pa" --daemonize=no --exit-idle-time=-1 --disable-shm=yes --use-pid-file=no \
  --realtime=no --high-priority=no --log-target=file:"$folder/log" >"$folder/out" 2>&1 &
server=$!
export ONDES_PULSE_PID=$server
for _ in $(seq 600); do # a minute: a busy machine takes its time
  if pactl info >/dev/null 2>&1; then
    # A null sink that nobody uses renders two seconds ahead, and is as late for
    # whoever comes. Somebody who listens all the time keeps it awake, once it
    # has begun afresh. The listeners end with the server.
    for sink in wide narrow; do
      parec --device=$sink.monitor --latency-msec=10 >/dev/null 2>&1 &
    done
    sleep 0.1
    for sink in wide narrow; do
      pactl suspend-sink $sink 1
      pactl suspend-sink $sink 0
    done
    status=0
    "$@" || status=$?
    exit $status
  fi
  sleep 0.1
done
echo "pulseaudio did not start:" >&2
cat "$folder/out" "$folder/log" >&2
exit 1
