"""AudioStream: plugins, and playing the input through them; PEERS section 7, A9, A11 and A12."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

from ondes.io import AudioStream, Chain
from ondes.io._chain import apply

Samples = Any


class Probe:
    """Puts one click into what flows through it, and notes what comes; a loopback device brings it back again and again."""

    def __init__(self) -> None:
        self.peaks: list[float] = []
        self.shapes: set[tuple[int, ...]] = set()
        self.blocks = 0
        self.clicks = 1

    def process(self, samples: Samples, sample_rate: float) -> Samples:
        self.shapes.add(samples.shape)
        self.blocks += 1
        peak = float(np.abs(samples).max())
        if peak:
            self.peaks.append(peak)
        if self.clicks:
            self.clicks -= 1
            samples[:, 0] = 1.0
        return samples


def half(samples: Samples, sample_rate: float) -> Samples:
    return samples * 0.5


def quiet(samples: Samples, sample_rate: float) -> Samples:
    """However often it comes round: a busy machine may take seconds to look."""
    return np.clip(samples, -0.05, 0.05)


def wait_for(condition: Any) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a12_the_input_is_played_through_the_plugins() -> None:
    probe = Probe()
    with AudioStream("loopback", "loopback", [probe, half]) as stream:
        wait_for(lambda: len(probe.peaks) >= 5)
    assert not stream.running
    assert probe.peaks[:5] == [0.5, 0.25, 0.125, 0.0625, 0.03125]
    assert probe.shapes == {(2, 512)}  # one input channel on both outputs


def test_a12_channel_i_of_the_output_is_channel_i_modulo_inputs() -> None:
    heard: list[Samples] = []

    def record(samples: Samples, sample_rate: float) -> Samples:
        heard.append(samples.copy())
        return np.array([[0.1], [0.2], [0.3], [0.4]], np.float32) * np.ones_like(samples)

    with AudioStream("loopback:channels=4", "loopback:channels=4", record) as stream:
        assert (stream.num_input_channels, stream.num_output_channels) == (4, 4)
        wait_for(lambda: len(heard) > 10)
    assert np.allclose(heard[-1][:, 0], [0.1, 0.2, 0.3, 0.4])
    heard.clear()
    with AudioStream("null:channels=3", "null:channels=4", record):
        wait_for(lambda: heard)
    assert heard[0].shape[0] == 4


def test_a11_changes_are_picked_up_while_it_runs() -> None:
    probe = Probe()
    stream = AudioStream("loopback", "loopback")
    assert len(stream.plugins) == 0
    with stream:
        stream.plugins.append(probe)
        wait_for(lambda: len(probe.peaks) >= 2)
        assert set(probe.peaks) == {1.0}
        stream.plugins.insert(0, quiet)
        wait_for(lambda: probe.peaks[-1] < 0.1)
        del stream.plugins[0]
        seen = len(probe.peaks)
        wait_for(lambda: len(probe.peaks) > seen + 3)
        assert probe.peaks[-1] == probe.peaks[-2] > 0
        other = Probe()
        stream.plugins = [other]
        wait_for(lambda: other.blocks > 3)
        blocks = probe.blocks
        time.sleep(0.1)
        assert probe.blocks == blocks


def test_a11_many_changes_from_many_threads() -> None:
    with AudioStream("null", "null") as stream:

        def change() -> None:
            for _ in range(300):
                stream.plugins.append(half)
                assert half in stream.plugins
                stream.plugins.remove(half)

        threads = [threading.Thread(target=change) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert stream.running
    assert list(stream.plugins) == []


def test_a_chain_is_a_list() -> None:
    probe, chain = Probe(), Chain([half])
    chain.append(probe)
    chain.extend([half, half])
    assert (len(chain), chain[1], chain.index(probe), chain.count(half)) == (4, probe, 1, 3)
    del chain[0]
    chain.remove(probe)
    assert list(chain) == [half, half]
    chain[0] = probe
    assert isinstance(chain[:1], Chain)
    assert list(chain[:1]) == [probe]
    chain[1:] = [probe]
    assert chain.pop() is probe
    assert "1 plugins" in repr(chain)
    nested = Chain([half, Chain([half, half])])
    assert nested.process(np.ones((1, 4), np.float32), 8000).tolist() == [[0.125] * 4]
    assert nested(np.ones((1, 4), np.float32), 8000).tolist() == [[0.125] * 4]


@pytest.mark.parametrize("plugin", [5, "reverb", Probe, None])
def test_what_is_no_plugin_is_refused(plugin: object) -> None:
    with pytest.raises(TypeError, match="is no plugin"):
        Chain([plugin])
    chain = Chain()
    for put in (chain.append, lambda p: chain.insert(0, p), lambda p: chain.__setitem__(slice(0, 0), [p])):
        with pytest.raises(TypeError, match="is no plugin"):
            put(plugin)
    assert len(chain) == 0


def test_plugins_are_told_to_go_on() -> None:
    class WithReset:
        def process(self, samples: Samples, sample_rate: float, reset: bool = True) -> Samples:
            assert reset is False
            return samples

    class Called:
        def __call__(self, samples: Samples, sample_rate: float, reset: bool = True) -> Samples:
            assert reset is False
            return samples

    class Mono:
        def process(self, samples: Samples, sample_rate: float) -> Samples:
            return samples[0].astype(np.float64)

    audio = np.ones((1, 4), np.float32)
    for plugin in (WithReset(), Called(), Mono(), half):
        assert apply(plugin, audio, 8000).shape == (1, 4)
    assert apply(Mono(), audio, 8000).dtype == np.float32


@pytest.mark.parametrize(
    ("plugin", "error"),
    [
        (lambda samples, rate: None, TypeError),
        (lambda samples, rate: samples[:1], ValueError),
        (lambda samples, rate: samples[0], ValueError),
        (lambda samples, rate: {}["gain"], KeyError),
    ],
)
def test_a_plugin_that_fails_ends_the_stream_with_its_exception(plugin: Any, error: type[Exception]) -> None:
    with pytest.raises(error), AudioStream("null", "null", plugin) as stream:
        wait_for(lambda: not stream.running)
    with pytest.raises(error):
        AudioStream("null", "null", plugin).run()
    with pytest.raises(error):
        AudioStream(None, "null", plugin).write(np.zeros((2, 100)), 48000)


def test_a_late_plugin_costs_what_it_slept_and_no_more() -> None:
    probe = Probe()
    naps = [0.4]

    def sleepy(samples: Samples, sample_rate: float) -> Samples:
        if naps and probe.blocks > 20:
            time.sleep(naps.pop())
        return samples

    with AudioStream("null", "null", [probe, sleepy]) as stream:
        wait_for(lambda: probe.blocks > 60)
        # Neither the queue of what is to be played nor that of what was recorded stays long.
        wait_for(lambda: stream.buffered_input_sample_count < 4 * 512)
        assert stream._stream.buffered(2) <= 10 * 512


def test_a9_run_needs_both_devices() -> None:
    for stream in (AudioStream("null"), AudioStream(None, "null")):
        with pytest.raises(RuntimeError, match="only one of them"):
            stream.run()


def test_a9_run_ends_when_it_is_closed() -> None:
    stream = AudioStream("null", "null")
    threading.Timer(0.3, stream.close).start()
    stream.run()
    assert not stream.running


class TestPedalboard:
    def test_gain_and_reverb(self) -> None:
        pedalboard = pytest.importorskip("pedalboard")
        probe = Probe()
        gain = pedalboard.Gain(gain_db=-20)
        with AudioStream("loopback", "loopback", [probe, gain]) as stream:
            wait_for(lambda: len(probe.peaks) >= 2)
            assert probe.peaks[:2] == pytest.approx([0.1, 0.01], rel=1e-3)
            gain.gain_db = -120  # properties of plugins that play
            stream.plugins.append(pedalboard.Reverb(wet_level=0.5))
            wait_for(lambda: probe.blocks > 30)

    def test_reverb_goes_on_over_blocks(self) -> None:
        pedalboard = pytest.importorskip("pedalboard")
        click = np.zeros((2, 8192), np.float32)
        click[:, 0] = 1
        whole = pedalboard.Reverb()(click, 48000)
        reverb = pedalboard.Reverb()
        blocks = [apply(reverb, click[:, at : at + 512], 48000) for at in range(0, 8192, 512)]
        assert np.allclose(np.concatenate(blocks, axis=1), whole, atol=1e-6)
        assert np.abs(whole[:, 4096:]).max() > 1e-4

    def test_its_chains_stay_what_they_are(self) -> None:
        pedalboard = pytest.importorskip("pedalboard")
        board = pedalboard.Pedalboard([])
        probe = Probe()
        stream = AudioStream("loopback", "loopback", plugins=board)
        assert stream.plugins is board
        with stream:
            stream.plugins.append(pedalboard.Gain(-6))
        chain = Chain([probe, board])
        stream = AudioStream("loopback", "loopback", plugins=chain)
        with stream:
            wait_for(lambda: len(probe.peaks) >= 2)
        assert probe.peaks[0] == pytest.approx(10 ** (-6 / 20), rel=1e-4)

    def test_plugins_with_a_latency_are_heard_whole(self) -> None:
        pedalboard = pytest.importorskip("pedalboard")
        with AudioStream("null", "null", [pedalboard.PitchShift(3)]) as stream:
            time.sleep(0.5)
            assert stream.running
