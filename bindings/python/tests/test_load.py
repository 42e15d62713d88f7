"""Everyday loading."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

import ondes


def test_samples_are_those_of_the_standard_library(data: Path) -> None:
    samples, rate = ondes.load(data / "wav/s16.wav", dtype="int16")
    with wave.open(str(data / "wav/s16.wav")) as peer:
        frames = np.frombuffer(peer.readframes(peer.getnframes()), "<i2").reshape(-1, peer.getnchannels())
        assert rate == peer.getframerate()
    assert np.array_equal(samples, frames.T)
    floats, _ = ondes.load(str(data / "wav/s16.wav"))
    assert np.array_equal(floats, frames.T / np.float32(32768))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.wav") as caught:
        ondes.load("nowhere.wav")
    assert isinstance(caught.value, ondes.exceptions.OndesError)
    assert caught.value.path == "nowhere.wav"
