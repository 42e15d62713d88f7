#!/usr/bin/env python3
"""Makes every fixture under tests/data from the clips in tests/data/source, and manifest.json.

    python3 make.py                 build everything again, write manifest.json
    python3 make.py wav flac/       only the files whose path starts so (manifest is rewritten too)
    python3 make.py --sources DIR   also make source/ again; DIR holds the two unpacked Debian packages

The encoders are other people's (README.md lists their versions); what no encoder writes is made here
byte by byte. The output does not depend on the day or the machine, only on the encoders' versions.
"""
import json, os, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TMP = tempfile.mkdtemp(prefix="ondes-fixtures-")
FFMPEG = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
BITEXACT = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-threads", "1"]


# ---------------------------------------------------------------- running tools

def run(*cmd, stdin=None):
    p = subprocess.run([str(c) for c in cmd], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       stdin=None if stdin is not None else subprocess.DEVNULL, cwd=HERE)
    if p.returncode != 0 and not (cmd[0] == "mkvmerge" and p.returncode == 1):     # 1: it only warned
        raise SystemExit("failed: %s\n%s" % (" ".join(map(str, cmd)), p.stderr.decode("utf8", "replace")))
    return p.stdout


def ff(src, out, *args, pre=()):
    """src through ffmpeg into the file out."""
    run(*FFMPEG, *pre, "-i", src, *BITEXACT, *args, out)


def ff_pipe(src, *args):
    """src through ffmpeg into a pipe, so the muxer cannot go back: the bytes."""
    return run(*FFMPEG, "-i", src, *BITEXACT, *args, "pipe:1")


def fixture_encoder(*args, stdin):
    """The program in recipes/encoders (Layer I and HE-AAC), built on first use; needs cargo."""
    folder = os.path.join(HERE, "recipes", "encoders")
    target = os.environ.get("CARGO_TARGET_DIR") or os.path.join(folder, "target")
    exe = os.path.join(target, "release", "fixture-encoders")
    if not os.path.exists(exe):
        run("cargo", "build", "-q", "--release", "--locked", "--manifest-path", os.path.join(folder, "Cargo.toml"), "--target-dir", target)
    return run(exe, *args, stdin=stdin)


def tmp(name):
    return os.path.join(TMP, name)


def read(path):
    with open(path if os.path.isabs(path) else os.path.join(HERE, path), "rb") as f:
        return f.read()


def write(path, data):
    with open(path if os.path.isabs(path) else os.path.join(HERE, path), "wb") as f:
        f.write(data)


# ---------------------------------------------------------------- sources

SOURCES = {}


def source(name, rate, channels, frames, bits, origin):
    SOURCES[name] = dict(path="source/%s.flac" % name, rate=rate, channels=channels, frames=frames, bits=bits,
                         origin=origin)


GUITAR = "sonic-pi-samples guit_em9 (Sub-d, freesound 46992, CC0)"
TABLA = "sonic-pi-samples loop_tabla (lezaarth, freesound 242591, CC0)"
source("music", 44100, 2, 100003, 16, GUITAR + " mixed with " + TABLA)
source("music48", 48000, 2, 100003, 16, GUITAR + ", resampled to 48 kHz")
source("speech", 16000, 1, 48007, 16, "pocketsphinx-testdata sense_and_sensibility_01_austen_64kb-0930 (LibriVox)")
source("clip", 44100, 2, 3001, 16, "a cut of music")
source("clip8", 44100, 2, 3001, 8, "clip rounded to 8 bits")
source("clip24", 44100, 2, 3001, 24, "the same cut, mixed at 24 bits")
source("clip32", 44100, 2, 3001, 32, "the same cut, mixed at 32 bits")
source("mono", 44100, 1, 3001, 16, "left channel of clip")
source("surround", 48000, 6, 12007, 16, "six CC0 clips of sonic-pi-samples in WAV order FL FR FC LFE BL BR: "
       "guit_em9 left and right, ambi_piano, bass_voxy_c low-passed at 100 Hz, loop_tabla left and right")
source("surround24", 48000, 6, 2003, 24, "as surround, a shorter cut at 24 bits")
source("twelve", 44100, 12, 2003, 16, "twelve channels: cuts of music from twelve places")


def make_sources(deb):
    smp = os.path.join(deb, "sonic-pi-samples/usr/share/sonic-pi/samples/")
    voice = os.path.join(deb, "pocketsphinx-testdata/usr/share/pocketsphinx/test/data/librivox/"
                              "sense_and_sensibility_01_austen_64kb-0930.wav")
    os.makedirs(os.path.join(HERE, "source"), exist_ok=True)
    sox = ["sox", "-R", "-D"]

    def flac(wav, name):
        info = SOURCES[name]
        run("flac", "-s", "-f", "-8", "--no-padding", "--no-seektable", "--lax", wav, "-o", "source/%s.flac" % name)
        n = run("metaflac", "--show-total-samples", "--show-sample-rate", "--show-channels", "--show-bps",
                "source/%s.flac" % name).split()
        assert [int(x) for x in n] == [info["frames"], info["rate"], info["channels"], info["bits"]], (name, n)

    mix = [*sox, "-m", "-v", "0.8", smp + "guit_em9.flac", "-v", "0.4", smp + "loop_tabla.flac"]
    for bits in (16, 24, 32):
        run(*mix, "-b", bits, "-e", "signed-integer", tmp("mix%d.wav" % bits), "gain", "-0.37")
    run(*sox, tmp("mix16.wav"), tmp("music.wav"), "trim", "22050s", "100003s")
    flac(tmp("music.wav"), "music")
    run(*sox, smp + "guit_em9.flac", tmp("music48.wav"), "gain", "-1", "rate", "-h", "48000", "trim", "30000s", "100003s")
    flac(tmp("music48.wav"), "music48")
    run(*sox, voice, tmp("speech.wav"), "trim", "0", "48007s")
    flac(tmp("speech.wav"), "speech")
    for bits, name in ((16, "clip"), (24, "clip24"), (32, "clip32")):
        run(*sox, tmp("mix%d.wav" % bits), tmp(name + ".wav"), "trim", "31000s", "3001s")
        if bits < 32:
            flac(tmp(name + ".wav"), name)
    # FFmpeg 5.1 does not read 32-bit FLAC: this one stays WAV
    shutil.copy(tmp("clip32.wav"), os.path.join(HERE, "source/clip32.wav"))
    run(*sox, tmp("clip.wav"), "-b", 8, "-e", "unsigned-integer", tmp("clip8.wav"))
    flac(tmp("clip8.wav"), "clip8")
    run(*sox, tmp("clip.wav"), tmp("mono.wav"), "remix", "1")
    flac(tmp("mono.wav"), "mono")
    for bits, start, n, name in ((16, 24000, 12007, "surround"), (24, 30000, 2003, "surround24")):
        six = [("guit_em9.flac", "1", []), ("guit_em9.flac", "2", []), ("ambi_piano.flac", "1", []),
               ("bass_voxy_c.flac", "1", ["lowpass", "100"]), ("loop_tabla.flac", "1", []), ("loop_tabla.flac", "2", [])]
        parts = []
        for i, (f, ch, fx) in enumerate(six):
            parts.append(tmp("six%d.wav" % i))
            run(*sox, smp + f, "-b", bits, "-e", "signed-integer", parts[-1], "gain", "-2", "remix", ch, *fx, "rate", "-h", "48000",
                "trim", "%ds" % start, "%ds" % n)
        run(*sox, "-M", *parts, tmp(name + ".wav"))
        flac(tmp(name + ".wav"), name)
    parts = []
    for i in range(12):
        parts.append(tmp("t%d.wav" % i))
        run(*sox, tmp("mix16.wav"), parts[-1], "remix", str(1 + i % 2), "trim", "%ds" % (25000 + 7000 * i), "2003s")
    run(*sox, "-M", *parts, tmp("twelve.wav"))
    # flac has eight channels at most: this one stays WAV
    shutil.copy(tmp("twelve.wav"), os.path.join(HERE, "source/twelve.wav"))


SOURCES["twelve"]["path"] = "source/twelve.wav"
SOURCES["clip32"]["path"] = "source/clip32.wav"


def wav(name, rate=None, channels=None, start=0, frames=None):
    """A source as a WAV file in the temporary folder, resampled, down-mixed or cut on request."""
    out = tmp("%s-%s-%s-%s-%s.wav" % (name, rate, channels, start, frames))
    if not os.path.exists(out):
        fx = (["rate", "-h", str(rate)] if rate else []) + (["channels", str(channels)] if channels else []) \
            + (["trim", "%ds" % start] + (["%ds" % frames] if frames else []) if start or frames else [])
        if fx:
            run("sox", "-R", "-D", SOURCES[name]["path"], out, *fx)
        else:
            ff(SOURCES[name]["path"], out, "-c:a", "pcm_s%dle" % max(16, SOURCES[name]["bits"])
               if SOURCES[name]["bits"] != 8 else "pcm_u8")
    return out


def samples(name, fmt="s16le"):
    """A source as raw samples."""
    return ff_pipe(SOURCES[name]["path"], "-f", fmt, "-c:a", "pcm_" + fmt)


# ---------------------------------------------------------------- the list of files

FILES = []          # (entry, build function)


def add(path, container, codec, src=None, **more):
    """Registers one file; the decorated function builds it at the path it is given."""
    def deco(build):
        e = dict(path=path, container=container, codec=codec)
        if src:
            s = SOURCES[src]
            e.update(rate=s["rate"], channels=s["channels"], frames=s["frames"], source=src)
        e.update(more)
        if "error" in e:
            for k in ("frames", "lossless", "source"):
                e.pop(k, None)
        FILES.append((e, build))
        return build
    return deco


def by_ffmpeg(path, container, codec, src, args, **more):
    add(path, container, codec, src, **more)(lambda out: ff(SOURCES[src]["path"], out, *args))


def bad(path, status, note, data, **more):
    """A hostile file: its status class (None: it opens), other answers that are right too, a note, its bytes."""
    e = dict(path="bad/" + path, notes=note)
    if status:
        e["error"] = status
    e.update(more)
    FILES.append((e, lambda out: write(out, data() if callable(data) else data)))



def main():
    args = sys.argv[1:]
    if "--sources" in args:
        i = args.index("--sources")
        make_sources(os.path.abspath(args[i + 1]))
        del args[i:i + 2]
    sys.modules["make"] = sys.modules[__name__]
    sys.dont_write_bytecode = True
    sys.path.insert(0, os.path.join(HERE, "recipes"))
    import pcm, flac_ogg, mpeg, mp4_mkv, hostile  # noqa: F401, E401
    if not args or any("tags/".startswith(a) for a in args):
        import tags
        tags.make()
    if args == ["tags/"]:
        return
    seen = set()
    for e, build in FILES:
        assert e["path"] not in seen, e["path"]
        seen.add(e["path"])
        if args and not any(e["path"].startswith(a) for a in args):
            continue
        out = os.path.join(HERE, e["path"])
        os.makedirs(os.path.dirname(out), exist_ok=True)
        if os.path.exists(out):
            os.remove(out)
        build(out)
        print("%8d  %s" % (os.path.getsize(out), e["path"]), flush=True)
    import check
    import judge
    for e, _ in FILES:
        p = os.path.join(HERE, e["path"])
        e["bytes"] = os.path.getsize(p)
        if e.get("error") or e.get("ffmpeg") is False:
            continue
        if e.get("frames", 0) is None and e.get("frames_untrimmed", 0) is None:
            e["frames_untrimmed"] = check.decode(p, e, untrimmed=True)[1]
        if e["path"] in judge.NOTES:
            e["ffmpeg"] = check.decode(p, e)[1]
            e["ffmpeg_note"] = judge.NOTES[e["path"]]
            if e["path"] in judge.DELAYS:
                e["ffmpeg_delay"] = judge.DELAYS[e["path"]]
        if e.get("warning") and e.get("frames", 0) is None:
            n = check.decode(p, e)[1]
            e["frames_min"], e["frames_max"] = max(0, n - 5000), n + 5000
        if e.get("lossless") is False and e.get("source") and not e.get("segments") and not e.get("warning"):
            snr = check.snr(e, SOURCES)
            if snr is not None and snr > 1:
                e["snr_db"] = round(snr, 1)
    order = ["path", "container", "codec", "rate", "channels", "frames", "frames_untrimmed", "bits", "lossless", "source"]
    rows = []
    for e, _ in FILES:
        keys = [k for k in order if k in e] + [k for k in e if k not in order]
        rows.append("    " + json.dumps({k: e[k] for k in keys}, ensure_ascii=False))
    srcs = ["    %s: %s" % (json.dumps(k), json.dumps(v)) for k, v in SOURCES.items()]
    write("manifest.json", ("{\n  \"sources\": {\n%s\n  },\n  \"files\": [\n%s\n  ]\n}\n"
                            % (",\n".join(srcs), ",\n".join(rows))).encode())
    shutil.rmtree(TMP)
    total = sum(e["bytes"] for e, _ in FILES)
    print("%d files, %.2f MB" % (len(FILES), total / 1e6))


if __name__ == "__main__":
    main()
