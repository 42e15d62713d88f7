"""``convert``: numbers by wavemap's rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _abi
from ._abi import Sample
from ._handle import call
from ._library import lib
from ._map import Map, map_of
from ._samples import DTYPES, Array, address

_NUMBERS: dict[np.dtype[Any], int] = {dtype: int(format) for format, dtype in DTYPES.items()}
_NUMBERS[np.dtype(np.uint16)] = _abi.Number.U16
_NUMBERS[np.dtype(np.uint32)] = _abi.Number.U32
_NUMBERS[np.dtype(np.uint64)] = _abi.Number.U64
_HALF, _SINGLE = np.dtype(np.float16), np.dtype(np.float32)

# Numbers converted at a time: they stay in the cache, and Ctrl-C is answered between two blocks.
BLOCK = 1 << 16


def number(dtype: np.dtype[Any]) -> int:
    """The library's number of a NumPy type in native byte order."""
    try:
        return _NUMBERS[dtype]
    except KeyError:
        names = ", ".join(str(known) for known in (*_NUMBERS, _HALF))
        raise TypeError(f"{dtype} is no type of samples: use one of {names}") from None


def convert_block(src: Array, src_number: int, out: Array, out_number: int, count: int) -> None:
    call(lib.ondes_convert, src_number, address(src), out_number, address(out), count)


def convert_array(array: Array, dtype: np.dtype[Any]) -> Array:
    """A new array of another type, in the same memory order."""
    native = array.dtype.newbyteorder("=")
    if native == _HALF:
        return convert_array(array.astype(_SINGLE), dtype)
    if dtype == _HALF:
        single = array if native.kind == "f" else convert_array(array, _SINGLE)
        return single.astype(dtype)
    source, target = number(native), number(dtype)
    # Mapped memory may change, or go, while it is read: the library only gets copies of it.
    scratch = None if map_of(array) is None else np.empty(BLOCK, native)
    plain = array.view(np.ndarray)
    nditer: Any = np.nditer  # its types lack a flag
    blocks = nditer(
        [plain, None],
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=[["readonly", "contig", "aligned", "nbo"], ["writeonly", "allocate", "contig", "aligned"]],
        op_dtypes=[native, dtype],
        casting="equiv",
        order="K",
        buffersize=BLOCK,
    )
    with blocks:
        for src, out in blocks:
            if scratch is not None:
                scratch[: src.size] = src
                src = scratch
            convert_block(src, source, out, target, out.size)
        result: Array = blocks.operands[1]
    return result


def convert_map(map: Map, dtype: np.dtype[Any]) -> Array:
    """The samples of a file, 24-bit ones too, in another type."""
    if dtype == _HALF:
        return convert_map(map, _SINGLE).astype(dtype)
    native, info = dtype.newbyteorder("="), map.info
    target, frames, channels = number(native), info.frames, info.channels
    result = np.empty((frames, channels), native)
    step = max(1, BLOCK // channels)
    source = np.empty((min(step, frames), info.frame_stride), np.uint8)
    for start in range(0, frames, step):
        out = result[start : start + step]
        map.read_into(source[: len(out)], start, Sample(info.sample_format))
        convert_block(source, info.sample_format, out, target, out.size)
    return map.turned(result)
