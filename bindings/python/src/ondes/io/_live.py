"""From an input device through plugins to an output device."""

from __future__ import annotations

import threading
from contextlib import suppress

import numpy as np

from ondes._abi import Direction
from ondes._samples import Array
from ondes._stream import Stream
from ondes.exceptions import ClosedError

from ._chain import apply

# Blocks that are played ahead of what comes in: how late Python may be without a gap. And how many may wait, once it was
# late, before some are left out to be on time again.
_AHEAD = 2
_BEHIND = 8


class Effects:
    """The plugins that a stream has at the moment, shared with the thread that runs them."""

    __slots__ = ("plugins",)

    def __init__(self, plugins: object) -> None:
        self.plugins = plugins

    def process(self, samples: Array, sample_rate: int) -> Array:
        """Samples of shape (channels, frames), as they are to be heard."""
        return apply(self.plugins, samples, sample_rate)


class Live:
    """Plays the input of a stream through plugins, in a thread of its own.

    The library could call the plugins from the device's thread. But Python's lock makes that thread wait while any other
    Python code runs, and what waits there is heard. Here the device's thread meets only the queues, which carry it over
    such waits, and nothing of the library's waits for Python when the stream ends.
    """

    __slots__ = ("_thread", "failure")

    def __init__(self, stream: Stream, effects: Effects) -> None:
        self.failure: BaseException | None = None
        # A daemon: programs that forget to close a stream come to their end too.
        self._thread = threading.Thread(target=self._run, args=(stream, effects), name="ondes live", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Waits for its end, which comes with that of the stream."""
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self, stream: Stream, effects: Effects) -> None:
        try:
            _flow(stream, effects)
        except ClosedError:
            pass  # its end
        except BaseException as failure:
            self.failure = failure
            with suppress(ClosedError):
                stream.stop()


def _flow(stream: Stream, effects: Effects) -> None:
    block = stream.buffer_size
    memory = stream.memory(block)
    inputs, outputs = memory.shape[1], stream.channels(Direction.OUTPUT)
    taken_from = np.arange(outputs) % inputs
    stream.write(np.zeros((outputs, _AHEAD * block), np.float32))
    is_late = False
    while (frames := stream.read(memory)) and stream.is_running:
        waiting = stream.buffered(Direction.INPUT) + stream.buffered(Direction.OUTPUT)
        is_late = waiting > (_AHEAD if is_late else _BEHIND) * block
        if is_late:
            continue
        stream.write(effects.process(np.ascontiguousarray(memory[:frames].T[taken_from]), stream.rate))
    stream.drain_some()  # says so if a device went away
