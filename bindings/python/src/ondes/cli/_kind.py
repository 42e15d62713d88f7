"""What a file is, in two or three words."""

from __future__ import annotations

from ondes import _abi
from ondes._library import lib
from ondes._samples import sample_name

_LOSSY = 0  # their bit depth
_ITS_OWN = (_abi.Container.MPEG, _abi.Container.ADTS)  # containers of nothing but their codec


def container_name(info: _abi.Info) -> str:
    """The file format, as ``WAV``."""
    name: bytes = lib.ondes_container_name(info.container)
    return name.decode()


def codec_name(info: _abi.Info) -> str:
    """The coding, as ``MP3``."""
    name: bytes = lib.ondes_codec_name(info.codec)
    return name.decode()


def kind(info: _abi.Info) -> str:
    """Coding and file format: ``MP3``, ``Vorbis in Ogg``, ``24 bit FLAC``, ``float32 PCM in WAV``."""
    codec, container = codec_name(info), container_name(info)
    words = codec if container == codec or info.container in _ITS_OWN else f"{codec} in {container}"
    if info.bit_depth == _LOSSY:
        return words
    floats = info.sample_format in (_abi.Sample.F32, _abi.Sample.F64)
    return f"{sample_name(info.sample_format) if floats else f'{info.bit_depth} bit'} {words}"
