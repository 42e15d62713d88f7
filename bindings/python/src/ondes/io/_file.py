"""``AudioFile``: any audio file, opened for reading or for writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NoReturn, overload

from ondes._samples import Array
from ondes._sources import Path, Source

from ._arguments import MISSING, incompatible, one_of, only
from ._formats import WriteableAudioFileFlag

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from typing_extensions import Self

    from ondes._writer import BinaryTarget

    from ._readable import ReadableAudioFile
    from ._writeable import WriteableAudioFile

    Options = Mapping[WriteableAudioFileFlag, bool]


class AudioFile:
    """Opens an audio file: ``AudioFile("song.mp3")`` to read it, ``AudioFile("out.wav", "w", 44100, 2)`` to write one.

    Reading gives a :class:`ReadableAudioFile`, from a path, from bytes (any buffer), or from a binary file object that
    has ``read``, ``seek``, ``tell`` and ``seekable``; it begins where the file object stands. Writing gives a
    :class:`WriteableAudioFile`, to a path or a binary file object; see there for the other arguments. Both are closed at
    the end of a ``with`` block, and file objects are left open.

    Raises TypeError for arguments that do not fit each other, and ValueError for a file that is missing (then also
    FileNotFoundError), unknown or damaged, and for what the format cannot hold.
    """

    __slots__ = ("__weakref__",)

    if TYPE_CHECKING:

        @overload
        def __new__(cls, filename: Source, mode: Literal["r"] = "r") -> ReadableAudioFile: ...
        @overload
        def __new__(cls, *, file_like: Source, mode: Literal["r"] = "r") -> ReadableAudioFile: ...
        @overload
        def __new__(
            cls,
            filename: Path,
            mode: Literal["w"],
            samplerate: float,
            num_channels: int = 1,
            bit_depth: int = 16,
            quality: str | float | None = None,
            *,
            codec_options: Options = ...,
        ) -> WriteableAudioFile: ...
        @overload
        def __new__(
            cls,
            filename: BinaryTarget,
            mode: Literal["w"],
            samplerate: float,
            num_channels: int = 1,
            bit_depth: int = 16,
            quality: str | float | None = None,
            format: str | None = None,
            codec_options: Options = ...,
        ) -> WriteableAudioFile: ...
        @overload
        def __new__(
            cls,
            *,
            file_like: BinaryTarget,
            mode: Literal["w"],
            samplerate: float,
            num_channels: int = 1,
            bit_depth: int = 16,
            quality: str | float | None = None,
            format: str | None = None,
            codec_options: Options = ...,
        ) -> WriteableAudioFile: ...

    def __new__(
        cls,
        filename: Any = MISSING,
        mode: Any = "r",
        samplerate: Any = None,
        num_channels: Any = MISSING,
        bit_depth: Any = MISSING,
        quality: Any = None,
        format: Any = None,
        codec_options: Any = MISSING,
        *extra: Any,
        file_like: Any = MISSING,
        **unknown: Any,
    ) -> AudioFile:
        """Open a file."""
        from ._readable import ReadableAudioFile
        from ._writeable import WriteableAudioFile

        only("AudioFile", extra, unknown)
        file = one_of("AudioFile", filename, file_like)
        if mode == "r":
            given = (samplerate, quality, format) != (None, None, None)
            if given or any(argument is not MISSING for argument in (num_channels, bit_depth, codec_options)):
                raise TypeError(
                    "Opening an audio file for reading does not require samplerate, num_channels, bit_depth, quality, "
                    "format or codec_options: these are read from the file."
                )
            return ReadableAudioFile(file)
        if not isinstance(mode, str):
            raise incompatible("AudioFile", f"mode must be a text, not {mode!r}; samplerate comes after it")
        if mode != "w":
            raise TypeError('AudioFile instances can only be opened in read mode ("r") or write mode ("w").')
        return WriteableAudioFile(
            file,
            samplerate,
            1 if num_channels is MISSING else num_channels,
            16 if bit_depth is MISSING else bit_depth,
            quality,
            format,
            codec_options,
        )

    @staticmethod
    def encode(
        samples: Array,
        samplerate: float,
        format: str,
        num_channels: int = 1,
        bit_depth: int = 16,
        quality: str | float | None = None,
        codec_options: Options = MISSING,
        num_threads: int = 1,
    ) -> bytes:
        """Encode samples to the bytes of a whole audio file.

        ``format`` is a file extension, with or without its dot; the other arguments are those of
        :class:`WriteableAudioFile`, and the bytes those that it writes. MP3 and FLAC are encoded on ``num_threads``
        threads; an MP3 of several threads has other bytes than one of one thread.

        Raises TypeError, ValueError and RuntimeError as :class:`WriteableAudioFile` and its ``write`` do.
        """
        from ._encode import encode

        return encode(samples, samplerate, format, num_channels, bit_depth, quality, codec_options, num_threads)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"cannot pickle {type(self).__name__}: open the file again where it is needed")

    def __enter__(self) -> Self:
        """Return the file itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the file; exceptions pass through."""
        raise NotImplementedError
