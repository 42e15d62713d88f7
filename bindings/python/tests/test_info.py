"""What a file is: against soundfile, the manifest and hand-made headers."""

from __future__ import annotations

import dataclasses
import io
import pickle
import subprocess
from pathlib import Path

import pytest

import ondes


def test_a_wav_file_is_described(data: Path) -> None:
    info = ondes.info(data / "wav/s16.wav")
    assert (info.container, info.codec, info.dtype, info.bit_depth) == ("WAV", "PCM", "int16", 16)
    assert (info.sample_rate, info.channels, info.frames, info.is_exact) == (44100, 2, 3001, True)
    assert info.duration == pytest.approx(3001 / 44100, abs=1e-12)
    assert info.path == str(data / "wav/s16.wav") and info.warnings == ()
    assert str(info).endswith("s16.wav: WAV, PCM 16 bit, 44100 Hz, stereo, 3001 frames (0.068 s)")


def test_lengths_and_rates_are_those_of_soundfile(data: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    for name in ("wav/f64.wav", "aiff/s24.aiff", "source/surround.flac", "ogg/vorbis_chained.ogg", "au/s16.au"):
        if name == "ogg/vorbis_chained.ogg":
            continue  # libsndfile reads the first part only
        peer, info = soundfile.info(str(data / name)), ondes.info(data / name)
        assert (info.frames, info.sample_rate, info.channels) == (peer.frames, peer.samplerate, peer.channels)
        assert info.duration == pytest.approx(peer.duration)


def test_speakers_are_named(data: Path) -> None:
    info = ondes.info(data / "wav/ext_s24_51.wav")
    front = ("front left", "front right", "front center", "low frequency")
    assert info.channel_mask in (0x3F, 0x60F) and info.dtype == "int24" and info.bit_depth == 24
    assert info.channel_names in ((*front, "back left", "back right"), (*front, "side left", "side right"))
    assert ondes.info(data / "wav/ext_12ch.wav").channel_names == ()


def test_lossy_files_have_a_bit_rate_and_no_bit_depth(data: Path) -> None:
    info = ondes.info(data / "mp3/cbr_128_known_100003.mp3")
    assert (info.codec, info.dtype, info.bit_depth, info.frames) == ("MP3", "float32", None, 100003)
    assert info.bit_rate is not None and 100_000 < info.bit_rate < 140_000


def test_damage_is_a_warning_with_its_place(data: Path) -> None:
    info = ondes.info(data / "wav/truncated.wav")
    assert info.frames == 2000
    message, offset = info.warnings[0]
    assert "declares 12004 bytes of audio, but only 8001 are there" in message and offset == 8045


def test_streams_of_every_kind(data: Path) -> None:
    path = data / "flac/picture.flac"
    expected = ondes.info(path)
    assert ondes.info(path.read_bytes()).path is None
    assert ondes.info(io.BytesIO(path.read_bytes())).tags == expected.tags
    with open(path, "rb") as file:
        # Frames of a stream are not counted: what its header says is not proved.
        assert dataclasses.replace(ondes.info(file), is_exact=True) == expected
    with subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE) as pipe:
        info = ondes.info(pipe.stdout)
    assert (info.frames, info.sample_rate) == (expected.frames, expected.sample_rate)


def test_it_can_be_compared_pickled_and_not_changed(data: Path) -> None:
    info = ondes.info(data / "flac/picture.flac")
    again = pickle.loads(pickle.dumps(info))
    assert again == info and hash(again) == hash(info) and len(again.tags.pictures) == 1
    assert info != ondes.info(data / "wav/s16.wav")
    with pytest.raises(AttributeError):
        info.frames = 5  # type: ignore[misc]


def test_no_audio_is_an_error(data: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ondes.info("nowhere.flac")
    with pytest.raises(ondes.exceptions.UnsupportedError):
        ondes.info(next((data / "unsupported").iterdir()))
