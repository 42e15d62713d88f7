"""AudioStream: reading and writing; PEERS section 7, A7, A8, A11 and A13."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

import numpy as np
import pytest

from ondes._stream import Stream
from ondes.exceptions import DeviceLost, InputDropped
from ondes.io import AudioStream, Chain

RATE = 48000


def test_a7_another_rate_is_refused() -> None:
    stream = AudioStream(None, "null:rate=44100")
    with pytest.raises(RuntimeError, match=r"48000 Hz.*44100 Hz"):
        stream.write(np.zeros((2, 10), np.float32), RATE)
    stream.write(np.zeros((2, 10), np.float32), 44100.0)


@pytest.mark.parametrize("shape", [(2, 2400), (2400, 2), (1, 2400), (2400, 1), (2400,), (2, 0)])
@pytest.mark.parametrize("dtype", ["float32", "float64", ">f4"])
def test_a7_all_layouts_are_taken(shape: tuple[int, ...], dtype: str) -> None:
    AudioStream(None, "null").write(np.zeros(shape, dtype), RATE)


def test_a7_what_is_no_audio_is_refused() -> None:
    stream = AudioStream(None, "null")
    with pytest.raises(ValueError, match="3 channels"):
        stream.write(np.zeros((3, 100)), RATE)
    with pytest.raises(TypeError, match="incompatible function arguments"):
        stream.write(np.zeros((2, 100), np.int16), RATE)
    with pytest.raises(RuntimeError, match="dimensions"):
        stream.write(np.zeros((2, 2, 100)), RATE)
    with pytest.raises(RuntimeError, match="output device"):
        AudioStream("null").write(np.zeros((2, 100)), RATE)


def test_a7_a_stopped_stream_plays_all_and_stops() -> None:
    stream = AudioStream(None, "null")
    began = time.monotonic()
    stream.write(np.zeros((2, RATE // 2)), RATE)
    assert time.monotonic() - began > 0.45
    assert not stream.running
    stream.write(np.zeros((2, 100)), RATE)


def test_a7_a_running_stream_waits_for_room_only() -> None:
    with AudioStream(None, "null") as stream:
        began = time.monotonic()
        stream.write(np.zeros((2, RATE // 10)), RATE)
        stream.write(np.zeros((2, RATE)), RATE)
        assert time.monotonic() - began > 0.7
    assert time.monotonic() - began > 1.05  # what was written was played before it closed


def test_what_is_written_is_played_sample_for_sample() -> None:
    played = np.random.default_rng(7).uniform(0.1, 1, (2, RATE // 2)).astype(np.float32)
    stream = Stream("loopback", "loopback", rate=RATE, input_channels=2, output_channels=2, queue=2 * RATE)
    writer = threading.Thread(target=stream.write, args=(played,))
    stream.start()
    writer.start()
    memory = stream.memory(RATE)
    assert stream.read(memory) == RATE
    writer.join()
    stream.close()
    first = np.flatnonzero(memory[:, 0])[0]
    # A stream of which Python is late has silence within.
    heard = memory[np.any(memory != 0, axis=1)] if stream.missed else memory[first : first + played.shape[1]]
    assert np.array_equal(heard[: played.shape[1]].T, played)


def test_a8_read_waits_for_so_many_or_takes_what_there_is() -> None:
    stream = AudioStream("null", num_input_channels=3)
    with stream:
        block = stream.read(12345)
        assert (block.shape, block.dtype, block.flags.c_contiguous) == ((3, 12345), np.float32, True)
        stream.read()
        time.sleep(0.2)
        waiting = stream.buffered_input_sample_count
        assert waiting is not None and waiting > 4800
        assert waiting <= stream.read().shape[1] <= waiting + RATE
        assert stream.read(0).shape[0] == 3


def test_a8_a_stopped_stream_records_and_stops() -> None:
    stream = AudioStream("null")
    assert stream.read().shape == (1, 0)
    assert stream.read(4800).shape == (1, 4800)
    assert not stream.running


def test_a8_wrong_reads_are_refused() -> None:
    with pytest.raises(RuntimeError, match="input device"):
        AudioStream(None, "null").read(5)
    with pytest.raises(ValueError):
        AudioStream("null").read(-1)
    with pytest.raises(TypeError):
        AudioStream("null").read(1.5)  # type: ignore[arg-type]


def test_a8_dropped_frames_are_told_once() -> None:
    # Five seconds at this rate take as long as five seconds at any.
    with AudioStream("null:rate=8000") as stream:
        time.sleep(5.5)
        dropped = stream.dropped_input_frame_count
        assert dropped > 1000
        with pytest.raises(RuntimeError, match=r"[0-9]+ frames of audio data were dropped") as error:
            stream.read(100)
        assert isinstance(error.value, InputDropped)
        told = int(str(error.value).split()[0])
        assert told >= dropped
        assert stream.dropped_input_frame_count < told  # counted anew
        time.sleep(0.3)
        stream.ignore_dropped_input = True
        assert stream.ignore_dropped_input is True
        assert stream.read(100).shape == (1, 100)
        left = stream.dropped_input_frame_count
        assert left > 0
    assert stream.buffered_input_sample_count == 0
    assert stream.dropped_input_frame_count >= left  # [T] still known after the end


def test_a12_live_streams_are_not_read_or_written() -> None:
    stream = AudioStream("null", "null")
    with pytest.raises(RuntimeError, match="Open an AudioStream of the input device alone"):
        stream.read(1)
    with pytest.raises(RuntimeError, match="Open an AudioStream of the output device alone"):
        stream.write(np.zeros((2, 10)), RATE)


def test_a13_a_device_that_goes_away_ends_write() -> None:
    with pytest.raises(RuntimeError, match="went away") as error, AudioStream(None, "null:lost=0.3") as stream:
        stream.write(np.zeros((2, 10 * RATE)), RATE)
    assert isinstance(error.value, DeviceLost)


def test_a13_a_device_that_goes_away_between_calls_ends_the_next() -> None:
    with pytest.raises(DeviceLost), AudioStream(None, "null:lost=0.1") as stream:
        time.sleep(0.3)
        stream.write(np.zeros((2, 1)), RATE)
    stream = AudioStream("null:lost=0.1")
    with pytest.raises(DeviceLost), stream:
        time.sleep(0.3)
        assert stream.read().shape[1] > 0  # what came before
        stream.read()


def test_a13_a_device_that_goes_away_ends_read() -> None:
    with AudioStream("null:lost=0.3") as stream:
        assert 4800 < stream.read(10 * RATE).shape[1] < RATE
        for count in (10, 0):
            with pytest.raises(DeviceLost):
                stream.read(count)
    with pytest.raises(DeviceLost):
        AudioStream("null:lost=0.3").read(10 * RATE)


def test_a13_a_device_that_goes_away_ends_run() -> None:
    for names in (("null:lost=0.3", "null"), ("null", "null:lost=0.3")):
        with pytest.raises(DeviceLost):
            AudioStream(*names).run()


@pytest.mark.parametrize("direction", ["read", "write"])
def test_closing_in_another_thread_ends_what_waits(direction: str) -> None:
    stream = AudioStream("null") if direction == "read" else AudioStream(None, "null")
    stream.__enter__()

    def wait() -> None:
        with contextlib.suppress(RuntimeError):
            if direction == "read":
                stream.read(10**7)
            else:
                stream.write(np.zeros((2, 10**7), np.float32), RATE)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.2)
    stream.close()
    waiting.join(5)
    assert not waiting.is_alive()


def test_plugins_change_what_is_written() -> None:
    seen: list[np.ndarray] = []

    def half(samples: np.ndarray, sample_rate: int) -> np.ndarray:
        assert sample_rate == RATE
        seen.append(samples * 0.5)
        return seen[-1]

    audio = np.random.default_rng(3).uniform(-1, 1, (1, 10000)).astype(np.float32)
    AudioStream(None, "null", plugins=Chain([half])).write(audio, RATE)
    assert np.array_equal(np.concatenate(seen, axis=1), np.repeat(audio, 2, 0) * np.float32(0.5))


def test_a8_frames_that_came_before_a_drop_are_given_first(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream("null:channels=1", buffer_size=256, queue=512)
    ask = Stream.read_some

    def late(self: Stream, memory: np.ndarray[Any, Any], wait: float = 0.1) -> int:
        if len(memory) < 10_000:  # not the first time: Python was busy meanwhile
            while not self.dropped:
                time.sleep(0.005)
        return ask(self, memory, wait)

    monkeypatch.setattr(Stream, "read_some", late)
    stream.start()
    memory = stream.memory(10_000)
    frames = stream.read(memory)
    assert 0 < frames < 10_000
    with pytest.raises(InputDropped, match="frames of audio data were dropped"):
        stream.read(memory)
    stream.ignores_dropped = True
    assert stream.read(memory[:256]) == 256
    stream.close()
