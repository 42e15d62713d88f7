"""``ondes.transcode``: a file in another format, in constant memory."""

from __future__ import annotations

from ctypes import byref, c_uint64

from . import _abi, exceptions
from ._handle import call
from ._library import lib
from ._options import read_options, whole_number, whole_rate
from ._progress import OnProgress, ProgressLike, reporter, shown
from ._reader import Reader
from ._save import TagsLike, sample_number, tags_of
from ._sources import Source
from ._writer import Target, Writer, write_options


def transcode(
    src: Source,
    dst: Target,
    *,
    format: str | None = None,
    quality: str | float | None = None,
    sample_rate: float | None = None,
    channels: int | None = None,
    mono: bool = False,
    start: int | None = None,
    stop: int | None = None,
    offset: float | None = None,
    duration: float | None = None,
    dtype: str | None = None,
    tags: TagsLike | None = None,
    dither: bool = False,
    atomic: bool = True,
    threads: int = 1,
    progress: ProgressLike = False,
) -> int:
    """Copy audio into another format: ``ondes.transcode("long.wav", "long.flac")``.

    Memory stays constant, however long the file. What is not asked for stays as it is: rate, channels, bit depth and
    tags, as far as the new format can hold them.

    Args:
        src: A path, a file's bytes, or a file object opened in binary mode.
        dst: A path, which may be that of the source, or a file object opened for writing in binary mode.
        format, quality, dither, atomic, threads: As for :func:`ondes.save`.
        sample_rate: Convert to this rate in whole Hz.
        channels: So many channels: a mono file is spread over all of them, and any number mixed to one.
        mono: The mean of all channels: as ``channels=1``.
        start, stop, offset, duration: What to copy, as for :func:`ondes.load`.
        dtype: The type of the samples in the new file; None keeps that of the source where the format can.
        tags: Instead of those of the source; ``{}`` for none.
        progress: True shows a bar on stderr, a function is called about 20 times a second with an
            :class:`ondes.Progress`. What it raises ends the copy, and comes through unchanged.

    Returns:
        The frames that were written, at the rate of the new file.

    Raises:
        ValueError: The format cannot hold this, or an argument cannot be.
        ondes.exceptions.OndesError: What reading and writing raise. With ``atomic``, nothing is left of the new file
            then. What file objects raise comes through unchanged.
    """
    if mono and channels not in (None, 1):
        raise ValueError(f"mono is one channel, but channels is {channels}")
    window = read_options(start=start, stop=stop, offset=offset, duration=duration, threads=1)
    if window is None:
        raise ValueError("the window to copy is empty")
    options = write_options(
        rate=0 if sample_rate is None else whole_rate(sample_rate),
        channels=1 if mono else 0 if channels is None else whole_number(channels, "channels", 1, 2**32 - 1),
        format=format,
        quality=quality,
        sample_format=sample_number(dtype),
        threads=threads,
        dither=dither,
        atomic=atomic and not hasattr(dst, "write"),
    )
    given = tags_of(tags)
    handle = None if given is None else given._handle
    with (
        Reader(src, window) as reader,
        shown(progress, "copying") as on_progress,
        Writer(dst, options, like=reader.handle, tags=handle) as writer,
    ):
        return copy(reader, writer, on_progress)


def copy(reader: Reader, writer: Writer, on_progress: OnProgress | None) -> int:
    """Writes all that is left of a reader and finishes the file; tells the frames that were written."""
    failures: list[BaseException] = []
    report = reporter(on_progress, failures)
    watched = _abi.TranscodeOptions(progress=report)
    frames = c_uint64()
    error: BaseException | None = None
    with reader.handle.use(), writer.handle.use():
        pair = reader.handle.pointer, writer.handle.pointer
        try:
            call(lib.ondes_transcode, *pair, byref(watched), byref(frames), failures=failures)
        except exceptions.OndesError as failure:
            error = failure
    # Outside of the handler, so that what a file object raised has no context of ours.
    for reasons in (reader.handle.failures, writer.handle.failures):
        if reasons:
            error = reasons[0]
            reasons.clear()
    if error is not None:
        raise error
    return frames.value
