"""``ondes.info``: what a file is, without decoding it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from . import _abi, exceptions
from ._abi import UNKNOWN, Codec, Container
from ._handle import Handle
from ._library import lib
from ._reader import Reader, Warning
from ._samples import sample_name
from ._sources import Source
from ._tags import Tags

# WAVE_FORMAT_EXTENSIBLE's bits of dwChannelMask, from the lowest.
_SPEAKERS = (
    "front left",
    "front right",
    "front center",
    "low frequency",
    "back left",
    "back right",
    "front left of center",
    "front right of center",
    "back center",
    "side left",
    "side right",
    "top center",
    "top front left",
    "top front center",
    "top front right",
    "top back left",
    "top back center",
    "top back right",
)


@dataclass(frozen=True)
class Info:
    """What a file is. It can be compared and pickled."""

    path: str | None
    """The path, or the name of the file object; None for bytes."""
    container: str
    """The file format: "wav", "flac", "mp4"."""
    codec: str
    """The coding of the audio: "pcm", "flac", "aac"."""
    dtype: str
    """The smallest type that holds the samples without loss, "int24" among them; "float32" for lossy codecs."""
    bit_depth: int | None
    """Significant bits per sample; None for lossy codecs."""
    bit_rate: int | None
    """Bits per second on average; None if not known."""
    sample_rate: int
    """In Hz."""
    channels: int
    channel_mask: int
    """The speakers of the channels as in WAVE_FORMAT_EXTENSIBLE; 0 if they have none."""
    frames: int | None
    """The length in frames; None if nothing tells."""
    duration: float | None
    """The length in seconds; None if nothing tells."""
    is_exact: bool
    """Whether ``frames`` is exact; otherwise it is an estimate."""
    warnings: tuple[Warning, ...]
    """Damage that opening the file showed, and that does not keep it from being read."""
    tags: Tags = field(hash=False)
    """Title, artist, pictures and so on."""

    @property
    def channel_names(self) -> tuple[str, ...]:
        """The speakers of the channels, in order, as far as they have any: "front left", "low frequency"."""
        return tuple(name for bit, name in enumerate(_SPEAKERS) if self.channel_mask >> bit & 1)[: self.channels]

    def __str__(self) -> str:
        layout = {1: "mono", 2: "stereo"}.get(self.channels, f"{self.channels} channels")
        depth = f" {self.bit_depth} bit" if self.bit_depth else ""
        about = "" if self.is_exact else "about "
        length = "of unknown length"
        if self.frames is not None and self.duration is not None:
            length = f"{about}{self.frames} frames ({self.duration:.3f} s)"
        name = f"{self.path}: " if self.path else ""
        return f"{name}{self.container}, {self.codec}{depth}, {self.sample_rate} Hz, {layout}, {length}"


def info(src: Source) -> Info:
    """Tell what a file is: ``ondes.info("song.mp3").duration``.

    Only headers are read, and of a local file without them what it takes to know its exact length. Of a stream that
    cannot seek, the tags behind the audio are not read.

    Args:
        src: A path, a file's bytes, or a file object opened in binary mode, as for :func:`ondes.load`.

    Raises:
        ondes.exceptions.OndesError: The file cannot be found, read or recognised, or its codec is not supported.
    """
    with Reader(src) as reader:
        return describe(reader)


def describe(reader: Reader) -> Info:
    """What an open reader tells."""
    return from_c(reader.info, reader.handle.path, reader.warnings(), _tags(reader))


def from_c(c: _abi.Info, path: str | None, warnings: tuple[Warning, ...], tags: Tags) -> Info:
    """The library's description of a file."""
    return Info(
        path=path,
        container=_CONTAINERS.get(c.container, "unknown"),
        codec=_CODECS.get(c.codec, "unknown"),
        dtype=sample_name(c.sample_format),
        bit_depth=c.bit_depth or None,
        bit_rate=c.bit_rate or None,
        sample_rate=c.rate,
        channels=c.channels,
        channel_mask=c.channel_mask,
        frames=None if c.frames == UNKNOWN else c.frames,
        duration=None if math.isnan(c.duration) else c.duration,
        is_exact=bool(c.is_exact),
        warnings=warnings,
        tags=tags,
    )


_CONTAINERS = {number: lib.ondes_container_name(number).decode() for number in Container}
_CODECS = {number: lib.ondes_codec_name(number).decode() for number in Codec}


def _tags(reader: Reader) -> Tags:
    tags = Handle("Tags", None, lib.ondes_tags_free)
    try:
        reader.handle.call(lib.ondes_reader_tags, tags.out)
    except exceptions.NotSeekableError:
        return Tags()  # a stream that has passed them
    return Tags._of(tags)
