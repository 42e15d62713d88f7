"""Copies into other formats, in constant memory."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ondes


def test_lossless_copies_keep_samples_and_tags(data: Path, tmp_path: Path) -> None:
    source = data / "source/music.flac"
    for format in ("wav", "aiff", "flac", "caf"):
        target = tmp_path / f"copy.{format}"
        assert ondes.transcode(source, target) == 100003
        samples, rate = ondes.load(target, dtype="int16")
        assert np.array_equal(samples, ondes.load(source, dtype="int16")[0]) and rate == 44100
    tagged = io.BytesIO(ondes.encode(np.zeros(100, np.int16), 8000, "flac", tags={"title": "Aria", "mood": "calm"}))
    ondes.transcode(tagged, tmp_path / "tagged.mp3")
    assert ondes.info(tmp_path / "tagged.mp3").tags["title"] == "Aria"
    tagged.seek(0)
    ondes.transcode(tagged, tmp_path / "bare.mp3", tags={})
    assert "title" not in ondes.info(tmp_path / "bare.mp3").tags
    assert min(path.name for path in tmp_path.iterdir()) == "bare.mp3" and len(list(tmp_path.iterdir())) == 6


def test_24_bits_stay_24_bits(data: Path, tmp_path: Path) -> None:
    ondes.transcode(data / "wav/s24.wav", tmp_path / "a.flac")
    info = ondes.info(tmp_path / "a.flac")
    assert (info.dtype, info.bit_depth) == ("int24", 24)
    assert np.array_equal(
        ondes.load(tmp_path / "a.flac", dtype="int32")[0], ondes.load(data / "wav/s24.wav", dtype="int32")[0]
    )


def test_rate_channels_and_window(data: Path, tmp_path: Path) -> None:
    source, target = data / "source/music.flac", tmp_path / "a.wav"
    frames = ondes.transcode(source, target, sample_rate=16000, mono=True, start=1000, stop=45100, dtype="float32")
    samples, rate = ondes.load(target)
    expected, _ = ondes.load(source, sample_rate=16000, mono=True, start=1000, stop=45100)
    assert rate == 16000 and frames == samples.shape[1] == 16000
    assert np.allclose(samples, expected, atol=1e-6)
    ondes.transcode(data / "source/speech.flac", target, channels=2)
    assert np.array_equal(ondes.load(target)[0], np.repeat(ondes.load(data / "source/speech.flac")[0], 2, axis=0))
    with pytest.raises(ValueError, match="channels"):
        ondes.transcode(data / "source/surround.flac", target, channels=4)
    with pytest.raises(ValueError, match="mono is one channel"):
        ondes.transcode(source, target, channels=2, mono=True)
    with pytest.raises(ValueError, match="empty"):
        ondes.transcode(source, target, start=5, stop=5)


def test_a_file_may_be_its_own_target(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes((data / "source/music.flac").read_bytes())
    before, _ = ondes.load(path)
    ondes.transcode(path, path)
    assert np.array_equal(ondes.load(path)[0], before)


def test_file_objects_and_their_failures(data: Path) -> None:
    content = (data / "source/music.flac").read_bytes()
    target = io.BytesIO()
    ondes.transcode(io.BytesIO(content), target, format="wav")
    assert np.array_equal(ondes.load(target.getvalue())[0], ondes.load(content)[0])

    class Failing:
        def __init__(self, after: int) -> None:
            self.file, self.left = io.BytesIO(content), after

        def use(self) -> None:
            self.left -= 1
            if self.left < 0:
                raise LookupError("the cable is out")

        def read(self, size: int) -> bytes:
            self.use()
            return self.file.read(size)

        def write(self, data: bytes) -> int:
            self.use()
            return len(data)

    for src, dst in [(Failing(3), io.BytesIO()), (content, Failing(0)), (Failing(0), io.BytesIO())]:
        with pytest.raises(LookupError, match="the cable is out") as caught:
            ondes.transcode(src, dst, format="flac")
        assert caught.value.__context__ is None


def test_progress_counts_and_may_end_it(data: Path, tmp_path: Path) -> None:
    seen: list[ondes.Progress] = []
    ondes.transcode(data / "source/music.flac", tmp_path / "a.wav", progress=seen.append)
    assert seen[-1].frames == seen[-1].frames_total == 100003

    def stop(progress: ondes.Progress) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        ondes.transcode(data / "source/music.flac", tmp_path / "b.wav", progress=stop)
    assert not (tmp_path / "b.wav").exists() and len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measures memory through /proc")
def test_memory_stays_constant(tmp_path: Path) -> None:
    """Ten times the length takes no more memory."""
    program = """
import json, sys, numpy as np, ondes
peak = lambda: int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
clip = np.random.default_rng(0).integers(-9999, 9999, (2, 441000), dtype=np.int16)
ondes.save(sys.argv[1] + "/short.wav", clip, 44100)
long = np.lib.stride_tricks.as_strided(clip, (2, 441000))
import wave
with wave.open(sys.argv[1] + "/long.wav", "wb") as out:
    out.setparams((2, 2, 44100, 0, "NONE", ""))
    for _ in range(20):
        out.writeframes(clip.T.tobytes())
ondes.transcode(sys.argv[1] + "/short.wav", sys.argv[1] + "/short.flac")
before = peak()
ondes.transcode(sys.argv[1] + "/long.wav", sys.argv[1] + "/long.flac")
print(json.dumps([before, peak(), ondes.info(sys.argv[1] + "/long.flac").frames]))
"""
    run = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, check=True, text=True)
    before, after, frames = json.loads(run.stdout)
    assert frames == 20 * 441000 and after - before < 4000, "kilobytes"


def test_options_reach_the_encoder(data: Path, tmp_path: Path) -> None:
    sizes: dict[Any, int] = {}
    for quality in (64, 320):
        ondes.transcode(data / "source/music.flac", tmp_path / "a.mp3", quality=quality)
        sizes[quality] = (tmp_path / "a.mp3").stat().st_size
    assert sizes[320] > 3 * sizes[64]
    with pytest.raises(ValueError, match="quality"):
        ondes.transcode(data / "source/music.flac", tmp_path / "b.mp3", quality="loud")
    assert not (tmp_path / "b.mp3").exists()
