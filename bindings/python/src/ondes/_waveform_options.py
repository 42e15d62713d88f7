"""What babycat's users say of the audio that they want, checked in the order in which babycat does."""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from typing import SupportsIndex

from . import _abi, decoding_backend, exceptions
from . import resample_mode as modes
from ._abi import Ending, Quality

_QUALITIES = {
    modes.DEFAULT_RESAMPLE_MODE: Quality.BALANCED,
    modes.RESAMPLE_MODE_LIBSAMPLERATE: Quality.BEST,
    modes.RESAMPLE_MODE_BABYCAT_LANCZOS: Quality.FAST,
    modes.RESAMPLE_MODE_BABYCAT_SINC: Quality.BALANCED,
}
_BACKENDS = (decoding_backend.DEFAULT_DECODING_BACKEND, decoding_backend.DECODING_BACKEND_SYMPHONIA)


def unsigned(value: SupportsIndex, name: str, bits: int = 64) -> int:
    """A whole number that is not negative, of so many bits; OverflowError if it is not."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {value!r}") from None
    if not 0 <= number < 1 << bits:
        raise OverflowError(f"{name} must be from 0 to 2**{bits} - 1, not {number}")
    return number


def boolean(value: bool, name: str) -> bool:
    if not isinstance(value, bool) and type(value).__name__ not in ("bool_", "bool"):  # NumPy's, old and new
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return bool(value)


def quality_of(mode: int) -> Quality:
    """The quality that a resample mode stands for."""
    try:
        return _QUALITIES[mode]
    except KeyError:
        raise exceptions.FeatureNotCompiled(
            f"there is no resample mode {mode}: ondes.resample_mode has {min(_QUALITIES)} to {max(_QUALITIES)}"
        ) from None


def frame_rate_failure(old: int, new: int) -> exceptions.WrongFrameRate:
    """Why a rate cannot become another."""
    if not old or not new:
        return exceptions.WrongFrameRate(f"audio at {old} Hz cannot be resampled to {new} Hz")
    return exceptions.WrongFrameRateRatio(
        f"audio at {old} Hz cannot be resampled to {new} Hz: the rates must be at most 256:1 apart"
    )


@dataclass(frozen=True)
class WaveformOptions:
    """The keyword arguments of babycat; 0 is "not set"."""

    start: int
    end: int
    rate: int
    channels: int
    mono: bool
    zero_pad: bool
    repeat_pad: bool
    mode: int
    backend: int

    @classmethod
    def of(
        cls,
        *,
        start_time_milliseconds: int = 0,
        end_time_milliseconds: int = 0,
        frame_rate_hz: int = 0,
        num_channels: int = 0,
        convert_to_mono: bool = False,
        zero_pad_ending: bool = False,
        repeat_pad_ending: bool = False,
        resample_mode: int = 0,
        decoding_backend: int = 0,
    ) -> WaveformOptions:
        return cls(
            unsigned(start_time_milliseconds, "start_time_milliseconds"),
            unsigned(end_time_milliseconds, "end_time_milliseconds"),
            unsigned(frame_rate_hz, "frame_rate_hz", 32),
            unsigned(num_channels, "num_channels", 16),
            boolean(convert_to_mono, "convert_to_mono"),
            boolean(zero_pad_ending, "zero_pad_ending"),
            boolean(repeat_pad_ending, "repeat_pad_ending"),
            unsigned(resample_mode, "resample_mode", 32),
            unsigned(decoding_backend, "decoding_backend", 32),
        )

    @property
    def fits_any_file(self) -> bool:
        """Whether nothing is wrong with them before a file is looked at."""
        return self.backend in _BACKENDS and self.mode in _QUALITIES and self._contradiction() is None

    def without_conversion(self, rate: int) -> WaveformOptions:
        """The same for a file of the rate that is asked for, where no mode is needed."""
        return replace(self, rate=0, mode=modes.DEFAULT_RESAMPLE_MODE) if self.rate in (0, rate) else self

    def check_backend(self) -> None:
        """Checked before the file is opened."""
        if self.backend not in _BACKENDS:
            which = "FFmpeg" if self.backend == decoding_backend.DECODING_BACKEND_FFMPEG else f"number {self.backend}"
            raise exceptions.FeatureNotCompiled(f"there is no decoding backend {which}: use 0, all formats are in it")

    def check_file(self, info: _abi.Info) -> None:
        """Checked against a file that could be opened; ``info`` is that of the whole file as it is."""
        contradiction = self._contradiction()
        if contradiction is not None:
            raise contradiction
        if self.channels > info.channels:
            raise exceptions.WrongNumChannels(
                f"num_channels is {self.channels}, but the audio has {info.channels} channels"
            )
        if self.rate not in (0, info.rate):
            quality_of(self.mode)
            if self.rate > 256 * info.rate or 256 * self.rate < info.rate:
                raise frame_rate_failure(info.rate, self.rate)

    def _contradiction(self) -> exceptions.InvalidArgumentError | None:
        if self.start and self.end and self.start >= self.end:
            return exceptions.WrongTimeOffset(
                f"start_time_milliseconds ({self.start}) must be less than end_time_milliseconds ({self.end})"
            )
        if self.zero_pad and self.repeat_pad:
            return exceptions.CannotSetZeroPadEndingAndRepeatPadEnding(
                "zero_pad_ending and repeat_pad_ending contradict each other"
            )
        if self.zero_pad and not self.end:
            return exceptions.CannotZeroPadWithoutSpecifiedLength(
                "zero_pad_ending needs end_time_milliseconds, up to which it goes"
            )
        if self.repeat_pad and not self.end:
            return exceptions.CannotRepeatPadWithoutSpecifiedLength(
                "repeat_pad_ending needs end_time_milliseconds, up to which it goes"
            )
        if self.mono and self.channels == 1:
            return exceptions.WrongNumChannelsAndMono(
                "convert_to_mono mixes all channels and num_channels=1 takes the first: choose one of the two"
            )
        return None

    def read_options(self, threads: int) -> _abi.ReadOptions:
        """The library's options; what :meth:`check_file` finds must have been looked for."""
        ending = Ending.SILENCE if self.zero_pad else Ending.REPEAT if self.repeat_pad else Ending.SHORT
        return _abi.ReadOptions(
            flags=_abi.READ_MILLISECONDS,
            start=self.start,
            end=self.end,
            channels=self.channels,
            mono=self.mono,
            rate=self.rate,
            threads=threads,
            quality=_QUALITIES.get(self.mode, Quality.BALANCED),
            ending=ending,
        )
