"""Plugins: what changes audio on its way to a device."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, MutableSequence
from typing import Any, overload

import numpy as np

from ondes._samples import Array

_FLOAT32 = np.dtype(np.float32)


class Chain(MutableSequence[Any]):
    """Plugins one after the other: a list that can be changed at any time, also while audio flows through it.

    A plugin is any object with ``process(samples, sample_rate)``, or one that is called in this way, such as a function.
    It is given float32 samples of shape (channels, frames), which it may change, and gives samples of so many channels
    back. If it has an argument ``reset``, it is told ``reset=False``: what comes goes on where the last samples ended.
    Plugins of pedalboard are such objects, and so is a chain.

    >>> chain = Chain([lambda samples, sample_rate: samples * 0.5])
    >>> chain.append(pedalboard.Reverb())
    """

    __slots__ = ("_plugins",)

    def __init__(self, plugins: Iterable[Any] = ()) -> None:
        self._plugins = [_checked(plugin) for plugin in plugins]

    def process(self, samples: Array, sample_rate: float) -> Array:
        """Pass float32 samples of shape (channels, frames) through all plugins."""
        for plugin in tuple(self._plugins):  # as they are now: another thread may change them meanwhile
            samples = apply(plugin, samples, sample_rate)
        return samples

    __call__ = process

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> Chain: ...

    def __getitem__(self, index: int | slice) -> Any:
        found = self._plugins[index]
        return Chain(found) if isinstance(index, slice) else found

    def __setitem__(self, index: int | slice, plugin: Any) -> None:
        if isinstance(index, slice):
            self._plugins[index] = [_checked(each) for each in plugin]
        else:
            self._plugins[index] = _checked(plugin)

    def __delitem__(self, index: int | slice) -> None:
        del self._plugins[index]

    def insert(self, index: int, value: Any) -> None:
        """Put a plugin before the one at ``index``."""
        self._plugins.insert(index, _checked(value))

    def __len__(self) -> int:
        return len(self._plugins)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._plugins)

    def __repr__(self) -> str:
        return f"<ondes.io.Chain with {len(self)} plugins: {self._plugins!r}>"


def as_chain(plugins: Any) -> Any:
    """What was given as plugins, as something that processes audio and that the user can change later.

    Chains of pedalboard stay what they are, so that changes of them are heard.
    """
    if plugins is None:
        return Chain()
    if isinstance(plugins, Chain):
        return plugins
    if _processor(plugins) is not None:
        return plugins if hasattr(plugins, "append") else Chain([plugins])
    if isinstance(plugins, Iterable):
        return Chain(plugins)
    return Chain([plugins])  # which says what is wrong with it


def apply(plugin: Any, samples: Array, sample_rate: float) -> Array:
    """Has a plugin process samples; it may hold some back, or give more, as those with a latency do."""
    processor = _processor(plugin)
    if processor is None:
        raise _no_plugin(plugin)
    further = {"reset": False} if _takes_reset(getattr(processor, "__func__", processor)) else {}
    result = processor(samples, sample_rate, **further)
    if result is None:
        raise TypeError(f"{plugin!r} gave None instead of the samples")
    processed = np.asarray(result, _FLOAT32)
    if processed.ndim == 1 and len(samples) == 1:
        processed = processed[np.newaxis]
    if processed.ndim != 2 or len(processed) != len(samples):
        raise ValueError(
            f"{plugin!r} gave samples of the shape {processed.shape} for those of the shape {samples.shape}: "
            "the channels must be the same"
        )
    return processed


def _processor(plugin: Any) -> Callable[..., Any] | None:
    found = getattr(plugin, "process", None)
    if callable(found) and not isinstance(plugin, type):
        return found  # type: ignore[no-any-return]
    return plugin if callable(plugin) and not isinstance(plugin, type) else None


def _checked(plugin: Any) -> Any:
    if _processor(plugin) is None:
        raise _no_plugin(plugin)
    return plugin


def _no_plugin(plugin: Any) -> TypeError:
    return TypeError(f"{plugin!r} is no plugin: it has no process(samples, sample_rate), and cannot be called either")


@functools.lru_cache(maxsize=256)
def _takes_reset(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:
        # Compiled functions have none, but begin their documentation with it.
        return "reset" in (getattr(function, "__doc__", None) or "")
    return "reset" in parameters
