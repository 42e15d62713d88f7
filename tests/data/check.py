#!/usr/bin/env python3
"""Checks every fixture against manifest.json with FFmpeg (and nothing else): the frames it decodes to, and the
samples themselves where a file is lossless. Prints one line per difference; exit code 1 when there is one.

    python3 check.py              all files
    python3 check.py mp4/ -v      only these, and a line for each that is right

`ffmpeg` in the manifest says where FFmpeg is known to be no judge: false (it cannot read the file), a number (the
frames it gives, for the reason in `ffmpeg_note`). FFmpeg 5.1 is meant.
"""
import array, json, math, operator, os, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
_cache = {}


def decode(path, entry, fmt="s32le", untrimmed=False, rate=None):
    """(samples, frames, what FFmpeg complained about)"""
    cmd = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1"]
    if untrimmed:
        cmd += ["-flags2", "+skip_manual"]
    cmd += ["-i", path, "-map", "0:a:0", "-f", fmt, "-c:a", "pcm_" + fmt]
    if entry.get("segments"):
        cmd += ["-ar", str(entry["rate"]), "-ac", str(entry["channels"])]
    p = subprocess.run(cmd + ["pipe:1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    size = {"s16le": 2, "s32le": 4, "f32le": 4, "f64le": 8}[fmt]
    frame = size * entry["channels"]
    return p.stdout, len(p.stdout) // frame, p.stderr.decode("utf8", "replace").strip()


def source(sources, name):
    if name not in _cache:
        s = sources[name]
        data, n, err = decode(os.path.join(HERE, s["path"]), s)
        assert n == s["frames"], (name, n, err)
        _cache[name] = data
    return _cache[name]


def snr(entry, sources):
    """How near FFmpeg's decode is to the source at the same position, in dB; None where they cannot be compared."""
    s = sources[entry["source"]]
    if s["rate"] != entry["rate"] or s["channels"] != entry["channels"]:
        return None
    data, n, _ = decode(os.path.join(HERE, entry["path"]), entry)
    a = array.array("i", source(sources, entry["source"]))[entry.get("source_start", 0) * s["channels"]:]
    b = array.array("i", data)[entry.get("ffmpeg_delay", entry.get("source_delay", 0)) * s["channels"]:]
    if entry.get("frames") is not None:
        a = a[:entry["frames"] * s["channels"]]
    n = min(len(a), len(b))
    a, b = a[:n], b[:n]
    gain = 10 ** (-entry.get("gain_db", 0) / 20)
    if gain != 1:
        b = [x * gain for x in b]
    signal = sum(map(operator.mul, a, a))
    noise = sum((x - y) ** 2 for x, y in zip(a, b))
    return 10 * math.log10(signal / noise) if noise and signal else None


def check(entry, sources):
    """What is wrong with one file, or None."""
    path = os.path.join(HERE, entry["path"])
    if entry.get("error") or entry.get("ffmpeg") is False:
        return None if os.path.exists(path) else "is missing"
    data, n, err = decode(path, entry)
    want = None if entry.get("segments") else entry.get("ffmpeg", entry.get("frames"))
    if want is None:
        want = None if entry.get("warning") or entry.get("segments") else entry.get("frames_untrimmed")
    if want is not None and n != want:
        return "FFmpeg gives %d frames, the manifest says %d  %s" % (n, want, err[:200])
    if entry.get("lossless"):
        size = 4 * entry["channels"]
        if entry.get("source"):
            start = entry.get("source_start", 0) * size
            ref = source(sources, entry["source"])[start:]
        elif entry.get("chain"):
            ref = b"".join(source(sources, c) for c in entry["chain"])
        else:
            return None
        frames = entry["frames"] if entry.get("frames") is not None else n
        if data[:frames * size] != ref[:frames * size]:
            return "the samples differ from the source"
    if entry.get("reference_shift"):
        s = entry["reference_shift"]
        a = array.array("i", source(sources, s["source"]))
        keep = -1 << (32 - entry["bits"])
        if array.array("i", (x & keep for x in a)).tobytes() != data:
            return "the samples differ from the source"
    if "snr_db" in entry:
        got = snr(entry, sources)
        if got is None or got < entry["snr_db"] - 0.2:
            return "%s dB from the source, the manifest says %s" % (got, entry["snr_db"])
    return None


def main():
    verbose = "-v" in sys.argv
    only = [a for a in sys.argv[1:] if a != "-v"]
    with open(os.path.join(HERE, "manifest.json"), encoding="utf8") as f:
        m = json.load(f)
    wrong = right = 0
    for e in m["files"]:
        if only and not any(e["path"].startswith(o) for o in only):
            continue
        problem = check(e, m["sources"])
        if problem:
            wrong += 1
            print("%-44s %s" % (e["path"], problem), flush=True)
        else:
            right += 1
            if verbose:
                print("%-44s right" % e["path"], flush=True)
    print("%d passed, %d failed" % (right, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
