#!/usr/bin/env python3
"""Ours and the peers side by side, in one run on the same files.

Every measurement is a round robin: each system runs once, then each again, so
that a machine that grows slower does so for all. Printed are medians, and the
median of the ratios ours / peer of each round (below 1: ours is faster).

    bench.py DATA_FOLDER [--rounds N] [--only WORD] [--write docs/PERFORMANCE.md]
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

CORES = os.cpu_count() or 1


# --- the systems: name -> function -------------------------------------------------


def ours():
    import ondes_c

    return ondes_c


def soundfile_decode(path):
    import soundfile

    return soundfile.read(path, dtype="float32", always_2d=True)[0]


def pedalboard_decode(path):
    from pedalboard.io import AudioFile

    with AudioFile(str(path)) as f:
        return f.read(f.frames)


def babycat_decode(path):
    import babycat

    return babycat.Waveform.from_file_into_numpy(str(path))


def torchcodec_decode(path):
    from torchcodec.decoders import AudioDecoder

    return AudioDecoder(str(path)).get_all_samples().data


def soundfile_window(path, start, frames, rate):
    import soundfile

    with soundfile.SoundFile(path) as f:
        f.seek(start)
        return f.read(frames, dtype="float32", always_2d=True)


def pedalboard_window(path, start, frames, rate):
    from pedalboard.io import AudioFile

    with AudioFile(str(path)) as f:
        f.seek(start)
        return f.read(frames)


def babycat_window(path, start, frames, rate):
    import babycat

    ms = start * 1000 // rate
    return babycat.Waveform.from_file_into_numpy(
        str(path), start_time_milliseconds=ms, end_time_milliseconds=ms + frames * 1000 // rate
    )


def torchcodec_window(path, start, frames, rate):
    from torchcodec.decoders import AudioDecoder

    return AudioDecoder(str(path)).get_samples_played_in_range(start / rate, (start + frames) / rate).data


def soundfile_open(path):
    import soundfile

    with soundfile.SoundFile(path) as f:
        return f.frames


def pedalboard_open(path):
    from pedalboard.io import AudioFile

    with AudioFile(str(path)) as f:
        return f.frames


def torchcodec_open(path):
    from torchcodec.decoders import AudioDecoder

    return AudioDecoder(str(path)).metadata.duration_seconds


def soundfile_speech(path):
    import soundfile
    import soxr

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(samples.mean(axis=1), rate, 16000, "HQ")


def pedalboard_speech(path):
    from pedalboard.io import AudioFile

    with AudioFile(str(path)).resampled_to(16000) as f:
        return f.read(f.frames).mean(axis=0)


def torchcodec_speech(path):
    from torchcodec.decoders import AudioDecoder

    return AudioDecoder(str(path), sample_rate=16000, num_channels=1).get_all_samples().data


def threaded(one):
    def batch(paths):
        with ThreadPoolExecutor(CORES) as pool:
            return list(pool.map(one, paths))

    return batch


def babycat_batch(**options):
    def batch(paths):
        import babycat

        results = babycat.batch.waveforms_from_files_into_numpys(
            [str(p) for p in paths], num_workers=CORES, **options
        )
        for result in results:
            if result.exception:
                raise result.exception
        return [result.array for result in results]

    return batch


DECODERS = {
    "soundfile": soundfile_decode,
    "pedalboard": pedalboard_decode,
    "babycat": babycat_decode,
    "torchcodec": torchcodec_decode,
}


# --- measuring -----------------------------------------------------------------------


def time_once(function, *arguments):
    begin = time.perf_counter()
    result = function(*arguments)
    elapsed = time.perf_counter() - begin
    del result
    return elapsed


def round_robin(systems, calls, rounds):
    """systems: name -> function; calls: list of argument tuples, all run in one
    measurement. Returns name -> list of seconds, or None where a system cannot."""
    times = {}
    for name, function in list(systems.items()):
        try:
            for arguments in calls[:1]:
                function(*arguments)
            times[name] = []
        except BaseException as error:  # babycat's panics are BaseExceptions
            if isinstance(error, KeyboardInterrupt):
                raise
            times[name] = None
    order = list(systems.items())
    for number in range(rounds):
        # Memory that one system has just given back is quick to get for the
        # next, or slow: nobody keeps the same predecessor.
        random.Random(number).shuffle(order)
        for name, function in order:
            if times[name] is not None:
                times[name].append(sum(time_once(function, *arguments) for arguments in calls))
    return times


def row(label, times, unit=1.0):
    """A table row: median of each system, and the ratio of ours to the fastest peer."""
    mine = times["ondes"]
    cells, best = [], None
    for name, values in times.items():
        if values is None:
            cells.append("cannot")
            continue
        cells.append(f"{statistics.median(values) * unit:.3f}")
        if not name.startswith("ondes"):
            ratio = statistics.median(a / b for a, b in zip(mine, values))
            if best is None or ratio > best[0]:
                best = (ratio, name)
    cells.append(f"{best[0]:.2f} ({best[1]})" if best else "no peer can")
    line = [label, *cells]
    print("  " + " · ".join(line), flush=True)
    return line


def table(title, note, header, rows):
    lines = [f"## {title}", "", note, "", "| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(r) + " |" for r in rows]
    return "\n".join(lines) + "\n"


def whole_files(data, rounds, only):
    rows = []
    systems = {
        "ondes": lambda p: ours().load(p, threads=1),
        "ondes, 2 threads": lambda p: ours().load(p, threads=2),
        **DECODERS,
    }
    print("whole-file decode of the programme (seconds)")
    for path in sorted(data.glob("programme*")):
        if only in path.name:
            rows.append(row(path.name, round_robin(systems, [(path,)], rounds)))
    return table(
        "Whole-file decode to float32",
        "Seconds for ten minutes of stereo, one thread unless said; ratio of one-thread ondes to the fastest peer.",
        ["file", *systems, "ours / fastest peer"],
        rows,
    )


def batches(data, rounds, only):
    rows = []
    print(f"batch of 200 files, {CORES} workers (seconds)")
    for kind in ("mp3", "flac", "wav"):
        paths = sorted((data / "batch").glob(f"*.{kind}"))[:200]
        if not paths or only not in kind:
            continue
        systems = {
            "ondes": lambda ps: ours().load_batch(ps),
            "soundfile": threaded(soundfile_decode),
            "pedalboard": threaded(pedalboard_decode),
            "babycat": babycat_batch(),
            "torchcodec": threaded(torchcodec_decode),
        }
        rows.append(row(f"{kind}", round_robin(systems, [(paths,)], rounds)))
        speech = {
            "ondes": lambda ps: ours().load_batch(ps, rate=16000, mono=True),
            "soundfile": threaded(soundfile_speech),
            "pedalboard": threaded(pedalboard_speech),
            "babycat": babycat_batch(frame_rate_hz=16000, convert_to_mono=True),
            "torchcodec": threaded(torchcodec_speech),
        }
        rows.append(row(f"{kind} to 16 kHz mono", round_robin(speech, [(paths,)], rounds)))
    return table(
        "Batch: 200 files of 3 to 10 s",
        f"Seconds with {CORES} workers; soundfile resamples with soxr HQ.",
        ["files", "ondes", "soundfile", "pedalboard", "babycat", "torchcodec", "ours / fastest peer"],
        rows,
    )


def windows(data, rounds, only):
    rows = []
    systems = {
        "ondes": lambda path, start, frames, rate: ours().window(path, start, frames),
        "soundfile": soundfile_window,
        "pedalboard": pedalboard_window,
        "babycat": babycat_window,
        "torchcodec": torchcodec_window,
    }
    print("a random second of ten minutes, opened afresh (ms)")
    for path in sorted(data.glob("programme*")):
        if only not in path.name:
            continue
        chance = random.Random(1)
        rate = 48000 if path.suffix == ".opus" else 44100
        starts = [chance.randrange(0, 590) * rate for _ in range(12)]
        calls = [(path, start, rate, rate) for start in starts]
        rows.append(row(path.name, round_robin(systems, calls, rounds), unit=1000 / len(calls)))
    return table(
        "A random second",
        "Milliseconds for one second at a random place of the programme, the file opened afresh each time.",
        ["file", *systems, "ours / fastest peer"],
        rows,
    )


def opens(data, rounds, only):
    rows = []
    systems = {
        "ondes": lambda p: ours().open_only(p),
        "soundfile": soundfile_open,
        "pedalboard": pedalboard_open,
        "torchcodec": torchcodec_open,
    }
    print("open and tell the length (ms)")
    for path in sorted(data.glob("programme*")):
        if only in path.name:
            calls = [(path,)] * 20
            rows.append(row(path.name, round_robin(systems, calls, rounds), unit=1000 / len(calls)))
    return table(
        "Open",
        "Milliseconds to open the programme, tell its length and close it.",
        ["file", *systems, "ours / fastest peer"],
        rows,
    )


def soundfile_write(path, samples, rate, subtype, **options):
    import soundfile

    soundfile.write(path, samples, rate, subtype=subtype, **options)


def pedalboard_write(path, samples, rate, **options):
    from pedalboard.io import AudioFile

    with AudioFile(str(path), "w", rate, samples.shape[1], **options) as f:
        f.write(samples)


def lameenc_write(path, samples, rate):
    import lameenc

    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_bit_rate(192)
    encoder.set_in_sample_rate(rate)
    encoder.set_channels(samples.shape[1])
    Path(path).write_bytes(encoder.encode(samples.tobytes()) + encoder.flush())


def command_write(*words):
    """A program that reads a WAV file, and so is spared nothing but Python."""

    def write(path, source):
        subprocess.run([*map(str, words), str(path), str(source)], check=True, stdout=subprocess.DEVNULL)

    return write


def encoders(data, rounds, only):
    """The programme written to a file in memory (/dev/shm), so that no disk is timed."""
    import soundfile

    source = data / "programme.wav"
    integers, rate = soundfile.read(source, dtype="int16", always_2d=True)
    floats = soundfile.read(source, dtype="float32", always_2d=True)[0]
    folder = Path("/dev/shm" if Path("/dev/shm").is_dir() else data)
    out = lambda kind: folder / f"ondes-bench.{kind}"  # noqa: E731
    flac = lambda level: {"format": "FLAC", "compression_level": level}  # noqa: E731
    o, s, p = (lambda *a, **k: ours().write(*a, **k)), soundfile_write, pedalboard_write
    table_rows = {
        "WAV 16 from float32": ("wav", {
            "ondes": lambda f: o(f, floats, rate),
            "soundfile": lambda f: s(f, floats, rate, "PCM_16"),
            "pedalboard": lambda f: p(f, floats, rate, bit_depth=16),
        }),
        "WAV 16 from int16": ("wav", {
            "ondes": lambda f: o(f, integers, rate),
            "soundfile": lambda f: s(f, integers, rate, "PCM_16"),
            "pedalboard": lambda f: p(f, integers, rate, bit_depth=16),
        }),
        "WAV float32": ("wav", {
            "ondes": lambda f: o(f, floats, rate, sample_format=ours().F32),
            "soundfile": lambda f: s(f, floats, rate, "FLOAT"),
            "pedalboard": lambda f: p(f, floats, rate, bit_depth=32),
        }),
        "AIFF 16": ("aiff", {
            "ondes": lambda f: o(f, floats, rate),
            "soundfile": lambda f: s(f, floats, rate, "PCM_16"),
            "pedalboard": lambda f: p(f, floats, rate, bit_depth=16),
        }),
        "FLAC level 5": ("flac", {
            "ondes": lambda f: o(f, integers, rate, quality="5"),
            "ondes, 2 threads": lambda f: o(f, integers, rate, quality="5", threads=2),
            "soundfile": lambda f: s(f, integers, rate, "PCM_16", **flac(0.625)),
            "pedalboard": lambda f: p(f, integers, rate, quality=5),
            "flac": lambda f: command_write("flac", "-5", "--totally-silent", "-f", "-o")(f, source),
        }),
        "FLAC level 8": ("flac", {
            "ondes": lambda f: o(f, integers, rate, quality="8"),
            "ondes, 2 threads": lambda f: o(f, integers, rate, quality="8", threads=2),
            "soundfile": lambda f: s(f, integers, rate, "PCM_16", **flac(1.0)),
            "pedalboard": lambda f: p(f, integers, rate, quality=8),
            "flac": lambda f: command_write("flac", "-8", "--totally-silent", "-f", "-o")(f, source),
        }),
        "MP3 192 kbit/s": ("mp3", {
            "ondes": lambda f: o(f, integers, rate, quality="192"),
            "ondes, 2 threads": lambda f: o(f, integers, rate, quality="192", threads=2),
            "pedalboard": lambda f: p(f, integers, rate, quality=192),
            "lameenc": lambda f: lameenc_write(f, integers, rate),
        }),
        "Vorbis 192 kbit/s": ("ogg", {
            "ondes": lambda f: o(f, floats, rate, quality="192"),
            "pedalboard": lambda f: p(f, floats, rate, quality=192),
        }),
    }  # fmt: skip
    columns = ["ondes", "ondes, 2 threads", "soundfile", "pedalboard", "lameenc", "flac"]
    rows = []
    print("encode the programme (seconds)")
    for label, (kind, systems) in table_rows.items():
        if only not in label:
            continue
        times = round_robin(systems, [(out(kind),)], rounds)
        for name, seconds in times.items():
            if seconds is None:
                print(f"  {label}: {name} cannot")
        line = row(label, times)
        cells = dict(zip(systems, line[1:-1]))
        rows.append([label, *(cells.get(name, "") for name in columns), line[-1]])
        out(kind).unlink(missing_ok=True)
    return table(
        "Encode",
        "Seconds to write ten minutes of stereo to a file, one thread unless said; ratio of one-thread ondes to the "
        "fastest peer. `flac` is a program and reads a file.",
        ["format", *columns, "ours / fastest peer"],
        rows,
    )


def write_memory(data, only):
    """Peak memory of writing one minute and ten, in blocks, less that of one that has written a second."""
    code = (
        "import sys, re; sys.path.insert(0, sys.argv[1]); import numpy as np, ondes_c; "
        "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]); "
        "block = (np.random.default_rng(1).standard_normal((44100, 2)) * 3000).astype(np.int16); "
        "ondes_c.write(sys.argv[2], block, 44100, threads=2); base = peak(); "
        "ondes_c.write(sys.argv[2], block, 44100, threads=2, repeat=int(sys.argv[3])); print(peak() - base)"
    )
    folder = Path("/dev/shm" if Path("/dev/shm").is_dir() else data)
    rows = []
    print("peak memory of writing (MB above a process that has written a second)")
    for kind in ("wav", "aiff", "caf", "flac", "mp3", "ogg", "opus"):
        if only not in kind or kind == "opus":
            continue
        path = folder / f"ondes-bench.{kind}"
        line = [kind]
        for seconds in (60, 600):
            command = [sys.executable, "-c", code, str(HERE), str(path), str(seconds)]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            line.append(f"{int(result.stdout.split()[-1]) / 1024:.1f}" if result.returncode == 0 else "cannot")
        path.unlink(missing_ok=True)
        print("  " + " · ".join(line), flush=True)
        rows.append(line)
    return table(
        "Peak memory of writing",
        "Megabytes above a process that has written one second, two threads; ten minutes are 100 MB of samples.",
        ["format", "one minute", "ten minutes"],
        rows,
    )


def memory(data, only):
    """Peak memory of a process that decodes one file, less that of one that only imports."""

    def peak(system, path):
        # VmHWM, because ru_maxrss would begin at the size of this process.
        code = (
            "import sys, re; sys.path.insert(0, sys.argv[1]); import bench; "
            "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]); "
            "f = bench.DECODERS.get(sys.argv[2]) or (lambda p: bench.ours().load(p, threads=1)); "
            "f(sys.argv[4]); base = peak(); f(sys.argv[3]); print(peak() - base)"
        )
        # The first, short decode loads the libraries; the difference is the programme's own.
        short = next(iter(sorted((data / "batch").glob(f"*{path.suffix}"))), None)
        if short is None:
            short = sorted((data / "batch").glob("*.wav"))[0]
        result = subprocess.run(
            [sys.executable, "-c", code, str(HERE), system, str(path), str(short)],
            capture_output=True, text=True, check=False,
        )
        return f"{int(result.stdout.split()[-1]) / 1024:.0f}" if result.returncode == 0 else "cannot"

    rows = []
    print("peak memory of decoding the programme (MB above an imported library)")
    for path in sorted(data.glob("programme*")):
        if only in path.name:
            line = [path.name, peak("ondes", path), *(peak(name, path) for name in DECODERS)]
            print("  " + " · ".join(line), flush=True)
            rows.append(line)
    return table(
        "Peak memory",
        "Megabytes above a process that has decoded one short file; the array itself is 200 MB (Opus, at 48 kHz: 218).",
        ["file", "ondes", *DECODERS],
        rows,
    )


def rates(rounds):
    import resampling

    systems = ["ondes balanced", "soxr HQ", "pedalboard WindowedSinc32"]
    rows = []
    print("conversion of a minute of stereo float32 (CPU ms)")
    for source, target in resampling.PAIRS:
        times = resampling.timings(systems, source, target, rounds, seconds=30)
        ratio = lambda peer: statistics.median(a / b for a, b in zip(times[systems[0]], times[peer]))
        cells = [f"{source} Hz to {target} Hz", *(f"{statistics.median(times[name]):.1f}" for name in systems)]
        cells += [f"{ratio(systems[1]):.2f}", f"{ratio(systems[2]):.3f}"]
        print("  " + " · ".join(cells), flush=True)
        rows.append(cells)
    return table(
        "Rate conversion",
        "Processor milliseconds for a minute of stereo float32 on one thread. `balanced` keeps 135 dB, soxr HQ 130 dB; "
        "docs/RESAMPLING.md has the quality of all.",
        ["rates", *systems, "ours / soxr HQ", "ours / WindowedSinc32"],
        rows,
    )


def versions():
    from importlib.metadata import PackageNotFoundError, version

    def of(name):
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            return f"{name} missing"

    return ", ".join(of(n) for n in ("pedalboard", "soundfile", "babycat", "torchcodec", "lameenc", "soxr", "numpy"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="only files whose name holds this")
    parser.add_argument("--write", type=Path, help="the page whose tables to replace")
    parser.add_argument("--parts", default="whole,batch,window,open,memory,rates,encode,write-memory")
    options = parser.parse_args()
    parts = options.parts.split(",")
    tables = []
    if "whole" in parts:
        tables.append(whole_files(options.data, options.rounds, options.only))
    if "batch" in parts:
        tables.append(batches(options.data, options.rounds, options.only))
    if "window" in parts:
        tables.append(windows(options.data, options.rounds, options.only))
    if "open" in parts:
        tables.append(opens(options.data, options.rounds, options.only))
    if "memory" in parts:
        tables.append(memory(options.data, options.only))
    if "rates" in parts:
        tables.append(rates(options.rounds))
    if "encode" in parts:
        tables.append(encoders(options.data, options.rounds, options.only))
    if "write-memory" in parts:
        tables.append(write_memory(options.data, options.only))
    machine = f"{CORES} cores, {platform.machine()}, Python {platform.python_version()}; {versions()}."
    text = f"Measured on {time.strftime('%Y-%m-%d')}: {machine}\n\n" + "\n".join(tables)
    if options.write:
        page = options.write.read_text()
        marks = re.compile(r"(<!-- tables -->\n).*(<!-- end of tables -->)", re.S)
        if not marks.search(page):
            sys.exit(f"{options.write} has no place for the tables (<!-- tables --> … <!-- end of tables -->)")
        options.write.write_text(marks.sub(lambda m: m[1] + text + m[2], page))
        print(f"wrote {options.write}")
    else:
        print(text)


if __name__ == "__main__":
    main()
