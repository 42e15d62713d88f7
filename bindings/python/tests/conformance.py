"""The calls of tests/conformance/cases.json in Python: each gives what it got as text under the names of the case."""

from __future__ import annotations

import hashlib
import io
import math
import os
from collections.abc import Callable
from ctypes import byref, c_uint64, c_void_p
from pathlib import Path
from typing import Any

import numpy as np
from conftest import DATA

import ondes
from ondes import _abi
from ondes._abi import (
    UNKNOWN,
    ByteOrder,
    Checksum,
    Direction,
    Ending,
    Layout,
    LengthRule,
    MapMode,
    Number,
    Padding,
    Quality,
    Sample,
)
from ondes._batch import Batch
from ondes._handle import Handle, call
from ondes._library import lib
from ondes._loudness import Loudness, measure
from ondes._map import Map
from ondes._reader import Cancel, Reader
from ondes._samples import Samples, borrow
from ondes._stream import Stream
from ondes._writer import Writer, encode, write_format, write_options

Case = dict[str, Any]
Got = dict[str, str]


class Failure(Exception):
    """What a failing file object raises. It comes through the library as it is, and stands for CALLBACK."""


class Pipe(io.RawIOBase):
    """Bytes that can only be read forward, in short pieces; it fails once `good` bytes were given."""

    def __init__(self, data: bytes, name: str, good: int | None = None) -> None:
        self._bytes = io.BytesIO(data)
        self._good = good
        self.name = name

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._good is not None and self._bytes.tell() >= self._good:
            raise Failure("read fails")
        return self._bytes.read(min(1000, size))


class Seekable(io.BytesIO):
    """A file object of its own class, so that it is read through callbacks, with a name."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size)


class Outlet(io.RawIOBase):
    """Takes bytes that are written, and cannot go back."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: Any, /) -> int:
        self.data += data
        return len(data)


class Memory(np.ndarray):
    """Bytes with a name."""

    name: str


# ---- What is opened ----


def source(given: Case) -> Any:
    path = DATA / given["file"]
    how = given.get("as", "path")
    if how == "path":
        return path
    data = bytearray(path.read_bytes())
    if "patch" in given:
        patch = bytes.fromhex(given["patch"]["bytes"])
        data[given["patch"]["at"] : given["patch"]["at"] + len(patch)] = patch
    data = bytes(data[: given.get("cut")])
    name = given["file"]
    if how == "memory":
        memory = np.frombuffer(data, np.uint8).view(Memory)
        memory.name = name
        return memory
    if how == "io":
        return Seekable(data, name)
    return Pipe(data, name, 5000 if how == "failing" else None)


def read_options(case: Case) -> _abi.ReadOptions:
    given = dict(case.get("options", {}))
    flags = {"frames": 0, "milliseconds": _abi.READ_MILLISECONDS, "nanoseconds": _abi.READ_NANOSECONDS}[
        given.pop("unit", "frames")
    ]
    flags |= 0 if given.pop("trim", True) else _abi.READ_NO_TRIM
    flags |= _abi.READ_STRICT if given.pop("strict", False) else 0
    flags |= _abi.READ_ESTIMATE_LENGTH if given.pop("estimate_length", False) else 0
    quality = Quality[given.pop("quality", "balanced").upper()]
    ending = Ending[given.pop("ending", "short").upper()]
    return _abi.ReadOptions(flags=flags, quality=quality, ending=ending, **given)


def reader(case: Case) -> Reader:
    return Reader(source(case["input"]), read_options(case))


def sample(name: str) -> Sample:
    return {str(lib.ondes_sample_name(number), "ascii"): number for number in Sample}[name]


def asked(case: Case) -> tuple[Sample, Layout]:
    given = case.get("with", {})
    return sample(given.get("sample", "float32")), Layout[given.get("layout", "interleaved").upper()]


# ---- Samples ----


class Block:
    """Room for frames, as any sample format and layout; packed 24-bit samples are rows of three bytes."""

    def __init__(self, frames: int, channels: int, format: Sample, layout: Layout) -> None:
        self.format, self.layout, self.channels, self.capacity = format, layout, channels, frames
        shape = (channels, frames) if layout == Layout.PLANAR else (frames, channels)
        kinds = {
            Sample.U8: "u1",
            Sample.I8: "i1",
            Sample.I16: "<i2",
            Sample.I32: "<i4",
            Sample.I64: "<i8",
            Sample.F32: "<f4",
            Sample.F64: "<f8",
        }
        self.array = np.zeros((*shape, 3), np.uint8) if format == Sample.I24 else np.zeros(shape, kinds[format])

    @property
    def pointer(self) -> int:
        return self.array.ctypes.data

    def cut(self, frames: int) -> Block:
        self.array = np.ascontiguousarray(
            self.array[:, :frames] if self.layout == Layout.PLANAR else self.array[:frames]
        )
        self.capacity = frames
        return self

    def samples(self, start: int = 0, end: int | None = None) -> Samples:
        """A part of it, to be written."""
        part = self.array[:, start:end] if self.layout == Layout.PLANAR else self.array[start:end]
        part = np.ascontiguousarray(part)
        frames = part.shape[1] if self.layout == Layout.PLANAR else part.shape[0]
        return Samples(part, part.ctypes.data, self.format, self.layout, self.channels, frames)


def block_of(array: Any, layout: Layout) -> Block:
    """The samples of an array of shape (channels, frames)."""
    channels, frames = array.shape
    block = Block(frames, channels, ondes._samples.sample_format(array.dtype), layout)
    block.array[:] = array if layout == Layout.PLANAR else array.T
    return block


def measured(block: Block) -> Got:
    got = {"frames": str(block.capacity), "md5": hashlib.md5(block.array.tobytes()).hexdigest()}
    if block.format in (Sample.F32, Sample.F64) and block.capacity:
        planes = (block.array if block.layout == Layout.PLANAR else block.array.T).astype(np.float64) * 32768
        for channel, plane in enumerate(planes):
            got[f"rms.{channel}"] = repr(math.sqrt((plane**2).mean()))
            got[f"peak.{channel}"] = repr(float(np.abs(plane).max()))
    return got


def warned(warnings: Any) -> Got:
    return {"warnings": str(len(warnings)), "warning": warnings[0].message if warnings else ""}


def count(number: int) -> str:
    return "unknown" if number == UNKNOWN else str(number)


def loaded(opened: Reader, case: Case) -> Block:
    """All that is left to be read."""
    format, layout = asked(case)
    info = opened.describe()
    if format != Sample.I24 and "capacity" not in case.get("with", {}):
        planes = opened.load(format, layout)
        return block_of(planes if layout == Layout.PLANAR else planes.T, layout)
    capacity = case.get("with", {}).get("capacity", info.output_frames)
    block = Block(capacity, info.output_channels, format, layout)
    return block.cut(opened.load_into(block.array, format, layout))


def texts_of(tags: ondes.Tags) -> Got:
    texts = sorted((f"{key}={value}" for key, values in tags.to_dict().items() for value in values), key=str.encode)
    return {f"texts.{place}": text for place, text in enumerate(texts)}


# ---- The calls ----


def call_info(case: Case) -> Got:
    with reader(case) as opened:
        info = opened.info
        return {
            "container": lib.ondes_container_name(info.container).decode(),
            "codec": lib.ondes_codec_name(info.codec).decode(),
            "sample": lib.ondes_sample_name(info.sample_format).decode(),
            "bit_depth": str(info.bit_depth),
            "rate": str(info.rate),
            "channels": str(info.channels),
            "channel_mask": str(info.channel_mask),
            "is_exact": "true" if info.is_exact else "false",
            "frames": count(info.frames),
            "output_frames": count(info.output_frames),
            "output_rate": str(info.output_rate),
            "output_channels": str(info.output_channels),
            **warned(opened.warnings()),
        }


def call_load(case: Case) -> Got:
    given = case.get("with", {})
    with reader(case) as opened:
        if "seek" in given:
            opened.seek(given["seek"])
        if given.get("cancelled"):
            cancel, out = Cancel(), c_void_p()
            cancel.set()
            opened.handle.call(lib.ondes_reader_load, *asked(case), cancel.token, byref(out))
        block = loaded(opened, case)
        info = opened.info
        return {
            "channels": str(info.output_channels),
            "rate": str(info.output_rate),
            **measured(block),
            **warned(opened.warnings()),
        }


def call_read(case: Case) -> Got:
    given = case["with"]
    with reader(case) as opened:
        channels = opened.info.output_channels
        if "skip" in given:
            skipped = Block(given["skip"], channels, *asked(case))
            opened.read_into(skipped.pointer, skipped.capacity, *asked(case))
        if "seek" in given:
            opened.seek(given["seek"])
        block = Block(given["frames"], channels, *asked(case))
        got = opened.read_into(block.pointer, block.capacity, *asked(case))
        return {**measured(block.cut(got)), "tell": count(opened.tell())}


def call_chunks(case: Case) -> Got:
    with reader(case) as opened:
        info, pieces, failed = opened.info, [], {}
        format, layout = asked(case)
        try:
            while True:
                block = Block(case["with"]["size"], info.output_channels, format, layout)
                frames = opened.read_into(block.pointer, block.capacity, format, layout)
                if not frames:
                    break
                pieces.append(block.cut(frames))
        except ondes.exceptions.OndesError as error:
            failed = told(error)
        whole = Block(sum(piece.capacity for piece in pieces), info.output_channels, format, layout)
        if pieces:
            whole.array = np.concatenate([piece.array for piece in pieces], axis=int(layout == Layout.PLANAR))
        found = {"channels": str(info.output_channels), "rate": str(info.output_rate)}
        return {**found, **measured(whole), **warned(opened.warnings()), **failed}


def call_measure(case: Case) -> Got:
    with reader(case) as opened:
        return {"frames": str(opened.measure())}


def call_verify(case: Case) -> Got:
    with reader(case) as opened:
        return {"checksum": Checksum(opened.verify()).name.lower()}


def call_tags(case: Case) -> Got:
    if case.get("with", {}).get("from", "reader") == "file":
        tags = ondes.Tags.read(source(case["input"]))
    else:
        with reader(case) as opened:
            tags = tags_of(opened)
    got = {"is_complete": "true" if tags.is_complete else "false", **texts_of(tags)}
    for place in range(tags._get(lib.ondes_tags_picture_count)):
        kind = tags._get(lib.ondes_tags_picture_kind, place)
        picture = tags.pictures[place]
        got[f"pictures.{place}"] = f"{kind} {picture.mime} {len(picture.data)} {picture.description}"
    return got


def tags_of(opened: Reader) -> ondes.Tags:
    make = Handle.make("Tags", lib.ondes_tags_free, lib.ondes_reader_tags, opened.handle.pointer)
    return ondes.Tags._of(make)


def call_loudness(case: Case) -> Got:
    given = case.get("with", {})
    with reader(case) as opened:
        if "seek" in given:
            opened.seek(given["seek"])
        if given.get("true_peak", True):
            result: Any = measure(opened)
        else:
            result = _abi.Loudness()
            options = _abi.LoudnessOptions(flags=_abi.LOUDNESS_NO_TRUE_PEAK)
            opened.handle.call(lib.ondes_reader_loudness, byref(options), byref(result))
        return {name: str(getattr(result, name)) for name in Loudness._fields}


def call_write(case: Case) -> Got:
    given = case["with"]
    with reader(case) as opened:
        block = loaded(opened, case)
        like = given.get("like", False)
        options = written_as(given, 0 if like else opened.info.output_rate, 0 if like else opened.info.output_channels)
        tags = tags_from(given["tags"]) if "tags" in given else None
        lent = {"like": opened.handle if like else None, "tags": tags._handle if tags is not None else None}
        if given.get("to") == "encode":
            return {"frames": str(block.capacity), **read_again(encode(block.samples(), options, **lent), case)}
        target = target_of(given)
        with Writer(target, options, **lent) as writer:
            chunk = given.get("chunk", max(block.capacity, 1))
            for start in range(0, block.capacity, chunk):
                writer.write(block.samples(start, start + chunk))
                if given.get("flush"):
                    writer.flush()
            for _ in range(given.get("finish", 1)):
                writer.finish()
            return {"frames": str(writer.frames), **read_again(bytes_of(writer, target), case)}


def call_transcode(case: Case) -> Got:
    given = case["with"]
    with reader(case) as opened:
        target = target_of(given)
        with Writer(target, written_as(given, 0, 0), like=opened.handle) as writer:
            cancel, frames = Cancel(), c_uint64()
            if given.get("cancelled"):
                cancel.set()
            options = _abi.TranscodeOptions(cancel=cancel.token)
            writing = writer.handle.pointer
            opened.handle.call(lib.ondes_transcode, writing, byref(options), byref(frames))
            return {"frames": str(frames.value), **read_again(bytes_of(writer, target), case)}


def written_as(given: Case, rate: int, channels: int) -> _abi.WriteOptions:
    return write_options(
        rate=given.get("rate", rate),
        channels=given.get("channels", channels),
        format=given.get("format"),
        quality=given.get("quality"),
        sample_format=sample(given["file_sample"]) if "file_sample" in given else 0,
        threads=given.get("threads", 1),
        atomic=given.get("atomic", False),
        bit_reservoir=given.get("bit_reservoir", True),
    )


def tags_from(texts: list[str]) -> ondes.Tags:
    tags = ondes.Tags()
    for text in texts:
        key, _, value = text.partition("=")
        tags[key] = [*tags.get_all(key), value]
    return tags


def target_of(given: Case) -> Any:
    to = given.get("to", "memory")
    if to == "path":
        return given.get("path", f"written.{given['format']}" if "format" in given else "written")
    return {"io": io.BytesIO, "pipe": Outlet, "memory": lambda: None}[to]()


def bytes_of(writer: Writer, target: Any) -> bytes:
    if target is None:
        return writer.take_bytes()
    if isinstance(target, str):
        return Path(target).read_bytes()
    return bytes(target.data) if isinstance(target, Outlet) else target.getvalue()


def read_again(data: bytes, case: Case) -> Got:
    """What a file is that was written."""
    with Reader(data) as opened:
        info = opened.info
        again = {"with": {"sample": case["with"].get("sample", "float32")}}
        found = {
            "bytes": hashlib.md5(data).hexdigest(),
            "container": lib.ondes_container_name(info.container).decode(),
            "codec": lib.ondes_codec_name(info.codec).decode(),
            "read.rate": str(info.rate),
            "read.channels": str(info.channels),
        }
        read = {f"read.{name}": value for name, value in measured(loaded(opened, again)).items()}
        return {**found, **read, **texts_of(tags_of(opened))}


def call_resample(case: Case) -> Got:
    given = case["with"]
    with reader(case) as opened:
        block = loaded(opened, {"with": {"sample": given.get("sample", "float32")}})
        channels = block.channels
        ratio = (float(opened.info.output_rate), float(given["rate"]))
    form = (
        block.format,
        Quality[given.get("quality", "balanced").upper()],
        LengthRule[given.get("length_rule", "exact").upper()],
    )
    resampler = Handle.make("resampler", lib.ondes_resampler_free, lib.ondes_resampler_new, *ratio, channels, *form)
    pieces = []

    def take(function: Callable[..., int], ready: int, *arguments: object) -> None:
        piece, done = Block(ready, channels, block.format, Layout.INTERLEAVED), c_uint64()
        resampler.call(function, Layout.INTERLEAVED, *arguments, piece.pointer, ready, byref(done))
        pieces.append(piece.cut(done.value).array)

    for start in range(0, block.capacity, given["chunk"]):
        part = block.samples(start, start + given["chunk"])
        ready = lib.ondes_resampler_output_frames(resampler.pointer, part.frames)
        take(lib.ondes_resampler_process, ready, part.pointer, part.frames)
    take(lib.ondes_resampler_flush, lib.ondes_resampler_flush_frames(resampler.pointer))
    whole = Block(sum(map(len, pieces)), channels, block.format, Layout.INTERLEAVED)
    whole.array = np.concatenate(pieces)
    return measured(whole)


def call_resample_clip(case: Case) -> Got:
    given = case["with"]
    with reader(case) as opened:
        block = loaded(opened, {"with": {name: given[name] for name in ("sample", "layout") if name in given}})
        rates = float(opened.info.output_rate), float(given["rate"])
    cancel = Cancel()
    if given.get("cancelled"):
        cancel.set()
    options = _abi.ResampleOptions(
        cancel=cancel.token, quality=Quality[given.get("quality", "balanced").upper()], threads=given.get("threads", 0)
    )
    form = block.format, block.layout
    audio = Handle("audio", None, lib.ondes_audio_free)
    call(
        lib.ondes_resample,
        *form,
        block.pointer,
        block.capacity,
        block.channels,
        *rates,
        byref(options),
        audio.out,
    )
    planes = borrow(audio, audio.pointer)
    return {
        **measured(block_of(planes if block.layout == Layout.PLANAR else planes.T, block.layout)),
        "channels": str(lib.ondes_audio_channels(audio.pointer)),
        "rate": str(lib.ondes_audio_rate(audio.pointer)),
    }


def call_resampled(case: Case) -> Got:
    given = case["with"]
    with reader(case) as opened:
        form = (
            Quality[given.get("quality", "balanced").upper()],
            LengthRule[given.get("length_rule", "exact").upper()],
        )
        arguments = (opened.handle.pointer, float(given["rate"]), *form)
        view = Handle.make("view", lib.ondes_resampled_free, lib.ondes_resampled_new, *arguments)
        channels, length = opened.info.output_channels, int(lib.ondes_resampled_frames(view.pointer))
        if given.get("free_reader"):
            opened.close()
        if "seek" in given:
            view.call(lib.ondes_resampled_seek, given["seek"])
        block, frames = Block(given.get("frames", length + 1), channels, *asked(case)), c_uint64()
        view.call(lib.ondes_resampled_read, *asked(case), block.pointer, block.capacity, byref(frames))
        tell = int(lib.ondes_resampled_tell(view.pointer))
        return {**measured(block.cut(frames.value)), "length": count(length), "tell": count(tell)}


def map_form(given: Case) -> _abi.MapForm:
    given = dict(given)
    given["sample_format"] = sample(given.pop("sample"))
    order = {"little": ByteOrder.LITTLE_ENDIAN, "big": ByteOrder.BIG_ENDIAN}[given.pop("byte_order", "little")]
    return _abi.MapForm(byte_order=order, **given)


def call_map(case: Case) -> Got:
    given = case.get("with", {})
    path, buffered = DATA / case["input"]["file"], given.get("buffered", False)
    mode = {"read": "r", "read_write": "r+", "copy_on_write": "c"}[given.get("mode", "read")]
    form = given.get("form")
    mapped = Map.open(path, mode, buffered) if form is None else Map.raw(path, mode, buffered, map_form(form))
    assert mapped.info.mode == MapMode[given.get("mode", "read").upper()]
    info, warnings, frames = mapped.info, [], c_uint64()
    mapped.warn(warnings.append)
    start = given.get("seek", 0)
    block = Block(given.get("frames", max(info.frames - start, 0)), info.channels, *asked(case))
    call(lib.ondes_map_read, mapped.pointer, start, *asked(case), block.pointer, block.capacity, byref(frames))
    names = ("bit_depth", "channels", "rate", "frames", "frame_stride", "channel_stride", "offset", "tail")
    return {
        "container": lib.ondes_container_name(info.container).decode(),
        "file_sample": lib.ondes_sample_name(info.sample_format).decode(),
        "byte_order": "big" if info.byte_order == ByteOrder.BIG_ENDIAN else "little",
        "warnings": str(len(warnings)),
        **{name: str(getattr(info, name)) for name in names},
        **{f"read.{name}": value for name, value in measured(block.cut(frames.value)).items()},
    }


def call_map_create(case: Case) -> Got:
    given = case["with"]
    with reader(case) as opened:
        block = loaded(opened, case)
    flags = _abi.MAP_RAW if given.get("raw") else _abi.MAP_WAVEMAP_HEADER if given.get("wavemap_header") else 0
    made = Map.create(given.get("path", "made.wav"), flags, map_form(given["form"]))
    if "append" in given:
        made.grow(given["append"])
    samples = block.samples()
    call(
        lib.ondes_map_write, made.pointer, given["at"], samples.format, samples.layout, samples.pointer, samples.frames
    )
    made.flush()
    data = Path("made.wav").read_bytes()
    return {"bytes": hashlib.md5(data).hexdigest(), **({} if given.get("raw") else read_again(data, case))}


def call_convert(case: Case) -> Got:
    given = case["with"]
    numbers = {"uint16": Number.U16, "uint32": Number.U32, "uint64": Number.U64}
    source_format, target_format = (numbers.get(name) or sample(name) for name in (given["from"], given["to"]))
    data = bytes.fromhex(given["bytes"])
    total = len(data) // size_of(given["from"])
    src, dst = np.empty(total, "f8"), np.empty(total, "f8")  # aligned for any of them
    src.view(np.uint8)[: len(data)] = np.frombuffer(data, np.uint8)
    call(lib.ondes_convert, source_format, src.ctypes.data, target_format, dst.ctypes.data, total)
    return {"bytes": dst.view(np.uint8)[: total * size_of(given["to"])].tobytes().hex()}


def size_of(name: str) -> int:
    return int("".join(filter(str.isdigit, name))) // 8


class Options:
    """As the package's batches take them, but any that a case has."""

    is_empty = False

    def __init__(self, case: Case) -> None:
        self.read = read_options(case)
        self.format = asked(case)[0]


def call_batch(case: Case) -> Got:
    given = case["with"]
    layout = asked(case)[1]
    if given.get("cancelled"):
        return cancelled_batch(case)
    got: Got = {}
    with Batch(Options(case), given.get("workers", 0), given.get("ahead", 0)) as batch:  # type: ignore[arg-type]
        for one in given["inputs"]:
            batch.add(source(one))
        place = 0
        while (item := batch.next()) is not None:
            if item.error is not None:
                found = told(item.error)
            else:
                assert item.samples is not None
                found = measured(block_of(item.samples, layout))
                found.update(channels=str(len(item.samples)), rate=str(item.sample_rate), **warned(item.warnings))
            got.update((f"items.{place}.{name}", value) for name, value in found.items())
            place += 1
    return got


def cancelled_batch(case: Case) -> Got:
    """The package ends a batch by its generator or by what a progress function raises, not by a token."""
    cancel, got = Cancel(), {}
    cancel.set()
    batch = Handle.make(
        "batch", lib.ondes_batch_free, lib.ondes_batch_new, byref(_abi.BatchOptions(cancel=cancel.token))
    )
    for one in case["with"]["inputs"]:
        batch.call(lib.ondes_batch_add_path, os.fsencode(source(one)))
    for place in range(len(case["with"]["inputs"])):
        item = Handle.make("item", lib.ondes_batch_item_free, lib.ondes_batch_next, batch.pointer)
        error = ondes.exceptions._from_c(lib.ondes_batch_item_error(item.pointer))
        got.update((f"items.{place}.{name}", value) for name, value in told(error).items())
    return got


def call_fill(case: Case) -> Got:
    given = case["with"]
    format, layout = asked(case)
    files, channels, frames = len(given["inputs"]), given["channels"], given["frames"]
    block = np.empty((files, channels, frames), ondes._samples.DTYPES[format])
    got: Got = {}
    with Batch(Options(case), given.get("workers", 0)) as batch:  # type: ignore[arg-type]
        for one in given["inputs"]:
            batch.add(source(one))
        for place, (item, n) in enumerate(batch.fill(block, Padding[given["padding"].upper()])):
            found = {"frames": str(n)} if item.error is None else told(item.error)
            got.update((f"items.{place}.{name}", value) for name, value in found.items())
    arranged = block if layout == Layout.PLANAR else block.transpose(0, 2, 1)
    return {"md5": hashlib.md5(arranged.tobytes()).hexdigest(), **got}


def call_format(case: Case) -> Got:
    index = write_format(case["with"]["name"])
    if index is None:
        return {"found": "false"}
    got = {
        "found": "true",
        "name": lib.ondes_write_format_name(index).decode(),
        "title": lib.ondes_write_format_title(index).decode(),
        "extensions": lib.ondes_write_format_extensions(index).decode(),
        "max_channels": str(lib.ondes_write_format_max_channels(index)),
        "has_rate": "true" if lib.ondes_write_format_has_rate(index, 44100) else "false",
    }
    place = 0
    while word := lib.ondes_write_format_quality(index, place):
        got[f"qualities.{place}"] = word.decode()
        place += 1
    for place, number in enumerate(ondes._writer.sample_formats(index)):
        got[f"samples.{place}"] = lib.ondes_sample_name(number).decode()
    return got


def call_play(case: Case) -> Got:
    with reader(case) as opened:
        ondes.play(opened.load(Sample.F32), opened.info.output_rate, case["with"]["device"])
    return {}


def call_stream(case: Case) -> Got:
    given = case.get("with", {})
    direction = Direction.OUTPUT if "output" in given else Direction.INPUT
    with Stream(given.get("input"), given.get("output"), rate=given.get("rate", 0)) as stream:
        return {"rate": str(stream.rate), "channels": str(stream.channels(direction))}


def told(error: BaseException) -> Got:
    if isinstance(error, Failure):
        return {"error.status": "CALLBACK", "error.text": str(error)}
    assert isinstance(error, ondes.exceptions.OndesError), repr(error)
    offset = "unknown" if error.offset is None else str(error.offset)
    return {"error.status": error.status.name, "error.text": str(error), "error.offset": offset}


def run(case: Case) -> Got:
    """What a case gives."""
    try:
        return globals()[f"call_{case['call']}"](case)
    except (Failure, ondes.exceptions.OndesError) as error:
        return told(error)
