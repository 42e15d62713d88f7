"""AudioStream: what is opened, what is refused and what it tells; PEERS section 7, A1 to A6, A10 and A11.

The devices are those of the library that need no hardware: "null" and "loopback".
"""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ondes
from ondes.exceptions import DeviceNotFound, OndesError
from ondes.io import AudioStream, Chain


def test_a1_the_arguments_are_pedalboards() -> None:
    arguments = inspect.signature(AudioStream).parameters
    assert {name: argument.default for name, argument in arguments.items()} == {
        "input_device_name": None,
        "output_device_name": None,
        "plugins": None,
        "sample_rate": None,
        "buffer_size": None,
        "allow_feedback": False,
        "num_input_channels": 1,
        "num_output_channels": 2,
    }
    stream = AudioStream("null", "null", [], 22050.0, 256, True, 3, 4)
    assert (stream.sample_rate, stream.buffer_size) == (22050, 256)
    assert (stream.num_input_channels, stream.num_output_channels) == (3, 4)
    assert AudioStream("null").buffer_size == 512


@pytest.mark.parametrize("names", [(), (None, None), ("", ""), (None, "")])
def test_a2_a_device_must_be_named(names: tuple[str | None, ...]) -> None:
    with pytest.raises(RuntimeError) as error:
        AudioStream(*names)
    assert str(error.value) == "At least one of `input_device_name` or `output_device_name` must be provided."


def test_a3_an_unknown_device_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"^No such device: Gramophone") as error:
        AudioStream(output_device_name="Gramophone")
    assert isinstance(error.value, DeviceNotFound)
    with pytest.raises(ValueError, match=r"^No such device: null:depth=3"):
        AudioStream("null:depth=3")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"sample_rate": 44100.5}, ValueError),
        ({"sample_rate": -1}, ValueError),
        ({"sample_rate": "fast"}, TypeError),
        ({"buffer_size": -1}, ValueError),
        ({"buffer_size": 1 << 20}, ValueError),
        ({"buffer_size": 1.5}, TypeError),
        ({"num_output_channels": 1000}, ValueError),
        ({"plugins": 5}, TypeError),
        ({"output_device_name": 5}, TypeError),
        ({"output_device_name": "null\0"}, ValueError),
    ],
)
def test_a1_wrong_arguments_are_refused(arguments: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        AudioStream(**{"output_device_name": "null", **arguments})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("input", "output", "howls"),
    [
        ("Built-in Microphone", "Built-in Speakers", True),
        ("USB MICROPHONE", "speaker 2", True),
        ("Line In", "Speakers", False),
        ("Microphone", "Headphones", False),
    ],
)
def test_a4_feedback_is_refused(input: str, output: str, howls: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {1: input, 2: output}
    monkeypatch.setattr("ondes._stream.Stream.device_name", lambda _, direction: names[direction])
    AudioStream("null", "null", allow_feedback=True).close()
    AudioStream("null").close()
    if howls:
        with pytest.raises(RuntimeError, match="allow_feedback=True"):
            AudioStream("null", "null")
    else:
        AudioStream("null", "null").close()


def test_a5_device_names_are_properties_of_the_class_and_of_objects() -> None:
    for owner in (AudioStream, AudioStream("null")):
        assert isinstance(owner.input_device_names, list)
        assert isinstance(owner.output_device_names, list)
        assert owner.default_input_device_name in (None, *owner.input_device_names)
        assert owner.default_output_device_name in (None, *owner.output_device_names)


def test_a5_without_a_sound_system_there_are_no_devices(tmp_path: Path) -> None:
    program = """
import numpy as np, ondes
from ondes.io import AudioStream
assert ondes.devices() == AudioStream.input_device_names == AudioStream.output_device_names == []
assert AudioStream.default_input_device_name is AudioStream.default_output_device_name is None
for open in (
    lambda: AudioStream("default"),
    lambda: AudioStream.play(np.zeros((1, 10)), 8000),
    lambda: ondes.play(np.zeros(10), 8000),
    lambda: ondes.record(1),
):
    try:
        open()
    except ValueError as error:
        assert "No such device: default. There is no sound system" in str(error), error
    else:
        raise AssertionError
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PULSE")}
    environment |= {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "PULSE_SERVER": f"unix:{tmp_path}/none"}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=60)


def test_a6_play_returns_when_it_was_heard() -> None:
    AudioStream.play(np.zeros((2, 4410), np.float32), 44100, "null")
    AudioStream.play(np.zeros((4410, 2), np.float32), 44100, output_device_name="null:rate=8000,channels=1")
    AudioStream.play(np.zeros(441, np.int16), 44100, "null")
    with pytest.raises(DeviceNotFound):
        AudioStream.play(np.zeros((1, 10)), 44100, "Gramophone")


def test_a10_it_starts_and_closes() -> None:
    stream = AudioStream("null")
    assert not stream.running
    with stream as entered:
        assert entered is stream
        assert stream.running
        with pytest.raises(RuntimeError, match="running already"):
            stream.__enter__()
        assert stream.read(4800).shape == (1, 4800)
    assert not stream.running
    assert stream.buffered_input_sample_count == 0
    for call in (lambda: stream.read(1), stream.__enter__):
        with pytest.raises(RuntimeError, match="closed"):
            call()
    stream.close()
    stream.close()


def test_a10_closing_inside_is_fine() -> None:
    with AudioStream("null", "null") as stream:
        stream.close()
        assert not stream.running
    with AudioStream(None, "null") as stream:
        stream.write(np.zeros((2, 100)), 48000)
        stream.close()


def test_a10_an_exception_inside_comes_through() -> None:
    with pytest.raises(LookupError, match="mine"), AudioStream(None, "null") as stream:
        stream.write(np.zeros((2, 9000)), 48000)
        raise LookupError("mine")
    assert not stream.running


def test_a11_properties_of_what_is_not_there() -> None:
    output = AudioStream(None, "null")
    assert (output.num_input_channels, output.buffered_input_sample_count, output.dropped_input_frame_count) == (
        0,
        None,
        0,
    )
    assert AudioStream("null").num_output_channels == 0
    assert isinstance(output.plugins, Chain)
    assert type(output.sample_rate) is int
    with pytest.raises(AttributeError):
        output.sample_rate = 5  # type: ignore[misc]


def test_repr_has_both_names() -> None:
    stream = AudioStream("null", "loopback:rate=48000")
    assert "input_device_name='null'" in repr(stream)
    assert "output_device_name='loopback" in repr(stream)
    assert "sample_rate=48000 buffer_size=512 not running" in repr(stream)
    with stream:
        assert " running" in repr(stream) and "not running" not in repr(stream)
    assert " closed" in repr(stream)


def test_rates_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="one stream needs one rate"):
        AudioStream("null:rate=8000", "null:rate=44100")


class TestEveryday:
    def test_record_gives_exactly_so_many_frames(self) -> None:
        samples, rate = ondes.record(0.25, device="null:rate=16000,channels=3")
        assert (samples.shape, samples.dtype, rate) == ((3, 4000), np.float32, 16000)
        samples, rate = ondes.record(0.1, sample_rate=22050, channels=1, device="null")
        assert (samples.shape, rate) == ((1, 2205), 22050)
        assert ondes.record(0, device="null")[0].shape == (2, 0)

    def test_play_takes_any_samples(self) -> None:
        for samples in (np.zeros(100), np.zeros((2, 100), np.int16), np.zeros((6, 100), np.uint8), [[0.0, 0.1]]):
            ondes.play(samples, 16000, "null")
        ondes.play(np.zeros((3, 0)), 16000, "null")
        ondes.play(np.zeros((100, 2), ">f4").T, 11025.5, device="null:rate=48000,channels=1")

    @pytest.mark.parametrize(
        "call",
        [
            lambda: ondes.play(np.zeros((1000, 2, 2)), 16000, "null"),
            lambda: ondes.play(np.zeros(10), 0, "null"),
            lambda: ondes.play(np.zeros(10), float("nan"), "null"),
            lambda: ondes.record(-1, device="null"),
            lambda: ondes.record(float("inf"), device="null"),
            lambda: ondes.record(1, channels=0, device="null"),
            lambda: ondes.record(1, sample_rate=0, device="null"),
            lambda: ondes.record(1, device="Gramophone"),
        ],
    )
    def test_what_cannot_be_is_a_value_error(self, call: object) -> None:
        with pytest.raises(ValueError):
            call()  # type: ignore[operator]

    def test_a_device_that_goes_away_is_a_runtime_error(self) -> None:
        for call in (
            lambda: ondes.record(5, device="null:lost=0.2"),
            lambda: ondes.play(np.zeros(100000), 16000, "null:lost=0.2"),
        ):
            with pytest.raises(RuntimeError, match="went away") as error:
                call()
            assert isinstance(error.value, OndesError)
