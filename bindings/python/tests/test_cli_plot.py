"""``ondes plot``: pictures are opened and looked at."""

from __future__ import annotations

import io
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from cli import hidden, ondes

from ondes.cli._overview import Outline, Spectrogram, _window

matplotlib = pytest.importorskip("matplotlib")


def picture(content: bytes) -> np.ndarray:
    """The pixels of a PNG, of shape (height, width, colours)."""
    from matplotlib.image import imread

    return np.asarray(imread(io.BytesIO(content), format="png"))


def test_one_file(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "music.png"
    result = ondes("plot", data / "source/music.flac", "-o", out)
    assert result.code == 0
    assert result.text == f"{out}: 1 file\n"
    pixels = picture(out.read_bytes())
    assert pixels.shape[1] == 1200
    assert pixels.shape[0] > 600
    assert pixels[..., :3].std() > 0.1  # not blank
    again = ondes("plot", data / "source/music.flac", "-o", out)
    assert again.code == 1
    assert "exists already (--force replaces it)" in again.errors
    assert ondes("plot", "-f", data / "source/music.flac", "-o", out).code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["music.png"]


@pytest.mark.parametrize(
    "name",
    [
        "source/mono.flac",
        "source/surround.flac",
        "wav/data_empty.wav",
        "wav/f32_special.wav",
        "opus/discrete_255.opus",
        "mp3/short_100.mp3",
        "mp3/truncated.mp3",
        "wav/rate_352800.wav",
    ],
)
def test_all_kinds_of_files(data: Path, name: str) -> None:
    result = ondes("plot", data / name, "-o", "-")
    assert result.code == 0, result.errors
    assert result.errors == ""
    assert picture(result.out).shape[1] == 1200


def test_svg_tells_the_time_axis(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "speech.svg"
    assert ondes("plot", data / "source/speech.flac", "-o", out).code == 0
    text = out.read_text()
    for word in ("time [s]", "frequency [kHz]", "level [dBFS]", "amplitude", "speech.flac", "3.000 s"):
        assert f"<!-- {word}" in text or word in text, word


def test_a_contact_sheet(data: Path, tmp_path: Path) -> None:
    for index in range(30):
        shutil.copy(data / "source/speech.flac", tmp_path / f"take {index} of $5 & $6.flac")
    (tmp_path / "broken.flac").write_bytes(b"fLaC")
    result = ondes("plot", tmp_path, "-o", "-")
    assert result.code == 1
    assert result.errors.count("\n") == 1
    assert "broken.flac: " in result.errors
    assert picture(result.out).shape[0] > 1000


def test_part_of_a_file_from_a_pipe(data: Path) -> None:
    content = (data / "source/speech.flac").read_bytes()
    result = ondes("plot", "-", "-o", "-", "--offset", "0.5", "--duration", "0.25", stdin=content)
    assert result.code == 0
    assert picture(result.out).shape[1] == 1200


def test_damage_is_drawn_as_far_as_it_goes(data: Path, tmp_path: Path) -> None:
    result = ondes("plot", data / "mp3/rate_change.mp3", "-o", tmp_path / "x.png")
    assert result.code == 1
    assert "the sample rate changes" in result.errors
    assert (tmp_path / "x.png").exists()
    missing = ondes("plot", data / "nothing.mp3", "-o", tmp_path / "y.png")
    assert missing.code == 1
    assert "nothing.mp3: " in missing.errors
    assert not (tmp_path / "y.png").exists()


def test_wrong_use(data: Path, tmp_path: Path) -> None:
    speech = data / "source/speech.flac"
    for arguments in (["-o", "x.gif"], ["-o", "x.png", "--width", "9"], ["-o", "x.png", "--duration", "0"]):
        result = ondes("plot", speech, *arguments, cwd=tmp_path)
        assert result.code == 2
        assert result.errors.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_one_sentence_says_what_to_do(data: Path, tmp_path: Path) -> None:
    result = ondes("plot", data / "source/speech.flac", "-o", tmp_path / "x.png", env=hidden(tmp_path, "matplotlib"))
    assert result.code == 2
    assert result.errors == 'ondes: plot needs matplotlib: pip install "ondes[plot]"\n'


def test_the_outline_is_that_of_the_samples_however_they_come() -> None:
    samples = np.random.default_rng(1).standard_normal((2, 10007)).astype(np.float32)
    for pieces in (1, 7, 64):
        outline = Outline(2, 100)
        for piece in np.array_split(samples, pieces, axis=1):
            outline.add(piece)
        assert outline.span == 128
        assert outline.spans == 79
        spans = np.array_split(samples, range(128, 10007, 128), axis=1)
        np.testing.assert_array_equal(outline.low, np.stack([span.min(axis=1) for span in spans], axis=1))
        np.testing.assert_array_equal(outline.high, np.stack([span.max(axis=1) for span in spans], axis=1))
        rms = np.stack([np.sqrt(np.square(span.astype(float)).mean(axis=1)) for span in spans], axis=1)
        np.testing.assert_allclose(outline.rms, rms, rtol=1e-6)


@pytest.mark.parametrize("frames", [0, 1, 5, 63, 1000, 48000, 500000])
def test_a_sine_of_full_scale_is_0_db_at_its_frequency(frames: int) -> None:
    rate = 48000
    sine = np.sin(2 * np.pi * 3000 / rate * np.arange(frames)).astype(np.float32)[np.newaxis]
    spectrogram = Spectrogram(1, 1024, 64)
    for piece in np.array_split(sine, 13, axis=1):
        spectrogram.add(piece)
    spectrogram.finish()
    levels = spectrogram.decibels
    assert levels.shape[:2] == (1, 513)
    assert levels.shape[2] <= 64
    assert levels.shape[2] * spectrogram.span >= frames
    if frames >= 48000:
        middle = levels[0, :, 1:-2]
        assert (middle.argmax(axis=0) == 64).all()
        np.testing.assert_allclose(middle.max(axis=0), 0, atol=0.01)
        assert middle[100:].max() < -80


def test_windows_suit_the_rate_and_the_length() -> None:
    assert _window(44100, None) == 2048
    assert _window(8000, 80000) == 256
    assert _window(48000, 9600) == 512
    assert _window(48000, 3) == 16


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    del resource
    import subprocess
    import sys

    sizes = []
    for minutes in (1, 20):
        path = tmp_path / f"{minutes}.wav"
        with path.open("wb") as file:
            size = 60 * minutes * 16000 * 2
            file.write(
                b"RIFF"
                + struct.pack("<I", size + 36)
                + b"WAVEfmt "
                + struct.pack("<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16)
            )
            file.write(b"data" + struct.pack("<I", size))
            file.write(np.resize(np.arange(-9000, 9000, 37, np.int16), size // 2).tobytes())
        code = (
            "import resource, sys; from ondes.cli import main; "
            f"assert main(['plot', {str(path)!r}, '-o', {str(path) + '.png'!r}]) == 0; "
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        sizes.append(int(done.stderr.split()[-1]))
    # In kilobytes; the long file holds 37 MB of samples, 150 MB as floats.
    assert sizes[1] - sizes[0] < 30_000
    assert zlib.crc32((tmp_path / "20.wav.png").read_bytes())
