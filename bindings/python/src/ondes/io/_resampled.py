"""``ResampledReadableAudioFile``: an audio file to read at another sample rate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ondes._abi import UNKNOWN, LengthRule, Sample
from ondes._handle import Handle, call
from ondes._library import lib

from ._arguments import MISSING, frame_count, incompatible, number, only, whole, whole_if_it_is
from ._quality import Quality
from ._readable import ReadableAudioFile
from ._reading import Reading

if TYPE_CHECKING:
    from types import TracebackType

    import numpy as np
    import numpy.typing as npt
    from typing_extensions import Self

_FUNCTIONS = (lib.ondes_resampled_read, lib.ondes_resampled_seek)
# The end of resampled audio can be computed in more than one way: so many frames of the file behind ours it is still
# the end. pedalboard has about as many.
_BEHIND_THE_END = 128


class ResampledReadableAudioFile(Reading):
    """A view of an open audio file at another sample rate; ``AudioFile(…).resampled_to(rate)`` makes one.

    It gives what a :class:`StreamResampler` makes of the whole file, whichever way it is read, and seeks exactly. It has
    a position of its own, and takes constant memory. Closing it leaves ``audio_file`` open, and closing that one ends
    both.

    Raises ValueError for a rate that cannot be, TypeError for arguments of a wrong type, RuntimeError if the file is
    closed or in use by another thread.
    """

    __slots__ = ("_file", "_handle", "_quality", "_rate")

    _file: ReadableAudioFile
    _handle: Handle
    _quality: Quality
    _rate: float

    def __new__(
        cls,
        audio_file: ReadableAudioFile,
        target_sample_rate: float = MISSING,
        resampling_quality: Quality = Quality.WindowedSinc32,
        *extra: Any,
        **unknown: Any,
    ) -> Self:
        """Make a view of a file."""
        name = "ResampledReadableAudioFile"
        only(name, extra, unknown)
        if not isinstance(audio_file, ReadableAudioFile):
            raise incompatible(name, f"audio_file must be a ReadableAudioFile, not {audio_file!r}")
        if not isinstance(resampling_quality, Quality):
            raise incompatible(name, f"resampling_quality must be a Quality, not {resampling_quality!r}")
        rate = number(target_sample_rate, name, "target_sample_rate")
        self = object.__new__(cls)
        self._file = audio_file
        self._rate = rate
        self._quality = resampling_quality
        self._position = 0
        self._channels = audio_file.num_channels
        source = audio_file._reader.handle
        with source.use():
            self._handle = Handle.make(
                "AudioFile",
                lib.ondes_resampled_free,
                lib.ondes_resampled_new,
                source.pointer,
                rate,
                resampling_quality._of_library,
                LengthRule.FLOOR,
                path=source.path,
                # Its callbacks are those of the file.
                failures=source.failures if source.calls_back else None,
            )
            frames = lib.ondes_resampled_frames(self._handle.pointer)
            self._learn(frames, exact=audio_file._exact, ended=False)
        return self

    def read(self, num_frames: float = 0) -> npt.NDArray[np.float32]:
        """Read the next ``num_frames`` frames as float32 of shape (channels, frames): fewer at the end, then none.

        Raises what ``read`` of a :class:`ReadableAudioFile` does.
        """
        wanted = frame_count(num_frames, "ResampledReadableAudioFile")
        source = self._file._reader.handle
        with self._handle.use(), source.use():
            view, file = self._handle.pointer, source.pointer
            array = self._take(self._handle, view, _FUNCTIONS, wanted, Sample.F32)
            if not self._exact:
                ended = array.shape[1] < wanted
                self._file._look_again(file, ended=False)
                self._learn(lib.ondes_resampled_frames(view), exact=self._file._exact, ended=ended)
        return array

    def seek(self, position: int) -> None:
        """Go to a frame at the view's rate, exactly: the next read begins there.

        A negative position is the start, and one that is only a little beyond the end is the end.

        Raises ValueError for a position far beyond the end, TypeError for what is no whole number, and RuntimeError if
        the file is closed or in use by another thread. The position then stays.
        """
        frame = max(whole(position, "seek", "position"), 0)
        source = self._file._reader.handle
        with self._handle.use(), source.use():
            view, _ = self._handle.pointer, source.pointer
            behind = frame - self._frames
            if self._exact and behind > 0:
                if behind > math.ceil(_BEHIND_THE_END * self._rate / self._file.samplerate):
                    self._refuse(frame)
                frame = self._frames
            elif frame >= UNKNOWN:
                self._refuse(frame)
            call(_FUNCTIONS[1], view, frame, path=self._handle.path, failures=self._handle.failures)
            self._position = frame

    def seekable(self) -> bool:
        """Tell whether the file can seek: while it is open."""
        return not self.closed

    def close(self) -> None:
        """Close this view, not the file itself; a second time does nothing.

        Raises RuntimeError if another thread uses it.
        """
        self._handle.close()

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close this view, not the file itself."""
        self.close()

    @property
    def name(self) -> str | None:
        """The path of the file; None for bytes and file objects."""
        return self._file.name

    @property
    def closed(self) -> bool:
        """Whether this view or the file itself was closed."""
        return self._handle.closed or self._file.closed

    @property
    def samplerate(self) -> int | float:
        """The sample rate of what is read, in Hz: a float where it has a fraction."""
        return whole_if_it_is(self._rate)

    @property
    def duration(self) -> float:
        """Seconds of audio in the file."""
        return self._file.duration

    @property
    def exact_duration_known(self) -> bool:
        """Whether ``frames`` and ``duration`` are exact: see :class:`ReadableAudioFile`."""
        return self._exact

    @property
    def file_dtype(self) -> str:
        """The format of the samples in the file; those that are read are float32."""
        return self._file.file_dtype

    @property
    def resampling_quality(self) -> Quality:
        """How the rate is converted."""
        return self._quality

    def __repr__(self) -> str:
        return f"<ondes.io.ResampledReadableAudioFile {self._description()} at {id(self):#x}>"

    def _what(self) -> str:
        return self._file._what()
