"""``ondes.load_batch`` and ``ondes.iter_batch``: many files on all cores."""

from __future__ import annotations

import atexit
import os
import weakref
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from ctypes import byref, c_char_p, c_uint64, c_void_p, pointer
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, NamedTuple, overload

import numpy as np

from . import _abi, exceptions
from ._abi import UNKNOWN, Layout, Padding, ReadOptions
from ._handle import Handle, call
from ._library import lib
from ._options import cores, read_options, whole_number
from ._progress import OnProgress, ProgressLike, reporter, shown
from ._quality import QualityLike
from ._reader import Reader, Warning
from ._samples import DTYPES, Array, DTypeLike, address, borrow, sample_format
from ._sources import Callbacks, Source, as_buffer, is_path, name_of, path_bytes

OnError = Literal["return", "raise"]


@dataclass(frozen=True, eq=False)
class Loaded:
    """What became of one file of a batch: ``samples, rate = loaded`` gives its audio, or raises its error."""

    samples: Array | None
    """The samples, of shape (channels, frames); None if the file failed."""
    sample_rate: int
    """Their rate in Hz; 0 if the file could not be opened."""
    path: str | None
    """The path, or the name of the file object; None for bytes."""
    index: int
    """Its place among the sources, from 0."""
    error: BaseException | None
    """Why there are no samples; what a file object raised, unchanged."""
    warnings: tuple[Warning, ...]
    """Damage that did not keep the file from being read."""

    def __iter__(self) -> Iterator[Any]:
        if self.error is not None:
            raise self.error
        return iter((self.samples, self.sample_rate))

    def __repr__(self) -> str:
        name = f"{self.index}" if self.path is None else f"{self.index}: {self.path!r}"
        if self.samples is None:
            return f"Loaded({name}, error={self.error!r})"
        warnings = f", warnings={self.warnings!r}" if self.warnings else ""
        return f"Loaded({name}, {self.samples.dtype} {self.samples.shape}, {self.sample_rate} Hz{warnings})"


class PaddedBatch(NamedTuple):
    """Many files in one array."""

    samples: Array
    """Shape (files, channels, frames)."""
    lengths: np.ndarray[Any, np.dtype[np.int64]]
    """The frames that came from each file, without padding; 0 if it failed."""
    sample_rates: np.ndarray[Any, np.dtype[np.int64]]
    """The rate of each in Hz; 0 if it could not be opened."""
    errors: tuple[BaseException | None, ...]
    """Why there is only silence in a file's place, or None."""


@overload
def load_batch(
    sources: Iterable[Source],
    *,
    sample_rate: float | None = ...,
    mono: bool = ...,
    channels: int | None = ...,
    start: int | None = ...,
    stop: int | None = ...,
    offset: float | None = ...,
    duration: float | None = ...,
    dtype: DTypeLike = ...,
    quality: QualityLike = ...,
    workers: int = ...,
    progress: ProgressLike = ...,
    on_error: OnError = ...,
    padded: Literal[False] = ...,
) -> list[Loaded]: ...


@overload
def load_batch(
    sources: Iterable[Source],
    *,
    sample_rate: float | None = ...,
    mono: bool = ...,
    channels: int | None = ...,
    start: int | None = ...,
    stop: int | None = ...,
    offset: float | None = ...,
    duration: float | None = ...,
    dtype: DTypeLike = ...,
    quality: QualityLike = ...,
    workers: int = ...,
    progress: ProgressLike = ...,
    on_error: OnError = ...,
    padded: Literal[True],
    length: int | None = ...,
    padding: Literal["zero", "repeat"] = ...,
) -> PaddedBatch: ...


def load_batch(
    sources: Iterable[Source],
    *,
    sample_rate: float | None = None,
    mono: bool = False,
    channels: int | None = None,
    start: int | None = None,
    stop: int | None = None,
    offset: float | None = None,
    duration: float | None = None,
    dtype: DTypeLike = "float32",
    quality: QualityLike = "balanced",
    workers: int = 0,
    progress: ProgressLike = False,
    on_error: OnError = "return",
    padded: bool = False,
    length: int | None = None,
    padding: Literal["zero", "repeat"] = "zero",
) -> list[Loaded] | PaddedBatch:
    """Load many files on all cores: ``for samples, rate in ondes.load_batch(paths, sample_rate=16000): ...``

    ``sample_rate`` to ``quality`` are those of :func:`ondes.load`, and apply to every file.

    Args:
        sources: Paths, buffers and binary file objects, mixed. A file object is read in another thread, and must not
            be in the list twice.
        workers: Files decoded at the same time; 0 is one per core.
        progress: True shows a bar on stderr (rich's if it is installed), a function is called about 20 times a second
            with an :class:`ondes.Progress`. What it raises ends the batch, and comes through unchanged.
        on_error: "return" puts what went wrong with a file into its place among the results; "raise" raises the
            error of the first such file.
        padded: One array for all files instead of a list.
        length: With ``padded``: the frames of every file in the array. Longer files are cut, shorter ones padded.
            None is the longest file, which takes a look into each first, and so needs paths or buffers.
        padding: With ``padded``: "zero" pads with silence, "repeat" with the file again from its first frame.

    Returns:
        A list with a :class:`Loaded` for every source, in their order, or a :class:`PaddedBatch`. In one array all
        files have the channels of the first that can be opened; a file with others has failed: use ``mono`` or
        ``channels`` where they differ.

    Raises:
        ValueError, TypeError: An argument cannot be, or a source is neither a path nor a buffer nor a file object.
    """
    window = {"start": start, "stop": stop, "offset": offset, "duration": duration}
    options = _Options(sample_rate, mono, channels, quality, window, dtype)
    check_error = _on_error(on_error)
    if not padded and (length is not None or padding != "zero"):
        raise ValueError("length and padding are for padded=True: one array for all files")
    with shown(progress, "loading") as on_progress, Batch(options, workers, on_progress=on_progress) as batch:
        if padded:
            return _padded(batch, list(_several(sources)), length, padding, check_error)
        for source in _several(sources):
            batch.add(source)
        return [_checked(loaded, check_error) for loaded in iter(batch.next, None)]


def iter_batch(
    sources: Iterable[Source],
    *,
    sample_rate: float | None = None,
    mono: bool = False,
    channels: int | None = None,
    start: int | None = None,
    stop: int | None = None,
    offset: float | None = None,
    duration: float | None = None,
    dtype: DTypeLike = "float32",
    quality: QualityLike = "balanced",
    workers: int = 0,
    ahead: int = 0,
    in_order: bool = True,
    on_error: OnError = "return",
) -> Generator[Loaded, None, None]:
    """Decode one file after another on all cores, some of them ahead: ``for samples, rate in ondes.iter_batch(paths):``

    Memory stays flat, however many files there are: ``sources`` may be any iterable, also one without an end, and is
    asked for the next when a result is taken. Breaking out of the loop, or closing the generator, ends the work.

    ``sample_rate`` to ``quality`` are those of :func:`ondes.load`; ``workers`` and ``on_error`` those of
    :func:`ondes.load_batch`.

    Args:
        sources: Paths, buffers and binary file objects, mixed.
        ahead: Files that may be decoded, or in work, before they are asked for; 0 is two per worker.
        in_order: Results in the order of the sources; False gives each as soon as it is ready (``Loaded.index`` tells
            which it is).

    Yields:
        A :class:`Loaded` for every source.
    """
    window = {"start": start, "stop": stop, "offset": offset, "duration": duration}
    options = _Options(sample_rate, mono, channels, quality, window, dtype)
    check_error = _on_error(on_error)
    ahead = whole_number(ahead, "ahead", 0, 2**32 - 1) or 2 * (whole_number(workers, "workers") or cores())
    # Arguments are checked here, and not when the first result is asked for.
    return _iterate(iter(_several(sources)), Batch(options, workers, ahead, in_order), ahead, check_error)


def _iterate(sources: Iterator[Source], batch: Batch, ahead: int, raises: bool) -> Generator[Loaded, None, None]:
    failure: Exception | None = None
    has_more = True
    with closing(batch):
        while True:
            if has_more:
                try:
                    for source in islice(sources, ahead - batch.waiting):
                        batch.add(source)
                    has_more = batch.waiting >= ahead
                except Exception as error:
                    # First the results of what came before.
                    failure, has_more = error, False
            loaded = batch.next()
            if loaded is None:
                break
            yield _checked(loaded, raises)
    if failure is not None:
        raise failure


def _several(sources: Iterable[Source]) -> Iterable[Source]:
    # Going through one of these would give letters and numbers, or the lines of a file.
    if is_path(sources) or isinstance(sources, (bytes, bytearray, memoryview)) or hasattr(sources, "read"):
        raise TypeError(f"sources is one {type(sources).__name__}: put it into a list, or use ondes.load")
    return sources


def _on_error(on_error: OnError) -> bool:
    if on_error not in ("return", "raise"):
        raise ValueError(f'on_error must be "return" or "raise", not {on_error!r}')
    return on_error == "raise"


def _checked(loaded: Loaded, raises: bool) -> Loaded:
    if raises and loaded.error is not None:
        raise loaded.error
    return loaded


class _Options:
    """What to read of every file."""

    def __init__(
        self,
        sample_rate: float | None,
        mono: bool,
        channels: int | None,
        quality: QualityLike,
        window: dict[str, Any],
        dtype: DTypeLike,
    ) -> None:
        self.format = sample_format(dtype)
        read = read_options(sample_rate=sample_rate, mono=mono, channels=channels, quality=quality, **window)
        self.is_empty = read is None
        if read is None:
            # An empty window still opens every file; one frame is less than all.
            read = read_options(sample_rate=sample_rate, mono=mono, channels=channels, quality=quality, stop=1)
        self.read = read or ReadOptions()
        self.read.threads = 1  # the library shares out the cores among the files


class Batch:
    """A batch of the library. Sources may be added while it runs."""

    def __init__(
        self,
        options: _Options,
        workers: int = 0,
        ahead: int = 0,
        in_order: bool = True,
        on_progress: OnProgress | None = None,
    ) -> None:
        self.options = options
        self.waiting = 0
        """Sources whose results were not taken yet."""
        self._added = 0
        self._sources: dict[int, _Added] = {}
        failures: list[BaseException] = []
        report = reporter(on_progress, failures)
        c = _abi.BatchOptions(
            format=options.format,
            layout=Layout.PLANAR,
            workers=whole_number(workers, "workers", 0, 2**32 - 1),
            ahead=ahead,
            unordered=not in_order,
            read=pointer(options.read),
            progress=report,
        )
        keep = (report, self._sources)
        new, free = lib.ondes_batch_new, lib.ondes_batch_free
        self._handle = Handle.make("batch", free, new, byref(c), keep=keep, failures=failures)
        _running.add(self)

    def add(self, source: Source) -> None:
        """Adds a source behind the others."""
        added = _Added(source)
        self._sources[self._added] = added
        try:
            added.to(self._handle)
        except BaseException:
            del self._sources[self._added]
            raise
        self._added += 1
        self.waiting += 1

    def next(self) -> Loaded | None:
        """Waits for the next result; None if there is none left."""
        out = c_void_p()
        try:
            self._handle.call(lib.ondes_batch_next, byref(out))
        except BaseException:
            lib.ondes_batch_item_free(out)
            raise
        if out.value is None:
            return None
        self.waiting -= 1
        return self._loaded(out.value)

    def fill(self, block: Array, padding: Padding) -> list[tuple[Loaded, int]]:
        """Decodes all files into a block; the results have no samples, but the frames that came from each."""
        files, channels, frames = block.shape
        items = (c_void_p * files)()
        try:
            self._handle.call(lib.ondes_batch_fill, address(block), channels, frames, padding, items, files)
        except BaseException:
            for item in items:
                lib.ondes_batch_item_free(item)
            raise
        frames_of = [int(lib.ondes_batch_item_frames(item)) for item in items]
        return [(self._loaded(item), n) for item, n in zip(items, frames_of) if item is not None]

    def _loaded(self, item: int) -> Loaded:
        owner = Handle("result", item, lib.ondes_batch_item_free)
        index = lib.ondes_batch_item_index(item)
        added = self._sources.pop(index)
        info = _abi.Info()
        owner.call(lib.ondes_batch_item_info, byref(info))
        error: BaseException | None = None
        samples: Array | None = None
        c_error = lib.ondes_batch_item_error(item)
        if added.failures:
            error = added.failures[0]
        elif c_error is not None:
            error = exceptions._from_c(c_error, added.path)
        elif self.options.is_empty:
            samples = np.empty((info.output_channels, 0), DTYPES[self.options.format])
        elif (audio := lib.ondes_batch_item_audio(item)) is not None:
            samples = borrow(owner, audio)
        return Loaded(samples, info.output_rate, added.path, index, error, _warnings(item))

    def close(self) -> None:
        """Ends the work, and waits until no thread of it is left."""
        _running.discard(self)
        self._handle.close()
        self._sources.clear()

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_running: weakref.WeakSet[Batch] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    # While Python can still run what file objects do: a worker that calls one later would never return.
    for batch in list(_running):
        batch.close()


class _Added:
    """One source, with what must stay until its result is there."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._buffer: Array | None = None
        self._callbacks: Callbacks | None = None
        self.failures: list[BaseException] = []
        """What a file object raised."""
        if is_path(source):
            self.path: str | None = os.fsdecode(source)
            return
        self.path = name_of(source)
        self._buffer = as_buffer(source)
        if self._buffer is None:
            if not hasattr(source, "read"):
                kind = type(source).__name__
                raise TypeError(f"audio is read from a path, bytes or a binary file object, not from {kind}")
            self._callbacks = Callbacks(source)
            self.failures = self._callbacks.failures

    def to(self, batch: Handle) -> None:
        name = None if self.path is None else self.path.encode("utf-8", "surrogateescape")
        if is_path(self._source):
            batch.call(lib.ondes_batch_add_path, path_bytes(self._source))
        elif self._buffer is not None:
            batch.call(lib.ondes_batch_add_memory, address(self._buffer), self._buffer.size, name)
        elif self._callbacks is not None:
            batch.call(lib.ondes_batch_add_io, byref(self._callbacks.io), name)


def _warnings(item: int) -> tuple[Warning, ...]:
    message, offset = c_char_p(), c_uint64()
    found = []
    for index in range(lib.ondes_batch_item_warning_count(item)):
        call(lib.ondes_batch_item_warning, item, index, byref(message), byref(offset))
        where = None if offset.value == UNKNOWN else offset.value
        found.append(Warning((message.value or b"").decode("utf-8", "replace"), where))
    return tuple(found)


def _padded(
    batch: Batch, sources: list[Source], length: int | None, padding: Literal["zero", "repeat"], raises: bool
) -> PaddedBatch:
    if padding not in ("zero", "repeat"):
        raise ValueError(f'padding must be "zero" or "repeat", not {padding!r}')
    options = batch.options
    channels, frames = _shape(sources, options, length)
    for source in sources:
        batch.add(source)
    block = np.empty((len(sources), channels, frames), DTYPES[options.format])
    done = batch.fill(block, Padding[padding.upper()])
    loaded = [_checked(one, raises) for one, _ in done]
    lengths = np.array([n for _, n in done], np.int64)
    rates = np.array([one.sample_rate for one in loaded], np.int64)
    return PaddedBatch(block, lengths, rates, tuple(one.error for one in loaded))


def _shape(sources: list[Source], options: _Options, length: int | None) -> tuple[int, int]:
    """The channels and frames of one file in an array for all."""
    if length is not None:
        length = whole_number(length, "length", 0, 2**62)
    if options.is_empty:
        length = 0
    channels = 1 if options.read.mono else options.read.channels
    longest = 0
    for source in sources:
        if length is not None and channels:
            break
        if not is_path(source) and as_buffer(source) is None:
            raise ValueError(
                "padded=True needs length, and mono or channels, where there are file objects: looking into one before "
                "it is loaded would move it"
            )
        try:
            with Reader(source, options.read) as reader:
                channels = channels or reader.info.output_channels
                if length is None:
                    longest = max(longest, reader.measure())
        except exceptions.OndesError:
            continue  # it fails again in its place
    return channels or 1, longest if length is None else length
