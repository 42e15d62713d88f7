"""``WriteableAudioFile``: an audio file to write."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, overload

from ondes import exceptions
from ondes._abi import Status
from ondes._handle import call
from ondes._library import lib
from ondes._samples import Array
from ondes._sources import Path, is_path, name_of
from ondes._writer import BinaryTarget, Writer

from ._arguments import MISSING, incompatible, one_of, only
from ._file import AudioFile
from ._formats import Form, file_dtype
from ._layout import Layouts
from ._reading import source_text
from ._writing import pieces, to_write

if TYPE_CHECKING:
    from types import TracebackType

    from ._file import Options

# After these the file is as it was before the call.
_HARMLESS = {Status.INVALID_ARGUMENT, Status.LIMIT, Status.UNSUPPORTED, Status.NOT_SEEKABLE}


class WriteableAudioFile(AudioFile):
    """An audio file that is open for writing.

    ``filename`` is a path, whose extension tells the format (.wav, .aiff, .flac, .ogg, .mp3, .opus, .caf and their
    kin), or a binary file object, which is written from where it stands and left open; its format is ``format`` (an
    extension) or the extension of its ``name``.

    - ``samplerate``: whole Hz, one that the format can hold.
    - ``num_channels``: 1 unless told otherwise.
    - ``bit_depth``: 8, 16, 24 or 32 (float) for WAV, 8, 16 or 24 for AIFF, 16 or 24 for FLAC. Lossy formats ignore it.
    - ``quality``: one of the format's words, such as "320 kbps", "V2" or "8", a part or number of one, or "best",
      "worst", "fastest", "slowest"; the best unless told otherwise.
    - ``codec_options``: ``{WriteableAudioFileFlag.Mp3EnableBitReservoir: False}``.

    The file is made when all of this fits, and whole when it was closed, as it is at the end of a ``with`` block. Only
    one thread may use a file at a time; another one gets a RuntimeError.

    Raises TypeError for arguments of a wrong type, ValueError for what the format cannot hold and for a path that cannot
    be written to, and whatever a file object raises.
    """

    __slots__ = ("_file_dtype", "_form", "_frames", "_is_broken", "_layouts", "_name", "_quality", "_target", "_writer")

    _file_dtype: str
    _form: Form
    _frames: int
    _is_broken: bool
    """Whether a call has failed in a way after which the file may not be completed."""
    _layouts: Layouts
    _name: str | None
    _quality: str | None
    _target: Any
    _writer: Writer

    if TYPE_CHECKING:

        @overload
        def __new__(
            cls,
            filename: Path,
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
        samplerate: Any = None,
        num_channels: Any = 1,
        bit_depth: Any = 16,
        quality: Any = None,
        format: Any = None,
        codec_options: Any = MISSING,
        *extra: Any,
        file_like: Any = MISSING,
        **unknown: Any,
    ) -> WriteableAudioFile:
        """Create a file, or empty it."""
        only("WriteableAudioFile", extra, unknown)
        target = one_of("WriteableAudioFile", filename, file_like)
        if is_path(target) and isinstance(format, dict):
            format, codec_options = None, format
        form = Form(
            "WriteableAudioFile",
            _format(target, format),
            samplerate,
            num_channels,
            bit_depth,
            quality,
            codec_options,
        )
        self = object.__new__(cls)
        self._writer = writer = _create(target, form)
        self._form = form
        self._file_dtype = _file_dtype(form, writer)
        self._quality = writer.quality
        self._layouts = Layouts(form.channels)
        self._name = os.fsdecode(target) if is_path(target) else None
        self._target = target
        self._frames = 0
        self._is_broken = False
        return self

    def write(self, samples: Array) -> None:
        """Append samples: an array of int8, int16, int32, float32 or float64, in any byte order.

        Its shape is (channels, frames) or (frames, channels), whichever has ``num_channels`` in the right place, or
        (frames,) for one channel. A square array has the layout of the one before it. Integers are full scale; floats
        from -1 to 1 are rounded to the nearest integer and clipped where the file has integers. Lossy codecs and files
        of floats take them as they are.

        Raises TypeError for what is no such array, RuntimeError for another number of channels, for a square array as
        the first one, and if the file is closed or in use by another thread; OSError (also a RuntimeError) if writing
        fails, and whatever a file object raises. The file then cannot be completed.
        """
        array = to_write("write", samples)
        handle = self._writer.handle
        with handle.use():
            pointer = handle.pointer
            planes = self._layouts.planes(array)
            channels = planes.shape[0]
            if channels != self._form.channels:
                raise RuntimeError(
                    f"WriteableAudioFile was opened with num_channels={self._form.channels}, but was passed an array "
                    f"containing {channels}-channel audio!"
                )
            for piece in pieces(planes):
                try:
                    self._call(lib.ondes_writer_write, pointer, piece.format, piece.layout, piece.pointer, piece.frames)
                finally:
                    # Ctrl-C may come when the piece has been written.
                    self._frames = lib.ondes_writer_frames(pointer)

    def _call(self, function: Callable[..., int], *arguments: object) -> None:
        handle = self._writer.handle
        try:
            call(function, *arguments, path=handle.path, failures=handle.failures)
        except exceptions.OndesError as error:
            self._is_broken |= error.status not in _HARMLESS
            raise
        except BaseException:
            self._is_broken = True
            raise

    def flush(self) -> None:
        """Bring the file up to date, so that everything written so far can be read, even if the program ends now.

        WAV, AIFF, Ogg, Opus, MP3 and CAF can do that, lossy ones but for a fraction of a second; FLAC cannot.

        Raises RuntimeError where the format or the file object cannot do it (writing can go on), and if the file is
        closed or in use by another thread; OSError (also a RuntimeError) if writing fails, and whatever a file object
        raises.
        """
        handle = self._writer.handle
        with handle.use():
            try:
                self._call(lib.ondes_writer_flush, handle.pointer)
            except (exceptions.UnsupportedError, exceptions.NotSeekableError) as error:
                raise exceptions._new(Status.UNSUPPORTED, f"Unable to flush audio file: {error}", error.path) from None

    def close(self) -> None:
        """Complete and close the file. A file object that was given stays open.

        Raises RuntimeError if it was closed before or is in use by another thread; OSError (also a RuntimeError) if
        writing fails, and whatever a file object raises.
        """
        if self.closed:
            raise exceptions._new(Status.CLOSED, "Cannot close closed file.", self._name)
        # Ctrl-C may have come after the last write, and before its frames were counted.
        self._frames = self._writer.frames
        self._writer.handle.close(lib.ondes_writer_finish)

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Complete and close the file, also if something else has failed."""
        self._complete(failed=failure is not None)

    def __del__(self) -> None:
        # What was forgotten open is completed, if it was opened at all.
        if hasattr(self, "_is_broken"):
            self._complete(failed=True)

    def _complete(self, *, failed: bool) -> None:
        """Closes the file; what has failed before, and was told, is not told again."""
        if failed and self.closed:
            return
        try:
            self.close()
        except exceptions.OndesError:
            if not (failed and self._is_broken):
                raise

    def tell(self) -> int:
        """Tell how many frames were written."""
        return self._frames

    @property
    def frames(self) -> int:
        """How many frames were written."""
        return self._frames

    @property
    def closed(self) -> bool:
        """Whether the file was closed."""
        return self._writer.handle.closed

    @property
    def samplerate(self) -> int | float:
        """The sample rate in Hz. Raises RuntimeError once the file is closed."""
        return self._open_form().rate

    @property
    def num_channels(self) -> int:
        """How many channels there are. Raises RuntimeError once the file is closed."""
        return self._open_form().channels

    @property
    def file_dtype(self) -> str:
        """The format of the samples in the file: "int8" to "int24", "float32". Raises RuntimeError once it is closed."""
        self._open_form()
        return self._file_dtype

    @property
    def quality(self) -> str | None:
        """The format's word for the quality that was chosen, such as "320 kbps"; None if it has no choice."""
        return self._quality

    def _open_form(self) -> Form:
        if self.closed:
            raise exceptions._new(Status.CLOSED, "I/O operation on a closed file.", self._name)
        return self._form

    def __repr__(self) -> str:
        what = source_text(self._target, self._name)
        quality = f' quality="{self._quality}"' if self._quality else ""
        state = " closed" if self.closed else ""
        return (
            f"<ondes.io.WriteableAudioFile {what} samplerate={self._form.rate} num_channels={self._form.channels}"
            f"{quality} file_dtype={self._file_dtype}{state} at {id(self):#x}>"
        )


def _format(target: Any, format: Any) -> str:
    """The format to write, as an extension."""
    if is_path(target):
        if format is not None:
            raise incompatible("WriteableAudioFile", "format is for file objects; a path tells it by its extension")
        path = os.fsdecode(target)
        extension = PurePath(path).suffix
        if not extension:
            raise ValueError(f"No file extension provided - cannot detect audio format to write with for: {path}")
        return extension
    if not all(hasattr(target, name) for name in ("write", "seek", "tell", "seekable")):
        raise TypeError(
            "Expected either a filename or a file-like object (with write, seek, seekable, and tell methods), but "
            f"received: {target!r}"
        )
    if format is None:
        format = PurePath(name_of(target) or "").suffix
        if not format:
            raise TypeError(
                f'Unable to infer audio file format for writing: the file-like object {target!r} has no ".name" with an '
                'extension, and no format was passed as the "format=" argument.'
            )
    if not isinstance(format, str):
        raise incompatible("WriteableAudioFile", f"format must be a text, not {format!r}")
    return format


def _create(target: Any, form: Form) -> Writer:
    options = form.options()
    try:
        return Writer(target, options)
    except exceptions.InvalidArgumentError:
        raise
    except exceptions.OndesError as error:
        errno = (error.errno or 0) if isinstance(error, OSError) else 0
        message = f"Unable to open audio file for writing: {error}"
        raise exceptions._new(error.status, message, error.path, error.offset, errno) from None


def _file_dtype(form: Form, writer: Writer) -> str:
    # The encoder of pedalboard takes integers, and its users may ask for that.
    return "int16" if form.name == "mp3" else file_dtype(writer.sample_format)
