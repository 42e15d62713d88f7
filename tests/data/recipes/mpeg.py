"""MPEG audio layers 2 and 3, AAC in ADTS."""
import struct
from make import add, ff, fixture_encoder, read, run, samples, SOURCES, tmp, wav, write

UNTOLD = "the stream does not tell its delay; frames_untrimmed counts every MPEG frame"


# ---------------------------------------------------------------- layer 1

def layer1(path, src, rate, channels, kbps, *args, frames, **more):
    @add(path, "mp1", "mp1", src, lossless=False, frames=None, frames_untrimmed=None, frames_note=UNTOLD, source_delay=481,
         **dict(dict(rate=rate, channels=channels), **more))
    def _(out):
        w = wav(src, rate=None if rate == SOURCES[src]["rate"] else rate, channels=None if channels == SOURCES[src]["channels"] else channels, frames=frames)
        raw = run("sox", "-R", "-D", w, "-t", "s16", "-")
        write(out, fixture_encoder("mp1", rate, channels, kbps, *args, stdin=raw))


layer1("mp1/stereo_44k_384.mp1", "music", 44100, 2, 384, frames=40009)
layer1("mp1/stereo_48k_192_crc.mp1", "music48", 48000, 2, 192, "crc", frames=30011, notes="with CRC")
layer1("mp1/mono_32k_128.mp1", "music", 32000, 1, 128, frames=20011)
layer1("mp1/lsf_16k_64.mp1", "speech", 16000, 1, 64, frames=20011, notes="MPEG-2 low sampling frequency")

# ---------------------------------------------------------------- layer 2

def twolame(path, src, *args, w=None, untrimmed, **more):
    more.setdefault("frames", None)
    add(path, "mp2", "mp2", src, lossless=False, source_delay=481, frames_untrimmed=untrimmed, frames_note=UNTOLD, **more)(
        lambda out: run("twolame", "--quiet", *args, w() if w else wav(src), out))


def ceil_to(n, size):
    return -(-n // size) * size


twolame("mp2/stereo_44k_192.mp2", "music", "-b", "192", untrimmed=None)
twolame("mp2/joint_48k_128.mp2", "music48", "-b", "128", "-m", "j", untrimmed=87 * 1152, ffmpeg=86 * 1152,
        ffmpeg_note="FFmpeg 5.1 and libmad leave out the first frame, whose mode (joint) is another than the next one's (stereo)")
twolame("mp2/mono_32k_64.mp2", "music", "-b", "64", "-m", "m", w=lambda: wav("music", rate=32000, channels=1, frames=30000), rate=32000, channels=1, untrimmed=None)
twolame("mp2/lsf_22k_64.mp2", "music", "-b", "64", w=lambda: wav("music", rate=22050, frames=30000), rate=22050, untrimmed=None, notes="MPEG-2 low sampling frequency")
twolame("mp2/speech_16k_32.mp2", "speech", "-b", "32", "-m", "m", untrimmed=None)
twolame("mp2/dual_crc_44k.mp2", "clip", "-b", "160", "-m", "d", "-p", untrimmed=None, notes="dual channel, with CRC")
add("mp2/ffmpeg_44k_384.mp2", "mp2", "mp2", "clip", lossless=False, frames=None, frames_untrimmed=None, source_delay=481, frames_note=UNTOLD)(
    lambda out: ff(SOURCES["clip"]["path"], out, "-c:a", "mp2", "-b:a", "384k"))

# ---------------------------------------------------------------- MP3


def lame(path, src, *args, w=None, **more):
    more.setdefault("lossless", False)
    add(path, "mp3", "mp3", src, **more)(lambda out: run("lame", "--quiet", *args, w() if w else wav(src), out))


def untold(path, src, *args, w=None, untrimmed=None, **more):
    """A file whose length is known only in whole MPEG frames."""
    lame(path, src, *args, w=w, frames=None, frames_untrimmed=untrimmed, frames_note=UNTOLD, source_delay=1105, **more)


lame("mp3/cbr_128_known_100003.mp3", "music", "-b", "128", "--tt", "Guitar and tabla", "--ta", "Sub-d", "--add-id3v2",
     tags={"title": "Guitar and tabla", "artist": "Sub-d"})
lame("mp3/vbr_v2.mp3", "music", "-V", "2")
lame("mp3/vbr_v5.mp3", "music48", "-V", "5")
lame("mp3/abr_140.mp3", "music", "--abr", "140")
lame("mp3/cbr_320.mp3", "music", "-b", "320", w=lambda: wav("music", frames=40009), frames=40009)
lame("mp3/joint_96.mp3", "music", "-b", "96", "-m", "j", "--resample", "44.1")
lame("mp3/stereo_simple.mp3", "clip", "-b", "160", "-m", "s", "-p", notes="no joint stereo, with CRC")
lame("mp3/dual_mono.mp3", "clip", "-b", "128", "-m", "d", notes="dual channel mode")
lame("mp3/mono_64.mp3", "mono", "-b", "64")
untold("mp3/reservoir_32_mono.mp3", "music", "-b", "32", "-m", "m", "--resample", "44.1", "-q", "0", channels=1,
     w=lambda: wav("music", channels=1), notes="32 kbps at 44.1 kHz: a deep bit reservoir; too small a frame for a LAME tag")
lame("mp3/nores_64.mp3", "clip", "-b", "64", "--nores", "--resample", "44.1", notes="no bit reservoir")
lame("mp3/short_100.mp3", "clip", "-b", "128", w=lambda: wav("clip", frames=100), frames=100, notes="100 frames")
RATES = {"mpeg2_24k": (24000, "64"), "mpeg2_22k": (22050, "48"), "mpeg2_16k": (16000, "32"), "mpeg25_12k": (12000, "24"),
         "mpeg25_11k": (11025, "24"), "mpeg25_8k": (8000, "16")}
for name, (rate, kbps) in RATES.items():
    w = lambda rate=rate: wav("speech", rate=rate, frames=rate * 3 // 2 + 7)    # noqa: E731
    untold("mp3/%s_cbr.mp3" % name, "speech", "-t", "-b", kbps, "--resample", str(rate / 1000), w=w, rate=rate,
           notes="speech resampled first, 1.5 s and 7 frames; no LAME tag")
    lame("mp3/%s_vbr.mp3" % name, "speech", "-V", "5", "--resample", str(rate / 1000), w=w, rate=rate, frames=rate * 3 // 2 + 7,
         notes="speech resampled first, 1.5 s and 7 frames")
untold("mp3/low_8kbps_mono.mp3", "speech", "-b", "8", "--resample", "8", w=lambda: wav("speech", rate=8000, frames=20003), rate=8000,
       notes="8 kbps: a main_data_begin over several frames; too small a frame for a LAME tag")
lame("mp3/mpeg2_stereo_vbr.mp3", "music", "-V", "6", "--resample", "22.05", w=lambda: wav("music", rate=22050, frames=30011), rate=22050, frames=30011,
     notes="MPEG-2, stereo, VBR")
lame("mp3/id3v2_20k.mp3", "clip", "-b", "128", "--tt", "padded", "--pad-id3v2-size", "20000", tags={"title": "padded"}, notes="an ID3v2 tag with 20 kB of padding")
lame("mp3/id3v1.mp3", "clip", "-b", "128", "--tt", "version one", "--id3v1-only", tags={"title": "version one"})

untold("mp3/cbr_128_no_tag.mp3", "music", "-b", "128", "-t", notes="no LAME tag: CBR")
untold("mp3/vbr_no_tag.mp3", "music", "-V", "4", "-t", notes="no LAME tag: VBR, the length is known once scanned")
untold("mp3/free_format_400.mp3", "music", "--freeformat", "-b", "400", "-t", w=lambda: short(), notes="free format at 400 kbps, no tag", ffmpeg=False, untrimmed=21888)
untold("mp3/free_format_100_mono.mp3", "music", "--freeformat", "-b", "100", "-m", "m", "-t", channels=1, notes="free format at 100 kbps, no tag", ffmpeg=False, untrimmed=101376)
add("mp3/ffmpeg_shine.mp3", "mp3", "mp3", "music", lossless=False, frames=None, frames_untrimmed=None, frames_note=UNTOLD, source_delay=1057,
    notes="by the Shine encoder through FFmpeg, without a Xing header")(
    lambda out: ff(SOURCES["music"]["path"], out, "-c:a", "libshine", "-b:a", "96k", "-write_xing", "0", "-id3v2_version", "0"))
add("mp3/ffmpeg_xing.mp3", "mp3", "mp3", "music", lossless=False, notes="by FFmpeg: an ID3v2.4 tag, an Xing header with the Lavc delay")(
    lambda out: ff(SOURCES["music"]["path"], out, "-c:a", "libmp3lame", "-b:a", "112k", "-metadata", "title=ffmpeg"))


def plain(src=None, *args, **kw):
    """A stream without any tag, as bytes."""
    t = tmp("plain.mp3")
    run("lame", "--quiet", "-t", *(args or ("-b", "128")), wav(src, **kw) if src else short(), t)
    return read(t)


def short():
    """The first 20,011 frames of music."""
    return wav("music", frames=20011)


def tagged(src=None):
    t = tmp("tagged.mp3")
    run("lame", "--quiet", "-b", "128", wav(src) if src else short(), t)
    return read(t)


def split(data):
    """A layer 3 stream cut into frames: [bytes]."""
    rates = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
    v1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    v2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    out, at = [], 0
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] & 0xE0 == 0xE0:
        ver = data[at + 1] >> 3 & 3
        kbps = (v1 if ver == 3 else v2)[data[at + 2] >> 4]
        rate = rates[ver][data[at + 2] >> 2 & 3]
        size = (144000 if ver == 3 else 72000) * kbps // rate + (data[at + 2] >> 1 & 1)
        out.append(data[at:at + size])
        at += size
    return out


def made(path, note, src="short", **more):
    if src == "short":
        src, more = "music", dict(dict(frames=20011), **more)
    return add(path, "mp3", "mp3", src, lossless=False, notes="crafted: " + note, **more)


@made("mp3/vbri.mp3", "a VBRI header (as Fraunhofer's encoder writes) in front of a LAME VBR stream without a tag; "
      "its delay field says 1105", src="music", frames=None, frames_untrimmed=None, source_delay=1105, frames_note="VBRI tells the number of MPEG frames; the VBRI frame itself is no audio")
def _(out):
    frames = split(plain("music", "-V", "4"))
    step = 4
    toc = [sum(len(f) for f in frames[i:i + step]) for i in range(0, len(frames), step)]
    total = sum(len(f) for f in frames)
    head = b"VBRI" + struct.pack(">HHHIIHHHH", 1, 1105, 75, total + 417, len(frames), len(toc), 1, 2, step) \
        + b"".join(struct.pack(">H", t) for t in toc)
    # 128 kbps, 44.1 kHz, no padding: 417 bytes
    first = (b"\xff\xfb\x90\x40" + b"\0" * 32 + head).ljust(417, b"\0")
    assert len(first) == 417
    write(out, first + b"".join(frames))


def ape(items):
    body = b"".join(struct.pack("<II", len(v), 0) + k + b"\0" + v for k, v in items)
    tail = struct.pack("<8sIIII8x", b"APETAGEX", 2000, len(body) + 32, len(items), 0x80000000)
    head = struct.pack("<8sIIII8x", b"APETAGEX", 2000, len(body) + 32, len(items), 0xA0000000)
    return head + body + tail


ID3V1 = b"TAG" + b"tail title".ljust(30, b"\0") + b"tail artist".ljust(30, b"\0") + b"\0" * 64 + b"\xff"
LYRICS = b"LYRICSBEGIN" + b"IND0000200" + b"LYR00017[00:01]some words"
LYRICS = LYRICS + b"%06d" % len(LYRICS) + b"LYRICS200"


@made("mp3/tail_ape.mp3", "an APEv2 tag behind the audio", tags={"title": "ape title"})
def _(out):
    write(out, tagged() + ape([(b"Title", b"ape title"), (b"replaygain_track_gain", b"-3.21 dB")]))


@made("mp3/tail_ape_id3v1.mp3", "an APEv2 and an ID3v1 tag behind the audio")
def _(out):
    write(out, tagged() + ape([(b"Title", b"ape title"), (b"Comment", b"\xff\xfb\x90\x40 looks like a frame")]) + ID3V1)


@made("mp3/tail_lyrics3.mp3", "a Lyrics3 v2 and an ID3v1 tag behind the audio")
def _(out):
    write(out, tagged() + LYRICS + ID3V1)


@made("mp3/tail_lyrics3_no_tag.mp3", "the same behind a stream without a LAME tag", frames=None, frames_untrimmed=None, frames_note=UNTOLD, source_delay=1105)
def _(out):
    write(out, plain() + LYRICS + ID3V1)


@made("mp3/garbage_first.mp3", "1,500 bytes that are no frame, with a false sync word among them, before the first frame")
def _(out):
    junk = bytes((i * 7919 >> 3) & 0x7F for i in range(1500))
    write(out, junk[:700] + b"\xff\xfb\x94\x64" + junk[704:] + tagged())


@made("mp3/garbage_middle.mp3", "300 bytes of zeros between two frames: the frames around them still decode; warning or silent resync",
      frames=None, frames_untrimmed=None, frames_note="every MPEG frame counts, the junk does not")
def _(out):
    f = split(plain())
    write(out, b"".join(f[:3]) + b"\0" * 300 + b"".join(f[3:]))


@made("mp3/broken_first_frame.mp3", "the first frame is the second half of a frame, as when a radio stream is cut", frames=None,
      frames_untrimmed=None, frames_note="the frames after the cut; the first may miss its bit reservoir")
def _(out):
    d = plain("music")
    write(out, d[5 * 417 + 201:])


@made("mp3/missing_reservoir.mp3", "cut at a frame boundary: the first frame's main data lies in a frame that is not there", src="music",
      frames=None, frames_untrimmed=None, frames_note="frames whose reservoir is missing come back as silence, not left out")
def _(out):
    f = split(plain("music", "-b", "64", "--resample", "44.1"))
    write(out, b"".join(f[20:]))


@made("mp3/id3v2_twice.mp3", "two ID3v2 tags one after the other, the second with a footer")
def _(out):
    write(out, b"ID3\x03\0\0\0\0\x01\x00" + b"\0" * 128 + b"ID3\x04\0\x10\0\0\0\x20" + b"\0" * 32 + b"3DI\x04\0\x10\0\0\0\x20" + tagged())


@made("mp3/truncated.mp3", "cut in the middle of a frame at half the file; the LAME tag still tells the whole length", src="music",
      frames=None, declared_frames=100003, warning="truncated")
def _(out):
    d = tagged("music")
    write(out, d[:len(d) // 2])


@made("mp3/lame_tag_wrong_length.mp3", "the LAME tag tells 10,000 MPEG frames: the stream ends earlier", frames=None, warning="truncated")
def _(out):
    d = bytearray(tagged())
    i = max(d.find(b"Xing"), d.find(b"Info"))
    d[i + 8:i + 12] = struct.pack(">I", 10000)
    write(out, bytes(d))


@made("mp3/rate_change.mp3", "a 44.1 kHz stream, then a 48 kHz one: a clear error or a new segment, never silence", frames=None,
      segments=[dict(rate=44100, channels=2), dict(rate=48000, channels=2)])
def _(out):
    write(out, plain("clip") + plain("music48", "-b", "128", frames=5000))


@made("mp3/header_only_no_audio.mp3", "a LAME tag frame that tells 0 frames of audio, and nothing else", frames=0, source=None)
def _(out):
    f = bytearray(split(tagged())[0])
    i = max(f.find(b"Xing"), f.find(b"Info"))
    f[i + 8:i + 12] = b"\0\0\0\0"
    write(out, bytes(f))


# ---------------------------------------------------------------- ADTS

def adts(path, src, *args, w=None, **more):
    more.setdefault("frames", None)
    add(path, "adts", "aac", src, lossless=False, frames_untrimmed=None, source_delay=1024, frames_note="ADTS tells no delay: every packet of 1,024 counts; "
        "FFmpeg's encoder put 1,024 frames in front", **more)(
        lambda out: ff(w() if w else SOURCES[src]["path"], out, "-c:a", "aac", *args))


adts("aac/stereo_44k_128.aac", "music", "-b:a", "128k")
adts("aac/stereo_48k_64.aac", "music48", "-b:a", "64k")
adts("aac/mono_44k.aac", "mono", "-b:a", "64k")
adts("aac/speech_16k_24.aac", "speech", "-b:a", "24k")
adts("aac/51_48k.aac", "surround", "-b:a", "192k", notes="channel configuration 6: stream order FC FL FR BL BR LFE, the source in WAV order")
adts("aac/intensity_off_twoloop.aac", "clip", "-b:a", "96k", "-aac_coder", "twoloop", "-aac_is", "0", "-aac_pns", "0")
adts("aac/tns_pns_low.aac", "music", "-b:a", "32k", w=lambda: wav("music", frames=40000), notes="intensity stereo and PNS at a low rate: noise substitution is random by design")


@add("aac/id3_prefix.aac", "adts", "aac", "clip", lossless=False, frames=None, frames_untrimmed=None, source_delay=1024, notes="crafted: an ID3v2 tag in front, ID3v1 behind")
def _(out):
    t = tmp("x.aac")
    ff(SOURCES["clip"]["path"], t, "-c:a", "aac", "-b:a", "96k")
    write(out, b"ID3\x03\0\0\0\0\0\x40" + b"\0" * 64 + read(t) + ID3V1)


@add("aac/truncated.aac", "adts", "aac", "music", lossless=False, frames=None, frames_untrimmed=None, warning="truncated", notes="cut inside a packet")
def _(out):
    t = tmp("y.aac")
    ff(SOURCES["music"]["path"], t, "-c:a", "aac", "-b:a", "64k")
    write(out, read(t)[:9001])


# ---------------------------------------------------------------- HE-AAC

def he_aac(src="music", channels=2, bps=48000):
    s = SOURCES[src]
    raw = samples(src) if s["channels"] == channels else run("sox", "-R", "-D", wav(src, channels=channels), "-t", "s16", "-")
    return fixture_encoder("heaac", s["rate"], channels, bps, stdin=raw)


HE = dict(lossless=False, frames=None, frames_untrimmed=None, profile="HE-AAC", also=["unsupported"])
HE_NOTE = "SBR, signalled implicitly: the core is at half the rate. A reader without SBR refuses it by name, or says that it gives the core alone"
add("aac/he_aac_stereo_44k.aac", "adts", "aac", "music", source_delay=3042, frames_note=UNTOLD, notes=HE_NOTE, **HE)(
    lambda out: write(out, he_aac()))
add("aac/he_aac_mono_48k.aac", "adts", "aac", "music48", channels=1, source_delay=3042, frames_note=UNTOLD,
    notes=HE_NOTE + "; FFmpeg makes stereo of it", ffmpeg=False, **dict(HE, frames_untrimmed=102400))(
    lambda out: write(out, he_aac("music48", 1, 24000)))
add("mp4/he_aac_implicit.m4a", "mp4", "aac", "music", source_delay=3042, frames_note="nothing tells the delay", notes=HE_NOTE, **HE)(
    lambda out: (write(tmp("he.aac"), he_aac()), ff(tmp("he.aac"), out, "-c", "copy")))
