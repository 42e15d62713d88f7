"""The C ABI of ondes for the benchmarks: just enough ctypes, straight into NumPy arrays."""

import ctypes as c
import os
from pathlib import Path

import numpy as np

_ROOT = Path(__file__).resolve().parent.parent
_lib = c.CDLL(os.environ.get("ONDES_LIBRARY", str(_ROOT / "target/release/libondes.so")))

I16, I24, F32, INTERLEAVED, PLANAR = 3, 4, 7, 0, 1
ALL_CORES = 0xFFFFFFFF


class ReadOptions(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("flags", c.c_uint32), ("start", c.c_uint64), ("end", c.c_uint64),
        ("channels", c.c_uint32), ("mono", c.c_uint32), ("rate", c.c_uint32), ("threads", c.c_uint32),
    ]  # fmt: skip


class Info(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("container", c.c_int32), ("codec", c.c_int32), ("sample_format", c.c_int32),
        ("bit_depth", c.c_uint32), ("bit_rate", c.c_uint32), ("rate", c.c_uint32), ("channels", c.c_uint32),
        ("channel_mask", c.c_uint32), ("is_exact", c.c_uint32), ("frames", c.c_uint64), ("duration", c.c_double),
        ("output_frames", c.c_uint64), ("output_rate", c.c_uint32), ("output_channels", c.c_uint32),
    ]  # fmt: skip


class BatchOptions(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("format", c.c_int32), ("layout", c.c_int32), ("workers", c.c_uint32),
        ("ahead", c.c_uint32), ("unordered", c.c_uint32), ("read", c.POINTER(ReadOptions)),
        ("cancel", c.c_void_p), ("progress", c.c_void_p), ("user_data", c.c_void_p),
    ]  # fmt: skip


class WriteOptions(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("flags", c.c_uint32), ("format", c.c_char_p), ("quality", c.c_char_p),
        ("like", c.c_void_p), ("tags", c.c_void_p), ("rate", c.c_uint32), ("channels", c.c_uint32),
        ("channel_mask", c.c_uint32), ("sample_format", c.c_int32), ("threads", c.c_uint32), ("dither", c.c_uint32),
    ]  # fmt: skip


_pointer = c.POINTER(c.c_void_p)
for _name, _result, _arguments in [
    ("ondes_error_message", c.c_char_p, [c.c_void_p]),
    ("ondes_error_free", None, [c.c_void_p]),
    ("ondes_sample_name", c.c_char_p, [c.c_int32]),
    ("ondes_reader_open_path", c.c_int32, [c.c_char_p, c.POINTER(ReadOptions), _pointer, _pointer]),
    ("ondes_reader_info", c.c_int32, [c.c_void_p, c.POINTER(Info), _pointer]),
    ("ondes_reader_load", c.c_int32, [c.c_void_p, c.c_int32, c.c_int32, c.c_void_p, _pointer, _pointer]),
    ("ondes_reader_free", None, [c.c_void_p]),
    ("ondes_audio_samples", c.c_void_p, [c.c_void_p]),
    ("ondes_audio_frames", c.c_uint64, [c.c_void_p]),
    ("ondes_audio_channels", c.c_uint32, [c.c_void_p]),
    ("ondes_audio_free", None, [c.c_void_p]),
    ("ondes_batch_new", c.c_int32, [c.POINTER(BatchOptions), _pointer, _pointer]),
    ("ondes_batch_add_path", c.c_int32, [c.c_void_p, c.c_char_p, _pointer]),
    ("ondes_batch_collect", c.c_int32, [c.c_void_p, _pointer, c.c_uint64, _pointer]),
    ("ondes_batch_free", None, [c.c_void_p]),
    ("ondes_batch_item_error", c.c_void_p, [c.c_void_p]),
    ("ondes_batch_item_audio", c.c_void_p, [c.c_void_p]),
    ("ondes_batch_item_free", None, [c.c_void_p]),
    ("ondes_writer_open_path", c.c_int32, [c.c_char_p, c.POINTER(WriteOptions), _pointer, _pointer]),
    ("ondes_writer_write", c.c_int32, [c.c_void_p, c.c_int32, c.c_int32, c.c_void_p, c.c_uint64, _pointer]),
    ("ondes_writer_finish", c.c_int32, [c.c_void_p, _pointer]),
    ("ondes_writer_free", None, [c.c_void_p]),
]:
    _function = getattr(_lib, _name)
    _function.restype, _function.argtypes = _result, _arguments

assert _lib.ondes_sample_name(F32) == b"float32", "the number of ONDES_SAMPLE_F32 has changed"


def _check(status, err):
    if status:
        message = _lib.ondes_error_message(err).decode()
        _lib.ondes_error_free(err)
        raise RuntimeError(message)


def _open(path, **options):
    reader, err = c.c_void_p(), c.c_void_p()
    options = ReadOptions(struct_size=c.sizeof(ReadOptions), **options)
    _check(_lib.ondes_reader_open_path(os.fsencode(path), options, c.byref(reader), c.byref(err)), err)
    return reader


class _Owner:
    """Frees library memory when the last array on it is gone."""

    def __init__(self, free, handle):
        self.free, self.handle = free, handle

    def __del__(self):
        self.free(self.handle)


def _array(audio, owner):
    frames, channels = _lib.ondes_audio_frames(audio), _lib.ondes_audio_channels(audio)
    buffer = (c.c_float * (frames * channels)).from_address(_lib.ondes_audio_samples(audio) or 1)
    buffer._owner = owner
    return np.frombuffer(buffer, dtype=np.float32).reshape(frames, channels)


def _load(reader):
    audio, err = c.c_void_p(), c.c_void_p()
    try:
        _check(_lib.ondes_reader_load(reader, F32, INTERLEAVED, None, c.byref(audio), c.byref(err)), err)
    finally:
        _lib.ondes_reader_free(reader)
    return _array(audio, _Owner(_lib.ondes_audio_free, audio))


def load(path, threads=1):
    return _load(_open(path, threads=threads))


def window(path, start, frames):
    return _load(_open(path, start=start, end=start + frames))


def open_only(path):
    reader, err = _open(path), c.c_void_p()
    info = Info(struct_size=c.sizeof(Info))
    _check(_lib.ondes_reader_info(reader, info, c.byref(err)), err)
    _lib.ondes_reader_free(reader)
    return info.frames


def load_batch(paths, rate=0, mono=False, workers=0):
    read = ReadOptions(struct_size=c.sizeof(ReadOptions), rate=rate, mono=int(mono))
    options = BatchOptions(
        struct_size=c.sizeof(BatchOptions), read=c.pointer(read), format=F32, layout=INTERLEAVED, workers=workers
    )
    batch, err = c.c_void_p(), c.c_void_p()
    _check(_lib.ondes_batch_new(options, c.byref(batch), c.byref(err)), err)
    try:
        for path in paths:
            _check(_lib.ondes_batch_add_path(batch, os.fsencode(path), c.byref(err)), err)
        items = (c.c_void_p * len(paths))()
        _check(_lib.ondes_batch_collect(batch, items, len(paths), c.byref(err)), err)
    finally:
        _lib.ondes_batch_free(batch)
    arrays = []
    for item in items:
        owner = _Owner(_lib.ondes_batch_item_free, item)
        error = _lib.ondes_batch_item_error(item)
        if error:
            raise RuntimeError(_lib.ondes_error_message(error).decode())
        arrays.append(_array(_lib.ondes_batch_item_audio(item), owner))
    return arrays


def write(path, samples, rate, quality=None, sample_format=0, threads=0, repeat=1):
    """Writes an array of shape (frames, channels), int16 or float32, as often as `repeat` says."""
    frames, channels = samples.shape
    samples = np.ascontiguousarray(samples)
    options = WriteOptions(
        struct_size=c.sizeof(WriteOptions), rate=rate, channels=channels, sample_format=sample_format, threads=threads,
        quality=quality and quality.encode(),
    )  # fmt: skip
    kind = {"int16": I16, "float32": F32}[samples.dtype.name]
    writer, err = c.c_void_p(), c.c_void_p()
    _check(_lib.ondes_writer_open_path(os.fsencode(path), options, c.byref(writer), c.byref(err)), err)
    try:
        for _ in range(repeat):
            pointer = samples.ctypes.data
            _check(_lib.ondes_writer_write(writer, kind, INTERLEAVED, pointer, frames, c.byref(err)), err)
        _check(_lib.ondes_writer_finish(writer, c.byref(err)), err)
    finally:
        _lib.ondes_writer_free(writer)
