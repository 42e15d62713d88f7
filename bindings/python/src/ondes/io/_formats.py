"""The formats that are read and written, under pedalboard's rules."""

from __future__ import annotations

import enum
from typing import Any

from ondes import _abi
from ondes._abi import Sample
from ondes._library import lib
from ondes._samples import sample_name
from ondes._writer import sample_formats, write_format, write_formats, write_options

from ._arguments import MISSING, incompatible, number, whole

_MAX_RATE = 2**32 - 1


def get_supported_read_formats() -> list[str]:
    """The file name extensions of all formats that are read, sorted: ``['.aac', '.aif', '.aifc', …]``.

    A file is opened by its content; its extension decides only where the content leaves the format open.
    """
    found: set[str] = set()
    for index in range(lib.ondes_read_format_count()):
        found.update("." + extension for extension in lib.ondes_read_format_extensions(index).decode().split(","))
    return sorted(found)


def get_supported_write_formats() -> list[str]:
    """The file name extensions of the formats that pedalboard writes as well: they take any common sample rate.

    Files with the extensions ``.caf`` and ``.opus`` are written too, and these under their other usual extensions.
    What this build of the library cannot write is missing: see :func:`ondes.build_info.features`.
    """
    return [
        extension
        for extension in (".aiff", ".flac", ".ogg", ".wav", ".mp3")
        if write_format(extension) in write_formats()
    ]


class WriteableAudioFileFlag(enum.Enum):
    """Options of single codecs, for ``codec_options``."""

    Mp3EnableBitReservoir = 0
    """bool, True unless told otherwise: let the frames of an MP3 lend each other bits."""

    def __int__(self) -> int:
        return self.value

    __index__ = __int__


class Form:
    """What a file that is to be written is: every argument checked but those that the library checks."""

    __slots__ = ("bit_depth", "bit_reservoir", "channels", "format", "quality", "rate", "title")

    def __init__(
        self, call: str, format: str, samplerate: Any, num_channels: Any, bit_depth: Any, quality: Any, options: Any
    ) -> None:
        index = write_format(format)
        if index is None:
            raise ValueError(f'"{format}" is no audio format that can be written: {_written()}')
        self.format = index
        self.title: str = lib.ondes_write_format_title(index).decode()
        self.rate = _rate(call, samplerate)
        self.channels = whole(num_channels, call, "num_channels")
        if self.channels < 1:
            raise ValueError(f"num_channels is {self.channels}: an audio file has at least one channel")
        self.bit_depth = whole(bit_depth, call, "bit_depth")
        if not (quality is None or isinstance(quality, str)):
            quality = number(quality, call, "quality")
        self.quality: str | float | None = quality
        self.bit_reservoir = self._codec_options(call, options)

    @property
    def name(self) -> str:
        name: bytes = lib.ondes_write_format_name(self.format)
        return name.decode()

    def options(self, threads: int = 1) -> _abi.WriteOptions:
        """As the library takes it."""
        return write_options(
            rate=self.rate,
            channels=min(self.channels, _MAX_RATE),
            format=self.name,
            quality=self.quality,
            sample_format=self._sample_format(),
            threads=threads,
            bit_reservoir=self.bit_reservoir,
        )

    @property
    def is_lossy(self) -> bool:
        return not sample_formats(self.format)

    def _sample_format(self) -> int:
        """The sample format of a bit depth, which lossy codecs ignore."""
        depths = {_bits(format): format for format in reversed(sample_formats(self.format))}
        if self.name == "wav":
            depths[32] = Sample.F32
        elif self.name == "aiff":
            del depths[32]
        depths.pop(64, None)
        if depths and self.bit_depth not in depths:
            known = ", ".join(str(depth) for depth in sorted(depths))
            raise ValueError(
                f"{self.title} files do not support the provided bit depth of {self.bit_depth} bits. "
                f"Supported bit depths: {known}"
            )
        return depths.get(self.bit_depth, 0)

    def _codec_options(self, call: str, options: Any) -> bool:
        if options is MISSING:
            return True
        if not isinstance(options, dict) or not all(isinstance(key, WriteableAudioFileFlag) for key in options):
            raise incompatible(
                call, f"codec_options must be a dict with keys of WriteableAudioFileFlag, not {options!r}"
            )
        enabled = True
        for flag, value in options.items():
            if self.name != "mp3":
                raise ValueError(
                    f"The codec option {flag.name} is not supported by the {self.title} encoder, which has no options."
                )
            if not isinstance(value, bool):
                raise ValueError(f"{flag.name} expects a bool value, not {value!r}.")
            enabled = value
        return enabled


def file_dtype(format: int) -> str:
    """The name of a sample format; 8-bit samples are named as the signed ones that they are read as."""
    return "int8" if format == Sample.U8 else sample_name(format)


def _bits(format: int) -> int:
    return int(lib.ondes_sample_size(format)) * 8


def _rate(call: str, samplerate: Any) -> int:
    if samplerate is None:
        raise TypeError("Opening an audio file for writing requires a samplerate argument.")
    rate = number(samplerate, call, "samplerate")
    if not rate.is_integer():
        raise TypeError(f"Opening an audio file for writing requires an integer samplerate, not {samplerate!r}.")
    if not 0 < rate <= _MAX_RATE:
        raise ValueError(f"samplerate is {samplerate!r}: an audio file has a rate above 0 Hz")
    return int(rate)


def _written() -> str:
    return ", ".join(lib.ondes_write_format_name(index).decode() for index in write_formats())
