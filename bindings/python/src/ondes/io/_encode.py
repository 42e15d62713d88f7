"""``AudioFile.encode``: samples as the bytes of a file."""

from __future__ import annotations

from typing import Any

from ondes._samples import as_samples
from ondes._writer import Writer
from ondes._writer import encode as encode_at_once

from ._arguments import incompatible, whole
from ._formats import Form
from ._layout import Layouts
from ._writing import is_long, pieces, to_write


def encode(
    samples: Any,
    samplerate: Any,
    format: Any,
    num_channels: Any,
    bit_depth: Any,
    quality: Any,
    codec_options: Any,
    num_threads: Any,
) -> bytes:
    """Encode samples: see :meth:`ondes.io.AudioFile.encode`."""
    array = to_write("encode", samples)
    if not isinstance(format, str):
        raise incompatible("encode", f"format must be a text, not {format!r}")
    threads = whole(num_threads, "encode", "num_threads")
    if threads < 1:
        raise ValueError(f"num_threads must be a positive integer, not {threads}.")
    form = Form("encode", format, samplerate, num_channels, bit_depth, quality, codec_options)
    options = form.options(threads)
    planes = Layouts(form.channels).planes(array)
    if planes.shape[0] != form.channels:
        raise RuntimeError(
            f"encode was called with num_channels={form.channels}, but was passed an array containing "
            f"{planes.shape[0]}-channel audio!"
        )
    if not is_long(planes):
        return encode_at_once(as_samples(planes), options)
    with Writer(None, options) as writer:
        for piece in pieces(planes):
            writer.write(piece)
        writer.finish()
        return writer.take_bytes()
