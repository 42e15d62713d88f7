"""How well sample rates are converted."""

from __future__ import annotations

import enum

from ondes import _abi


class Quality(enum.Enum):
    """How the rate of audio is converted, from crude and quick to a sinc over 1024 frames.

    The first five let frequencies above the new rate's half through as aliases when a rate is lowered; the
    ``WindowedSinc`` ones with a number filter them out, the better the larger the number. ``WindowedSinc32``, the
    default, suits nearly everything.
    """

    ZeroOrderHold = 0
    Linear = 1
    CatmullRom = 2
    Lagrange = 3
    WindowedSinc = 4
    WindowedSinc256 = 5
    WindowedSinc128 = 6
    WindowedSinc64 = 7
    WindowedSinc32 = 8
    WindowedSinc16 = 9
    WindowedSinc8 = 10

    def __int__(self) -> int:
        return self.value

    __index__ = __int__

    @property
    def _of_library(self) -> int:
        return _LIBRARY[self]


_LIBRARY = {quality: int(_abi.Quality(_abi.Quality.ZERO_ORDER_HOLD + quality.value)) for quality in Quality}


class Resample:
    """Only the place where users of pedalboard look for :class:`Quality`: ``Resample.Quality``."""

    Quality = Quality
