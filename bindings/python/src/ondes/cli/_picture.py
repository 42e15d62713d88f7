"""Pictures of audio by matplotlib."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator

from ._failure import reason
from ._overview import Overview
from ._text import clock, decibels, printable, shortened

DPI = 100
_WAVE = "#2b6ca3"
_CORE = "#12395b"
_NOTE = "#a33a2b"
_COLOURS = "magma"
# Inches around the axes.
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.95, 1.4, 0.75, 0.55


def single(shown: Overview, width: float, range_db: float) -> Figure:
    """A waveform and a spectrogram for each channel, over one time axis; ``width`` in inches."""
    count = max(1, len(shown.names))
    wave, spectrum, gap = (1.5, 2.6, 0.12) if count <= 2 else (0.75, 1.15, 0.1)
    between = 0.25
    height = _TOP + _BOTTOM + between + count * (wave + spectrum) + (2 * count - 2) * gap
    figure = Figure(figsize=(width, height), dpi=DPI)
    _title(figure, shown, width, height)
    rows = []
    top = height - _TOP
    for part, tall in (("wave", wave), ("spectrum", spectrum)):
        for channel in range(count):
            box = (_LEFT / width, (top - tall) / height, (width - _LEFT - _RIGHT) / width, tall / height)
            rows.append((part, channel, figure.add_axes(box)))
            top -= tall + gap
        top += gap - between
    if not shown.outline.frames:
        for _, _, axes in rows:
            axes.set_axis_off()
        figure.text(0.5, 0.5, "no audio", ha="center", va="center", color=_NOTE, size=14)
        return figure
    limit = _limit(shown)
    image: Any = None
    for part, channel, axes in rows:
        if part == "wave":
            _draw_wave(axes, shown, channel, limit)
            axes.set_yticks([-limit / 2, 0, limit / 2] if count > 2 else [-limit, -limit / 2, 0, limit / 2, limit])
        else:
            image = _draw_spectrum(axes, shown, channel, range_db)
            axes.yaxis.set_major_formatter(lambda value, _: f"{value / 1000:g}")
            axes.locator_params(axis="y", nbins=6 if count <= 2 else 4, min_n_ticks=2)
            if count > 1:  # the label of the one on top would meet the 0 of the one above
                _drop_top_tick(axes, shown.rate / 2)
        if count > 1 or shown.names[channel] not in ("1", "FC"):
            _name(axes, shown.names[channel])
        _time_axis(axes, shown.seconds, labelled=axes is rows[-1][2])
    middle_of_waves = 1 - (_TOP + (count * (wave + gap) - gap) / 2) / height
    middle_of_spectra = (_BOTTOM + (count * (spectrum + gap) - gap) / 2) / height
    figure.text(0.25 / width, middle_of_waves, "amplitude", rotation=90, ha="center", va="center", size=9)
    figure.text(0.25 / width, middle_of_spectra, "frequency [kHz]", rotation=90, ha="center", va="center", size=9)
    low = _BOTTOM / height
    tall = min(count * (spectrum + gap) - gap, 4.0) / height
    scale = figure.add_axes(((width - _RIGHT + 0.5) / width, low, 0.16 / width, tall))
    figure.colorbar(image, cax=scale).set_label("level [dBFS]", size=9)
    scale.tick_params(labelsize=8)
    return figure


def sheet(entries: Sequence[tuple[str, Overview | Exception]], width: float, range_db: float) -> Figure:
    """A contact sheet: a small waveform and spectrogram of each file. Names of files that failed say so."""
    columns = min(len(entries), 4 if len(entries) > 6 else 3 if len(entries) > 4 else 2)
    rows = -(-len(entries) // columns)
    cell_width = (width - 0.2) / columns
    title, wave, spectrum, axis, gap = 0.42, 0.5, 0.8, 0.32, 0.12
    cell_height = title + wave + spectrum + axis + gap
    height = rows * cell_height + 0.6
    figure = Figure(figsize=(width, height), dpi=DPI)
    left, right = 0.42, 0.14
    room = cell_width - left - right
    image = None
    for index, (name, shown) in enumerate(entries):
        row, column = divmod(index, columns)
        x = 0.1 + column * cell_width + left
        y = height - row * cell_height - title
        figure.text(
            x / width, (y + 0.2) / height, _plain(shortened(printable(name), int(room * 13))), size=8, weight="bold"
        )
        if isinstance(shown, Exception) or not shown.outline.frames:
            text = printable(reason(shown)) if isinstance(shown, Exception) else "no audio"
            figure.text(x / width, (y + 0.05) / height, _plain(shortened(text, int(room * 15))), size=7, color=_NOTE)
            continue
        peak = float(max(-shown.outline.low.min(), shown.outline.high.max()))
        facts = f"{shown.rate / 1000:g} kHz · {shown.channels} ch · {clock(shown.seconds)} · {decibels(peak)}"
        figure.text(x / width, (y + 0.05) / height, facts, size=7, color=_NOTE if shown.failure else "0.35")
        upper = figure.add_axes((x / width, (y - wave) / height, room / width, wave / height))
        lower = figure.add_axes((x / width, (y - wave - spectrum) / height, room / width, spectrum / height))
        limit = max(1.0, peak)
        _draw_wave(upper, shown, None, limit)
        upper.set_yticks([])
        image = _draw_spectrum(lower, shown, None, range_db)
        lower.yaxis.set_major_formatter(lambda value, _: f"{value / 1000:g}k" if value else "0")
        lower.locator_params(axis="y", nbins=3, min_n_ticks=2)
        _drop_top_tick(lower, shown.rate / 2)
        for axes in (upper, lower):
            _time_axis(axes, shown.seconds, labelled=axes is lower, small=True)
    if image is not None:
        scale = figure.add_axes(((width - 4.2) / width, 0.36 / height, 4 / width, 0.1 / height))
        figure.colorbar(image, cax=scale, orientation="horizontal").set_label("level [dBFS]", size=7, labelpad=1)
        scale.tick_params(labelsize=7, pad=1)
    return figure


def save(figure: Figure, target: BinaryIO, format: str) -> None:
    """Writes a picture as ``png``, ``svg`` or ``pdf``."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # names in scripts that the font does not have
        figure.savefig(target, format=format)


def _plain(text: str) -> str:
    """Text as it is: matplotlib would set what stands between dollar signs as mathematics."""
    return text.replace("$", r"\$")


def _title(figure: Figure, shown: Overview, width: float, height: float) -> None:
    room = int((width - _LEFT) * 9)
    name = _plain(shortened(printable(shown.name), room))
    figure.text(_LEFT / width, (height - 0.33) / height, name, size=13, weight="bold")
    figure.text(_LEFT / width, (height - 0.58) / height, _plain(shown.facts), size=9, color="0.35")


def _limit(shown: Overview) -> float:
    """Where the amplitude axis ends: full scale, less for quiet audio, and the peak if it is beyond full scale."""
    peak = float(max(-shown.outline.low.min(), shown.outline.high.max()))
    if peak == 0 or peak > 0.5:
        return max(1.0, peak)
    for limit in (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001):
        if peak > limit * 0.4:
            return limit
    return peak


def _draw_wave(axes: Axes, shown: Overview, channel: int | None, limit: float) -> None:
    outline = shown.outline
    low, high, rms = (
        (outline.low[channel], outline.high[channel], outline.rms[channel])
        if channel is not None
        else (outline.low.min(axis=0), outline.high.max(axis=0), np.sqrt(np.square(outline.rms).mean(axis=0)))
    )
    edges = np.minimum(np.arange(outline.spans + 1) * outline.span, outline.frames) / shown.rate
    if outline.span == 1:  # every sample has its place: a line shows it best
        axes.plot(edges[:-1], low, color=_WAVE, linewidth=0.8)
        if channel is None and len(outline.low) > 1:
            axes.plot(edges[:-1], high, color=_WAVE, linewidth=0.8)
    else:
        repeated = np.append(low, low[-1]), np.append(high, high[-1]), np.append(rms, rms[-1])
        axes.fill_between(edges, repeated[0], repeated[1], step="post", color=_WAVE, linewidth=0.4)
        axes.fill_between(edges, -repeated[2], repeated[2], step="post", color=_CORE, linewidth=0)
    axes.set_ylim(-limit * 1.05, limit * 1.05)
    axes.axhline(0, color="0.75", linewidth=0.5, zorder=0)
    if limit > 1:
        for full_scale in (-1, 1):
            axes.axhline(full_scale, color=_NOTE, linewidth=0.6, linestyle="--")
    axes.grid(axis="x", color="0.9", linewidth=0.5)
    axes.set_axisbelow(True)


def _draw_spectrum(axes: Axes, shown: Overview, channel: int | None, range_db: float) -> Any:
    spectrogram = shown.spectrogram
    levels = spectrogram.decibels
    levels = levels[channel] if channel is not None else 10 * np.log10((10 ** (levels / 10)).mean(axis=0))
    bin_width = shown.rate / spectrogram.window
    # A window stands at its centre, so the first span reaches half a hop before the first frame: nothing to see.
    extent = (0.0, levels.shape[1] * spectrogram.span / shown.rate, -bin_width / 2, shown.rate / 2 + bin_width / 2)
    image = axes.imshow(
        levels.astype(np.float32),
        origin="lower",
        aspect="auto",
        extent=extent,
        cmap=_COLOURS,
        vmin=-range_db,
        vmax=0,
    )
    axes.set_ylim(0, shown.rate / 2)
    axes.set_facecolor(image.get_cmap()(0.0))
    return image


def _name(axes: Axes, name: str) -> None:
    axes.text(
        1.008, 0.5, _plain(name), transform=axes.transAxes, ha="left", va="center", size=9, weight="bold", color="0.3"
    )


def _drop_top_tick(axes: Axes, top: float) -> None:
    ticks = [tick for tick in axes.get_yticks() if 0 <= tick < top * 0.95]
    axes.set_yticks(ticks)


def _time_axis(axes: Axes, seconds: float, *, labelled: bool, small: bool = False) -> None:
    most = 4 if small else 10
    long = seconds >= 120
    axes.set_xlim(0, seconds)
    axes.tick_params(labelsize=7 if small else 8, pad=2, labelbottom=labelled)
    axes.xaxis.set_major_locator(FixedLocator(_clock_ticks(seconds, most)) if long else MaxNLocator(most))
    if seconds < 1:
        unit, formatter = "ms", lambda value, _: f"{value * 1000:g}"
    elif not long:
        unit, formatter = "s", lambda value, _: f"{value:g}"
    else:
        unit, formatter = ("h:min:s" if seconds >= 3600 else "min:s"), lambda value, _: _clock_label(value)
    axes.xaxis.set_major_formatter(formatter)
    if labelled and not small:
        axes.set_xlabel(f"time [{unit}]", size=9)


def _clock_label(seconds: float) -> str:
    return clock(seconds, 0) if seconds >= 60 else f"0:{seconds:02.0f}"


def _clock_ticks(seconds: float, most: int) -> list[float]:
    """Ticks at whole halves of minutes, minutes or hours."""
    for step in (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400):
        if seconds / step <= most:
            break
    else:
        step = int(seconds / most)
    return [float(tick) for tick in range(0, int(seconds) + 1, step)]
