"""What a notebook shows of audio."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt
import pytest

import ondes
from ondes import Audio, Waveform
from ondes._display import outline

soundfile = pytest.importorskip("soundfile")
Frames = npt.NDArray[Any]


def tone(channels: int, frames: int, rate: int = 44100, level: float = 0.5) -> Frames:
    t = np.arange(frames) / rate
    return np.stack([level * np.sin(2 * np.pi * (220 + 50 * c) * t) for c in range(channels)]).astype(np.float32)


def page(samples: Frames, rate: int = 44100) -> str:
    html = Audio(samples, rate)._repr_html_()
    checker = HTMLParser()
    checker.feed(html)
    checker.close()
    assert html.isascii() and html.count("<div") == html.count("</div>")
    return html


def played(html: str) -> tuple[str, Frames, int]:
    """The type, the samples and the rate of what is in the player, by another decoder."""
    found = re.search(r'src="data:([^;]+);base64,([^"]*)"', html)
    assert found is not None
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(found[2])), dtype="float32", always_2d=True)
    return found[1], samples.T, rate


def picture(html: str) -> ET.Element:
    found = re.search(r"<svg.*</svg>", html)
    assert found is not None
    return ET.fromstring(found[0])


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_short_audio_is_played_without_loss_of_16_bits(channels: int) -> None:
    samples = tone(channels, 30000)
    html = page(samples)
    kind, heard, rate = played(html)
    assert (kind, rate, heard.shape) == ("audio/flac", 44100, samples.shape)
    assert np.abs(heard - samples).max() <= 0.5 / 32768 + 1e-7
    assert len(picture(html).findall("polygon")) == channels
    assert re.sub("<[^>]*>", "", html).startswith({1: "mono", 2: "stereo"}.get(channels, f"{channels} channels"))


def test_it_says_what_the_audio_is() -> None:
    text = re.sub("<[^>]*>", "", page(tone(2, 8000 * 75, 8000), 8000))
    assert text.startswith(
        "stereo &#183; 8&#8239;000 Hz &#183; 1:15 (600&#8239;000 frames) &#183; peak &#8722;6.0 dBFS"
    )


def test_long_audio_keeps_the_page_small() -> None:
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 44100 * 200)).astype(np.float32)
    html = page(samples)
    kind, heard, rate = played(html)
    assert kind == "audio/mpeg" and rate == 44100 and heard.shape == (2, 44100 * 120)
    assert len(html) < 6_000_000 and "The player has the first 2:00 as MP3." in html
    html = page(samples[:, : 44100 * 40])
    assert "The player has the audio as MP3." in html and played(html)[1].shape == (2, 44100 * 40)
    # No MP3 has six channels.
    html = page(np.tile(samples[:, : 44100 * 31], (3, 1)))
    assert "The player has the first 30.0 s." in html and played(html)[1].shape == (6, 44100 * 30)


def test_channels_and_rates_that_browsers_do_not_play() -> None:
    html = page(tone(12, 1000))
    assert played(html)[1].shape == (2, 1000) and len(picture(html).findall("polygon")) == 8
    assert "The picture has the first 8 channels." in html and "The player has the first 2 channels." in html
    for rate, heard in ((100, 3000), (1_000_000, 192_000), (44101, 44101)):
        assert played(page(tone(1, 300), rate))[2] == heard


def test_the_picture_goes_where_the_samples_go() -> None:
    samples = np.array([[0.0, 1.0, -1.0, 0.5]], np.float32)
    svg = picture(page(samples))
    polygon = svg.find("polygon")
    assert polygon is not None and svg.get("viewBox") == "0 0 600 72"
    points = [tuple(map(float, point.split(","))) for point in polygon.get("points", "").split()]
    # The middle is at 36, full scale 33 higher and lower; along the upper edge and back along the lower.
    assert points[:4] == [(0.0, 36.0), (200.0, 2.9), (400.0, 69.1), (600.0, 19.4)]
    assert points[4:] == points[3::-1]
    assert len(svg.findall("rect")) == 2  # the two samples at full scale


@pytest.mark.parametrize("order", ["planar", "interleaved", "strided"])
@pytest.mark.parametrize("frames", [1, 5, 600, 601, 38_400, 38_401, 100_003])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_outlines_miss_no_sample(order: str, frames: int, channels: int) -> None:
    wide = np.random.default_rng(frames).uniform(-1, 1, (channels, 2 * frames)).astype(np.float32)
    samples = np.ascontiguousarray(wide[:, ::2])
    given = {"planar": samples, "interleaved": np.ascontiguousarray(samples.T).T, "strided": wide[:, ::2]}[order]
    low, high = outline(given)
    spans = low.shape[1]
    assert low.shape == high.shape == (channels, spans) and spans <= 600
    span = next(span for span in range(1, frames + 1) if -(-frames // span) == spans)
    if span > 64:
        span = -(-span // 64) * 64
    for c in range(channels):
        for i in range(spans):
            part = samples[c, i * span : (i + 1) * span]
            assert (low[c, i], high[c, i]) == (part.min(), part.max())


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.int32, np.float64])
def test_integers_are_full_scale(dtype: Any) -> None:
    scale = 1 if dtype is np.float64 else 2.0 ** (8 * np.dtype(dtype).itemsize - 1)
    offset = 128 if dtype is np.uint8 else 0
    samples = (np.array([[0.5, -0.25]]) * scale + offset).astype(dtype)
    low, high = outline(samples)
    assert low.tolist() == high.tolist() == [[0.5, -0.25]]
    assert np.allclose(played(page(samples))[1], [[0.5, -0.25]], atol=1 / 32768)


def test_samples_that_are_hardly_there() -> None:
    assert "<audio" not in page(np.zeros((2, 0), np.float32)) and "<svg" not in page(np.zeros((2, 0), np.float32))
    assert "<svg" not in page(np.zeros((0, 0), np.float32))
    assert "1 frame)" in page(np.array([[0.5]], np.float32))
    assert "silence" in page(np.zeros((1, 1000), np.float32))
    assert "times as high" in page(tone(1, 1000, level=0.001))
    strange = np.array([[np.nan, np.inf, -np.inf, 0.5]], np.float32)
    html = page(strange)
    assert "infinite" in html and "nan" not in html.lower().split("<audio")[0]
    assert "peak" in page(np.full((1, 9), np.nan, np.float32)) or "silence" in page(np.full((1, 9), np.nan, np.float32))
    assert len(played(page(tone(1, 100)[0]))[1]) == 1
    with pytest.raises(ValueError, match="channels, frames"):
        page(np.zeros((1, 2, 3), np.float32))


def test_waveforms_and_loaded_audio_are_shown_alike(data: Path) -> None:
    path = str(data / "wav/s16.wav")
    loaded = ondes.load(path)
    samples, rate = loaded
    assert isinstance(loaded, tuple) and loaded.samples is samples and loaded.sample_rate == rate
    assert Waveform.from_file(path)._repr_html_() == loaded._repr_html_() == Audio(samples, rate)._repr_html_()
