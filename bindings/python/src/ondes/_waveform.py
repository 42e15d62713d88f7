"""``ondes.Waveform``: audio in memory, as babycat has it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import exceptions
from ._abi import ALL_CORES, Layout, Sample
from ._display import html
from ._reader import Reader
from ._resample import convert
from ._samples import as_samples
from ._sources import Buffer, Path, Source, as_buffer, is_path
from ._waveform_options import WaveformOptions, frame_rate_failure, quality_of, unsigned
from ._writer import Writer, encode, write_options

Frames = npt.NDArray[np.float32]
"""float32 samples of shape (frames, channels)."""


class Waveform:
    """Audio in memory: float32 samples of shape (frames, channels) at one rate, which never change.

    Made by :meth:`from_file`, :meth:`from_encoded_bytes`, :meth:`from_numpy` and the other static methods, with
    babycat's names and arguments. ``np.asarray(waveform)`` is its samples without a copy, read-only; ``len(waveform)``
    is the number of frames; pickling and copying work. In a notebook it shows a player and a picture.
    """

    __slots__ = ("__weakref__", "_rate", "_samples")
    _samples: Frames
    _rate: int

    def __new__(cls, *_: object, **__: object) -> Waveform:
        raise TypeError("a Waveform is made by Waveform.from_file, from_numpy and the like")

    @classmethod
    def _of(cls, samples: Frames, rate: int) -> Waveform:
        waveform = object.__new__(cls)
        waveform._samples = samples
        waveform._rate = rate
        return waveform

    @staticmethod
    def from_file(
        filename: Path,
        *,
        start_time_milliseconds: int = 0,
        end_time_milliseconds: int = 0,
        frame_rate_hz: int = 0,
        num_channels: int = 0,
        convert_to_mono: bool = False,
        zero_pad_ending: bool = False,
        repeat_pad_ending: bool = False,
        resample_mode: int = 0,
        decoding_backend: int = 0,
    ) -> Waveform:
        """Decode a file.

        What is asked for happens in this order: cut, choose or mix channels, pad, resample. 0 is "not set".

        Args:
            filename: The path.
            start_time_milliseconds: Leave out what comes before; frame floor(milliseconds * rate / 1000).
            end_time_milliseconds: Leave out what comes from here on.
            frame_rate_hz: Convert to this rate; n frames become ceil(n * new / old).
            num_channels: The first so many channels.
            convert_to_mono: The mean of the channels (of the first so many).
            zero_pad_ending: Silence after what ends before ``end_time_milliseconds``.
            repeat_pad_ending: What was cut out, again and again, up to ``end_time_milliseconds``; silence if that is
                nothing.
            resample_mode: A number of :mod:`ondes.resample_mode`.
            decoding_backend: A number of :mod:`ondes.decoding_backend`.

        Raises:
            FileNotFoundError, IsADirectoryError, OSError: The file cannot be opened.
            ondes.exceptions.UnknownInputEncoding: It is no audio that is known.
            ondes.exceptions.UnknownDecodeError: It cannot be decoded.
            ondes.exceptions.WrongTimeOffset, WrongNumChannels, WrongNumChannelsAndMono, WrongFrameRateRatio,
            CannotZeroPadWithoutSpecifiedLength, CannotRepeatPadWithoutSpecifiedLength,
            CannotSetZeroPadEndingAndRepeatPadEnding, FeatureNotCompiled: The arguments do not fit the file or each
                other.
            OverflowError, TypeError: A number is negative, too large, or none.
        """
        options = WaveformOptions.of(
            start_time_milliseconds=start_time_milliseconds,
            end_time_milliseconds=end_time_milliseconds,
            frame_rate_hz=frame_rate_hz,
            num_channels=num_channels,
            convert_to_mono=convert_to_mono,
            zero_pad_ending=zero_pad_ending,
            repeat_pad_ending=repeat_pad_ending,
            resample_mode=resample_mode,
            decoding_backend=decoding_backend,
        )
        return decode(_path(filename), options)

    @staticmethod
    def from_file_into_numpy(
        filename: Path,
        *,
        start_time_milliseconds: int = 0,
        end_time_milliseconds: int = 0,
        frame_rate_hz: int = 0,
        num_channels: int = 0,
        convert_to_mono: bool = False,
        zero_pad_ending: bool = False,
        repeat_pad_ending: bool = False,
        resample_mode: int = 0,
        decoding_backend: int = 0,
    ) -> Frames:
        """As :meth:`from_file`; returns only the samples, float32 of shape (frames, channels), yours to write to."""
        waveform = Waveform.from_file(
            filename,
            start_time_milliseconds=start_time_milliseconds,
            end_time_milliseconds=end_time_milliseconds,
            frame_rate_hz=frame_rate_hz,
            num_channels=num_channels,
            convert_to_mono=convert_to_mono,
            zero_pad_ending=zero_pad_ending,
            repeat_pad_ending=repeat_pad_ending,
            resample_mode=resample_mode,
            decoding_backend=decoding_backend,
        )
        return into_numpy(waveform)

    @staticmethod
    def from_encoded_bytes(
        encoded_bytes: Buffer,
        *,
        start_time_milliseconds: int = 0,
        end_time_milliseconds: int = 0,
        frame_rate_hz: int = 0,
        num_channels: int = 0,
        convert_to_mono: bool = False,
        zero_pad_ending: bool = False,
        repeat_pad_ending: bool = False,
        resample_mode: int = 0,
        decoding_backend: int = 0,
        file_extension: str = "",
        mime_type: str = "",
    ) -> Waveform:
        """Decode a file that lies in memory: bytes, bytearray, memoryview or any other contiguous buffer.

        The other arguments are those of :meth:`from_file`. ``file_extension`` decides only where the bytes leave the
        format open, and may be wrong; ``mime_type`` is not needed.
        """
        options = WaveformOptions.of(
            start_time_milliseconds=start_time_milliseconds,
            end_time_milliseconds=end_time_milliseconds,
            frame_rate_hz=frame_rate_hz,
            num_channels=num_channels,
            convert_to_mono=convert_to_mono,
            zero_pad_ending=zero_pad_ending,
            repeat_pad_ending=repeat_pad_ending,
            resample_mode=resample_mode,
            decoding_backend=decoding_backend,
        )
        if not isinstance(file_extension, str) or not isinstance(mime_type, str):
            raise TypeError("file_extension and mime_type must be str")
        if isinstance(encoded_bytes, str) or as_buffer(encoded_bytes) is None:
            raise TypeError(f"encoded_bytes must be bytes or another buffer, not {type(encoded_bytes).__name__}")
        if file_extension:
            return decode(_Named(encoded_bytes, file_extension), options)
        return decode(encoded_bytes, options)

    @staticmethod
    def from_encoded_bytes_into_numpy(
        encoded_bytes: Buffer,
        *,
        start_time_milliseconds: int = 0,
        end_time_milliseconds: int = 0,
        frame_rate_hz: int = 0,
        num_channels: int = 0,
        convert_to_mono: bool = False,
        zero_pad_ending: bool = False,
        repeat_pad_ending: bool = False,
        resample_mode: int = 0,
        decoding_backend: int = 0,
        file_extension: str = "",
        mime_type: str = "",
    ) -> Frames:
        """As :meth:`from_encoded_bytes`; returns only the samples, float32 of shape (frames, channels)."""
        waveform = Waveform.from_encoded_bytes(
            encoded_bytes,
            start_time_milliseconds=start_time_milliseconds,
            end_time_milliseconds=end_time_milliseconds,
            frame_rate_hz=frame_rate_hz,
            num_channels=num_channels,
            convert_to_mono=convert_to_mono,
            zero_pad_ending=zero_pad_ending,
            repeat_pad_ending=repeat_pad_ending,
            resample_mode=resample_mode,
            decoding_backend=decoding_backend,
            file_extension=file_extension,
            mime_type=mime_type,
        )
        return into_numpy(waveform)

    @staticmethod
    def from_frames_of_silence(*, frame_rate_hz: int, num_channels: int, num_frames: int) -> Waveform:
        """Silence of so many frames."""
        shape = unsigned(num_frames, "num_frames"), unsigned(num_channels, "num_channels", 16)
        return Waveform._of(_zeros(shape), unsigned(frame_rate_hz, "frame_rate_hz", 32))

    @staticmethod
    def from_milliseconds_of_silence(*, frame_rate_hz: int, num_channels: int, duration_milliseconds: int) -> Waveform:
        """Silence of floor(duration_milliseconds * frame_rate_hz / 1000) frames."""
        rate = unsigned(frame_rate_hz, "frame_rate_hz", 32)
        frames = unsigned(duration_milliseconds, "duration_milliseconds") * rate // 1000
        return Waveform._of(_zeros((frames, unsigned(num_channels, "num_channels", 16))), rate)

    @staticmethod
    def from_interleaved_samples(
        *, frame_rate_hz: int, num_channels: int, interleaved_samples: Sequence[float] | npt.NDArray[Any]
    ) -> Waveform:
        """Samples frame after frame, in a list or an array of one dimension; an incomplete last frame is left out."""
        rate = unsigned(frame_rate_hz, "frame_rate_hz", 32)
        channels = unsigned(num_channels, "num_channels", 16)
        if not channels:
            raise exceptions.WrongNumChannels("num_channels is 0: samples need a channel")
        if isinstance(interleaved_samples, (str, bytes, bytearray)):
            raise TypeError(f"interleaved_samples must be numbers, not {type(interleaved_samples).__name__}")
        samples = np.array(interleaved_samples, np.float32)
        if samples.ndim != 1:
            raise TypeError(f"interleaved_samples must have one dimension, not the shape {samples.shape}")
        frames = len(samples) // channels
        return Waveform._of(samples[: frames * channels].reshape(frames, channels), rate)

    @staticmethod
    def from_numpy(*, frame_rate_hz: int, arr: Frames) -> Waveform:
        """A copy of a float32 array of shape (frames, channels), in whatever order it lies in memory."""
        rate = unsigned(frame_rate_hz, "frame_rate_hz", 32)
        if not isinstance(arr, np.ndarray):
            raise TypeError(f"arr must be a NumPy array, not {type(arr).__name__}")
        if arr.dtype.newbyteorder("=") != np.float32:
            raise TypeError(f"arr must be of float32, not of {arr.dtype}")
        if arr.ndim != 2:
            raise TypeError(f"arr must have the shape (frames, channels), not {arr.shape}")
        return Waveform._of(np.array(arr, np.float32, order="C", subok=False), rate)

    @property
    def frame_rate_hz(self) -> int:
        """Frames per second."""
        return self._rate

    @property
    def num_channels(self) -> int:
        """Samples per frame."""
        return int(self._samples.shape[1])

    @property
    def num_frames(self) -> int:
        """Frames in all."""
        return int(self._samples.shape[0])

    def resample(self, frame_rate_hz: int) -> Waveform:
        """This waveform at another rate; n frames become ceil(n * new / old).

        Raises:
            ondes.exceptions.WrongFrameRate: 0 Hz; its subclass WrongFrameRateRatio: more than 256:1.
        """
        return self.resample_by_mode(frame_rate_hz=frame_rate_hz, resample_mode=0)

    def resample_by_mode(self, *, frame_rate_hz: int, resample_mode: int) -> Waveform:
        """As :meth:`resample`, by a number of :mod:`ondes.resample_mode`; others raise FeatureNotCompiled."""
        rate = unsigned(frame_rate_hz, "frame_rate_hz", 32)
        quality = quality_of(unsigned(resample_mode, "resample_mode", 32))
        if not rate or not self._rate or rate > 256 * self._rate or 256 * rate < self._rate:
            raise frame_rate_failure(self._rate, rate)
        if rate == self._rate:
            return self
        if not self.num_channels:
            return Waveform._of(_zeros((0, 0)), rate)
        return Waveform._of(np.ascontiguousarray(convert(self._samples.T, self._rate, rate, quality).T), rate)

    def get_sample(self, frame_idx: int, channel_idx: int) -> float | None:
        """One sample, or None beyond the end or the last channel."""
        frame, channel = unsigned(frame_idx, "frame_idx"), unsigned(channel_idx, "channel_idx", 32)
        frames, channels = self._samples.shape
        return float(self._samples[frame, channel]) if frame < frames and channel < channels else None

    def get_unchecked_sample(self, frame_idx: int, channel_idx: int) -> float:
        """One sample; IndexError where there is none (babycat reads foreign memory then)."""
        frame, channel = unsigned(frame_idx, "frame_idx"), unsigned(channel_idx, "channel_idx", 32)
        return float(self._samples[frame, channel])

    def to_interleaved_samples(self) -> list[float]:
        """All samples, frame after frame."""
        samples: list[float] = self._samples.ravel().tolist()
        return samples

    def to_numpy(self) -> Frames:
        """A new array of the samples: float32, shape (frames, channels)."""
        samples: Frames = self._samples.copy()
        return samples

    def to_wav_buffer(self) -> bytearray:
        """A WAV file of 32-bit floats.

        Raises:
            ondes.exceptions.UnknownEncodeError: There is no such file: 0 channels or 0 Hz.
        """
        with _Encoding():
            return bytearray(encode(as_samples(self._samples.T), self._wav()))

    def to_wav_file(self, filename: Path) -> None:
        """Write a WAV file of 32-bit floats.

        Raises:
            ondes.exceptions.UnknownEncodeError: It cannot be written; ``__cause__`` says why.
        """
        with _Encoding(), Writer(_path(filename), self._wav()) as writer:
            writer.write(as_samples(self._samples.T))
            writer.finish()

    def _wav(self) -> Any:
        return write_options(rate=self._rate, channels=self.num_channels, format="wav", sample_format=Sample.F32)

    def __len__(self) -> int:
        return self.num_frames

    def __bool__(self) -> bool:
        return True  # also without a frame: "if result.waveform" asks whether there is one

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False and dtype is not None and np.dtype(dtype) != np.float32:
            raise ValueError(f"the samples are float32: {np.dtype(dtype)} needs a copy")
        if copy or (dtype is not None and np.dtype(dtype) != np.float32):
            return np.array(self._samples, dtype)
        samples: Frames = self._samples.view()
        samples.flags.writeable = False
        return samples

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._samples, self._rate)

    def __repr__(self) -> str:
        return f"<ondes.Waveform: {self.num_frames} frames, {self.num_channels} channels, {self._rate} hz>"

    def _repr_html_(self) -> str:
        return html(self._samples.T, self._rate)


def decode(source: Source, options: WaveformOptions) -> Waveform:
    """Decodes one file; what is wrong with the file comes before what is wrong with the arguments."""
    options.check_backend()
    if options.fits_any_file:
        try:
            with Reader(source, options.read_options(ALL_CORES)) as reader:
                return Waveform._of(reader.load(Sample.F32, Layout.INTERLEAVED), reader.info.output_rate)
        except (exceptions.InvalidArgumentError, exceptions.UnsupportedError) as error:
            # Rates too far apart are the argument's fault or, if the file's is odd, the file's.
            invalid: exceptions.OndesError | None = error
    else:
        invalid = None
    with Reader(source) as reader:
        options.check_file(reader.info)
        if invalid is not None:
            raise invalid
        rate = reader.info.rate
    # The mode is none that there is, but the rate stays as it is: it is not needed.
    return decode(source, options.without_conversion(rate))


def into_numpy(waveform: Waveform) -> Frames:
    """The samples themselves, of a waveform that nobody else has."""
    return waveform._samples


def _restored(samples: Frames, rate: int) -> Waveform:
    return Waveform._of(samples, rate)


class _Encoding:
    """Makes whatever goes wrong with a target the one error that babycat has for it."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, (exceptions.OndesError, ValueError)):
            failure = exceptions.UnknownEncodeError(str(error))
            if isinstance(error, exceptions.OndesError):
                failure.status, failure.path, failure.offset = error.status, error.path, error.offset
            raise failure from error


class _Named(io.BytesIO):
    """Bytes under a name, whose extension the library looks at."""

    def __init__(self, data: Buffer, extension: str) -> None:
        super().__init__(data)
        self.name = f"audio.{extension.lstrip('.')}"


def _path(filename: Path) -> Path:
    if not is_path(filename):
        raise TypeError(f"filename must be a path, not {type(filename).__name__}")
    return filename


def _zeros(shape: tuple[int, int]) -> Frames:
    try:
        return np.zeros(shape, np.float32)
    except ValueError:  # more than an address can say
        channels = f"{shape[1]} channel{'s' * (shape[1] != 1)}"
        raise MemoryError(f"there is no memory for {shape[0]} frames of {channels}") from None
