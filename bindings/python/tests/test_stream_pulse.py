"""Beside a real PulseAudio server, an ordinary process of the test's own: listed, played, recorded, lost.

Its sinks are "Wide" (48 kHz, 2 channels, the default) and "Narrow" (44.1 kHz, 1 channel); monitors record what they play.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from snippets import ROOT

import ondes
from ondes.exceptions import DeviceLost
from ondes.io import AudioStream, Chain

pytestmark = pytest.mark.skipif(shutil.which("pulseaudio") is None, reason="needs the program pulseaudio")

RATE = 48000
# Frames that devices take at a time where no gap is allowed: nothing here has real-time priority.
CALM = 4096
# The same where every sample is compared.
VERY_CALM = 16384


def beside_a_server(test: Callable[[], None]) -> Callable[[], None]:
    """Runs a test in a process of its own, which has a server."""

    @functools.wraps(test)
    def run() -> None:
        if "ONDES_PULSE_PID" in os.environ:
            test()
            return
        # `timeout` beside the program, so that the script ends its server in any case.
        limited = ["timeout", "60", sys.executable, "-m", "pytest", "-q", "-s"]
        command = [str(ROOT / "tests/devices/with_pulse.sh"), *limited]
        done = subprocess.run(
            [*command, f"{__file__}::{test.__name__}"],
            cwd=ROOT / "bindings/python",
            capture_output=True,
            text=True,
        )
        print(done.stdout)
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def in_thread(call: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=call)
    thread.start()
    return thread


def noise(channels: int, frames: int) -> Any:
    return np.random.default_rng(11).uniform(0.25, 0.75, (channels, frames)).astype(np.float32)


@beside_a_server
def test_a5_devices_are_listed() -> None:
    devices = ondes.devices()
    outputs = [device for device in devices if device.is_output]
    inputs = [device for device in devices if device.is_input]
    assert [(d.name, d.id, d.is_default, d.channels, d.rate) for d in outputs] == [
        ("Wide", "pulse:wide", True, 2, 48000),
        ("Narrow", "pulse:narrow", False, 1, 44100),
    ]
    assert [d.is_default for d in inputs] == [True, False]
    assert inputs[0].id == "pulse:wide.monitor"
    assert AudioStream.output_device_names == ["Wide", "Narrow"]
    assert AudioStream.default_output_device_name == "Wide"
    assert AudioStream.input_device_names == [d.name for d in inputs]
    assert AudioStream.default_input_device_name == inputs[0].name
    for name in (inputs[0].name, inputs[0].id):
        assert AudioStream(name).num_input_channels == 1
    assert "'Wide'" in repr(AudioStream(None, "default"))


@beside_a_server
def test_a7_a8_what_is_written_is_read_float_for_float() -> None:
    audio = noise(2, 2 * RATE)
    # A gap says that the machine was busy, and the run is no comparison; wrong samples without a gap are a fault.
    for _ in range(3):
        heard = _played_and_recorded(audio)
        first = int(np.flatnonzero(heard[0])[0])
        gaps = int(np.flatnonzero(heard[0])[-1]) + 1 - first - 2 * RATE
        print(f"first sound after {first / RATE * 1000:.0f} ms, {gaps} frames of gaps in 2 s")
        if gaps == 0:
            break
    assert np.array_equal(heard[:, first : first + 2 * RATE], audio)


def _played_and_recorded(audio: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    with AudioStream("default", sample_rate=RATE, num_input_channels=2, buffer_size=VERY_CALM) as recorder:
        player = AudioStream(None, "Wide", sample_rate=RATE, buffer_size=VERY_CALM)
        thread = in_thread(lambda: player.write(audio, RATE))
        heard = recorder.read(4 * RATE)
        thread.join()
        assert recorder.dropped_input_frame_count == 0
    return heard


@beside_a_server
def test_play_converts_the_rate_and_record_hears_it() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(44100) / 44100)
    thread = in_thread(lambda: ondes.play(tone, 44100))
    samples, rate = ondes.record(2.0)
    thread.join()
    assert (samples.shape, rate) == ((2, 96000), 48000)
    assert np.array_equal(samples[0], samples[1])  # mono goes to both
    heard = samples[0][np.flatnonzero(np.abs(samples[0]) > 0.01)[0] :][12000:36000]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    assert abs(int(np.argmax(spectrum)) * RATE / len(heard) - 440) < 3


@beside_a_server
def test_a12_a_live_stream_carries_sound_from_device_to_device() -> None:
    half = Chain([lambda samples, sample_rate: samples * np.float32(0.5)])
    audio = noise(1, 3 * RATE)
    names = ("pulse:narrow.monitor", "pulse:wide")
    with AudioStream(*names, half, sample_rate=RATE, buffer_size=CALM) as live:
        feeder = in_thread(lambda: AudioStream(None, "Narrow", sample_rate=RATE, buffer_size=CALM).write(audio, RATE))
        with AudioStream("pulse:wide.monitor", sample_rate=RATE, buffer_size=CALM) as recorder:
            heard = recorder.read(4 * RATE)[0]
        feeder.join()
        assert live.running
    sounding = np.flatnonzero(np.abs(heard) > 0.05)
    inside = heard[sounding[0] : sounding[-1]]
    print(f"{len(inside) / RATE:.2f} s, {np.count_nonzero(np.abs(inside) < 0.05)} frames of gaps")
    assert len(inside) > 1.5 * RATE
    # The sink in between resamples, twice: the level is what is left to compare.
    assert np.median(np.abs(inside)) == pytest.approx(0.25, abs=0.03)


def _flowing(streams: str) -> int:
    listed = subprocess.run(
        ["pactl", "list", streams], env={**os.environ, "LC_ALL": "C"}, capture_output=True, check=True
    )
    return listed.stdout.count(b"Corked: no")


@beside_a_server
def test_a13_a_device_that_goes_away_ends_what_waits() -> None:
    calls: list[Callable[[], object]] = [
        lambda: AudioStream(None, "Narrow").write(np.zeros((1, 60 * RATE)), AudioStream(None, "Narrow").sample_rate),
        lambda: AudioStream("pulse:narrow.monitor").read(60 * RATE),
        AudioStream("pulse:narrow.monitor", "Narrow").run,
        lambda: ondes.record(60, device="pulse:narrow.monitor"),
        lambda: ondes.play(np.zeros(60 * RATE), RATE, "Narrow"),
    ]
    failures: list[BaseException] = []

    def fail(call: Callable[[], object]) -> None:
        try:
            call()
        except DeviceLost as failure:
            failures.append(failure)

    threads = [in_thread(functools.partial(fail, call)) for call in calls]
    end = time.monotonic() + 40
    while (_flowing("sink-inputs"), _flowing("source-outputs")) != (3, 5):  # two listeners are the server's own
        assert time.monotonic() < end
        time.sleep(0.1)
    subprocess.run(["pactl", "unload-module", "module-null-sink"], check=True)
    for thread in threads:
        thread.join(40)  # they would go on for a minute
    assert len(failures) == len(calls)


@beside_a_server
def test_a4_feedback_between_real_devices() -> None:
    load = ["pactl", "load-module", "module-null-sink", "sink_name=loud", "sink_properties=device.description=Speakers"]
    subprocess.run(load, check=True, stdout=subprocess.DEVNULL)
    remap = [
        "module-remap-source",
        "source_name=mic",
        "master=wide.monitor",
        "source_properties=device.description=Microphone",
    ]
    subprocess.run(["pactl", "load-module", *remap], check=True, stdout=subprocess.DEVNULL)
    with pytest.raises(RuntimeError, match="Microphone would be played on Speakers"):
        AudioStream("Microphone", "pulse:loud")
    AudioStream("Microphone", "Speakers", allow_feedback=True).close()
    # Devices of ALSA have names too, beside what opens them.
    with pytest.raises(RuntimeError, match="Some Microphone would be played on Some Speakers"):
        AudioStream("alsa:mic", "alsa:loud")
    AudioStream("alsa:mic", "alsa:loud", allow_feedback=True).close()


@beside_a_server
def test_hundreds_of_streams_on_a_server() -> None:
    def threads() -> int:
        return len(os.listdir("/proc/self/task"))

    AudioStream("default", "Wide").__enter__().close()
    time.sleep(0.5)
    before = threads(), len(os.listdir("/proc/self/fd"))
    for _ in range(100):
        with AudioStream("default", "Wide"):
            pass
    end = time.monotonic() + 60
    while (threads(), len(os.listdir("/proc/self/fd"))) != before:
        assert time.monotonic() < end
        time.sleep(0.05)
