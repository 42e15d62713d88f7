"""The writer behind ``ondes.save`` and ``ondes.io``."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

import ondes
from ondes._abi import Sample
from ondes._samples import as_samples
from ondes._writer import Writer, encode, sample_formats, write_format, write_options

NOISE = (np.random.default_rng(6).standard_normal((2, 12000)) * 0.1).astype(np.float32)


def options(**given: object) -> object:
    return write_options(**{"rate": 48000, "channels": 2, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize("format", ["wav", "aiff", "flac", "mp3", "caf", "alac"])
def test_the_bytes_are_the_same_wherever_they_go(format: str, tmp_path: Path) -> None:
    expected = encode(as_samples(NOISE), options(format=format))
    with Writer(None, options(format=format)) as writer:
        writer.write(as_samples(NOISE[:, :700]))
        writer.write(as_samples(np.asfortranarray(NOISE[:, 700:])))
        writer.finish()
        assert writer.frames == 12000
        assert writer.take_bytes() == expected
    file = io.BytesIO(b"before")
    file.seek(6)
    for target in (tmp_path / "a", file):
        with Writer(target, options(format=format)) as writer:
            writer.write(as_samples(NOISE))
            writer.finish()
    assert (tmp_path / "a").read_bytes() == expected
    assert file.getvalue() == b"before" + expected


def test_what_a_file_object_raises_comes_out_as_it_is() -> None:
    class Full:
        def write(self, _: bytes) -> int:
            raise failure

    failure = ZeroDivisionError("mine")
    with pytest.raises(ZeroDivisionError) as caught, Writer(Full(), options(format="wav")) as writer:
        writer.write(as_samples(NOISE))
        writer.finish()
    assert caught.value is failure
    assert failure.__context__ is None and failure.__cause__ is None


def test_a_refused_writer_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="44100"):
        Writer(tmp_path / "a.flac", options(rate=123456))
    assert not list(tmp_path.iterdir())


def test_an_atomic_file_appears_when_it_is_finished(tmp_path: Path) -> None:
    with Writer(tmp_path / "a.wav", options(atomic=True)) as writer:
        writer.write(as_samples(NOISE))
        assert not (tmp_path / "a.wav").exists()
        writer.finish()
    assert ondes.load(tmp_path / "a.wav")[0].shape == (2, 12000)


def test_formats_are_found_by_name_and_extension() -> None:
    assert write_format(".WAV") == write_format("wave")
    assert write_format("m4a") is None
    flac = write_format("flac")
    assert flac is not None
    assert sample_formats(flac) == [Sample.I16, Sample.I24]


def test_files_that_take_a_part_at_a_time() -> None:
    class Narrow(io.RawIOBase):
        def __init__(self) -> None:
            self.content = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            part = bytes(data)[:1000]  # type: ignore[call-overload]
            self.content += part
            return len(part)

    file = Narrow()
    ondes.save(file, NOISE, 48000, format="flac")
    np.testing.assert_array_equal(ondes.load(file.content)[0], ondes.load(ondes.encode(NOISE, 48000, "flac"))[0])
