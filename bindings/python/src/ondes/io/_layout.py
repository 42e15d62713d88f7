"""Which dimension of an array is that of its channels."""

from __future__ import annotations

from ondes._abi import Layout
from ondes._samples import Array


def detect(shape: tuple[int, ...], channels: int) -> Layout | None:
    """The layout of an array of this shape that ought to have so many channels; None if the shape does not tell."""
    if len(shape) == 1:
        return Layout.PLANAR
    first, second = shape
    if first == second != 1:
        return None
    if first == channels:
        return Layout.PLANAR
    if second == channels:
        return Layout.INTERLEAVED
    if not first or not second:
        # No frames: the other dimension is that of the channels.
        return Layout.PLANAR if first else Layout.INTERLEAVED
    return Layout.PLANAR if first < second else Layout.INTERLEAVED


def check_dimensions(array: Array) -> None:
    """Refuses arrays that are neither one channel nor frames of channels."""
    if array.ndim not in (1, 2):
        raise RuntimeError(f"Number of input dimensions must be 1 or 2 (got {array.ndim}).")


def planes(array: Array, layout: Layout) -> Array:
    """A view of shape (channels, frames)."""
    if array.ndim == 1:
        return array[None]
    return array if layout == Layout.PLANAR else array.T


class Layouts:
    """Tells the layout of array after array: one that is square has that of the last one that was not."""

    __slots__ = ("_channels", "_last")

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._last: Layout | None = None

    def planes(self, array: Array) -> Array:
        """A view of shape (channels, frames)."""
        check_dimensions(array)
        found = detect(array.shape, self._channels)
        layout = self._last if found is None else found
        if layout is None:
            raise RuntimeError(
                f"Unable to determine channel layout from shape: {array.shape}. Provide a non-square array first, "
                "which tells which dimension is that of the channels."
            )
        self._last = layout
        return planes(array, layout)
