"""Opening files as pedalboard.io does; the ids are the rows of that contract."""

from __future__ import annotations

import io
import mmap
import shutil
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ondes.exceptions import OndesError
from ondes.io import (
    AudioFile,
    ReadableAudioFile,
    ResampledReadableAudioFile,
    WriteableAudioFile,
    get_supported_read_formats,
    get_supported_write_formats,
)


@pytest.fixture
def wav(data: Path) -> str:
    return str(data / "wav/s16.wav")


def test_o1_the_file_decides_on_the_class(wav: str, tmp_path: Path) -> None:
    assert type(AudioFile(wav)) is ReadableAudioFile
    assert type(AudioFile(wav, "r")) is ReadableAudioFile
    assert type(AudioFile(filename=wav, mode="r")) is ReadableAudioFile
    with AudioFile(str(tmp_path / "a.wav"), "w", 44100) as out:
        assert type(out) is WriteableAudioFile
    for kind in (ReadableAudioFile, WriteableAudioFile, ResampledReadableAudioFile):
        assert issubclass(kind, AudioFile)


def everything(file: Any) -> np.ndarray[Any, Any]:
    with AudioFile(file) as opened:
        return opened.read(opened.frames)


def test_o2_o11_o12_whatever_holds_bytes_or_names_them_is_read(wav: str) -> None:
    content = Path(wav).read_bytes()
    expected = everything(wav)
    assert expected.shape == (2, 3001)
    with open(wav, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        sources = [
            content,
            bytearray(content),
            memoryview(content),
            np.frombuffer(content, np.uint8),
            io.BytesIO(content),
            mapped,
            file,
            Path(wav),
        ]
        for source in sources:
            assert np.array_equal(everything(source), expected), type(source)


def test_o2_file_like_is_another_name(wav: str) -> None:
    with open(wav, "rb") as file:
        assert ReadableAudioFile(file_like=file).frames == 3001
        file.seek(0)
        assert AudioFile(file_like=file).frames == 3001


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda wav: ReadableAudioFile(wav, "r"), "incompatible function arguments"),
        (lambda wav: WriteableAudioFile("a.wav", "w", 44100, 1), "incompatible function arguments"),
        (lambda wav: ReadableAudioFile(), "incompatible function arguments"),
        (lambda wav: ReadableAudioFile(wav, nonsense=1), "nonsense"),
        (lambda wav: AudioFile(), "incompatible function arguments"),
        (lambda wav: AudioFile(wav, 44100, 1), "samplerate"),
        (lambda wav: AudioFile(wav, "rb"), "read mode"),
        (lambda wav: AudioFile(wav, "a"), "write mode"),
        (lambda wav: AudioFile(wav, "r+"), "write mode"),
        (lambda wav: AudioFile(wav, "r", 44100), "does not require samplerate"),
        (lambda wav: AudioFile(wav, "r", num_channels=1), "does not require samplerate"),
        (lambda wav: AudioFile("a.wav", "w"), "samplerate"),
        (lambda wav: AudioFile("a.wav", "w", None), "samplerate"),
        (lambda wav: AudioFile("a.wav", "w", 44100, format="wav"), "format"),
        (lambda wav: AudioFile(3), "file-like object"),
        (lambda wav: AudioFile(None), "file-like object"),
        (lambda wav: AudioFile(object()), "file-like object"),
        (lambda wav: ResampledReadableAudioFile(wav, 8000), "incompatible function arguments"),
    ],
)
def test_o4_to_o10_arguments_that_do_not_fit(wav: str, call: Any, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        call(wav)


def test_o13_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"file does not exist: .*nope\.wav") as caught:
        AudioFile(str(tmp_path / "nope.wav"))
    assert isinstance(caught.value, FileNotFoundError)
    assert isinstance(caught.value, OndesError)
    with pytest.raises(ValueError, match="directory"):
        AudioFile(str(tmp_path))


def test_o14_what_is_no_audio_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"hello" * 100)
    text = "does not seem to contain audio data in a known or supported format"
    for source in (str(tmp_path / "x.wav"), b"hello" * 100, io.BytesIO(b"hello" * 100)):
        with pytest.raises(ValueError, match=text):
            AudioFile(source)


@pytest.mark.parametrize(
    ("source", "name"),
    [("mp3/cbr_320.mp3", "a.wav"), ("wav/s16.wav", "a.mp3"), ("flac/s24.flac", "a"), ("ogg/vorbis_q0.ogg", "a.xyz")],
)
def test_o15_content_decides_not_the_extension(data: Path, tmp_path: Path, source: str, name: str) -> None:
    shutil.copy(data / source, tmp_path / name)
    assert np.array_equal(everything(str(tmp_path / name)), everything(str(data / source)))


@pytest.mark.parametrize("source", ["wav/s16.wav", "mp3/cbr_320.mp3", "flac/s24.flac", "ogg/vorbis_q0.ogg"])
@pytest.mark.parametrize("memory", [True, False])
def test_o16_a_file_object_is_read_from_where_it_stands(data: Path, tmp_path: Path, source: str, memory: bool) -> None:
    content = b"in front" * 50 + (data / source).read_bytes()
    (tmp_path / "a").write_bytes(content)
    with io.BytesIO(content) if memory else open(tmp_path / "a", "rb") as file:
        file.seek(400)
        with AudioFile(file) as opened:
            samples = opened.read(opened.frames)
            opened.seek(7)
            assert np.array_equal(opened.read(5), samples[:, 7:12])
    assert np.array_equal(samples, everything(str(data / source)))


def test_o17_the_position_of_a_file_object_is_blamed(wav: str) -> None:
    with pytest.raises(ValueError, match="is empty"):
        AudioFile(io.BytesIO())
    with open(wav, "rb") as real:
        for file in (real, io.BytesIO(Path(wav).read_bytes())):
            file.seek(0, io.SEEK_END)
            with pytest.raises(ValueError, match=r"end of the stream \(12048 bytes\).*Try seeking"):
                AudioFile(file)
            file.seek(1000)
            with pytest.raises(ValueError, match=r"stream position set to 1000 bytes.*Try seeking"):
                AudioFile(file)


class Failing(io.BytesIO):
    """Raises from one of its methods, once that is armed."""

    def __init__(self, content: bytes, method: str, after: int = 0) -> None:
        super().__init__(content)
        self.method, self.after = method, after
        self.failure = ZeroDivisionError("the caller's own")

    getbuffer = property()  # type: ignore[assignment]  # so that it is read through its methods

    def _called(self, method: str) -> None:
        if method == self.method:
            self.after -= 1
            if self.after < 0:
                raise self.failure

    def read(self, size: int | None = -1) -> bytes:
        self._called("read")
        return super().read(size)

    def seek(self, *arguments: int) -> int:
        self._called("seek")
        return super().seek(*arguments)

    def tell(self) -> int:
        self._called("tell")
        return super().tell()

    def seekable(self) -> bool:
        self._called("seekable")
        return super().seekable()


@pytest.mark.parametrize("method", ["read", "seek", "tell", "seekable"])
@pytest.mark.parametrize("source", ["wav/s16.wav", "mp3/vbr_no_tag.mp3", "flac/s24.flac", "ogg/vorbis_q0.ogg"])
@pytest.mark.parametrize("after", [0, 1, 3])
def test_o18_what_a_file_object_raises_comes_out_unchanged(data: Path, method: str, source: str, after: int) -> None:
    file = Failing((data / source).read_bytes(), method, after)
    with suppress(ZeroDivisionError), AudioFile(file) as opened:
        opened.read(1000)
        opened.seek(opened.frames // 2)
        opened.read(10**9)
    failure = file.failure
    assert (failure.__traceback__ is not None) == (file.after < 0)
    assert failure.__context__ is None and failure.__cause__ is None
    if file.after < 0:
        # It was not swallowed: its way leads from here to where it was raised.
        names = [frame.name for frame in traceback.extract_tb(failure.__traceback__)]
        assert names[0].startswith("test_o18") and names[-1] == "_called"


def test_o18_after_a_failure_the_position_is_where_it_was(data: Path) -> None:
    content = (data / "flac/s16_known_100003.flac").read_bytes()
    file = Failing(content, "read", 10**6)
    with AudioFile(content) as opened:
        expected = opened.read(opened.frames)
    with AudioFile(file) as opened:
        opened.read(1000)
        file.after = 2
        with pytest.raises(ZeroDivisionError):
            opened.read(90000)
        assert opened.tell() == 1000
        file.after = 10**6
        assert np.array_equal(opened.read(10**6), expected[:, 1000:])


def test_o19_file_objects_must_seek(data: Path) -> None:
    class Pipe(io.RawIOBase):
        def seekable(self) -> bool:
            return False

        def readable(self) -> bool:
            return True

    class NotCallable:
        seekable = True

        def read(self, _: int) -> bytes:
            return b""

        def seek(self, _: int) -> int:
            return 0

        def tell(self) -> int:
            return 0

    class Astray(Failing):
        def seek(self, position: int, whence: int = 0) -> int:
            return super().seek(position, whence) + self.error

        error = 0

    with pytest.raises(ValueError, match="must be seekable"):
        AudioFile(Pipe())
    with pytest.raises(TypeError, match="'bool' object is not callable"):
        AudioFile(NotCallable())
    astray = Astray((data / "flac/s16_known_100003.flac").read_bytes(), "")
    with AudioFile(astray) as file:
        astray.error = 1
        file.seek(90000)
        with pytest.raises(RuntimeError, match="instead of"):
            file.read(10)


def test_text_files_are_named(wav: str) -> None:
    with (
        open(wav, encoding="latin-1") as file,
        pytest.raises(TypeError, match=r"expected to return bytes .*returned str"),
    ):
        AudioFile(file)


def test_o21_file_objects_stay_open(wav: str) -> None:
    file = io.BytesIO(Path(wav).read_bytes())
    opened = AudioFile(file)
    with pytest.raises(BufferError):
        file.truncate(0)
    opened.close()
    file.truncate(0)
    with open(wav, "rb") as real:
        AudioFile(real).close()
        assert not real.closed


def test_o22_o23_formats_are_listed() -> None:
    read = get_supported_read_formats()
    assert read == sorted(set(read))
    assert {".aif", ".aiff", ".bwf", ".flac", ".mp3", ".ogg", ".wav", ".opus", ".m4a"} <= set(read)
    assert get_supported_write_formats() == [".aiff", ".flac", ".ogg", ".wav", ".mp3"]


@pytest.mark.parametrize("name", ["a.aif", "a.bwf", "a.WAV", "a.Mp3", "a.FLAC", "a.oga", "a.opus", "a.caf"])
def test_o24_other_extensions_are_written(tmp_path: Path, name: str) -> None:
    with AudioFile(str(tmp_path / name), "w", 48000, 2) as out:
        out.write(np.zeros((2, 4800), np.float32))
    with AudioFile(str(tmp_path / name)) as file:
        assert (file.samplerate, file.num_channels, file.frames) == (48000, 2, 4800)


def test_o25_leaving_closes_and_lets_exceptions_pass(wav: str) -> None:
    opened = AudioFile(wav)
    with pytest.raises(ZeroDivisionError), opened as entered:
        assert entered is opened
        raise ZeroDivisionError
    assert opened.closed
    with opened:
        pass
    with opened, pytest.raises(RuntimeError, match=r"I/O operation on a closed file\."):
        opened.read(1)
