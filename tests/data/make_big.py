#!/usr/bin/env python3
"""Makes the benchmark programme in tests/data/big (ignored by git): run on demand, skips what exists.

    python3 make_big.py              everything: about 600 MB, a minute or two
    python3 make_big.py --seconds 60 a shorter programme (in big/60s), to try things out

programme.*   ten minutes of stereo 44.1 kHz music as WAV 16-bit and float, FLAC 16 and 24, MP3 192 kbps, Ogg Vorbis
              q5, Opus 96 kbps (48 kHz), M4A with AAC and ALAC
batch/        200 clips of 3 to 10 s cut out of it: MP3, FLAC and WAV in turn

The music is two layers of different CC0 loops and phrases from Debian's package sonic-pi-samples, which is downloaded
and unpacked into big/ when it is not installed; without it (not on Debian, no network) the committed clips are looped
instead, and the programme says so. Needs ffmpeg, flac, lame, oggenc, opusenc and sox. The result is the same on every run.
"""
import os, random, shutil, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
RATE = 44100
# phrases and loops of CC0 by the package's copyright file, stereo 44.1 kHz, from quiet to dense
NAMES = ("guit_em9 loop_tabla ambi_piano loop_mika guit_e_fifths loop_safari ambi_lunar_land loop_garzul bass_voxy_c "
         "loop_compus perc_bell ambi_choir guit_harmonics loop_industrial ambi_glass_hum loop_breakbeat guit_e_slide "
         "ambi_haunted_hum vinyl_hiss drum_roll").split()


def say(text):
    print(text, flush=True)


def run(*cmd):
    p = subprocess.run([str(c) for c in cmd], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    if p.returncode:
        sys.exit("failed: %s\n%s" % (" ".join(map(str, cmd)), p.stdout.decode("utf8", "replace")))


def ff(src, out, *args, pre=()):
    run("ffmpeg", "-v", "error", "-y", *pre, "-i", src, "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-threads", "1", *args, out)


def once(path, make):
    """Calls make(part) and renames the part, unless path is there already: a broken run leaves no half files."""
    if os.path.exists(path):
        return
    folder, name = os.path.split(path)
    part = os.path.join(folder, "part-" + name)
    make(part)
    os.replace(part, path)
    say("  %6.1f MB  %s" % (os.path.getsize(path) / 1e6, os.path.relpath(path, HERE)))


def samples(big):
    """The sample files, and whether they are the package's."""
    installed = "/usr/share/sonic-pi/samples"
    unpacked = os.path.join(big, "deb", installed.lstrip("/"))
    if not os.path.isdir(installed) and not os.path.isdir(unpacked) and shutil.which("apt-get") and shutil.which("dpkg"):
        say("downloading the Debian package sonic-pi-samples (22 MB)")
        os.makedirs(os.path.join(big, "deb"), exist_ok=True)
        p = subprocess.run(["apt-get", "download", "-qq", "sonic-pi-samples"], cwd=os.path.join(big, "deb"), stderr=subprocess.DEVNULL)
        for f in os.listdir(os.path.join(big, "deb")):
            if p.returncode == 0 and f.endswith(".deb"):
                run("dpkg", "-x", os.path.join(big, "deb", f), os.path.join(big, "deb"))
                os.remove(os.path.join(big, "deb", f))
    for folder in (installed, unpacked):
        if os.path.isdir(folder):
            found = [os.path.join(folder, n + ".flac") for n in NAMES]
            found = [f for f in found if os.path.exists(f)]
            if len(found) >= 8:
                return found
    say("sonic-pi-samples is not to be had: looping the committed clips instead (less varied)")
    return [os.path.join(HERE, "source", n + ".flac") for n in ("music", "music48", "surround")]


def programme(big, seconds, out):
    """Two layers, each a row of phrases that follow one another without a gap, mixed at 24 bits."""
    rng = random.Random(1)
    found = samples(big)
    work = os.path.join(big, "work")
    os.makedirs(work, exist_ok=True)
    plain = []
    for i, f in enumerate(found):
        plain.append(os.path.join(work, "s%d.wav" % i))
        run("sox", "-R", "-D", f, "-b", "24", "-e", "signed-integer", plain[-1], "gain", "-3", "rate", "-h", RATE, "channels", 2)
    size = {p: (os.path.getsize(p) - 44) // 6 for p in plain}
    layers = []
    for n in range(2):
        row, have = [], 0
        while have < seconds * RATE:
            p = rng.choice(plain)
            for _ in range(1 + 2 * RATE // max(size[p], 1)):
                row.append(p)
                have += size[p]
        layers.append(os.path.join(work, "layer%d.wav" % n))
        run("sox", "-R", "-D", *row, layers[-1], "trim", 0, "%ds" % (seconds * RATE))
    run("sox", "-R", "-D", "-m", "-v", "0.75", layers[0], "-v", "0.5", layers[1], "-b", "24", "-t", "wav", out, "gain", "-1")
    shutil.rmtree(work)


def main():
    seconds = int(sys.argv[sys.argv.index("--seconds") + 1]) if "--seconds" in sys.argv else 600
    missing = [t for t in ("ffmpeg", "flac", "lame", "oggenc", "opusenc", "sox") if not shutil.which(t)]
    if missing:
        sys.exit("make_big.py needs these commands: %s (Debian: ffmpeg flac lame vorbis-tools opus-tools sox)" % " ".join(missing))
    top = os.path.join(HERE, "big")
    big = top if seconds == 600 else os.path.join(top, "%ds" % seconds)
    os.makedirs(os.path.join(big, "batch"), exist_ok=True)
    p = lambda ext: os.path.join(big, "programme" + ext)    # noqa: E731
    say("programme: %d s" % seconds)
    once(p(".24.wav"), lambda o: programme(top, seconds, o))
    once(p(".wav"), lambda o: run("sox", "-R", p(".24.wav"), "-b", "16", o))
    once(p(".f32.wav"), lambda o: ff(p(".24.wav"), o, "-c:a", "pcm_f32le"))
    once(p(".flac"), lambda o: run("flac", "-s", "-f", "-5", p(".wav"), "-o", o))
    once(p(".24.flac"), lambda o: run("flac", "-s", "-f", "-5", p(".24.wav"), "-o", o))
    once(p(".mp3"), lambda o: run("lame", "--quiet", "-b", "192", p(".wav"), o))
    once(p(".vbr.mp3"), lambda o: run("lame", "--quiet", "-V", "2", p(".wav"), o))
    once(p(".ogg"), lambda o: run("oggenc", "-Q", "-s", "1", "-q", "5", p(".wav"), "-o", o))
    once(p(".opus"), lambda o: run("opusenc", "--quiet", "--serial", "1", "--bitrate", "96", p(".wav"), o))
    once(p(".m4a"), lambda o: ff(p(".wav"), o, "-c:a", "aac", "-b:a", "160k"))
    once(p(".alac.m4a"), lambda o: ff(p(".wav"), o, "-c:a", "alac"))
    rng = random.Random(2)
    say("batch: 200 clips")
    for i in range(200):
        start, length = rng.uniform(0, max(seconds - 10, 0)), rng.uniform(3, min(10, seconds))
        kind = ("mp3", "flac", "wav")[i % 3]
        kbps = rng.choice((128, 160, 192, 256))
        out = os.path.join(big, "batch", "clip%03d.%s" % (i, kind))
        if os.path.exists(out):
            continue
        cut = ("-ss", "%.5f" % start, "-t", "%.5f" % length)
        args = {"mp3": ("-c:a", "libmp3lame", "-b:a", "%dk" % kbps), "flac": ("-c:a", "flac"), "wav": ("-c:a", "pcm_s16le")}[kind]
        part = os.path.join(big, "batch", "part-clip." + kind)
        ff(p(".wav"), part, *args, pre=cut)
        os.replace(part, out)
        if i % 20 == 19:
            say("  %d of 200" % (i + 1))
    total = sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(big) for f in fs)
    say("%s: %.0f MB" % (os.path.relpath(big, HERE), total / 1e6))


if __name__ == "__main__":
    main()
